public import Corpora

/// Identifies a corpus, so that a resumed run notices a change.
public struct CorpusIdentity: Sendable, Hashable, Codable {
  /// `Corpus.fingerprint()`, which covers all tokens to train and to validate on.
  public var fingerprint: UInt64
  /// How many tokens there are to train on.
  public var tokens: Int
  /// `Corpus.validationFingerprint()`; nil in checkpoints that older versions wrote.
  public var validation: UInt64?
  /// `Corpus.readingRevision`; nil in checkpoints that older versions wrote, which read by revision 1.
  public var readingRevision: Int?

  private enum CodingKeys: String, CodingKey {
    case fingerprint, tokens, validation, readingRevision = "reading_revision"
  }

  /// The identity of a corpus; reads all of its tokens.
  ///
  /// - Throws: `CorpusError` if a store can no longer be read.
  public init(_ corpus: Corpus) throws(CorpusError) {
    fingerprint = try corpus.fingerprint()
    tokens = corpus.training.count
    validation = try corpus.validationFingerprint()
    readingRevision = corpus.readingRevision
  }

  /// Whether the other corpus has the same tokens to train and to validate on, whatever rules read it.
  public func isSameCorpus(as other: CorpusIdentity) -> Bool { fingerprint == other.fingerprint && tokens == other.tokens }

  /// Whether validations on the two corpora can be compared.
  ///
  /// An older checkpoint does not record its held-out songs. If its corpus has changed, they count as changed too.
  public func hasSameHeldOutSet(as other: CorpusIdentity) -> Bool {
    isSameCorpus(as: other) || validation != nil && validation == other.validation
  }

  /// Whether the other corpus was read by the same rules.
  public func hasSameReadingRevision(_ other: CorpusIdentity) -> Bool { (readingRevision ?? 1) == (other.readingRevision ?? 1) }
}
