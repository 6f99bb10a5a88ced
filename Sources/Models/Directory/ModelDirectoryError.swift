public import Basics
private import Files

/// Why a folder is no model, or may not become one.
public enum ModelDirectoryError: Error, Equatable, CustomStringConvertible, SentenceError {
  /// There is nothing at the path.
  case missing(path: String)
  /// There is a file at the path.
  case notDirectory(path: String)
  /// One of the model's files is not there.
  case incomplete(path: String, missing: String)
  /// Written by another version of this program.
  case otherFormat(path: String, expected: Int, found: Int)
  /// JSON that is not what it should be.
  case malformed(path: String, fault: String)
  /// `scoring.json` does not hold settings that this version can use.
  case malformedScoring(path: String, fault: String)
  /// A number in `config.json` that cannot be.
  case invalidSetting(path: String, fault: String)
  /// `config.json` and `tokenizer.json` do not belong together.
  case vocabularyMismatch(path: String, expected: Int, found: Int)
  /// A new run would take the place of a model, or of files that have a model's names.
  case wouldReplace(path: String, name: String)
  /// A run is there, which could be gone on with.
  case runThere(path: String)
  /// There is a model, but nothing that its run could be gone on from.
  case noCheckpoint(path: String)
  /// A run is there, and all of its checkpoints are damaged.
  case noWholeCheckpoint(path: String, count: Int, fault: String)
  /// A link in the directory leads to somewhere else.
  case leadsOut(path: String)
  /// A link in the directory leads to nothing, or to itself.
  case leadsNowhere(path: String)
  /// A folder, a pipe or a device, where a file should be, or a file where a folder should.
  case otherKind(path: String, expected: String, found: String)
  /// A model that is to be replaced lies where nothing can take its place in one step.
  case cannotReplace(path: String)
  /// A new model has replaced another, but removing the old one failed.
  case inPlace(path: String, fault: String)
  /// A weight is not a finite number, so the model was not saved.
  case notFinite(tensor: String)
  /// An interrupted run is older than the model that it was to replace.
  case olderRun(path: String, unfinished: String)

  /// One sentence: the path, what was expected, what was found, what to do.
  public var description: String { sentence.text }

  package var sentence: Sentence {
    switch self {
    case .missing(let path):
      "\(path): no such model directory; check the path, or train a model first."
    case .notDirectory(let path):
      "\(path): a model is a directory, but this is a file; give the directory that holds model.safetensors."
    case .incomplete(let path, let missing):
      "\(path): not a whole model, \(missing) is missing; give another directory or train again."
    case .otherFormat(let path, let expected, let found):
      """
      \(path): the model has format \(found), but this version reads formats up to \(expected); use the version that wrote it, or train \
      again.
      """
    case .malformed(let path, let fault):
      "\(path): not a model's configuration, \(whole: fault); use an undamaged copy."
    case .malformedScoring(let path, let fault):
      "\(path): not settings that were fitted, \(whole: fault); delete the file, and fit them again."
    case .invalidSetting(let path, let fault):
      "\(path): \(whole: fault); correct it, or use an undamaged copy."
    case .vocabularyMismatch(let path, let expected, let found):
      """
      \(path): config.json is for \(expected.grouped) tokens but tokenizer.json has \(found.grouped); the files do not belong \
      together, use another copy.
      """
    case .wouldReplace(let path, let name):
      "\(path): \(name) is there already; choose another directory, or replace the model."
    case .runThere(let path):
      "\(path): a run is there already; resume it, replace it, or choose another directory."
    case .noCheckpoint(let path):
      "\(path): there is a model but no checkpoint to resume its run from; train a new model in its place, or choose another directory."
    case .noWholeCheckpoint(let path, let count, let fault):
      "\(path): \(count == 1 ? "the run's only checkpoint is not" : "none of the run's \(count.grouped) checkpoints is") whole "
        + "(\(whole: fault)); check "
        + "the disk, then train a new model, or train an older one further."
    case .leadsOut(let path):
      "\(path): this is a link that leads out of the model directory; put the file itself there, or link the whole directory."
    case .leadsNowhere(let path):
      "\(path): this is a link that leads to nothing or to itself; put the file itself there, or remove the link."
    case .otherKind(let path, let expected, let found):
      "\(path): a model has a \(expected) here and this is a \(found); move it away, or use another model directory."
    case .cannotReplace(let path):
      """
      \(path): a model here cannot be replaced in one step, since it is the current folder, or above it, or a mount point; go elsewhere, \
      or choose another directory.
      """
    case .inPlace(let path, let fault):
      "\(path): the new model is in place, but clearing away the old one failed (\(whole: fault)); check the disk and its permissions."
    case .notFinite(let tensor):
      """
      the tensor \(tensor) has a value that is not a finite number, so the model was not saved; lower \(key: "learning_rate") and train \
      again.
      """
    case .olderRun(let path, let unfinished):
      """
      \(unfinished): this interrupted run is older than the model in \(path) and is not resumed; to resume it, move \(path) elsewhere \
      first; if you do not need it, remove it.
      """
    }
  }
}
