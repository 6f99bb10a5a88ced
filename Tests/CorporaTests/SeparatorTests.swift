import Corpora
import Files
import Foundation
import SystemPackage
import Testing

@Suite("Separators")
struct SeparatorTests {
  let folder: TemporaryFolder

  init() throws {
    folder = try TemporaryFolder()
  }

  func songs(_ text: String, _ separator: SongSeparator) throws -> [String] {
    var reader = SongReader()
    reader.options.separator = separator
    return try reader.songs(in: Array(text.utf8), source: "s").map(\.text)
  }

  static let forms: [(separator: SongSeparator, text: String, songs: [String])] = [
    (.blankLine, "a\nb\n\nc\n \nd\n\n\ne", ["a\nb", "c", "d", "e"]), (.blankLine, "\n\na\n---\nb\n", ["a", "b"]),
    (.everyLine, "a b\nc\n\n\nd\r\ne", ["a b", "c", "d", "e"]), (.everyLine, "a\n***\nb", ["a", "b"]),
    // A marker and its counterpart, on lines of their own, at the ends of lines and between.
    (.line("<|endoftext|>"), "<|startoftext|>a\nb<|endoftext|>\n<|startoftext|>c\nd<|endoftext|>\n", ["a\nb", "c\nd"]),
    (.line("<|endoftext|>"), "<|startoftext|>\na\n<|endoftext|>\n<|startoftext|>\nb\n<|endoftext|>", ["a", "b"]),
    (.line("<|startoftext|>"), "<|startoftext|>a<|endoftext|>\n<|startoftext|>b<|endoftext|>\n", ["a", "b"]),
    (.line("<|endoftext|>"), "a<|endoftext|><|startoftext|> b\nc<|endoftext|>d", ["a", "b\nc", "d"]),
    (.line("<|endoftext|>"), "  <|endoftext|> a\n\n\nb  <|endoftext|>  \nc", ["a\n\n\nb", "c"]),
    (.line("<|end_of_text|>"), "<|begin_of_text|>a<|end_of_text|><|begin_of_text|>b", ["a", "b"]),
    (.line("</s>"), "<s> a </s>\n<s> b </s>", ["a", "b"]), (.line("<s>"), "<s> a </s>\n<s> b </s>", ["a", "b"]),
    (.line("<eos>"), "<bos>a<eos>\n<sos>b<eos>", ["a", "b"]), (.line("[END]"), "[START]a\nb[END]\n[BEGIN]c[END]", ["a\nb", "c"]),
    (.line("<|EOT|>"), "<|BOT|>a<|EOT|>b", ["a", "b"]), (.line("</song>"), "<song>\na\n</song>\n<song>\nb\n</song>", ["a", "b"]),
    (.line("###"), "### a\nb ###\nc\n###\nd # e ### f\n#### g", ["a\nb", "c", "d # e ### f\n#### g"]),
    (.line("愛愛愛"), "a\n愛愛愛\nb愛愛愛", ["a", "b愛愛愛"]),
    // What may stand in lyrics separates songs only on a line of its own.
    (.line("%"), "100%\n%\nb\n% c", ["100%", "b\n% c"]), (.line("THE END"), "this is THE END\n THE END \nb", ["this is THE END", "b"]),
    (.line("---"), "wait ---\n---\n--- b", ["wait ---", "--- b"]), (.line("end"), "start\nend\nb", ["start", "b"]),
    (.none, "a\n\n\n---\nb", ["a\n\n\n---\nb"]), (.blankLines, "a\n\nb\n\n\nc<|endoftext|>", ["a\n\nb", "c<|endoftext|>"]),
  ]

  @Test("Each separator gives its songs", arguments: forms.indices)
  func separate(index: Int) throws {
    let (separator, text, expected) = Self.forms[index]
    var options = ReadingOptions()
    options.cleaning = .none
    options.separator = separator
    let found = try SongReader(options: options).songs(in: Array(text.utf8), source: "s").map(\.text)
    #expect(found == expected)
  }

  @Test("Songs know their lines, whatever separates them")
  func lines() throws {
    var reader = SongReader()
    reader.options.separator = .line("<|endoftext|>")
    let text = "<|startoftext|>\n\na<|endoftext|>\nb\nc<|endoftext|><|startoftext|>d\ne"
    #expect(try reader.songs(in: Array(text.utf8), source: "s").map(\.line) == [3, 4, 5])
  }

  @Test(
    "A large file gives the same songs in pieces",
    arguments: [
      (SongSeparator.blankLine, "one two\nthree\n", "\n"), (.everyLine, "one two three", "\n"),
      (.line("<|endoftext|>"), "<|startoftext|>one two\n\n\nthree", "<|endoftext|>\n"),
      (.line("<|endoftext|>"), "one two\nthree\n", "<|endoftext|>\n"), (.line("<|endoftext|>"), "one two", "<|endoftext|> "),
      // Lines that are blank only once they are cleaned.
      (.blankLine, "one two\nthree\n", "\u{200B}\n"), (.blankLines, "one two\nthree\n", "\u{0C}\n"),
      (.blankLines, "one two\nthree\n", "---\u{200B}\n"),
    ])
  func pieces(separator: SongSeparator, song: String, end: String) throws {
    var reader = SongReader()
    reader.options.separator = separator
    let single = try reader.songs(in: Array((song + end + song).utf8), source: "s")[0].text
    let count = 10_000_000 / (song + end).utf8.count
    let text = (0..<count).map { song.replacing("one", with: "one\($0)") + end }.joined()
    let path = try folder.write(text, to: "large.txt")
    let songs = try reader.songs(at: [FilePath(path)]).map(\.text)
    #expect(songs.count == count)
    #expect(songs.indices.allSatisfy { songs[$0] == single.replacing("one", with: "one\($0)") })
    var options = CorpusOptions(validationFraction: 0)
    options.separator = separator
    let corpus = try Corpus(reading: [path], options: options, workers: 2)
    #expect(corpus.songCount == count && corpus.report.removed.duplicates == 0)
  }

  @Test("What is left of a song that was given up is no part of the song before")
  func givenUp() throws {
    let first = try folder.write("the first song", to: "a.txt")
    let line = Array("la la la\n".utf8)
    let second = try folder.write([0x61, 0xFF, 0x0A] + [UInt8](repeatElement(line, count: 1_000_000).joined()), to: "b.txt")
    var reader = SongReader()
    reader.options.separator = .none
    reader.isStrict = false
    #expect(try reader.songs(at: [FilePath(first), FilePath(second)]).first?.text == "the first song")
  }

  @Test("A marker that no text has is an error, and one that is in some is none")
  func missing() throws {
    let first = try folder.write("a\n\n\nb\n", to: "a.txt")
    let second = try folder.write("c\n<|end|>\nd\n", to: "b.txt")
    let table = try folder.write("text\na\n", to: "c.csv")
    var options = CorpusOptions(validationFraction: 0)
    options.separator = .line("<|end|>")
    #expect(throws: CorpusError.separatorNotFound(separator: "<|end|>")) { try Corpus(reading: [first], options: options) }
    #expect(try Corpus(reading: [first, second], options: options).songCount == 3)
    #expect(try Corpus(reading: [table], options: options).songCount == 1)
    // Held-out songs are texts too.
    options.validation = [second]
    #expect(try Corpus(reading: [first], options: options).songCount == 3)
    var reader = SongReader()
    reader.options.separator = .line("<|end|>")
    #expect(try reader.songs(at: [FilePath(first)]).count == 1)
    reader.requiresSeparator = true
    #expect(throws: CorpusError.separatorNotFound(separator: "<|end|>")) { try reader.songs(at: [FilePath(first)]) }
    #expect(try reader.songs(at: [FilePath(first), FilePath(second)]).count == 3)
  }

  // MARK: - Splits that look wrong

  func separation(_ text: String, as name: String = "a.txt", _ separator: SongSeparator = .blankLines) throws -> CorpusReport.Separation? {
    var options = CorpusOptions(validationFraction: 0)
    options.separator = separator
    options.deduplication = .none
    return try Corpus(reading: [folder.write(text, to: name)], options: options, workers: 1).report.separation
  }

  static let song = (0..<20).map { "line number \($0) of the song\n" }.joined()

  @Test("A few huge songs look wrong, and songs of usual length do not")
  func huge() throws {
    let stanzas = (0..<2_000).map { "\($0) \(Self.song)\n" }.joined()
    #expect(try separation(stanzas)?.hasHugeSongs == true)
    #expect(try separation(stanzas.replacing("\n\n", with: "\n\n\n"))?.hasHugeSongs == false)
    #expect(try separation(stanzas, .blankLine)?.hasHugeSongs == false)
    // It was said that the file is a song.
    #expect(try separation(stanzas, .none)?.hasHugeSongs != true)
    #expect(try separation(Self.song)?.hasHugeSongs == false)
    // A song over several pieces is one.
    #expect(try separation(String(repeating: stanzas, count: 10))?.texts.songs == 1)
  }

  static let signLines = ["* * *", "____", "~~~~", "- - -", "#", "• • •", "———", "=-=-=", "%%"]

  @Test("A line of signs that stands between songs is named, and reads them as a separator", arguments: signLines)
  func dividers(line: String) throws {
    let text = (0..<5).map { "the boat \($0)\nsings\n\nof \($0) lamps\n" }.joined(separator: "\n  \(line) \n\n")
    let found = try #require(try separation(text)?.divider)
    #expect(found.line == line && found.count == 4)
    #expect(try songs(text, .line(found.line)).count == 5)
    #expect(try separation(text, .line(line))?.divider == nil)
    #expect(try separation(text, .none)?.divider == nil)
  }

  @Test("Lines of signs that stand rarely, or in a text with another separator, are not named")
  func noDividers() throws {
    let song = "the boat\nsings\n"
    #expect(try separation([song, song, song].joined(separator: "* * *\n"))?.divider == nil)
    // A single line between two is no song.
    #expect(try separation((0..<9).map { "line \($0)\n" }.joined(separator: "* * *\n"))?.divider == nil)
    #expect(try separation((0..<5).map { "\($0) \(song)* * *\n\(song)" }.joined(separator: "\n\n\n"))?.divider == nil)
    #expect(try separation((0..<5).map { "\($0) \(song)" }.joined(separator: "* * * la\n"))?.divider == nil)
    #expect(try separation((0..<5).map { "\($0) \(song)" }.joined(separator: "-----\n"))?.divider == nil)
  }

  @Test("Thousands of songs of a line look wrong in a text, and two dozen in a table", arguments: ["csv", "jsonl", "json"])
  func oneLine(ending: String) throws {
    let lines = (0..<24).map { "song line number \($0) of the day" }
    func records(_ texts: [String]) -> String {
      let objects = texts.map { "{\"text\": \"\($0.replacing("\n", with: "\\n"))\"}" }
      switch ending {
      case "csv": return "n,text\n" + texts.map { "1,\"\($0)\"\n" }.joined()
      case "jsonl": return objects.joined(separator: "\n")
      default: return "[" + objects.joined(separator: ",\n") + "]"
      }
    }
    #expect(try separation(records(lines), as: "a.\(ending)")?.hasLineRecords == true)
    #expect(try separation(records(lines.map { "\($0)\nmore" }), as: "a.\(ending)")?.hasLineRecords == false)
    // A whole song in one line is no line of a song.
    #expect(try separation(records(lines.map { String(repeating: "\($0) ", count: 20) }), as: "a.\(ending)")?.hasLineRecords == false)
    #expect(try separation((0..<3_000).map { "line \($0)\n\n\n" }.joined())?.hasLineSongs == true)
    #expect(try separation((0..<3_000).map { "line \($0)\nb\n\n\n" }.joined())?.hasLineSongs == false)
    #expect(try separation(lines.joined(separator: "\n\n\n"))?.hasLineSongs == false)
    #expect(try separation((0..<3_000).map { "line \($0)\n" }.joined(), .everyLine)?.hasLineSongs != true)
  }
}
