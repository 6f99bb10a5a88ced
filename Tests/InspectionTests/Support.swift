import Corpora
import Foundation
import Inspection
import Kernels
import LanguageModel
import Models
import Testing

/// A small untrained model with large weights, so that gates are not all in the middle.
func makeModel(
  _ cell: RecurrentCell = .lstm, hidden: [Int] = [7, 5], tokenization: Tokenization = .word, text: String = sampleText, scale: Float = 6
) throws -> Model {
  var options = CorpusOptions(tokenization: tokenization)
  options.minimumCount = 1
  options.validationFraction = 0
  let corpus = try Corpus(text: text, options: options)
  let configuration = ModelConfiguration(
    vocabularySize: corpus.tokenizer.vocabulary.count, embeddingSize: 4, hiddenSizes: hidden, cell: cell)
  var weights = Weights(configuration, seed: 3)
  for index in 0..<weights.values.count { weights.values[index] *= scale }
  return Model(weights: weights, tokenizer: corpus.tokenizer, configuration: TrainingConfiguration(), step: 1)
}

let sampleText = """
  [Verse]
  The river is a silver line,
  she said "the day is mine,
  and so is this old wine"

  I went to look for you
  the sky was blue


  A second song begins
  and nothing ever wins
  """

func inspected(_ text: String = sampleText, by model: Model) throws -> InspectedText {
  InspectedText(try encoded(text, by: model), model: model)
}

func encoded(_ text: String = sampleText, by model: Model) throws -> EncodedSongs {
  let songs = try SongReader(for: model.tokenizer.tokenization).songs(in: Array(text.utf8), source: "text")
  return EncodedSongs(of: songs, tokenizer: model.tokenizer)
}
