private import Corpora

/// The columns that songs are conditioned on, as in `artist,genre`: a list of names in JSON. Names are equal whatever their case.
public struct ConditionColumns: Sendable, Hashable {
  /// The names, in the order of their control tokens.
  public var names: [String]

  /// Creates a list of columns.
  public init(_ names: [String]) { self.names = names }

  /// Reads names with commas between them. The title and the artist have these names in every corpus, however its table writes them.
  public init(_ text: String) {
    let names = text.split(separator: ",", omittingEmptySubsequences: false).map { String($0).trimmingSpaces }
    self.init(names.map { ["title", "artist"].contains($0.lowercased()) ? $0.lowercased() : $0 })
  }
}

extension ConditionColumns {
  /// Whether both have the same names in the same order, whatever their case.
  public static func == (one: ConditionColumns, other: ConditionColumns) -> Bool { one.keys == other.keys }

  /// Hashes what is compared.
  public func hash(into hasher: inout Hasher) { hasher.combine(keys) }

  private var keys: [String] { names.map { $0.lowercased() } }
}

extension ConditionColumns: ExpressibleByArrayLiteral {
  /// Creates a list of these columns.
  public init(arrayLiteral names: String...) { self.init(names) }
}

extension ConditionColumns: Codable {
  /// Reads a list of names.
  public init(from decoder: any Decoder) throws { self.init(try decoder.singleValueContainer().decode([String].self)) }

  /// Writes a list of names.
  public func encode(to encoder: any Encoder) throws {
    var values = encoder.singleValueContainer()
    try values.encode(names)
  }
}

extension ConditionColumns: SettingValue {
  package static var typeName: String { "list of names" }
  package var text: String { names.joined(separator: ",") }
}
