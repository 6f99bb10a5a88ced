import Basics
import Corpora
import Files
import Foundation
import Kernels
import LanguageModel
import Models
import SystemPackage
import Testing
import Training

/// A folder that is gone when the test is over.
final class TemporaryFolder {
  let path: FilePath

  init() throws {
    path = FilePath(NSTemporaryDirectory()).appending("refrain-\(UInt64.random(in: .min ... .max))")
    try makeDirectories(path)
  }

  func path(_ name: String) -> FilePath { path.appending(name) }

  deinit { try? removeTree(path) }
}

/// Pseudo-random words, `perLine` to a line, as a pre-tokenized text.
func randomText(words: Int, vocabulary: Int, perLine: Int = 12, seed: UInt64) -> String {
  var generator = SeededGenerator(seed: seed)
  var text = ""
  for index in 1...words {
    text += "w\(Int.random(in: 0..<vocabulary, using: &generator))" + (index % perLine == 0 ? "\n" : " ")
  }
  return text
}

/// A corpus that is all for training, cut at white space.
func corpus(_ text: String, validationFraction: Double = 0) throws -> Corpus {
  try Corpus(text: text, options: CorpusOptions(tokenization: .whitespace, validationFraction: validationFraction))
}

/// A small model's settings: a few milliseconds a step.
func smallConfiguration(steps: Int, batch: Int = 4, window: Int = 5, shards: Int = 2) -> TrainingConfiguration {
  var configuration = TrainingConfiguration()
  configuration.embeddingSize = 6
  configuration.hiddenSizes = 8
  configuration.layerCount = 1
  configuration.batchSize = batch
  configuration.windowLength = window
  configuration.shards = shards
  configuration.steps = steps
  return configuration
}

/// Some of everything.
func regularization() -> Regularization {
  var regularization = Regularization()
  regularization.layerDropout = 0.2
  regularization.outputDropout = 0.3
  regularization.inputDropout = 0.1
  regularization.embeddingDropout = 0.1
  regularization.weightDrop = 0.3
  regularization.activationPenalty = 1
  regularization.temporalPenalty = 1
  regularization.stateReset = 0.2
  return regularization
}

/// What a trainer told, in order.
actor EventLog {
  private(set) var events: [TrainingEvent] = []

  func add(_ event: TrainingEvent) { events.append(event) }

  var names: [String] {
    events.map {
      switch $0 {
      case .step: "step"
      case .metrics(let line): line.kind.rawValue
      case .histograms: "histograms"
      case .sample: "sample"
      case .checkpoint: "checkpoint"
      case .skipped: "skipped"
      case .rolledBack: "rolled back"
      }
    }
  }

  var steps: [StepReport] { events.compactMap { if case .step(let report) = $0 { report } else { nil } } }
  var metrics: [Metrics] { events.compactMap { if case .metrics(let line) = $0 { line } else { nil } } }
  var samples: [(model: Model, report: StepReport)] {
    events.compactMap { if case .sample(let model, let report) = $0 { (model, report) } else { nil } }
  }
  var checkpoints: [TrainingCheckpoint] { events.compactMap { if case .checkpoint(let checkpoint) = $0 { checkpoint } else { nil } } }
  var skipped: [Int] { events.compactMap { if case .skipped(let step, _, _) = $0 { step } else { nil } } }
  var rollBacks: [(from: Int, to: Int, rate: Float)] {
    events.compactMap { if case .rolledBack(let from, let to, let rate) = $0 { (from, to, rate) } else { nil } }
  }
}

/// Continues tokens by the likeliest one each time.
func greedy(_ weights: Weights, after context: [TokenID], count: Int) -> [TokenID] {
  let network = SamplingNetwork(SamplingWeights(weights), lanes: 1)
  var logits = network.logits(after: [context[0]])
  for token in context.dropFirst() { logits = network.logits(after: [token]) }
  var tokens: [TokenID] = []
  while tokens.count < count {
    let best = (0..<logits.columns).max { logits[0, $0] < logits[0, $1] } ?? 0
    tokens.append(TokenID(best))
    logits = network.logits(after: [TokenID(best)])
  }
  return tokens
}

func message(of error: (any Error)?) -> String { error.map { "\($0)" } ?? "no error" }
