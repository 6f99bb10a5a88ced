public import Corpora
public import Models

/// How well each token of a text was predicted.
///
/// ```swift
/// let text = try EncodedSongs(reading: ["songs/"], tokenizer: model.tokenizer)
/// let scores = try await model.scores(of: text, reading: .songs)
/// for song in text.songs { print(song.source, scores.evaluation(of: song)?.perplexity ?? .nan) }
/// ```
/// Unknown words are predicted like any other: where the vocabulary lacks a word, `<unk>` stands in the text, and its probability is what
/// counts. That is easier than naming the word, so a model with a smaller vocabulary looks better by it; ``knownEvaluation`` leaves these
/// tokens out, though their `<unk>` is still read before the next token.
public struct TextScores: Sendable {
  /// What was scored.
  public let text: EncodedSongs
  /// The passages that it was read in.
  public let passages: [Range<Int>]
  /// The cross-entropy in nats of each token, by its position; nil for a token that was not predicted since it came first.
  public let nats: [Double?]

  /// - Precondition: there is one number a token.
  public init(text: EncodedSongs, passages: [Range<Int>], nats: [Double?]) {
    precondition(nats.count == text.tokens.count, "there must be one score a token")
    self.text = text
    self.passages = passages
    self.nats = nats
  }

  /// The mean over all tokens that were predicted.
  public var evaluation: Evaluation { mean(of: nats.indices) { _ in true } ?? Evaluation(lossNats: 0, tokens: 0) }

  /// The mean over those that the vocabulary has; nil if there are none.
  public var knownEvaluation: Evaluation? { mean(of: nats.indices) { text.unknownWords[$0] == nil } }

  /// The mean over a song's tokens and the `<song>` that ends it; nil if none was predicted.
  public func evaluation(of song: EncodedSongs.Place) -> Evaluation? { mean(of: song.range) { _ in true } }

  /// How many of the tokens that were predicted the vocabulary lacks.
  public var unknownCount: Int { nats.indices.count(where: isUnknown) }

  /// How many of a song's tokens that were predicted the vocabulary lacks.
  public func unknownCount(of song: EncodedSongs.Place) -> Int { song.range.count(where: isUnknown) }

  private func isUnknown(_ position: Int) -> Bool { nats[position] != nil && text.unknownWords[position] != nil }

  private func mean(of positions: some Sequence<Int>, where isCounted: (Int) -> Bool) -> Evaluation? {
    var sum = 0.0, count = 0
    for position in positions where isCounted(position) {
      if let nats = nats[position] {
        sum += nats
        count += 1
      }
    }
    return count == 0 ? nil : Evaluation(lossNats: sum / Double(count), tokens: count)
  }
}
