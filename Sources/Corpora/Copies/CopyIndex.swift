internal import Basics

/// Finds every span of words that a text shares with a set of songs, exactly and for spans of every length: a suffix array over the songs'
/// normalised words.
///
/// ```swift
/// let index = try CopyIndex(songs: [Song(text: "the river runs to the sea", source: "s", line: 1)])
/// var cursor = index.cursor(longest: 2)
/// for word in ["a", "river", "runs"] { cursor.append(word) }
/// cursor.isCopied("to")  // true: "river runs to" would be a copied span of three words
/// ```
/// Words are those of ``LyricWords``. A span never reaches from one song into the next, nor over a word that is not known.
///
/// An index holds the lyrics. Keep it where the corpus is kept, and out of a model that is given away; for that there is ``PortableGuard``.
///
/// In memory it takes 8 bytes a word, 4 for the suffix array and 4 for the words' numbers, and the bytes of each different word once.
public struct CopyIndex: Sendable {
  /// What an index was made of, so that it is not used for another corpus.
  public struct Identity: Sendable, Hashable {
    /// A hash of the store's contents, or of the files' names, sizes and times and of the options; 0 if neither is known.
    public var source: UInt64
    /// `Corpus.fingerprint()`, which a model's checkpoint records too; 0 if it is not known.
    public var corpus: UInt64

    /// Creates an identity.
    public init(source: UInt64 = 0, corpus: UInt64 = 0) {
      self.source = source
      self.corpus = corpus
    }
  }

  /// A song of the index.
  public struct SongName: Sendable, Hashable {
    /// The song's title, if it is known.
    public var title: String?
    /// The song's artist, if it is known.
    public var artist: String?
    /// The file that the song is from, if it is known.
    public var source: String?

    /// Creates a name.
    public init(title: String? = nil, artist: String? = nil, source: String? = nil) {
      self.title = title
      self.artist = artist
      self.source = source
    }
  }

  /// The longest span of words that can be allowed.
  public static let lengths = 1...64
  /// The most words and ends of songs together.
  static let mostWords = Int(Int32.max) - 1
  /// What stands in ``ids`` at the end of a song and for a word that is not known.
  static let gap: UInt32 = 0

  /// What the index was made of.
  public let identity: Identity
  /// How many words in the songs are not known, since the store has `<unk>` in their place.
  public let unknownWordCount: Int

  /// The different words; word number w of ``ids`` is number w - 1 here.
  let vocabulary: TokenTable
  /// The words of all songs in order, each song with a ``gap`` after it.
  let ids: [UInt32]
  /// The places in ``ids`` of all words, in the order of the texts that begin there.
  let suffixes: [UInt32]
  /// Where each song begins in ``ids``.
  let songStarts: [UInt32]
  /// The songs' names, packed.
  let names: [UInt8]
  /// Where each name begins in ``names``.
  private let nameStarts: [UInt32]
  /// Where the suffixes with each first word begin in ``suffixes``, by the word's number in ``ids``.
  private let firsts: [UInt32]

  /// How many words the songs have.
  public var wordCount: Int { suffixes.count }
  /// How many songs with words there are.
  public var songCount: Int { songStarts.count }
  /// How many different words there are.
  public var distinctWordCount: Int { vocabulary.count }

  /// Creates an index from its parts; returns nil if they do not fit together.
  init?(
    identity: Identity, unknownWordCount: Int, vocabulary: TokenTable, ids: [UInt32], suffixes: [UInt32], songStarts: [UInt32],
    names: [UInt8]
  ) {
    var firsts = [UInt32](repeating: 0, count: vocabulary.count + 2)
    for id in ids {
      guard id <= vocabulary.count else { return nil }
      if id != Self.gap { firsts[Int(id) + 1] += 1 }
    }
    for id in 1...vocabulary.count + 1 { firsts[id] += firsts[id - 1] }
    guard ids.count <= Self.mostWords, firsts[vocabulary.count + 1] == suffixes.count, ids.last ?? Self.gap == Self.gap,
      suffixes.allSatisfy({ $0 < ids.count && ids[Int($0)] != Self.gap })
    else { return nil }
    var nameStarts: [UInt32] = []
    var place = 0
    for (number, start) in songStarts.enumerated() {
      guard start < ids.count, number == 0 || start > songStarts[number - 1] else { return nil }
      nameStarts.append(UInt32(place))
      guard let count = DetailRecord.number(names[...], &place), count <= names.count - place else { return nil }
      place += count
    }
    guard place == names.count, songStarts.first ?? 0 == 0 else { return nil }
    self.identity = identity
    self.unknownWordCount = unknownWordCount
    self.vocabulary = vocabulary
    self.ids = ids
    self.suffixes = suffixes
    self.songStarts = songStarts
    self.names = names
    self.nameStarts = nameStarts
    self.firsts = firsts
  }

  // MARK: - Words and spans

  /// The number of a normalised word, or nil if no song has it.
  func number(of word: String) -> UInt32? { vocabulary.id(of: word).map { UInt32($0) + 1 } }

  /// The number of a normalised word with these bytes, or nil if no song has it.
  func number(of word: Span<UInt8>) -> UInt32? {
    let range = 0..<word.count
    return vocabulary.id(word, range, hash: TokenTable.hash(word, range)).map { UInt32($0) + 1 }
  }

  /// The word of a number that is not ``gap``.
  func word(_ number: UInt32) -> String { vocabulary.string(Int(number) - 1) }

  /// The word so many places after the beginning of a suffix; ``gap`` where the song has ended.
  @inline(__always)
  private func number(in suffix: Int, at depth: Int) -> UInt32 {
    let place = Int(suffixes[suffix]) + depth
    return place < ids.count ? ids[place] : Self.gap
  }

  /// The suffixes that begin with a word.
  func suffixes(beginningWith word: UInt32) -> Range<Int> { Int(firsts[Int(word)])..<Int(firsts[Int(word) + 1]) }

  /// Those of a range of suffixes, whose first `depth` words are equal, that have `word` next.
  ///
  /// - Complexity: O(log n).
  func narrowed(_ range: Range<Int>, depth: Int, to word: UInt32) -> Range<Int> {
    let start = bound(range, depth) { $0 < word }
    return start..<bound(start..<range.upperBound, depth) { $0 <= word }
  }

  /// The first suffix of a range whose word at `depth` does not meet a condition that holds up to there.
  private func bound(_ range: Range<Int>, _ depth: Int, _ isBefore: (UInt32) -> Bool) -> Int {
    var low = range.lowerBound
    var high = range.upperBound
    while low < high {
      let middle = low + (high - low) / 2
      if isBefore(number(in: middle, at: depth)) { low = middle + 1 } else { high = middle }
    }
    return low
  }

  /// The different words that come next in a range of suffixes, whose first `depth` words are equal.
  ///
  /// - Complexity: O(k log n) for k words.
  func nextWords(_ range: Range<Int>, depth: Int) -> [UInt32] {
    var words: [UInt32] = []
    var index = range.lowerBound
    while index < range.upperBound {
      let word = number(in: index, at: depth)
      if word != Self.gap { words.append(word) }
      // A forged index may not be sorted: go on in any case.
      index = max(index + 1, bound(index..<range.upperBound, depth) { $0 <= word })
    }
    return words
  }

  // MARK: - Songs

  /// The number of the song in which a place of ``ids`` lies.
  func song(at place: Int) -> Int {
    var low = 0
    var high = songStarts.count
    while low < high {
      let middle = low + (high - low) / 2
      if Int(songStarts[middle]) <= place { low = middle + 1 } else { high = middle }
    }
    return max(0, low - 1)
  }

  /// The words of a song, without the gap at its end.
  func words(of song: Int) -> ArraySlice<UInt32> {
    let end = song + 1 < songStarts.count ? Int(songStarts[song + 1]) : ids.count
    return ids[Int(songStarts[song])..<max(Int(songStarts[song]), end - 1)]
  }

  /// What is known of a song.
  ///
  /// - Precondition: `number` is below ``songCount``.
  public func name(ofSong number: Int) -> SongName {
    var place = Int(nameStarts[number])
    guard let count = DetailRecord.number(names[...], &place), let values = DetailRecord.values(names[place..<place + count]) else {
      return SongName()
    }
    func text(_ index: Int) -> String? { index < values.count ? values[index].map { String(decoding: $0, as: UTF8.self) } : nil }
    return SongName(title: text(0), artist: text(1), source: text(2))
  }
}
