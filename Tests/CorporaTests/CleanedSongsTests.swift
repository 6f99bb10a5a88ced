import Corpora
import Files
import SystemPackage
import Testing

@Suite("Songs as they were read")
struct CleanedSongsTests {
  let folder: TemporaryFolder

  init() throws { folder = try TemporaryFolder() }

  /// The songs of a preparation, as texts, with their separator.
  private func songs(
    _ paths: [String], _ options: CorpusOptions, toStore: Bool
  ) throws -> (songs: [Song], separator: String, report: CorpusReport) {
    var songs: [Song] = []
    var separator = ""
    let take: (CleanedSongs) throws -> Void = {
      try $0.forEach { songs.append($0) }
      separator = try $0.separator()
    }
    let report =
      toStore
      ? try Corpus.prepare(paths, options: options, to: folder.path.appending("s.store").string, songs: take)
      : try CorpusSource(paths, options: options).survey(scratch: folder.path.string, songs: take)
    return (songs, separator, report)
  }

  /// Writes songs of many kinds as a table, with copies and faulty records.
  private func table() throws -> String {
    var lyrics = SyntheticLyrics(types: 1_000, seed: 3)
    var text = Array("lyrics\n".utf8)
    while text.count < 40_000 {
      text += Array("\"[Verse 1: Ann]\n".utf8) + lyrics.nextSong(as: .txt).filter { $0 != 0x22 } + Array("\"\n".utf8)
    }
    text += Array("\"12 Contributors\n\nle café\u{7} (x2)\n\n\n\nend12Embed\"\n\"---\na divider\n\n\n---\"\n\"a copy\"\n\"A  copy\"\n".utf8)
    return try folder.write(text, to: "songs.csv")
  }

  static let cleanings: [@Sendable (inout CorpusOptions) -> Void] = [
    { _ in },
    { $0.cleaning.tags = .drop },
    { $0.cleaning.tags = .normalise },
    { $0.cleaning.repeats = .expand },
    { $0.cleaning.quotes = true },
    { $0.cleaning.blankLines = false },
    { $0.deduplication = .none },
    { $0.tokenization = .char },
    { $0.validationFraction = 0 },
  ]

  @Test("The text, read again, is the same corpus", arguments: cleanings.indices, [true, false])
  func readAgain(index: Int, toStore: Bool) throws {
    var options = CorpusOptions(minimumCount: 1)
    Self.cleanings[index](&options)
    let source = try table()
    let (songs, separator, report) = try songs([source], options, toStore: toStore)
    #expect(songs.count == report.songs.total && songs.count > 20 && separator == "<|endoftext|>")
    #expect(songs.allSatisfy { $0.source == source } && songs.map(\.line) == songs.map(\.line).sorted() && songs[0].line == 2)
    let text = try folder.write(songs.map { $0.text + "\n" }.joined(separator: separator + "\n"), to: "songs.txt")
    options.separator = .line(separator)
    let original = try Corpus(reading: [source], options: options), again = try Corpus(reading: [text], options: options)
    #expect(again.tokenizer == original.tokenizer)
    #expect(again.training == original.training && again.validation == original.validation)
  }

  @Test("A long song in pieces is one text", arguments: [false, true])
  func pieces(hasSpaces: Bool) throws {
    let line = String(repeating: hasSpaces ? "la " : "la", count: 40_000).trimmingSpaces + "\n"
    let long = String(repeating: line, count: 200)
    let source = try folder.write("first song\n\n\n" + long + "\n\n\nlast song\n", to: "long.txt")
    let (found, _, _) = try songs([source], CorpusOptions(tokenization: .char, validationFraction: 0), toStore: true)
    #expect(found.count == 3 && found[0].text == "first song" && found[2].text == "last song")
    #expect(found[1].text == String(long.dropLast()))
  }

  @Test func `copies, songs of other files and songs that are held out too are not among them`() throws {
    let source = try folder.write("one\n\n\ntwo\n\n\nONE\n\n\nthree\n\n\nfour", to: "s.txt"),
      held = try folder.write("two\n\n\nfive", to: "h.txt")
    let (found, _, _) = try songs([source], CorpusOptions(minimumCount: 1, validation: [held]), toStore: false)
    #expect(found.map(\.text) == ["one", "three", "four"] && found.map(\.line) == [1, 10, 13])
  }

  @Test(
    "The separator is a line that no song has",
    arguments: [
      ("la", "<|endoftext|>"), ("<|endoftext|>", "<|endoftext-2|>"), ("la <|endoftext|> la", "<|endoftext-2|>"),
      ("<|endoftext|>\n<|endoftext-2|>\n<|endoftext-4|>", "<|endoftext-3|>"), ("<|endoftext-2|>", "<|endoftext|>"),
      ("la <|startoftext|>", "<|endoftext-2|>"), ("la <|beginningoftext|> la", "<|endoftext-2|>"), ("</|endoftext|>", "<|endoftext-2|>"),
      ("a <|beginoftext-2|>\n<|endoftext|> b", "<|endoftext-3|>"),
    ])
  func separator(text: String, expected: String) throws {
    let source = try folder.write("lyrics\n\"\(text)\"\n", to: "s.csv")
    let (found, separator, _) = try songs([source], CorpusOptions(minimumCount: 1, validationFraction: 0), toStore: false)
    #expect(found.map(\.text) == [text] && separator == expected)
    // Read back, it separates two such songs and does not cut them.
    var reader = SongReader()
    reader.options.separator = .line(separator)
    #expect(try reader.songs(in: Array("\(text)\n\(separator)\n\(text)\n".utf8), source: "s").map(\.text) == [text, text])
  }
}

extension String {
  fileprivate var trimmingSpaces: String { String(reversed().drop { $0 == " " }.reversed()) }
}
