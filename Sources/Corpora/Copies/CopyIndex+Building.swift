internal import Basics
internal import SystemPackage

/// Gathers the words of songs while a store is prepared, and makes an index of them.
///
/// ```swift
/// var builder = CopyIndexBuilder()
/// try Corpus.prepare(["songs.csv"], to: "songs.store", songs: { try builder.add($0) })
/// let index = try builder.index(ofStore: "songs.store")
/// try index.write(to: CopyIndex.path(besideStore: "songs.store"))
/// ```
/// The texts have every word, also those that the store's vocabulary lacks.
public struct CopyIndexBuilder {
  private var vocabulary = TokenTable(expecting: 1 << 12)
  private var ids: [UInt32] = []
  private var songStarts: [UInt32] = []
  private var names: [UInt8] = []
  private var unknownWordCount = 0

  /// Creates a builder without songs.
  public init() {}

  /// Adds the songs of a corpus that are trained on.
  ///
  /// - Throws: `CopyError.tooManyWords`, `CorpusError` if a scratch file cannot be read.
  public mutating func add(_ songs: CleanedSongs) throws {
    try songs.forEachOfTraining { song in
      try add(song.text, .init(title: song.details.title, artist: song.details.artist, source: song.source))
    }
  }

  /// Sorts the words of the songs that came, for the store that was made of them.
  ///
  /// - Throws: `CopyError.noWords` if no song has a word; `CorpusError` for a store that cannot be read.
  public consuming func index(ofStore store: String) throws -> CopyIndex {
    if isEmpty { throw CopyError.noWords(path: store) }
    let source = try StoreReader.header(FilePath(store)).fingerprint
    return index(.init(source: source, corpus: try Corpus(store: store).fingerprint()))
  }

  /// Whether no song with a word has come.
  var isEmpty: Bool { songStarts.isEmpty }

  /// Adds a song; one without words is left out.
  ///
  /// - Parameter marksGaps: whether ``LyricWords/gap`` in the text stands for a word that is not known.
  /// - Throws: `CopyError.tooManyWords`.
  mutating func add(_ text: String, _ name: CopyIndex.SongName, marksGaps: Bool = false) throws(CopyError) {
    let start = ids.count
    var known = 0
    // In other texts the marker is a sign like others.
    let text = marksGaps || !text.unicodeScalars.contains(LyricWords.gap) ? text : text.replacing(String(LyricWords.gap), with: " ")
    LyricWords(marksGaps: true).forEach(in: text) { word in
      if marksGaps, Self.hasGap(word) {
        ids.append(CopyIndex.gap)
        return
      }
      let range = 0..<word.count
      ids.append(UInt32(vocabulary.intern(word, range, hash: TokenTable.hash(word, range)) + 1))
      known += 1
    }
    guard known > 0 else {
      ids.removeLast(ids.count - start)
      return
    }
    unknownWordCount += ids.count - start - known
    ids.append(CopyIndex.gap)
    guard ids.count <= CopyIndex.mostWords else { throw .tooManyWords(limit: CopyIndex.mostWords) }
    songStarts.append(UInt32(start))
    let record = DetailRecord.bytes(of: [name.title, name.artist, name.source].map { $0.flatMap { DetailRecord.value(Array($0.utf8)) } })
    DetailRecord.append(record.count, to: &names)
    names += record
  }

  private static func hasGap(_ word: Span<UInt8>) -> Bool {
    guard word.count >= 3 else { return false }
    return (0...word.count - 3).contains { place in
      word[place] == LyricWords.gapBytes[0] && word[place + 1] == LyricWords.gapBytes[1] && word[place + 2] == LyricWords.gapBytes[2]
    }
  }

  /// Sorts the suffixes.
  ///
  /// - Complexity: O(n) in the number of words.
  consuming func index(_ identity: CopyIndex.Identity) -> CopyIndex {
    var suffixes = SuffixArray.sorted(ids.span, alphabet: vocabulary.count + 1)
    // The gaps come first, and nothing that is asked for begins with one.
    suffixes.removeFirst(ids.reduce(0) { $0 + ($1 == CopyIndex.gap ? 1 : 0) })
    let index = CopyIndex(
      identity: identity, unknownWordCount: unknownWordCount, vocabulary: vocabulary, ids: ids, suffixes: suffixes, songStarts: songStarts,
      names: names)
    guard let index else { preconditionFailure("the parts of a new index fit together") }
    return index
  }
}

extension CopyIndex {
  /// Creates an index of songs in memory.
  ///
  /// - Throws: `CopyError.noWords` if no song has a word, `.tooManyWords`.
  public init(songs: [Song]) throws(CopyError) { try self.init(songs: songs, identity: Identity(), path: "the songs") }

  /// The same with an identity, and with the path that errors name.
  init(songs: [Song], identity: Identity, path: String) throws(CopyError) {
    var builder = CopyIndexBuilder()
    for song in songs {
      try builder.add(song.text, SongName(title: song.details.title, artist: song.details.artist, source: song.source))
    }
    if builder.isEmpty { throw .noWords(path: path) }
    self = builder.index(identity)
  }

  /// Creates an index of the songs that a corpus trains on, from their tokens.
  ///
  /// A word that the vocabulary lacks is not known, and ends a span.
  ///
  /// - Parameters:
  ///   - source: a hash of the store's contents; 0 for a corpus in memory.
  ///   - path: the corpus, for errors and the songs' names.
  /// - Throws: `CopyError`, and `CorpusError` if a store can no longer be read.
  init(training corpus: Corpus, source: UInt64, path: String) throws {
    var builder: CopyIndexBuilder
    repeat {
      builder = CopyIndexBuilder()
      try builder.add(corpus, path: path)
    } while try !corpus.training.isUntouched()
    if builder.isEmpty { throw CopyError.noWords(path: path) }
    self = builder.index(Identity(source: source, corpus: try corpus.fingerprint()))
  }

  /// Creates an index of the songs that a store trains on, from its tokens.
  ///
  /// A word that the vocabulary lacks is not known, and ends a span; ``CopyIndexBuilder`` knows all words.
  ///
  /// - Throws: `CopyError`, and `CorpusError` for a store that cannot be used.
  public init(trainingOfStore store: String) throws {
    try self.init(training: Corpus(store: store), source: StoreReader.header(FilePath(store)).fingerprint, path: store)
  }

  /// Creates an index of the songs that a corpus trains on, from their tokens.
  ///
  /// A word that the vocabulary lacks is not known, and ends a span.
  ///
  /// - Throws: `CopyError`, and `CorpusError` if a store can no longer be read.
  public init(training corpus: Corpus) throws { try self.init(training: corpus, source: 0, path: "the corpus") }
}

extension CopyIndexBuilder {
  /// Adds the training songs of a corpus.
  fileprivate mutating func add(_ corpus: Corpus, path: String) throws {
    let tokenizer = corpus.tokenizer
    let tokens = corpus.training
    // Details are read for many songs at once.
    let catalog = corpus.catalog
    var details: [SongDetails] = []
    var firstDetail = 0
    func name(ofSong number: Int) throws -> CopyIndex.SongName {
      guard let catalog, number < catalog.songCount(of: .training) else { return .init(source: path) }
      if number >= firstDetail + details.count {
        firstDetail = number
        details = try catalog.details(of: .training, number..<min(number + 1 << 12, catalog.songCount(of: .training)))
      }
      let found = details[number - firstDetail]
      return .init(title: found.title, artist: found.artist, source: path)
    }
    var decoder = TokenDecoder(tokenizer)
    var text = ""
    var song = 0
    func finish() throws {
      text += decoder.finish()
      decoder = TokenDecoder(tokenizer)
      guard !text.isEmpty else { return }
      try add(text, name(ofSong: song), marksGaps: true)
      song += 1
      text = ""
    }
    for block in tokens.blocks {
      for token in try tokens.read(block) {
        if token == tokenizer.songBoundary {
          try finish()
        } else if token == tokenizer.vocabulary.unknown {
          // What the decoder writes has the space that goes before the word.
          text += decoder.text(for: token).first == " " ? " " : ""
          text.unicodeScalars.append(LyricWords.gap)
        } else {
          text += decoder.text(for: token)
        }
      }
    }
    try finish()
  }
}
