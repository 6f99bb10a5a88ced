internal import Basics
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
  /// A fingerprint of the songs' control tokens; nil without conditions.
  public var conditions: UInt64?
  /// The same of the songs to validate on alone.
  public var validationConditions: UInt64?

  private enum CodingKeys: String, CodingKey {
    case fingerprint, tokens, validation, readingRevision = "reading_revision", conditions, validationConditions = "validation_conditions"
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

  /// The identity of a plan's corpus, and of what its songs are conditioned on.
  ///
  /// - Throws: `CorpusError` if a store can no longer be read.
  init(_ plan: TrainingPlan) throws(CorpusError) {
    try self.init(plan.corpus)
    guard plan.conditions != nil else { return }
    var hash = FNV1a()
    for tokens in [plan.training, plan.validation] { tokens?.addControls(to: &hash) }
    conditions = hash.value
    var validationHash = FNV1a()
    plan.validation?.addControls(to: &validationHash)
    validationConditions = validationHash.value
  }

  /// Whether the other corpus has the same tokens to train and to validate on, whatever rules read it, and the same control tokens.
  public func isSameCorpus(as other: CorpusIdentity) -> Bool {
    fingerprint == other.fingerprint && tokens == other.tokens && conditions == other.conditions
  }

  /// Whether validations on the two corpora can be compared.
  ///
  /// An older checkpoint does not record its held-out songs. If its corpus has changed, they count as changed too.
  public func hasSameHeldOutSet(as other: CorpusIdentity) -> Bool {
    isSameCorpus(as: other)
      || validation != nil && validation == other.validation && validationConditions == other.validationConditions
  }

  /// Whether the other corpus was read by the same rules.
  public func hasSameReadingRevision(_ other: CorpusIdentity) -> Bool { (readingRevision ?? 1) == (other.readingRevision ?? 1) }
}
