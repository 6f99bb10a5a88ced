extension EncodedSongs {
  /// The tokens with a song's control tokens after the boundary before it, for a model that is conditioned; see
  /// ``Corpus/tokens(of:conditions:)``.
  ///
  /// - Returns: all tokens, and the place among them of each token of this text.
  package func controlled(by conditions: ControlVocabulary, firstControl: TokenID) -> (tokens: [TokenID], places: [Int]) {
    var controlled: [TokenID] = [], places: [Int] = []
    controlled.reserveCapacity(tokens.count + songs.count * conditions.columns.count)
    places.reserveCapacity(tokens.count)
    var next = 0
    for (index, token) in tokens.enumerated() {
      places.append(controlled.count)
      controlled.append(token)
      while next < songs.count, songs[next].passage.lowerBound < index { next += 1 }
      // The rest of a song that was cut has no boundary before it.
      if next < songs.count, songs[next].passage.lowerBound == index, songs[next].range.lowerBound > index {
        for control in conditions.tokens(of: songs[next].details) { controlled.append(firstControl + control) }
      }
    }
    return (controlled, places)
  }
}
