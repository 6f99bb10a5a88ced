/// The record that a model or a store keeps of how its texts were read.
public struct ReadingRecord: Sendable, Hashable, Codable {
  /// How files were read and texts cleaned.
  public var options: ReadingOptions
  /// The revision of the rules that read them; see ``Corpus/currentReadingRevision``.
  public var revision: Int

  /// A record of texts that were read with these options.
  public init(options: ReadingOptions, revision: Int = Corpus.currentReadingRevision) {
    self.options = options
    self.revision = revision
  }

  /// Checks a record that comes from a file.
  ///
  /// - Throws: `CorpusError.invalidSetting`.
  package func check() throws(CorpusError) {
    try options.check()
    if !(1..<1 << 31).contains(revision) {
      throw .invalidSetting(key: "revision", found: "\(revision)", expected: "at least 1 and below 2,147,483,648")
    }
  }

  private enum CodingKeys: CodingKey {
    case revision
  }

  /// Writes the options' keys and the revision as one object.
  public func encode(to encoder: any Encoder) throws {
    try options.encode(to: encoder)
    var values = encoder.container(keyedBy: CodingKeys.self)
    try values.encode(revision, forKey: .revision)
  }

  /// Reads a record, which must have a revision.
  public init(from decoder: any Decoder) throws {
    options = try ReadingOptions(from: decoder)
    revision = try decoder.container(keyedBy: CodingKeys.self).decode(Int.self, forKey: .revision)
  }
}
