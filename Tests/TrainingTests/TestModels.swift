import Corpora
import Files
import Kernels
import LanguageModel
import Models
import SystemPackage
import Testing
import Training

extension Model {
  /// An untrained model of a few words.
  static func small(seed: UInt64, words: String = "the river runs under the bridge\nand the bridge remembers the river", step: Int = 5)
    throws -> Model
  {
    let corpus = try Corpus(text: words, options: CorpusOptions(minimumCount: 1, validationFraction: 0))
    var configuration = smallConfiguration(steps: 5)
    configuration.seed = seed
    let sizes = configuration.model(vocabularySize: corpus.tokenizer.vocabulary.count)
    return Model(weights: Weights(sizes, seed: seed), tokenizer: corpus.tokenizer, configuration: configuration, step: step)
  }

  /// The same run's model after more steps.
  func later() -> Model {
    var model = self
    model.weights.values[3] += 1
    model.step += 10
    return model
  }

  func isSame(as other: Model) -> Bool {
    weights.configuration == other.weights.configuration && weights.values.isBitwiseEqual(to: other.weights.values)
      && tokenizer == other.tokenizer && configuration == other.configuration && step == other.step && reading == other.reading
  }
}

extension TrainingCheckpoint {
  /// Of a small run after some of its steps.
  static func small(seed: UInt64, steps: Int = 3) async throws -> TrainingCheckpoint {
    var configuration = smallConfiguration(steps: 20)
    configuration.seed = seed
    let text = try Corpus(
      text: randomText(words: 150, vocabulary: 9, seed: 1), options: CorpusOptions(tokenization: .whitespace, validationFraction: 0))
    let trainer = try Trainer(corpus: text, configuration: configuration)
    struct Stop: Error {}
    do {
      try await trainer.train { if case .step(let report) = $0, report.step == steps { throw Stop() } }
    } catch is Stop {}
    return await trainer.checkpoint()
  }

  func isSame(as other: TrainingCheckpoint) -> Bool {
    model.isSame(as: other.model) && optimizer.isSame(as: other.optimizer) && lanes == other.lanes
      && corpus == other.corpus && kernels == other.kernels
  }
}

extension OptimizerState {
  func isSame(as other: OptimizerState) -> Bool {
    func isSame(_ one: FloatBuffer?, _ other: FloatBuffer?) -> Bool {
      if let one, let other { one.isBitwiseEqual(to: other) } else { (one == nil) == (other == nil) }
    }
    return isSame(weights.values, other.weights.values) && isSame(squares, other.squares) && isSame(means, other.means)
      && isSame(momenta, other.momenta) && isSame(average?.values, other.average?.values) && average?.start == other.average?.start
      && lastUpdate == other.lastUpdate && updates == other.updates
  }
}

extension RunDirectory {
  /// Saves and finishes, as a run does at its end.
  func finish(with checkpoint: TrainingCheckpoint) throws {
    if let fault = try save(of: checkpoint).write() { throw fault }
    try finish()
  }
}

/// The names in a folder, sorted, without the temporaries of a write that was cut off.
func names(in folder: FilePath) throws -> [String] {
  try FolderListing(folder).files.map { String($0.string.dropFirst(folder.string.count + 1)) }
}
