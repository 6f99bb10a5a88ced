internal import Basics

extension StateBits {
  /// A place where many of the units are on over a whole span.
  package struct Place: Sendable, Hashable {
    /// The number of the song among those searched.
    package var song: Int
    /// The first token of the span.
    package var start: Int
    /// How many of the units are on over all tokens of the span.
    package var units: Int

    package init(song: Int, start: Int, units: Int) {
      self.song = song
      self.start = start
      self.units = units
    }
  }

  /// Finds the best place of each song, and returns the best of these: those where the most units are on over all tokens of a span.
  ///
  /// A span lies within one song. Of places that are equally good, the first one counts.
  ///
  /// - Parameters:
  ///   - units: the units to look for: numbers of columns.
  ///   - length: the tokens of a span, at least 1.
  ///   - songs: the tokens of each song, in order and apart from each other.
  ///   - most: how many places to return.
  ///   - workers: never part of the result.
  /// - Returns: the places with at least one unit, the best first.
  /// - Complexity: O(tokens x units x log(length) / 64).
  package func places(units: [Int], length: Int, songs: [Range<Int>], most: Int, workers: Int) async -> [Place] {
    precondition(length >= 1, "a span has a token")
    // Songs together until they are worth a task.
    var groups: [Range<Int>] = []
    var first = 0
    for (index, song) in songs.enumerated() {
      guard song.upperBound - songs[first].lowerBound >= Self.groupTokens || index == songs.count - 1 else { continue }
      groups.append(first..<index + 1)
      first = index + 1
    }
    let found = await mapInParallel(groups.count, workers: workers) { [groups] number in
      best(units: units, length: length, songs: songs, group: groups[number])
    }
    return Array(
      found.flatMap { $0 }.sorted { first, second in
        first.units != second.units ? first.units > second.units : first.start < second.start
      }.prefix(most))
  }

  private static let groupTokens = 1 << 16

  /// The best place of each song of a group.
  private func best(units: [Int], length: Int, songs: [Range<Int>], group: Range<Int>) -> [Place] {
    let range = songs[group.lowerBound].lowerBound..<songs[group.upperBound - 1].upperBound
    let firstWord = range.lowerBound / 64, words = (range.upperBound + 63) / 64 - firstWord
    let counts = counts(units: units, length: length, firstWord: firstWord, words: words)
    return group.compactMap { number in
      let song = songs[number]
      var best = Place(song: number, start: song.lowerBound, units: 0)
      if song.count < length { return nil }
      for start in song.lowerBound...song.upperBound - length {
        let units = Int(counts[start - 64 * firstWord])
        if units > best.units {
          best.units = units
          best.start = start
        }
      }
      return best.units > 0 ? best : nil
    }
  }

  /// For each token of some words, the number of units that are on over the span that begins there.
  private func counts(units: [Int], length: Int, firstWord: Int, words: Int) -> [UInt16] {
    // Vertical counters: bit k of the counts of 64 tokens are a word.
    let planeCount = UInt64.bitWidth - units.count.leadingZeroBitCount
    var planes = [UInt64](repeating: 0, count: max(1, planeCount) * words)
    var runs: [UInt64] = []
    for unit in units {
      run(of: columns[unit], length: length, firstWord: firstWord, words: words, into: &runs)
      for word in 0..<words {
        var carry = runs[word]
        var plane = word
        while carry != 0 {
          let sum = planes[plane]
          planes[plane] = sum ^ carry
          carry &= sum
          plane &+= words
        }
      }
    }
    var counts = [UInt16](repeating: 0, count: 64 * words)
    for plane in 0..<planeCount {
      for word in 0..<words {
        let bits = planes[plane * words + word]
        if bits == 0 { continue }
        for bit in 0..<64 { counts[64 * word + bit] |= UInt16(truncatingIfNeeded: bits >> UInt64(bit) & 1) << UInt16(plane) }
      }
    }
    return counts
  }

  /// For each token of some words a bit: whether a unit is on over the span that begins there.
  ///
  /// The runs are doubled: if bit t says that a unit is on over n tokens from t on, bits t and t + n together say it of 2n.
  private func run(of column: [UInt64], length: Int, firstWord: Int, words: Int, into run: inout [UInt64]) {
    let end = min(column.count, firstWord + words + (length + 63) / 64)
    run.removeAll(keepingCapacity: true)
    run += column[firstWord..<end]
    var done = 1
    while done < length {
      let shift = min(done, length - done), whole = shift / 64, rest = UInt64(shift % 64)
      for word in run.indices {
        let low = word + whole < run.count ? run[word + whole] : 0
        let high = word + whole + 1 < run.count ? run[word + whole + 1] : 0
        run[word] &= rest == 0 ? low : low >> rest | high << (64 - rest)
      }
      done += shift
    }
  }
}
