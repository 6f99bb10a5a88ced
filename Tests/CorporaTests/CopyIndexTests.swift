import Corpora
import Files
import SystemPackage
import Testing

/// Spans of words that stand in songs too.
@Suite("Copy index") struct CopyIndexTests {
  let folder: TemporaryFolder

  init() throws { folder = try TemporaryFolder() }

  static func songs(_ texts: [String]) -> [Song] { texts.map { Song(text: $0, source: "s", line: 1) } }

  /// Songs of few words, so that there is much to find.
  static func random(_ generator: inout SeededGenerator, words: Int = 5, songs: Int = 8) -> [String] {
    (0..<songs).map { _ in
      (0..<Int.random(in: 1..<30, using: &generator)).map { _ in "w\(Int.random(in: 0..<words, using: &generator))" }.joined(separator: " ")
    }
  }

  /// The longest span that ends at each word and stands in a song, by comparing everything.
  static func longest(_ text: [String], _ songs: [[String]]) -> [Int] {
    text.indices.map { end in
      var best = 0
      for song in songs {
        for last in song.indices {
          var count = 0
          while count <= last, count <= end, song[last - count] == text[end - count] { count += 1 }
          best = max(best, count)
        }
      }
      return best
    }
  }

  @Test("No copied span is missed and none is made up, for every length", arguments: [1, 2, 3, 4, 6, 9])
  func exact(longest: Int) throws {
    var generator = SeededGenerator(seed: UInt64(longest))
    for _ in 0..<20 {
      let texts = Self.random(&generator)
      let index = try CopyIndex(songs: Self.songs(texts))
      let songs = texts.map { LyricWords.words(in: $0) }
      let words = (0..<60).map { _ in "w\(Int.random(in: 0..<6, using: &generator))" }
      let expected = Self.longest(words, songs)
      var cursor = index.cursor(longest: longest)
      for (place, word) in words.enumerated() {
        #expect(cursor.isCopied(word) == (expected[place] > longest))
        let next = cursor.copiedNextWords
        let others = (0..<6).map { "w\($0)" }.filter { cursor.isCopied($0) }
        #expect(next.sorted() == others)
        let fork = cursor
        cursor.append(word)
        #expect(cursor.matchedCount == min(longest, expected[place]))
        #expect(fork.isCopied(word) == (expected[place] > longest))
      }
    }
  }

  @Test func `a span does not reach over the end of a song or a reset`() throws {
    let index = try CopyIndex(songs: Self.songs(["a b", "c d"]))
    var cursor = index.cursor(longest: 1)
    cursor.append("b")
    #expect(!cursor.isCopied("c"))
    cursor.append("c")
    #expect(cursor.isCopied("d"))
    cursor.reset()
    #expect(!cursor.isCopied("d"))
  }

  @Test("A store is compared with as its text is, whatever its tokens are", arguments: Tokenization.allCases)
  func tokenizations(tokenization: Tokenization) throws {
    var generator = SeededGenerator(seed: 5)
    let texts = (0..<30).map { number in
      "[Chorus]\n" + Self.random(&generator, words: 40, songs: 1)[0] + "\nDon’t go, \(number)-fold — it's “là” \(number)"
    }
    let path = try folder.write(texts.joined(separator: tokenization == .whitespace ? "\n" : "\n\n\n"), to: "songs.txt")
    var options = CorpusOptions(tokenization: tokenization, minimumCount: 1, validationFraction: 0)
    options.deduplication = .none
    if tokenization == .bpe { options.maximumVocabulary = 300 }
    let store = folder.path.appending("s.store").string
    var builder = CopyIndexBuilder()
    try Corpus.prepare([path], options: options, to: store, songs: { try builder.add($0) })
    let fromTexts = try builder.index(ofStore: store)
    let fromTokens = try CopyIndex(trainingOfStore: store)
    #expect(fromTokens.unknownWordCount == 0)
    #expect(fromTokens.identity == fromTexts.identity)
    #expect(fromTokens.wordCount == fromTexts.wordCount)
    #expect(fromTokens.distinctWordCount == fromTexts.distinctWordCount)
    for text in texts.prefix(5) {
      let found = [fromTexts, fromTokens].map { Originality(of: text, against: $0) }
      for report in found { #expect(report.copiedWordCount == report.wordCount && report.wordCount > 0) }
      #expect(found[0].spans.map(\.words) == found[1].spans.map(\.words))
    }
  }

  @Test func `a word that the store lacks ends a span, and the text has it all the same`() throws {
    let path = try folder.write("the river runs\nthe river rare runs", to: "songs.txt")
    let store = folder.path.appending("s.store").string
    var builder = CopyIndexBuilder()
    try Corpus.prepare(
      [path], options: CorpusOptions(minimumCount: 2, validationFraction: 0), to: store, songs: { try builder.add($0) })
    let fromTexts = try builder.index(ofStore: store)
    let fromTokens = try CopyIndex(trainingOfStore: store)
    #expect(fromTexts.unknownWordCount == 0 && fromTokens.unknownWordCount == 1)
    for (index, expected) in [(fromTexts, 4), (fromTokens, 2)] {
      #expect(Originality(of: "the river rare runs", against: index).longestSpan == expected)
    }
  }

  @Test func `only songs that are trained on are in the index of a store`() throws {
    let texts = (0..<40).map { "song number \($0) has a line\nand the word only\($0)" }
    let path = try folder.write(texts.joined(separator: "\n\n\n"), to: "songs.txt")
    let store = folder.path.appending("s.store").string
    var builder = CopyIndexBuilder()
    let report = try Corpus.prepare(
      [path], options: CorpusOptions(minimumCount: 1, validationFraction: 0.3), to: store, songs: { try builder.add($0) })
    #expect(report.songs.validation > 0)
    for index in [try builder.index(ofStore: store), try CopyIndex(trainingOfStore: store)] {
      #expect(index.songCount == report.songs.training)
    }
  }

  @Test("A guard finds what is copied, however the text comes", arguments: [1, 3, 6])
  func guards(longest: Int) throws {
    let song = "The river runs, the boat goes down\nthe well-known way to the sea"
    let index = try CopyIndex(songs: Self.songs([song]))
    let words = LyricWords.words(in: song)
    for size in 1...4 {
      var copies = try CopyGuard(index, longest: longest)
      var text = ""
      var rest = song.unicodeScalars[...]
      while !rest.isEmpty {
        let piece = String(String.UnicodeScalarView(rest.prefix(size)))
        rest = rest.dropFirst(size)
        let count = LyricWords.words(in: text + piece).count
        let isCopied = copies.isCopied(appending: piece)
        // All whole words are from the song; only the last may be a part of one.
        // A piece without letters after a word that has ended adds nothing that could be copied.
        let isPrefix = LyricWords.words(in: text + piece) == Array(words.prefix(count))
        if isPrefix, piece.contains(where: \.isLetter) { #expect(isCopied == (count > longest), "\(text + piece)") }
        copies.append(piece)
        text += piece
      }
      copies.reset()
      #expect(!copies.isCopied(appending: "river"))
    }
    for wrong in [0, -1, 65] {
      #expect(throws: CopyError.invalidSetting(key: "max_copied", found: "\(wrong)", expected: "from 1 to 64")) {
        _ = try CopyGuard(index, longest: wrong)
      }
    }
  }

  @Test func `tokens that may not come next are those of all spellings`() throws {
    let song = "The river runs to the sea, the river sleeps"
    let index = try CopyIndex(songs: Self.songs([song]))
    let tokenizer = try tokenizer(.word, knowing: song + " Runs sleeps RUNS")
    var copies = try CopyGuard(index, longest: 2)
    let table = copies.wordTokens(of: tokenizer)
    copies.append("the")
    #expect(copies.copiedNextTokens(table).isEmpty)
    copies.append(" river")
    let tokens = copies.copiedNextTokens(table).map { tokenizer.vocabulary.tokens[Int($0)] }
    #expect(Set(tokens) == ["runs", "Runs", "RUNS", "sleeps"])
    #expect(Set(copies.copiedNextWords) == ["runs", "sleeps"])
  }

  @Test("A portable guard misses nothing, and takes little else for copied", arguments: [1, 2, 4])
  func portable(longest: Int) throws {
    var generator = SeededGenerator(seed: 9)
    let texts = Self.random(&generator, words: 20, songs: 60)
    let index = try CopyIndex(songs: Self.songs(texts))
    let copies = try PortableGuard(index, longest: longest, using: &generator)
    #expect(copies.falsePositiveRate < 0.001)
    var questions = 0
    var wrong = 0
    for text in texts + Self.random(&generator, words: 25, songs: 200) {
      var exact = index.cursor(longest: longest)
      var cursor = copies.cursor()
      for word in LyricWords.words(in: text) {
        if exact.isCopied(word) {
          #expect(cursor.isCopied(word))
        } else {
          questions += 1
          wrong += cursor.isCopied(word) ? 1 : 0
        }
        exact.append(word)
        cursor.append(word)
      }
    }
    #expect(questions > 1_000 && wrong < 20, "\(wrong) of \(questions)")
  }
}
