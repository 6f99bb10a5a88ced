public import Corpora

/// What simple models make of the same text: whether a network learned anything that counting does not give.
public enum Baseline {
  /// A unigram model and an n-gram model, counted on some songs with a model's own vocabulary and tried on a scored text: the same tokens
  /// are predicted, in the same passages.
  ///
  /// - Parameters:
  ///   - songs: what the network was trained on, without the songs of the text.
  ///   - order: n, from 2 to 8.
  public static func scores(
    on scores: TextScores, countedOn songs: EncodedSongs, vocabularySize: Int, order: Int
  ) -> [(order: Int, scores: TextScores)] {
    [1, order].map { order in
      let model = KneserNeyModel(order: order, tokens: songs.tokens, vocabularySize: vocabularySize)
      let nats = model.nats(of: scores.text.tokens, in: scores.passages)
      return (order, TextScores(text: scores.text, passages: scores.passages, nats: nats))
    }
  }
}
