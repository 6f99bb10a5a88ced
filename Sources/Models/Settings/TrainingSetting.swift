private import Foundation

/// A training setting: all that is known of it besides its property in ``TrainingConfiguration``.
///
/// The checks of values, the keys in JSON, the command's `--help`, the check of a run that is resumed and the table in the article
/// <doc:FileFormats> come from ``all``. A new setting is a property and a row of that table, and in the command a flag of its name.
package struct TrainingSetting: Sendable {
  /// Who may change a setting.
  package enum Lifetime: Sendable {
    /// The setting belongs to the model: it stays when the model is trained further.
    case model
    /// The setting belongs to the run: it stays when the run is resumed.
    case run
    /// A resumed run may change the setting.
    case changeable
  }

  /// The name in JSON. The command's flag has `-` in place of `_`.
  package let key: String
  package let lifetime: Lifetime
  /// One or two sentences on what it does, without the default.
  package let help: String
  /// What a value is called in the help; nil for the key.
  package let valueName: String?
  /// The name of the type of the values.
  package let typeName: String
  /// What a value must be, as in "at least 1".
  package let range: String
  /// What happens without a value; nil for a setting that always has one.
  package let unset: String?
  /// The value as people write it, "none" where there is none.
  package let text: @Sendable (TrainingConfiguration) -> String
  /// Replaces the value.
  ///
  /// - Precondition: the value has the type of the setting.
  package let set: @Sendable (_ value: Any, _ configuration: inout TrainingConfiguration) -> Void
  /// The part of the value that is out of range, or nil.
  let fault: @Sendable (TrainingConfiguration) -> String?
  let read: @Sendable (KeyedDecodingContainer<Key>, inout TrainingConfiguration) throws -> Void
  let write: @Sendable (TrainingConfiguration, inout KeyedEncodingContainer<Key>) throws -> Void

  /// A setting that always has a value.
  init<Value: SettingValue>(
    _ key: String, _ path: any WritableKeyPath<TrainingConfiguration, Value> & Sendable, _ range: SettingRange<Value>,
    _ lifetime: Lifetime, _ help: String, valueName: String? = nil
  ) {
    self.init(key, path, range, lifetime, help, valueName, unset: nil) { value, configuration in
      guard let value = value as? Value else { preconditionFailure("\(key) is of another type") }
      configuration[keyPath: path] = value
    }
  }

  /// A setting that may be absent.
  ///
  /// - Parameter unset: what happens then.
  init<Value: SettingValue>(
    _ key: String, _ path: any WritableKeyPath<TrainingConfiguration, Value?> & Sendable, _ range: SettingRange<Value>,
    _ lifetime: Lifetime, _ help: String, unset: String, valueName: String? = nil
  ) {
    self.init(key, path, range.orNone, lifetime, help, valueName, unset: unset) { value, configuration in
      guard let value = value as? Value else { preconditionFailure("\(key) is of another type") }
      configuration[keyPath: path] = value
    }
  }

  private init<Value: SettingValue>(
    _ name: String, _ path: any WritableKeyPath<TrainingConfiguration, Value> & Sendable, _ range: SettingRange<Value>,
    _ lifetime: Lifetime, _ help: String, _ valueName: String?, unset: String?,
    set: @escaping @Sendable (Any, inout TrainingConfiguration) -> Void
  ) {
    let key = Key(stringValue: name)
    self.key = name
    self.lifetime = lifetime
    self.help = help
    self.valueName = valueName
    self.unset = unset
    self.set = set
    self.range = range.text
    typeName = Value.typeName
    text = { $0[keyPath: path].text }
    fault = { range.fault($0[keyPath: path]) }
    read = { values, configuration in configuration[keyPath: path] = try values.decode(Value.self, forKey: key) }
    write = { configuration, values in try values.encode(configuration[keyPath: path], forKey: key) }
  }

  /// The name of a setting in JSON.
  struct Key: CodingKey {
    let stringValue: String
    var intValue: Int? { nil }

    init(stringValue: String) { self.stringValue = stringValue }
    init?(intValue: Int) { nil }
  }
}

extension TrainingSetting {
  private static let byKey = Dictionary(uniqueKeysWithValues: all.map { ($0.key, $0) })

  /// The setting of this key, if there is one.
  package static func named(_ key: String) -> TrainingSetting? { byKey[key] }

  /// - Throws: `SettingError.invalid` if the setting is outside its range.
  package func check(_ configuration: TrainingConfiguration) throws(SettingError) {
    if let found = fault(configuration) { throw .invalid(key: key, found: found, expected: range) }
  }

  /// The first setting of which two configurations differ, with both values.
  ///
  /// - Parameter lifetimes: which settings to compare.
  package static func firstDifference(
    _ one: TrainingConfiguration, _ other: TrainingConfiguration, of lifetimes: Set<Lifetime>
  ) -> (key: String, one: String, other: String)? {
    let one = one.withListedSizes, other = other.withListedSizes
    for setting in all where lifetimes.contains(setting.lifetime) {
      let values = (setting.text(one), setting.text(other))
      if values.0 != values.1 { return (setting.key, values.0, values.1) }
    }
    return nil
  }

  /// The default as the documentation shows it: the value, or what happens without one.
  ///
  /// - Parameter configurations: those whose value is the default; nil is returned if they differ.
  package func defaultText(in configurations: [TrainingConfiguration]) -> String? {
    let values = Set(configurations.map(text))
    guard values.count == 1, let value = values.first else { return nil }
    if value == "none" { return unset ?? value }
    return value.hasSuffix(".0") ? String(value.dropLast(2)) : value
  }

  /// The rows of a table of all settings in Markdown.
  package static var markdown: String {
    let rows = all.map { setting in
      let value = setting.defaultText(in: [TrainingConfiguration()]) ?? ""
      let isUnset = setting.text(TrainingConfiguration()) == "none"
      let shown = isUnset ? "`null`: \(value)" : "`\(value)`"
      // Some settings have a default and may be absent all the same.
      let absent = isUnset ? "" : setting.unset.map { " `null`: \($0)." } ?? ""
      let change = setting.lifetime == .changeable ? "yes" : "no"
      return "| `\(setting.key)` | \(setting.typeName) | \(setting.range) | \(shown) | \(change) | \(setting.help)\(absent) |"
    }
    return (["| Key | Type | Range | Default | Change on resume | Meaning |", "|---|---|---|---|---|---|"] + rows).joined(separator: "\n")
  }
}
