extension TrainingConfiguration: Codable {
  /// The keys that a configuration file may have.
  public static var keys: [String] { TrainingSetting.all.map(\.key) }

  /// Keys that are missing keep their defaults; `null` for a key that may be nil means nil.
  public init(from decoder: any Decoder) throws {
    self.init()
    try update(from: decoder)
  }

  /// Replaces what the decoder has keys for.
  public mutating func update(from decoder: any Decoder) throws {
    let values = try decoder.container(keyedBy: TrainingSetting.Key.self)
    for setting in TrainingSetting.all where values.contains(.init(stringValue: setting.key)) { try setting.read(values, &self) }
  }

  /// Writes every key, `null` for nil.
  public func encode(to encoder: any Encoder) throws {
    var values = encoder.container(keyedBy: TrainingSetting.Key.self)
    for setting in TrainingSetting.all { try setting.write(self, &values) }
  }
}
