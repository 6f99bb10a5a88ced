internal import ArgumentParser
internal import Foundation

/// Whole numbers with commas between them.
struct NumberList: ExpressibleByArgument {
  var numbers: [Int]

  init?(argument: String) {
    guard let numbers = Self.numbers(argument) else { return nil }
    self.numbers = Array(Set(numbers)).sorted()
  }

  /// The numbers between commas, in their order; nil if there is anything else.
  static func numbers(_ text: String) -> [Int]? {
    let parts = text.split(separator: ",", omittingEmptySubsequences: false).map { Int($0.trimmingCharacters(in: .whitespaces)) }
    return parts.contains(nil) ? nil : parts.compactMap(\.self)
  }
}
