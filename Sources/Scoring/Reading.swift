public import Corpora

/// What a model has read of a text when it predicts a token of it.
public enum Reading: Sendable, Hashable {
  /// The text is cut into at most so many stretches of equal length, each read from a state of zeros: fast, and a few tokens lack context.
  case lanes(Int)
  /// Every song is read by itself from a state of zeros: no song depends on those before it.
  case songs
  /// Dynamic: the state is carried over the whole text, from its first token to its last. One time step after the other, hence slow.
  case whole

  /// The ranges of tokens that are read one by one; each is a token of context and then what it predicts.
  ///
  /// - Throws: `CorpusError.tooSmall` if nothing can be predicted.
  public func passages(of text: EncodedSongs) throws(CorpusError) -> [Range<Int>] {
    let count = text.tokens.count
    let passages: [Range<Int>]
    switch self {
    case .whole: passages = [0..<count]
    case .songs: passages = text.songs.map(\.passage)
    case .lanes(let most):
      let predictions = count - 1, lanes = EvaluationWindows.laneCount(most: most, predictions: predictions)
      let length = predictions / lanes, longer = predictions % lanes
      passages = (0..<lanes).map { lane in
        let start = lane * length + min(lane, longer)
        return start..<max(start, start + length + (lane < longer ? 1 : 0) + 1)
      }
    }
    guard passages.contains(where: { $0.count > 1 }) else { throw .tooSmall(tokens: count, needed: 2, lanes: 1, window: 1) }
    return passages
  }
}
