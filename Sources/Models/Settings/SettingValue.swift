private import Corpora
package import LanguageModel

/// A type of a setting's values: how they are named in the documentation and written in messages.
package protocol SettingValue: Codable, Sendable, SendableMetatype {
  /// The name of the type, such as "integer".
  static var typeName: String { get }
  /// The value as people write it.
  var text: String { get }
}

extension SettingValue {
  package var text: String { "\(self)" }
}

extension Int: SettingValue {
  package static var typeName: String { "integer" }
}

extension UInt64: SettingValue {
  package static var typeName: String { "integer" }
}

extension Float: SettingValue {
  package static var typeName: String { "number" }
}

extension Double: SettingValue {
  package static var typeName: String { "number" }
}

extension Bool: SettingValue {
  package static var typeName: String { "boolean" }
}

extension HiddenSizes: SettingValue {
  package static var typeName: String { "integer or list" }
}

extension RecurrentCell: SettingValue {
  package static var typeName: String { "name" }
  package var text: String { rawValue }
}

extension LearningRateSchedule.Kind: SettingValue {
  package static var typeName: String { "name" }
  package var text: String { rawValue }
}

extension OptimizerConfiguration.Kind: SettingValue {
  package static var typeName: String { "name" }
  package var text: String { rawValue }
}

extension Optional: SettingValue where Wrapped: SettingValue {
  package static var typeName: String { "\(Wrapped.typeName) or null" }
  package var text: String { self?.text ?? "none" }
}

/// The values that a setting may have.
struct SettingRange<Value: SettingValue>: Sendable {
  /// What a value must be, as in "must be at least 1".
  let text: String
  /// The part of the value that is out of range, or nil if there is none.
  let fault: @Sendable (Value) -> String?

  init(_ text: String, fault: @escaping @Sendable (Value) -> String?) {
    self.text = text
    self.fault = fault
  }

  init(_ text: String, contains: @escaping @Sendable (Value) -> Bool) {
    self.init(text) { contains($0) ? nil : $0.text }
  }

  /// The same range of values that may be absent.
  var orNone: SettingRange<Value?> {
    let fault = fault
    return SettingRange<Value?>(text) { value in value.flatMap(fault) }
  }
}

extension SettingRange {
  /// All values of the type.
  static func any(_ text: String) -> Self { Self(text) { _ in true } }
}

extension SettingRange where Value == Int {
  static func atLeast(_ least: Int) -> Self { Self("at least \(least)") { $0 >= least } }
  static func from(_ least: Int, to most: Int) -> Self { Self("from \(least) to \(most)") { $0 >= least && $0 <= most } }
}

extension SettingRange where Value: BinaryFloatingPoint & Sendable {
  static var finite: Self { Self("a number") { $0.isFinite } }
  static var positive: Self { Self("a number above 0") { $0 > 0 && $0.isFinite } }
  static var notNegative: Self { Self("a number of 0 or more") { $0 >= 0 && $0.isFinite } }
  static var lessThanOne: Self { Self("at least 0 and less than 1") { $0 >= 0 && $0 < 1 } }
  static var factor: Self { Self("above 0 and at most 1") { $0 > 0 && $0 <= 1 } }
  static var zeroToOne: Self { Self("from 0 to 1") { $0 >= 0 && $0 <= 1 } }
  static func positive(atMost most: Int) -> Self { Self("above 0 and at most \(most)") { $0 > 0 && $0 <= Value(most) } }
}

extension SettingRange where Value == HiddenSizes {
  static var units: Self { Self("at least 1") { sizes in sizes.numbers.first { $0 < 1 }.map(String.init) } }
}

extension SettingRange where Value == ConditionColumns {
  static var columns: Self {
    Self("1 to \(ControlVocabulary.mostColumns) different names") { columns in
      let names = columns.names
      return (1...ControlVocabulary.mostColumns).contains(names.count) && Set(names).count == names.count
        && names.allSatisfy { (1...4_096).contains($0.utf8.count) }
    }
  }
}

extension SettingRange where Value: CaseIterable {
  /// The names of a type's cases.
  static var names: Self { .any(Value.allCases.map(\.text).joined(separator: ", ")) }
}
