/// A condition on a column of a table, or a key of JSON, that a song must meet to be read.
///
/// ```swift
/// options.conditions = [SongCondition(column: "language", .equal, "en"), SongCondition(column: "year", .greaterOrEqual, "1990")]
/// ```
public struct SongCondition: Sendable, Hashable, Codable {
  /// How the value of the column and the given one must compare.
  public enum Relation: String, Sendable, Hashable, Codable, CaseIterable {
    /// Both are the same number or the same text.
    case equal = "="
    /// They differ, or the song has no value.
    case notEqual = "!="
    /// The column's is less.
    case less = "<"
    /// The column's is greater.
    case greater = ">"
    /// The column's is less or equal.
    case lessOrEqual = "<="
    /// The column's is greater or equal.
    case greaterOrEqual = ">="
    /// The column's contains the other as a text.
    case contains = "~"
  }

  /// The name of the column, or of a key (`a.b` for b inside a).
  public var column: String
  /// How the values must compare.
  public var relation: Relation
  /// What the column's value is compared with.
  public var value: String

  /// Creates a condition.
  public init(column: String, _ relation: Relation, _ value: String) {
    self.column = column
    self.relation = relation
    self.value = value
  }

  /// Reads a condition such as `language=en`, `genre!=pop`, `year<1990` or `artist~Ann`; nil if the text has no relation or no column.
  public init?(_ text: String) {
    guard let start = text.firstIndex(where: { "=<>~".contains($0) }) else { return nil }
    var first = start
    // The mark before = belongs to it.
    if text[start] == "=", start > text.startIndex, text[text.index(before: start)] == "!" { first = text.index(before: start) }
    var end = text.index(after: start)
    if text[start] == "<" || text[start] == ">", end < text.endIndex, text[end] == "=" { end = text.index(after: end) }
    let column = String(text[..<first]).trimmingSpaces
    guard !column.isEmpty, let relation = Relation(rawValue: String(text[first..<end])) else { return nil }
    self.init(column: column, relation, String(text[end...]))
  }

  /// The condition as ``init(_:)`` reads it.
  public var text: String { column + relation.rawValue + value }
}

/// The conditions of a reading and the columns by which rows are joined, ready to be asked of each row.
struct RowRules: Sendable, Hashable {
  private struct Test: Sendable, Hashable {
    var relation: SongCondition.Relation
    var bytes: [UInt8]
    var number: Double?
  }

  /// The columns that are looked up in each row: those of the conditions, then those to join by.
  let columns: [String]
  private let tests: [Test]

  init(conditions: [SongCondition] = [], groupBy: [String] = []) {
    columns = conditions.map(\.column) + groupBy
    tests = conditions.map { Test(relation: $0.relation, bytes: Array($0.value.utf8), number: Self.number(Array($0.value.utf8))) }
  }

  var hasConditions: Bool { !tests.isEmpty }
  var conditionCount: Int { tests.count }
  var joins: Bool { columns.count > tests.count }

  /// The first condition that a row does not meet; nil if it meets all.
  ///
  /// - Parameter values: the values of each column; a column without a value has none, and a list in JSON has many.
  func failure(_ values: [[[UInt8]]]) -> Int? {
    tests.indices.first { !holds(tests[$0], values[$0]) }
  }

  /// What rows of one song have in common; nil if a column has no value.
  func group(_ values: [[[UInt8]]]) -> [UInt8]? {
    guard joins else { return nil }
    var group: [UInt8] = []
    for value in values[tests.count...] {
      guard let first = value.first else { return nil }
      // Its length stands before it, so that no two groups look alike.
      group += "\(first.count):".utf8
      group += first
    }
    return group
  }

  private func holds(_ test: Test, _ values: [[UInt8]]) -> Bool {
    switch test.relation {
    case .equal: values.contains { isEqual($0, test) }
    case .notEqual: !values.contains { isEqual($0, test) }
    case .contains: values.contains { Self.contains($0, test.bytes) }
    case .less: values.contains { order($0, test).map { $0 < 0 } ?? false }
    case .greater: values.contains { order($0, test).map { $0 > 0 } ?? false }
    case .lessOrEqual: values.contains { order($0, test).map { $0 <= 0 } ?? false }
    case .greaterOrEqual: values.contains { order($0, test).map { $0 >= 0 } ?? false }
    }
  }

  private func isEqual(_ value: [UInt8], _ test: Test) -> Bool {
    if let number = test.number, let own = Self.number(value) { return own == number }
    return value == test.bytes
  }

  /// Negative, zero or positive as the value comes before the test's; nil if a number is expected and there is none.
  private func order(_ value: [UInt8], _ test: Test) -> Int? {
    if let number = test.number {
      guard let own = Self.number(value) else { return nil }
      return own < number ? -1 : own > number ? 1 : 0
    }
    return value.lexicographicallyPrecedes(test.bytes) ? -1 : value == test.bytes ? 0 : 1
  }

  private static func contains(_ text: [UInt8], _ part: [UInt8]) -> Bool {
    guard let first = part.first else { return true }
    guard text.count >= part.count else { return false }
    for start in 0...text.count - part.count where text[start] == first {
      if text[start..<start + part.count].elementsEqual(part) { return true }
    }
    return false
  }

  /// A number in decimal figures, spaces at its ends aside.
  private static func number(_ bytes: [UInt8]) -> Double? {
    let text = String(decoding: bytes, as: UTF8.self).trimmingSpaces
    guard text.utf8.allSatisfy({ $0 &- 0x30 < 10 || [0x2B, 0x2D, 0x2E, 0x45, 0x65].contains($0) }) else { return nil }
    return Double(text).flatMap { $0.isFinite ? $0 : nil }
  }
}
