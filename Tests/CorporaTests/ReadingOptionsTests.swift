import Corpora
import Files
import Foundation
import SystemPackage
import Testing

@Suite("Reading options")
struct ReadingOptionsTests {
  static let all: [ReadingOptions] = [
    { _ in },
    { $0.textField = "words" },
    { $0.separator = .none },
    { $0.separator = .line("none") },
    { $0.separator = .line("<|endoftext|>") },
    { $0.readsWindows1252 = true },
    { $0.cleaning.residue = false },
    { $0.cleaning.controls = false },
    { $0.cleaning.normalForm = false },
    { $0.cleaning.blankLines = false },
    { $0.cleaning.quotes = true },
    { $0.cleaning.tags = .drop },
    { $0.cleaning.tags = .normalise },
    { $0.cleaning.repeats = .expand },
    { $0.groupBy = ["title"] },
    { $0.groupBy = ["artist", "title"] },
    { $0.encoding = "KOI8-R" },
    { $0.separator = .blankLine },
    { $0.separator = .everyLine },
  ].map { (change: (inout ReadingOptions) -> Void) in
    var options = ReadingOptions()
    change(&options)
    return options
  }

  private func json(_ value: some Encodable) throws -> [String: Any] {
    try #require(try JSONSerialization.jsonObject(with: JSONEncoder().encode(value)) as? [String: Any])
  }

  @Test("JSON keeps every option", arguments: all)
  func codable(options: ReadingOptions) throws {
    let record = ReadingRecord(options: options, revision: 3)
    #expect(try JSONDecoder().decode(ReadingRecord.self, from: JSONEncoder().encode(record)) == record)
    var corpusOptions = CorpusOptions()
    corpusOptions.reading = options
    #expect(corpusOptions.reading == options)
  }

  @Test func `no two options have the same JSON, and every default is written`() throws {
    let texts = try Self.all.map { try JSONSerialization.data(withJSONObject: json($0), options: .sortedKeys) }
    #expect(Set(texts).count == Self.all.count)
    let keys = try json(ReadingRecord(options: .init())).keys
    #expect(
      Set(keys) == [
        "revision", "separator", "windows_1252", "residue", "strip_controls", "nfc", "fold_blank_lines", "fold_quotes", "tags", "repeats",
      ])
  }

  @Test func `a key that is missing has its default`() throws {
    let found = try JSONDecoder().decode(ReadingRecord.self, from: Data(#"{"revision": 2, "tags": "drop"}"#.utf8))
    var options = ReadingOptions()
    options.cleaning.tags = .drop
    #expect(found == ReadingRecord(options: options, revision: 2))
  }

  @Test(
    "JSON with a value that is not valid is refused",
    arguments: [
      #"{"revision": 2, "tags": "burn"}"#, #"{"revision": 2, "separator": "line"}"#, #"{"tags": "drop"}"#,
      #"{"revision": 2, "nfc": "yes"}"#,
    ])
  func malformed(text: String) {
    #expect(throws: DecodingError.self) { try JSONDecoder().decode(ReadingRecord.self, from: Data(text.utf8)) }
  }

  @Test("A separator or a column's name that is not valid is refused", arguments: ["", "a\nb", String(repeating: "x", count: 5_000)])
  func tooLong(line: String) {
    var options = CorpusOptions()
    options.separator = .line(line)
    #expect(throws: CorpusError.self) { try Corpus(text: "a b", options: options) }
    var reader = SongReader()
    reader.options.separator = .line(line)
    #expect(throws: CorpusError.self) { try reader.songs(in: Array("a b".utf8), source: "s") }
    if line.count > 100 {
      options = CorpusOptions()
      options.textField = line
      #expect(throws: CorpusError.self) { try Corpus(text: "a b", options: options) }
    }
  }

  // MARK: - Reading songs

  @Test("Songs are read as a corpus is", arguments: all)
  func likeCorpus(options: ReadingOptions) throws {
    let folder = try TemporaryFolder()
    let text =
      "[Verse 1: Ann]\nthe \u{201C}boat\u{201D} sings (x2)\n\n\n[Chorus]\ncafe\u{0301} \u{7}nights\n<|endoftext|>\n\n\nnone\n\n\nlast one"
    let source = try folder.write(text, to: "songs.txt")
    var corpusOptions = CorpusOptions(minimumCount: 1, validationFraction: 0)
    corpusOptions.reading = options
    let corpus = try Corpus(reading: [source], options: corpusOptions)
    let songs = try EncodedSongs(reading: [source], tokenizer: corpus.tokenizer, options: options)
    #expect(try songs.tokens == corpus.training.read() && songs.unknownWords.isEmpty)
    #expect(songs.songs.count == corpus.songCount)
  }

  @Test func `a table's column and Windows-1252 are read as the corpus's`() throws {
    let folder = try TemporaryFolder()
    let table = try folder.write("poet,words\nAnn,caf\u{e9}\n".unicodeScalars.map { UInt8($0.value) }, to: "t.csv")
    var reader = SongReader()
    #expect(throws: CorpusError.self) { try reader.songs(at: [FilePath(table)]) }
    reader.options.textField = "words"
    #expect(throws: CorpusError.self) { try reader.songs(at: [FilePath(table)]) }
    reader.options.readsWindows1252 = true
    #expect(try reader.songs(at: [FilePath(table)]).map(\.text) == ["caf\u{e9}"])
  }

  @Test func `a reader that is not strict skips faulty records and reports them`() throws {
    let folder = try TemporaryFolder()
    let lines = try folder.write("{\"text\": \"one\"}\nnot JSON\n{\"text\": \"two\"}\n{\"a\": 1}\n{\"b\": 1}\n", to: "s.jsonl")
    var reader = SongReader()
    #expect(throws: CorpusError.self) { try reader.songs(at: [FilePath(lines)]) }
    reader.isStrict = false
    let (songs, skipped) = try reader.read([FilePath(lines)])
    #expect(songs.map(\.text) == ["one", "two"] && songs.map(\.line) == [1, 3])
    #expect(skipped.records == 3 && skipped.sources == 0)
    // One message is enough for objects without lyrics.
    #expect(skipped.kept.count == 2)
    // A file with nothing else is an error all the same.
    let bad = try folder.write("{\"a\": 1}\n", to: "bad.jsonl")
    #expect(throws: CorpusError.noKey(path: bad, line: 1, wanted: ["lyrics", "lyric", "text", "songtext"], found: ["a"])) {
      do { _ = try reader.read([FilePath(bad)]) } catch let error as CorpusError {
        if case .noKey(let path, let line, _, let found) = error {
          throw CorpusError.noKey(path: path, line: line, wanted: ["lyrics", "lyric", "text", "songtext"], found: found)
        }
        throw error
      }
    }
  }

  // MARK: - Prompts

  static let prompts: [(prompt: String, expected: String, change: @Sendable (inout ReadingOptions) -> Void)] = [
    ("the boat ", "the boat ", { _ in }),
    (" \n", "", { $0.cleaning.tags = .drop }),
    (" ", " ", { _ in }),
    ("\n\n  the boat", "  the boat", { _ in }),
    ("the boat  \n", "the boat\n", { _ in }),
    ("the boat\n\n\n\n ", "the boat\n\n ", { _ in }),
    ("the boat\n\n\n\n", "the boat\n\n\n\n", { $0.cleaning.blankLines = false }),
    ("", "", { _ in }),
    ("cafe\u{0301}", "caf\u{e9}", { _ in }),
    ("cafe\u{0301}", "cafe\u{0301}", { $0.cleaning.normalForm = false }),
    ("don\u{2019}t\n", "don't\n", { $0.cleaning.quotes = true }),
    ("don\u{2019}t\n", "don\u{2019}t\n", { _ in }),
    ("a\u{7}b", "ab", { _ in }),
    ("the boat\r\n", "the boat\n", { _ in }),
    ("\u{B}the boat \u{C}", "the boat\n", { _ in }),
    ("the boat\u{1F} ", "the boat\u{1F} ", { $0.cleaning.controls = false }),
    ("a\n\n\n\nb\n\n", "a\n\nb\n\n", { _ in }),
    ("[Chorus]", "", { $0.cleaning.tags = .drop }),
    ("[Chorus]\n", "", { $0.cleaning.tags = .drop }),
    ("[Chorus]\nthe boat", "the boat", { $0.cleaning.tags = .drop }),
    ("the boat\n[Chorus]", "the boat\n", { $0.cleaning.tags = .drop }),
    ("the boat\n[Chorus]\n", "the boat\n", { $0.cleaning.tags = .drop }),
    ("[CHORUS: Ann]\nthe boat", "[Chorus]\nthe boat", { $0.cleaning.tags = .normalise }),
    ("la la (x2)\n", "la la\nla la\n", { $0.cleaning.repeats = .expand }),
  ]

  @Test("A prompt is cleaned as the corpus was, and keeps the white space at its ends", arguments: prompts.indices)
  func prompt(index: Int) {
    let (prompt, expected, change) = Self.prompts[index]
    var options = ReadingOptions()
    change(&options)
    #expect(Array(options.cleaned(prompt: prompt, for: .word).unicodeScalars) == Array(expected.unicodeScalars))
    #expect(Array(options.cleaned(prompt: prompt, for: .whitespace).unicodeScalars) == Array(prompt.unicodeScalars))
  }
}
