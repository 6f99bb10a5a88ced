import Corpora
import Generation
import LanguageModel
import Models
import Testing

@Suite("Writing without copying") struct GuardedTests {
  private static let vocabulary = (0..<12).map { String(UnicodeScalar(UInt8(97 + $0))) }

  /// Words of one letter in any order, so that a model of chance copies all the time, whatever its tokens.
  private static let songs: [String] = (0..<4).map { song in
    let lines = (0..<8).map { line in
      let words = (0..<6).map { (word: Int) -> String in
        let number = song * 7 + line * line * 3 + word * word * (song + 2)
        return vocabulary[number % vocabulary.count]
      }
      return words.joined(separator: " ")
    }
    return lines.joined(separator: "\n")
  }

  private static func corpus(_ tokens: Tokenization) throws -> Corpus {
    let text = songs.joined(separator: "\n\n\n") + "\n\n\n, . !\n"
    return try Corpus(text: text, options: CorpusOptions(tokenization: tokens, minimumCount: 1, validationFraction: 0))
  }

  private static func model(_ tokens: Tokenization) throws -> Model {
    let corpus = try corpus(tokens)
    var configuration = TrainingConfiguration()
    configuration.embeddingSize = 8
    configuration.hiddenSizes = 12
    let sizes = configuration.model(vocabularySize: corpus.tokenizer.vocabulary.count)
    return Model(weights: Weights(sizes, seed: 3), tokenizer: corpus.tokenizer, configuration: configuration, step: 0)
  }

  private static func index() throws -> CopyIndex {
    try CopyIndex(songs: songs.map { Song(text: $0, source: "s", line: 1) })
  }

  /// The words of a text. How they are cut has its own tests; which of them are copied is found here by comparing all spans.
  private static func words(_ text: String) -> [String] { LyricWords.words(in: text) }

  private static func spans(_ text: String, _ length: Int) -> Set<[String]> {
    let words = words(text)
    return words.count < length ? [] : Set((0...words.count - length).map { Array(words[$0..<$0 + length]) })
  }

  /// The spans of more than so many words that stand in a song, too.
  private static func copied(_ text: String, longest: Int) -> Set<[String]> {
    spans(text, longest + 1).intersection(songs.flatMap { spans($0, longest + 1) })
  }

  @Test(
    "no span is longer than allowed, whatever the tokens, alone and in a batch",
    arguments: [Tokenization.word, .char, .bpe, .whitespace], [1, 2, 4])
  func free(tokens: Tokenization, longest: Int) async throws {
    let model = try Self.model(tokens), copies = try CopyGuard(Self.index(), longest: longest)
    let sampling = Sampling(temperature: 1)
    func songs(_ copies: CopyGuard?) async throws -> [String] {
      var songs: [String] = []
      for await song in try model.songs(prompt: "a b", count: 60, length: 60, sampling: sampling, copies: copies, seed: 1) {
        songs.append(song)
      }
      return songs
    }
    let loose = try await songs(nil), guarded = try await songs(copies)
    if longest == 1 { #expect(loose.contains { !Self.copied($0, longest: longest).isEmpty }) }
    #expect(guarded.reduce(0) { $0 + Self.words($1).count } > 200)
    #expect(guarded.allSatisfy { Self.copied($0, longest: longest).isEmpty })
    #expect(guarded[0] == (try model.generate(prompt: "a b", length: 60, sampling: sampling, copies: copies, seed: 1)))
  }

  @Test func `a span may begin in the prompt, as it was given`() throws {
    let model = try Self.model(.word), index = try Self.index()
    // The model does not know "A" and reads <unk>, but the text has it.
    let first = Self.words(Self.songs[0])
    let prompt = first[0..<3].joined(separator: " ").uppercased()
    for seed in 1...30 as ClosedRange<UInt64> {
      let text = try model.generate(
        prompt: prompt, length: 3, sampling: Sampling(temperature: 1), copies: CopyGuard(index, longest: 3), seed: seed)
      #expect(Self.copied(text, longest: 3).isEmpty, "\(text)")
    }
  }

  @Test("a prompt that is copied itself can be continued", arguments: [Tokenization.word, .char, .bpe])
  func copiedPrompt(tokens: Tokenization) throws {
    let model = try Self.model(tokens), words = Self.words(Self.songs[0])
    let prompt = words[0..<5].joined(separator: " ") + (tokens == .word ? "" : " ")
    let copies = try CopyGuard(Self.index(), longest: 2)
    let texts = try (1...10 as ClosedRange<UInt64>).map { seed in
      try model.generate(prompt: prompt, length: 60, sampling: Sampling(temperature: 1), copies: copies, seed: seed)
    }
    #expect(texts.contains { Self.words($0).count > 5 })
    // Nothing is copied but what the prompt has.
    for text in texts { #expect(Self.copied(text, longest: 2).isSubset(of: Self.copied(prompt, longest: 2)), "\(text)") }
  }

  @Test func `a word of the text counts once, and again if a piece changes it`() throws {
    let index = try CopyIndex(songs: [Song(text: "the river runs to the sea and the seas", source: "s", line: 1)])
    var copies = try CopyGuard(index, longest: 2)
    copies.append("the river runs")
    #expect(!copies.isCopied(appending: ""))
    #expect(!copies.isCopied(appending: "!"))
    #expect(copies.isCopied(appending: " to"))
    #expect(!copies.isCopied(appending: " on"))
    copies.append(" and the sea")
    #expect(copies.isCopied(appending: "s") && !copies.isCopied(appending: "t") && !copies.isCopied(appending: "."))
  }

  @Test("a shaped song copies no longer span, nor do its repeats", arguments: [1, 2, 3], [2, 9] as [UInt64])
  func shaped(longest: Int, seed: UInt64) throws {
    let model = try Self.model(.word)
    let sounds = TokenSounds(model.tokenizer) { word in
      TokenSounds.Sound(syllables: 1, rhymeKey: "abcdef".contains(word) ? "a" : "b", pronunciation: word)
    }
    let shape = try SongShape(structure: "verse:3 chorus:2 chorus:= verse:2 chorus:= chorus:=", syllables: "3-5", rhyme: "AA")
    let song = try model.songs(
      shape, sounds: sounds, sampling: Sampling(temperature: 1), copies: CopyGuard(Self.index(), longest: longest), candidates: 12)(seed)
    #expect(Self.copied(song.text, longest: longest).isEmpty, "\(song.text)")
    #expect(Self.words(song.text).count >= 20)
    let loose = try model.songs(shape, sounds: sounds, sampling: Sampling(temperature: 1), candidates: 12)(seed)
    if longest == 1 { #expect(!Self.copied(loose.text, longest: longest).isEmpty) }
  }

  @Test func `a portable guard and several sources keep from copying, too`() throws {
    let model = try Self.model(.word), index = try Self.index()
    let halves = try [Self.songs[..<2], Self.songs[2...]].map { part in
      try CopyIndex(songs: part.map { Song(text: $0, source: "s", line: 1) })
    }
    let guards = try [
      CopyGuard(PortableGuard(index, longest: 2)), CopyGuard(halves, longest: 2),
      CopyGuard([halves[0]], portable: [PortableGuard(halves[1], longest: 2)], longest: 2),
    ]
    for copies in guards {
      let texts = try (1...30 as ClosedRange<UInt64>).map { seed in
        try model.generate(length: 60, sampling: Sampling(temperature: 1), copies: copies, seed: seed)
      }
      #expect(texts.reduce(0) { $0 + Self.words($1).count } > 100)
      #expect(texts.allSatisfy { Self.copied($0, longest: 2).isEmpty })
    }
    do throws(CopyError) {
      _ = try CopyGuard([index], portable: [PortableGuard(index, longest: 3)], longest: 2)
      Issue.record("a guard of longer spans was taken")
    } catch {
      guard case .invalidSetting(key: "max_copied", found: "2", _) = error else {
        Issue.record("\(error)")
        return
      }
    }
  }

  @Test func `banned phrases and marks are left out of shaped songs`() throws {
    let model = try Self.model(.word)
    let sounds = TokenSounds(model.tokenizer) { TokenSounds.Sound(syllables: 1, rhymeKey: "a", pronunciation: $0) }
    var sampling = Sampling(temperature: 1)
    sampling.bannedWords = ["a b", "!", "c"]
    for seed in 1...5 as ClosedRange<UInt64> {
      let song = try model.songs(SongShape(structure: "verse:12", syllables: "6"), sounds: sounds, sampling: sampling)(seed)
      #expect(!song.text.contains("a b") && !song.text.contains("!") && !song.text.contains("c"))
    }
  }
}
