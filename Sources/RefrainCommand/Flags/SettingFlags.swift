internal import ArgumentParser
internal import Models
internal import Refrain

/// Flags for training settings. The name of a flag is the key of its setting, with `-` in place of `_`, and its help comes from the
/// table of settings.
protocol SettingFlags: ParsableArguments {}

extension SettingFlags {
  /// The values of the flags that are given, by the keys of their settings.
  var given: [String: Any] {
    var given: [String: Any] = [:]
    for child in Mirror(reflecting: self).children {
      if let group = child.value as? any SettingGroup {
        // A flag's present name wins over an older one.
        given.merge(group.given) { present, _ in present }
      } else if let label = child.label, let value = (child.value as? any SettingFlag)?.given {
        given[label.settingKey] = value
      }
    }
    return given
  }

  /// Replaces the settings that flags are given for.
  func apply(to configuration: inout TrainingConfiguration) {
    let given = given
    for setting in TrainingSetting.all {
      if let value = given[setting.key] { setting.set(value, &configuration) }
    }
  }
}

extension String {
  /// The key of the setting that a property stands for: `rms_decay` for `_rmsDecay`, the storage of a property wrapper.
  fileprivate var settingKey: String {
    drop { $0 == "_" }.reduce(into: "") { key, character in key += character.isUppercase ? "_\(character.lowercased())" : "\(character)" }
  }
}

private protocol SettingFlag {
  /// The value, if the flag is given.
  var given: Any? { get }
}

private protocol SettingGroup {
  var given: [String: Any] { get }
}

extension Option: SettingFlag {
  fileprivate var given: Any? { (wrappedValue as? any OptionalValue)?.value }
}

extension Flag: SettingFlag {
  fileprivate var given: Any? { (wrappedValue as? any OptionalValue)?.value }
}

extension OptionGroup: SettingGroup {
  fileprivate var given: [String: Any] { (wrappedValue as? any SettingFlags)?.given ?? [:] }
}

private protocol OptionalValue {
  var value: Any? { get }
}

extension Optional: OptionalValue {
  fileprivate var value: Any? { map { $0 as Any } }
}

extension Option {
  /// An option for a training setting.
  ///
  /// - Parameter key: the setting's key. The property has the same name, as in `rmsDecay` for "rms_decay".
  init<Wrapped: ExpressibleByArgument>(setting key: String) where Value == Wrapped? {
    self.init(name: .long, parsing: .unconditional, help: .setting(key))
  }

  /// An option that is accepted under older names, which the help does not show.
  init<Wrapped: ExpressibleByArgument>(olderNames names: String...) where Value == Wrapped? {
    self.init(name: NameSpecification(names.map { .customLong($0) }), parsing: .unconditional, help: .hidden)
  }
}

extension Flag where Value == Bool? {
  /// A flag for a training setting, with a `--no-` form.
  ///
  /// - Parameter key: the setting's key. The property has the same name.
  init(setting key: String) { self.init(name: .long, inversion: .prefixedNo, help: .setting(key)) }
}

extension ArgumentHelp {
  /// The help for a training setting: what it does, and its default where all presets agree.
  ///
  /// - Precondition: there is a setting of this key.
  fileprivate static func setting(_ key: String) -> ArgumentHelp {
    guard let setting = TrainingSetting.named(key) else { preconditionFailure("no setting has the key \(key)") }
    var value = setting.defaultText(in: Preset.allCases.map(\.configuration)) ?? "the preset's"
    if setting.typeName == Bool.typeName { value = ["true": "yes", "false": "no"][value] ?? value }
    return ArgumentHelp("\(setting.help.dropLast()) (default: \(value)).", valueName: setting.valueName)
  }
}
