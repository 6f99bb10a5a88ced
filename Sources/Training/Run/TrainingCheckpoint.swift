public import Corpora
private import Foundation
package import LanguageModel
public import Models

/// All of a run between two steps: who has it can go on, and ends as if the run had never been stopped.
///
/// ```swift
/// let checkpoint = await trainer.checkpoint()
/// try checkpoint.write(to: "run.safetensors")
/// // ... another day, with the same corpus ...
/// let saved = try TrainingCheckpoint(contentsOf: "run.safetensors")
/// let trainer = try await Trainer(TrainingPlan(corpus: corpus, configuration: saved.configuration), resuming: saved)
/// ```
/// It is a value, which stays as it is while training goes on: the weights are shared until the next update copies them, what the
/// optimizer keeps and the state of the lanes are copied when it is taken.
public struct TrainingCheckpoint: Sendable {
  /// The settings, with the number of shards resolved.
  public let configuration: TrainingConfiguration
  /// The tokenizer of the corpus.
  public let tokenizer: Tokenizer
  /// The columns and values that songs are conditioned on; nil: none.
  public let conditions: ControlVocabulary?
  /// What the corpus was.
  public let corpus: CorpusIdentity
  /// What computed it.
  public let kernels: KernelSet
  /// How the corpus was read and cleaned; nil if that is not known.
  public let reading: ReadingRecord?
  let progress: TrainingProgress
  /// Weights, and RMSProp's state.
  package let optimizer: OptimizerState
  /// h and c of all B lanes, which the next window starts from.
  package let lanes: LaneState

  /// Steps taken.
  public var step: Int { progress.step }
  /// The step with the best validation of the run so far, if there was one.
  public var bestStep: Int? { progress.bestValidation?.step }
  /// The step that a diverging run would go back to.
  package var rollBackStep: Int { progress.rollBackStep }
  /// The model as it was; its weights are the average, if there is one.
  public var model: Model {
    var model = Model(
      weights: optimizer.resultWeights(averageDecay: configuration.optimizer.averageDecay), tokenizer: tokenizer,
      configuration: configuration, step: step, reading: reading, conditions: conditions)
    model.products = kernels.products ?? .packed
    return model
  }
}

/// What a run's directory adds to a checkpoint.
package struct RunRecord: Sendable, Hashable, Codable {
  /// How the command was called, without its name, so that a corpus need not be named again.
  package var arguments: [String] = []
  /// Where it was called.
  package var folder = ""
  /// Whether the corpus was changed on the way, and is cut with the vocabulary that the run began with.
  package var keepsVocabulary: Bool?
  /// How many tokens the model of `--from` knew, to which the corpus's own were added.
  package var baseVocabulary: Int?
  /// How long `metrics.jsonl` and `samples.txt` were, in bytes.
  package var metricsLength = 0, samplesLength = 0
  /// How many lines and samples of the checkpoint's own step they had.
  package var metricsAtStep: Int?, samplesAtStep: Int?

  package init() {}

  /// Checks that checkpoints with this record can be read back: everything else in their headers takes less than a quarter of them.
  ///
  /// - Throws: `TrainingCheckpointError.recordTooLong`.
  package func checkSize() throws {
    let limit = SafetensorsReader.longestHeader * 3 / 4
    let encoder = JSONEncoder()
    encoder.outputFormatting = [.withoutEscapingSlashes]
    // The header has the JSON as a string, with quotation marks and backslashes escaped once more.
    let bytes = try encoder.encode(self).reduce(0) { $0 + ($1 == UInt8(ascii: "\"") || $1 == UInt8(ascii: "\\") ? 2 : 1) }
    if bytes > limit { throw TrainingCheckpointError.recordTooLong(bytes: bytes, limit: limit) }
  }

  private enum CodingKeys: String, CodingKey {
    case arguments, folder, keepsVocabulary = "keeps_vocabulary", baseVocabulary = "base_vocabulary"
    case metricsLength = "metrics_length", samplesLength = "samples_length"
    case metricsAtStep = "metrics_at_step", samplesAtStep = "samples_at_step"
  }
}
