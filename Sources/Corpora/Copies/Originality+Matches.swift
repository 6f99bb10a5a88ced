internal import Basics

extension Originality {
  /// The longest span that ends with a word and stands in a song.
  struct Match {
    /// Its words; 0 if no song has the word.
    var count = 0
    /// The suffixes of the index that begin with it.
    var range = 0..<0
  }

  /// The longest match that ends with each word.
  ///
  /// - Parameter words: the words' numbers in the index, nil for a word that no song has.
  static func matches(_ words: [UInt32?], _ index: CopyIndex) -> [Match] {
    var matches: [Match] = []
    var match = Match()
    for place in words.indices {
      match = longest(words, upTo: place, from: match, index)
      matches.append(match)
    }
    return matches
  }

  /// The longest match that ends at a place.
  ///
  /// - Parameter match: that of the place before.
  private static func longest(_ words: [UInt32?], upTo place: Int, from match: Match, _ index: CopyIndex) -> Match {
    guard let word = words[place] else { return Match() }
    if match.count > 0 {
      let range = index.narrowed(match.range, depth: match.count, to: word)
      if !range.isEmpty { return Match(count: match.count + 1, range: range) }
    }
    // A part of a span that stands in a song stands there too: so the length can be halved in on.
    var best = Match(count: 1, range: index.suffixes(beginningWith: word))
    var tooLong = match.count + 1
    while tooLong - best.count > 1 {
      let count = (best.count + tooLong) / 2
      let range = suffixes(beginningWith: words[(place - count + 1)...place], index)
      if range.isEmpty { tooLong = count } else { best = Match(count: count, range: range) }
    }
    return best.range.isEmpty ? Match() : best
  }

  /// The suffixes that begin with these words.
  private static func suffixes(beginningWith words: ArraySlice<UInt32?>, _ index: CopyIndex) -> Range<Int> {
    var range = 0..<index.suffixes.count
    for (depth, word) in words.enumerated() {
      guard let word else { return 0..<0 }
      range = depth == 0 ? index.suffixes(beginningWith: word) : index.narrowed(range, depth: depth, to: word)
      if range.isEmpty { break }
    }
    return range
  }

  /// The most places of a span that are looked at.
  private static let mostPlaces = 10_000

  /// The first songs that have a span.
  static func songs(_ range: Range<Int>, _ index: CopyIndex) -> [CopyIndex.SongName] {
    var songs: [Int] = []
    for place in index.suffixes[range].prefix(mostPlaces).sorted() {
      let song = index.song(at: Int(place))
      if songs.last != song { songs.append(song) }
      if songs.count == mostSongs { break }
    }
    return songs.map { index.name(ofSong: $0) }
  }

  /// The most songs that one shingle makes candidates, and the most candidates that are compared.
  private static let mostPlacesOfShingle = 256, mostCandidates = 64

  /// The songs that are nearly the same: those that share most shingles are compared exactly.
  static func nearCopies(_ words: [UInt32?], _ matches: [Match], _ index: CopyIndex) -> [NearCopy] {
    // A word that no song has is like no other.
    let own = Set((0..<max(0, words.count - shingle + 1)).map { words[$0..<$0 + shingle].map { $0 ?? CopyIndex.gap } })
    if own.isEmpty { return [] }
    var seen: Set<[UInt32]> = []
    var counts: [Int: Int] = [:]
    for (place, match) in matches.enumerated() where match.count >= shingle {
      let gram = words[(place - shingle + 1)...place]
      guard seen.insert(gram.map { $0 ?? CopyIndex.gap }).inserted else { continue }
      let places = index.suffixes[suffixes(beginningWith: gram, index)].prefix(mostPlacesOfShingle)
      for song in Set(places.map { index.song(at: Int($0)) }) { counts[song, default: 0] += 1 }
    }
    let candidates = counts.sorted { ($1.value, $0.key) < ($0.value, $1.key) }.prefix(mostCandidates).map(\.key)
    let found = candidates.compactMap { song -> (Int, NearCopy)? in
      let other = Array(index.words(of: song))
      let theirs = Set((0..<max(0, other.count - shingle + 1)).map { Array(other[$0..<$0 + shingle]) })
      let common = own.intersection(theirs).count
      let resemblance = Double(common) / Double(own.count + theirs.count - common)
      let containment = Double(common) / Double(own.count)
      guard max(resemblance, containment) >= leastNearness else { return nil }
      return (song, NearCopy(song: index.name(ofSong: song), resemblance: resemblance, containment: containment))
    }
    return found.sorted { ($1.1.resemblance, $0.0) < ($0.1.resemblance, $1.0) }.map(\.1)
  }
}
