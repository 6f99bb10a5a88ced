internal import Basics
internal import Files

/// Why training cannot begin or go on.
public enum TrainingError: Error, Equatable, CustomStringConvertible {
  /// A setting that cannot be, named as the command's flag.
  case invalidSetting(flag: String, found: String, expected: String)
  /// The shards cannot have the same number of lanes each.
  case batchNotDivisible(batch: Int, shards: Int)
  /// More workers than there is work for.
  case tooManyWorkers(workers: Int, shards: Int)
  /// The run would need more memory than the machine has.
  case tooLargeForMemory(neededMiB: Int, availableMiB: Int)
  /// The run would need more address space than this process may still map.
  case tooLargeForLimit(neededMiB: Int, limitMiB: Int)
  /// Fine-tuning with a size that is not the model's, named as the command's flag.
  case otherSizes(flag: String, found: String, expected: String)
  /// Fine-tuning with a vocabulary that does not begin with the model's.
  case otherVocabulary
  /// OpenBLAS gets products wrong with every kernel set that this CPU can run.
  case wrongProducts(version: String, kernels: [String])
  /// The same product has different results, even computed one at a time.
  case unreliableOpenBLAS(version: String, kernels: String, threading: String)
  /// OpenBLAS uses several threads for a product, although Refrain set one.
  case openBLASThreads(Int)
  /// A weight is not a finite number, so the model was not saved.
  case notFinite(tensor: String)
  /// The trainer is already training.
  case alreadyTraining
  /// Minibatch after minibatch had a loss or gradient beyond all bounds, also after going back to a checkpoint so many times.
  case diverged(step: Int, skipped: Int, rollBacks: Int = 0, learningRate: Float)

  /// No minibatch had a loss and a gradient within bounds, so no weight ever changed: a lower learning rate would not help.
  case startsBeyondBounds(step: Int, settings: [String])
  /// At the end of training the loss was beyond all bounds: the model predicts nothing.
  case predictsNothing(step: Int, learningRate: Float)

  /// One sentence: what was expected, what was found, what to do.
  public var description: String {
    switch self {
    case .invalidSetting(let flag, let found, let expected):
      "\(flag) must be \(expected), but is \(found); choose another."
    case .batchNotDivisible(let batch, let shards):
      "--batch \(batch) cannot be divided evenly among --shards \(shards); choose a batch that is a multiple of the shards."
    case .tooManyWorkers(let workers, let shards):
      "--workers \(workers) is more than --shards \(shards), and a shard is the least that a worker can do; lower the one or raise the other."
    case .tooLargeForMemory(let needed, let available):
      "these sizes need about \(needed.grouped) MiB of memory, but the machine has \(available.grouped) MiB; choose a smaller vocabulary, --hidden, --embedding, --batch or --window."
    case .tooLargeForLimit(let needed, let limit):
      "these sizes need about \(needed.grouped) MiB of memory, which is more than this process may still map (its limit is \(limit.grouped) MiB); raise the limit with `ulimit -v` and `ulimit -d`, or choose smaller sizes."
    case .otherSizes(let flag, let found, let expected):
      "\(flag) is \(found), but the model of --from has \(expected), and stays what it is; leave that out, or the --preset or --config that says so, or train anew."
    case .otherVocabulary:
      "the corpus's vocabulary does not begin with the model's; read it with the model's tokens (CorpusOptions.keep), or train anew."
    case .unreliableOpenBLAS(let version, let kernels, let threading):
      "OpenBLAS \(version) (\(kernels) kernels, \(threading)) gives different results for the same product, so no training could be repeated; install another build of OpenBLAS (on Debian the package libopenblas0-pthread), and if that does not help, check the machine's memory."
    case .openBLASThreads(let threads):
      "OpenBLAS uses \(threads) threads for a product, although Refrain set the count to 1; leave the count alone after Refrain's set-up, or call Machine.leaveOpenBLASAlone() before anything else of Refrain."
    case .wrongProducts(let version, let kernels):
      "OpenBLAS \(version) gets matrix products wrong on this CPU with \(kernels.joined(separator: ", ")) kernels, and it has no others for this CPU; install another version of OpenBLAS (on Debian the package libopenblas0-pthread), and if that does not help, check the machine."
    case .notFinite(let tensor):
      "the tensor \(tensor) has a value that is not a finite number, so the model was not saved; lower --learning-rate and train again."
    case .alreadyTraining:
      "this trainer is already training; wait until that run ends, or create another trainer."
    case .startsBeyondBounds(let step, let settings):
      "training diverged at step \(step.grouped): \(step) minibatches in a row, all since the start, had a loss or gradient beyond all bounds; "
        + (settings.isEmpty
          ? "check the weights that training starts from, and the corpus."
          : "choose a smaller \(settings.joined(separator: ", or a smaller ")).")
    case .predictsNothing(let step, let rate):
      "training ended at step \(step.grouped) with a loss beyond all bounds; begin anew with a lower --learning-rate, which is \(rate) where "
        + "0.002 or 0.003 is usual."
    case .diverged(let step, let skipped, let rollBacks, let rate):
      "training diverged at step \(step.grouped): \(skipped) minibatches in a row had a loss or gradient beyond all bounds"
        + (rollBacks == 0 ? "" : ", also after going back to a checkpoint \(rollBacks) times, with half the learning rate each time")
        + "; lower --learning-rate, which is \(rate) where 0.002 or 0.003 is usual, or --clip-norm."
    }
  }
}
