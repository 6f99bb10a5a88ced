package import Corpora
package import LanguageModel
package import Models
internal import SystemPackage

/// The header of a checkpoint, without its tensors, which are neither read nor checked.
package struct CheckpointSummary: Sendable {
  /// The settings, with the number of shards resolved.
  package let configuration: TrainingConfiguration
  /// The model's sizes.
  package let model: ModelConfiguration
  /// What the corpus was.
  package let corpus: CorpusIdentity
  /// What computed it.
  package let kernels: KernelSet
  /// How the corpus was read; nil if that is not known.
  package let reading: ReadingRecord?
  /// What the run's directory added.
  package let run: RunRecord?
  let progress: TrainingProgress

  /// Steps taken.
  package var step: Int { progress.step }
  /// Tokens trained on.
  package var tokens: Int { progress.tally.tokens }
  /// Minibatches left out.
  package var skipped: Int { progress.tally.skipped }
  /// How often the run went back to a checkpoint.
  package var rollBacks: Int { progress.rollBacks }
  /// What the learning rate is multiplied by, after going back.
  package var rateFactor: Float { progress.rateFactor }
  /// Time that the run took, in seconds.
  package var seconds: Double { progress.tally.seconds }
  /// The best validation of the run.
  package var bestValidation: TrainingSummary.Best? { progress.bestValidation }
}

extension CheckpointFolder {
  /// The summary of the newest checkpoint whose header can be read, and what was wrong with newer ones.
  package func newestSummary() -> (found: CheckpointSummary?, faults: [any Error]) {
    var faults: [any Error] = []
    for step in steps {
      do {
        return (try TrainingCheckpoint.summary(ModelDirectory.ownFile(file(step: step), in: path.removingLastComponent())), faults)
      } catch {
        faults.append(error)
      }
    }
    return (nil, faults)
  }
}
