public import Basics
private import Files

/// Why a run cannot be resumed.
public enum TrainingCheckpointError: Error, Equatable, CustomStringConvertible, SentenceError {
  /// Not a file of ours, or not one that makes sense.
  case malformed(path: String, fault: String)
  /// Written by another version of this program.
  case otherFormat(path: String, expected: Int, found: Int)
  /// A tensor is not what the settings ask for.
  case tensorMismatch(path: String, tensor: String, expected: String, found: String)
  /// The checksum of a part is not the one that was written with it.
  case damaged(path: String, part: String)
  /// A part has a number that is not finite.
  case notFinite(path: String, part: String)
  /// A setting that a run keeps from its first step to its last.
  case fixedSetting(key: String, checkpoint: String, given: String)
  /// The corpus is not the one that the run began with.
  case corpusChanged(tokens: Int, checkpointTokens: Int)
  /// The corpus is now read by other rules than when the run began, and has other tokens.
  case readingChanged(revision: Int, checkpointRevision: Int)
  /// A prepared store has other tokens than the model knows.
  case vocabularyChanged(count: Int, checkpointCount: Int)
  /// The recorded command is too long for a checkpoint's header.
  case recordTooLong(bytes: Int, limit: Int)
  /// The end of the run, in steps or as the end of an epoch, is behind.
  case alreadyBeyond(steps: Int, epochs: Int?, step: Int)

  /// Whether it is the corpus that does not fit the run.
  public var isOfCorpus: Bool {
    switch self {
    case .corpusChanged, .readingChanged, .vocabularyChanged: true
    default: false
    }
  }

  /// Whether the file is not as it was written.
  var isDamage: Bool {
    switch self {
    case .malformed, .tensorMismatch, .damaged, .notFinite: true
    case .otherFormat, .fixedSetting, .corpusChanged, .readingChanged, .vocabularyChanged, .recordTooLong, .alreadyBeyond: false
    }
  }

  /// One sentence: what was expected, what was found, what to do.
  public var description: String { sentence.text }

  package var sentence: Sentence {
    switch self {
    case .malformed(let path, let fault):
      "\(path): not a checkpoint of a run (\(whole: fault)); bring back an undamaged copy."
    case .otherFormat(let path, let expected, let found):
      "\(path): the checkpoint has format \(found), but this version reads formats up to \(expected); use the version that wrote it."
    case .tensorMismatch(let path, let tensor, let expected, let found):
      "\(path): the tensor \(tensor) should be \(expected) but is \(found); the checkpoint is not whole, bring back an undamaged copy."
    case .damaged(let path, let part):
      "\(path): \(part) is damaged, its checksum differs; check the disk, and bring back an undamaged copy."
    case .notFinite(let path, let part):
      "\(path): \(part) has a value that is not a finite number; bring back an undamaged copy."
    case .fixedSetting(let key, let checkpoint, let given):
      """
      \(key: key) is \(given), but the run to resume has \(checkpoint), and a run keeps this setting; leave it out, or train a new model.
      """
    case .corpusChanged(let tokens, let checkpointTokens):
      "the corpus is not the one that this run began with"
        + (tokens == checkpointTokens ? "" : " (\(tokens.grouped) tokens to train on, then \(checkpointTokens.grouped))")
        + "; restore the corpus and the options that it was read with, or allow a changed corpus."
    case .readingChanged(let revision, let checkpointRevision):
      """
      this corpus gives other tokens than when the run began: the reading rules have changed since (revision \(revision) now, \
      \(checkpointRevision) then), and perhaps the corpus or its options too; resume with the version that began the run, or allow \
      a changed corpus.
      """
    case .vocabularyChanged(let count, let checkpointCount):
      """
      the prepared store has another vocabulary (\(count.grouped) tokens, the model has \(checkpointCount.grouped)), so this run cannot be \
      resumed with it; name the files that the store was made of, or train a new model.
      """
    case .recordTooLong(let bytes, let limit):
      "The command takes \(bytes.grouped) bytes in a checkpoint, but the limit is \(limit.grouped); name folders instead of single files."
    case .alreadyBeyond(let steps, let epochs, let step):
      (epochs.map { "\(key: "epochs", value: $0) (\(steps.counted("step")))" } ?? "\(key: "steps", value: steps)")
        + " is behind the checkpoint, which is at step \(step.grouped); choose more."
    }
  }
}
