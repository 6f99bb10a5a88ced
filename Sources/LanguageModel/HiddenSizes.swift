/// The number of units of each layer, as settings name it: one number for all layers, or one for each.
///
/// ```swift
/// configuration.hiddenSizes = 650
/// configuration.hiddenSizes = [400, 300]
/// configuration.layerCount = 2
/// ```
/// In JSON it is a number or a list.
public enum HiddenSizes: Sendable, Hashable {
  /// As many in every layer.
  case all(Int)
  /// Those of the first layer, of the second, and so on.
  case each([Int])

  /// One number if all are the same.
  public init(_ sizes: [Int]) {
    if let first = sizes.first, sizes.allSatisfy({ $0 == first }) { self = .all(first) } else { self = .each(sizes) }
  }

  /// The numbers that were named.
  public var numbers: [Int] {
    switch self {
    case .all(let size): [size]
    case .each(let sizes): sizes
    }
  }

  /// The units of each of so many layers.
  ///
  /// - Precondition: `layerCount` is not negative, and that of the list where there is one.
  public func resolved(layerCount: Int) -> [Int] {
    switch self {
    case .all(let size): Array(repeating: size, count: layerCount)
    case .each(let sizes): sizes
    }
  }
}

extension HiddenSizes: ExpressibleByIntegerLiteral, ExpressibleByArrayLiteral {
  /// The same in every layer.
  public init(integerLiteral size: Int) { self = .all(size) }

  /// Each layer's own.
  public init(arrayLiteral sizes: Int...) { self = .each(sizes) }
}

extension HiddenSizes: Codable {
  /// A number or a list.
  public init(from decoder: any Decoder) throws {
    let value = try decoder.singleValueContainer()
    if let sizes = try? value.decode([Int].self) { self = .each(sizes) } else { self = .all(try value.decode(Int.self)) }
  }

  /// Writes a number or a list.
  public func encode(to encoder: any Encoder) throws {
    var value = encoder.singleValueContainer()
    switch self {
    case .all(let size): try value.encode(size)
    case .each(let sizes): try value.encode(sizes)
    }
  }
}

extension HiddenSizes: CustomStringConvertible {
  /// As the command's flag has it.
  public var description: String { numbers.map(String.init).joined(separator: ",") }
}
