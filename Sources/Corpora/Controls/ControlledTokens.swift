/// The tokens of a part with control tokens after the boundary that begins each song. Nothing is copied: they are put in where they are
/// read.
///
/// ```
/// the part            <song> when the night <song> on the road <song>
/// with two columns    <song> c1 c2 when the night <song> c3 c4 on the road <song>
/// ```
/// A place counts all tokens, and an index those of the part alone.
struct ControlledTokens: Sendable {
  /// The tokens of the part.
  let base: Tokens
  /// The index of each boundary that begins a song, in order.
  private let starts: [Int]
  /// How many control tokens a song has.
  private let width: Int
  /// Those of each song, one song after the other.
  let controls: [TokenID]
  /// The first number of a control token.
  let firstControl: TokenID

  /// - Precondition: there are as many controls for each start, and none is less than `firstControl`.
  init(_ base: Tokens, starts: [Int], controls: [TokenID], width: Int, firstControl: TokenID) {
    precondition(controls.count == starts.count * width, "every song has \(width) control tokens")
    self.base = base
    self.starts = starts
    self.controls = controls
    self.width = width
    self.firstControl = firstControl
  }

  var count: Int { base.count + controls.count }

  var bytesInMemory: Int { base.bytesInMemory + starts.count * MemoryLayout<Int>.stride + controls.count * MemoryLayout<TokenID>.stride }

  /// The place of a boundary.
  private func place(ofStart song: Int) -> Int { starts[song] + song * width }

  /// How many of the songs' boundaries meet a condition that holds for the first ones only.
  private func songs(_ isBefore: (Int) -> Bool) -> Int {
    var low = 0, high = starts.count
    while low < high {
      let middle = (low + high) / 2
      if isBefore(middle) { low = middle + 1 } else { high = middle }
    }
    return low
  }

  /// The place of the token of an index.
  func place(of index: Int) -> Int { index + width * songs { starts[$0] < index } }

  /// How many tokens of the part stand before a place, and how many songs have begun there.
  private func before(_ place: Int) -> (index: Int, songs: Int) {
    let begun = songs { self.place(ofStart: $0) < place }
    if begun == 0 { return (place, 0) }
    let controls = min(width, place - self.place(ofStart: begun - 1) - 1)
    return (place - (begun - 1) * width - controls, begun)
  }

  /// Adds the tokens of a range of places.
  ///
  /// - Parameter read: reads a range of indices from the part.
  func append(
    _ range: Range<Int>, to tokens: inout [TokenID], read: (Range<Int>) throws(CorpusError) -> [TokenID]
  ) throws(CorpusError) {
    let (first, begun) = before(range.lowerBound)
    let own = try read(first..<before(range.upperBound).index)
    tokens.reserveCapacity(tokens.count + range.count)
    var place = range.lowerBound, song = begun, next = 0
    while place < range.upperBound {
      if song > 0 {
        // The controls of the song that has begun last.
        let number = place - self.place(ofStart: song - 1) - 1
        if number < width {
          let end = min(width, number + range.upperBound - place)
          tokens += controls[(song - 1) * width + number..<(song - 1) * width + end]
          place += end - number
          continue
        }
      }
      let end = song < starts.count ? min(range.upperBound, self.place(ofStart: song) + 1) : range.upperBound
      tokens += own[next..<next + end - place]
      next += end - place
      place = end
      if song < starts.count, end == self.place(ofStart: song) + 1 { song += 1 }
    }
  }
}

extension Corpus {
  /// The tokens of a part for a model that is conditioned: with a song's control tokens after the boundary before it. Their numbers follow
  /// those of the vocabulary. Without conditions the tokens as they are.
  ///
  /// A song whose value the model does not know has the token that other values share, and so has every song if nothing is carried.
  ///
  /// - Returns: nil if the corpus has no such part.
  /// - Throws: `ConditionError`, and `CorpusError` if a store can no longer be read.
  /// - Complexity: with conditions O(n) in the number of tokens, which are read once. It takes 8 bytes of memory a song, and 4 for each of
  ///   its columns.
  public func tokens(of part: Part, conditions: ControlVocabulary?) throws -> Tokens? {
    guard let tokens = tokens(of: part) else { return nil }
    guard let conditions else { return tokens }
    guard let boundary = tokenizer.songBoundary else {
      throw ConditionError.needsSongs(tokens: tokenizer.tokenization.rawValue)
    }
    let first = TokenID(tokenizer.vocabulary.count)
    var starts: [Int] = []
    var beginsInside = false
    repeat {
      starts = []
      for block in tokens.blocks {
        for (offset, token) in try tokens.read(block).enumerated() {
          if token == boundary, block.lowerBound + offset < tokens.count - 1 { starts.append(block.lowerBound + offset) }
          if block.lowerBound + offset == 0 { beginsInside = token != boundary }
        }
      }
    } while try !tokens.isUntouched()
    var controls: [TokenID] = []
    controls.reserveCapacity(starts.count * conditions.columns.count)
    if let catalog {
      // The rest of a song that was cut has details too, and no boundary before it.
      let songs = starts.count + (beginsInside ? 1 : 0), details = catalog.songCount(of: part)
      if details != songs { throw ConditionError.songsDisagree(details: details, songs: songs) }
      var number = 0
      try forEachDetails(of: part) { details in
        if number > 0 || !beginsInside { for control in conditions.tokens(of: details) { controls.append(first + control) } }
        number += 1
      }
    } else {
      let others = conditions.tokens(of: SongDetails())
      for _ in starts { for control in others { controls.append(first + control) } }
    }
    return Tokens(
      ControlledTokens(tokens, starts: starts, controls: controls, width: conditions.columns.count, firstControl: first))
  }
}
