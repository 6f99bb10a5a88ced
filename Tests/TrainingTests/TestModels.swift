import Corpora
import Files
import Kernels
import LanguageModel
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
      && tokenizer == other.tokenizer && configuration == other.configuration && step == other.step
  }
}

/// The names in a folder, sorted, without the temporaries of a write that was cut off.
func names(in folder: FilePath) throws -> [String] {
  try listFolder(folder).map { String($0.string.dropFirst(folder.string.count + 1)) }
}
