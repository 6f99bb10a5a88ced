import Files
import SystemPackage
import Testing
import Verse

@Suite("Lexicons") struct LexiconTests {
  @Test func `a dictionary comes first, then espeak-ng, then spelling`() throws {
    let folder = try TemporaryFolder()
    var sources = PronunciationSources(dictionary: try dictionary("RIVER  R IH1 V ER0\n"))
    // It knows one word, and has no sounds for others.
    sources.espeak = try folder.espeak(
      "while read word; do if [ $word = quiver ]; then echo k_w_\u{2C8}\u{26A}_v_\u{25A}; else echo; fi; done")
    let lexicon = try sources.lexicon(of: ["river", "River!", "quiver", "shiver", "...", "愛"]) { Issue.record("\($0)") }
    #expect(lexicon.entries.mapValues(\.source) == ["river": .dictionary, "quiver": .espeak, "shiver": .spelling])
    #expect(lexicon.countBySource == [.dictionary: 1, .espeak: 1, .spelling: 1])
    for word in ["quiver", "shiver"] { #expect(lexicon.rhyme("river", word) == .perfect) }
    #expect(lexicon.rhyme("river", "RIVER") == nil && lexicon.rhyme("river", "river", allowsIdentical: true) == .perfect)
    #expect(lexicon.rhymeClasses(.perfect).first?.words == ["quiver", "river", "shiver"])
    // Words that it lacks are pronounced by the dictionary or by spelling.
    #expect(lexicon.entry(of: "river's")?.source == .dictionary && lexicon.entry(of: "giver")?.source == .spelling)
  }

  @Test("an espeak-ng that fails is told, and spelling takes its place", arguments: ["exit 3", "echo", "echo a; echo b; echo c"])
  func failing(script: String) throws {
    let folder = try TemporaryFolder()
    var sources = PronunciationSources()
    sources.espeak = try folder.espeak(script)
    var warnings: [VerseError] = []
    let lexicon = try sources.lexicon(of: ["river", "shiver"]) { warnings.append($0) }
    #expect(warnings.count == 1 && lexicon.countBySource == [.spelling: 2])
  }

  @Test func `a language that espeak-ng lacks is an error`() throws {
    let folder = try TemporaryFolder()
    var sources = PronunciationSources(language: try Language("xx"))
    sources.espeak = try folder.espeak("echo 'The specified espeak-ng voice does not exist.' >&2; exit 1", language: Language("xx"))
    let program = try #require(sources.espeak?.program)
    #expect(throws: VerseError.unknownLanguage(program: program, name: "xx")) { try sources.lexicon(of: ["river"]) }
  }

  /// A lexicon with words of every source.
  static func mixed(_ folder: TemporaryFolder) throws -> Lexicon {
    var sources = PronunciationSources(dictionary: try dictionary("READ  R EH1 D\nREAD(2)  R IY1 D\n"))
    sources.espeak = try folder.espeak(
      "while read word; do if [ $word = quiver ]; then echo k_w_\u{2C8}\u{26A}_v_\u{25A}; else echo; fi; done")
    var lexicon = try sources.lexicon(of: ["read", "quiver", "shiver", "'til", "caf\u{E9}"])
    try lexicon.set("R IH1 V ER0", of: "River")
    return lexicon
  }

  @Test func `a file keeps words, sources, language and dictionary, and may be edited`() throws {
    let folder = try TemporaryFolder()
    let lexicon = try Self.mixed(folder)
    let path = folder.path.appending("pronunciations.txt")
    try lexicon.write(to: path)
    let read = try Lexicon(path: path)
    #expect(read.entries == lexicon.entries && read.entries.count == 6)
    #expect(read.language == .english && read.dictionaryName == "small.dict" && read.entries["river"]?.source == .edited)
    #expect(read.fileBytes == lexicon.fileBytes)
    // By hand: another sound, a word at the top, a word in a block.
    let text = String(decoding: lexicon.fileBytes, as: UTF8.self)
    let edited = "giver  G IH1 V ER0\n" + text.replacing("river  R IH1 V ER0", with: "river  R AY1 V ER0\nliver  L IH1 V ER0")
    let changed = try Lexicon(bytes: Array(edited.utf8), path: "p")
    #expect(changed.entries["river"]?.pronunciations.map(\.description) == ["R AY1 V ER0"])
    #expect(changed.entries["giver"]?.source == .edited && changed.entries["liver"]?.source == .edited)
    // What is edited holds, wherever else the word is.
    let twice = try Lexicon(bytes: Array((text + ";;; source: spelling\nriver  R AH0\n").utf8), path: "p")
    #expect(twice.entries["river"]?.source == .edited)
    // An empty one is one too.
    #expect(try Lexicon(bytes: Lexicon(language: Language("de")).fileBytes, path: "p").language.code == "de")
  }

  @Test func `edits stay when the pronunciations are made anew`() throws {
    let folder = try TemporaryFolder()
    let old = try Self.mixed(folder)
    var new = try PronunciationSources(usesEspeak: false).lexicon(of: ["river", "quiver"])
    #expect(new.entries["river"]?.source == .spelling)
    new.keepEdits(of: old)
    #expect(new.entries["river"]?.source == .edited && new.entries["quiver"]?.source == .spelling)
  }

  @Test("a wrong edit is an error", arguments: [("river", ""), ("river", "R QQ"), ("river", "R V"), ("...", "R IH1"), ("a b", "R IH1")])
  func wrongEdits(word: String, phonemes: String) {
    var lexicon = Lexicon()
    #expect(throws: VerseError.self) { try lexicon.set(phonemes, of: word) }
    #expect(lexicon.count == 0)
  }

  @Test(
    "a damaged file is an error with its line",
    arguments: [
      (";;; format: 2\n", VerseError.otherFormat(path: "p", expected: 1, found: "2")),
      (";;; format: 1\n;;; source: magic\n", .malformedLine(path: "p", line: 2, fault: "found the source \"magic\", which is unknown")),
      (";;; language: e n\n", .malformedLine(path: "p", line: 1, fault: "found the language \"e n\", which is no code")),
      (";;; format: 1\nriver R QQ\n", .malformedLine(path: "p", line: 2, fault: "found \"QQ\", which is no phoneme")),
    ])
  func damaged(text: String, error: VerseError) {
    #expect(throws: error) { try Lexicon(bytes: Array(text.utf8), path: "p") }
  }

  @Test func `mutations of a file are read or refused`() throws {
    let folder = try TemporaryFolder()
    let original = try Self.mixed(folder).fileBytes
    let accepted = readMutations(of: original, seed: 32) { bytes in
      let lexicon = try Lexicon(bytes: bytes, path: "p")
      // What is accepted is written and read back alike.
      #expect(try Lexicon(bytes: lexicon.fileBytes, path: "p").entries == lexicon.entries)
      _ = lexicon.rhyme("river", "quiver")
    }
    #expect(accepted > 0 && accepted < mutationCount)
  }
}
