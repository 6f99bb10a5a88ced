import Corpora
import Files
import SystemPackage
import Testing

@Suite("SongReader")
struct SongReaderTests {
  let folder: TemporaryFolder

  init() throws {
    folder = try TemporaryFolder()
  }

  func read(_ text: String) throws -> [Song] {
    try SongReader().songs(in: Array(text.utf8), source: "s")
  }

  @Test("Songs are parted by two blank lines or a divider, and know their lines")
  func parts() throws {
    let text = "\n\nA\nB  \n\nC\n \n\t\n\nD\n---\nE\n  ***** \n\n===\nF\n--\n-=-\n\n\n"
    #expect(
      try read(text) == [
        Song(text: "A\nB\n\nC", source: "s", line: 3), Song(text: "D", source: "s", line: 10), Song(text: "E", source: "s", line: 12),
        Song(text: "F\n--\n-=-", source: "s", line: 16),
      ])
  }

  @Test("Byte order mark, line ends of other systems and control characters are put right")
  func cleaning() throws {
    #expect(try read("\u{FEFF}a\r\nb\rc\u{0}d\u{7}\te\u{85}f\u{7F}\u{FEFF}") == [Song(text: "a\nb\ncd\te\nf", source: "s", line: 1)])
    #expect(try read("a\r\n\r\n\r\nb").map(\.line) == [1, 4])
  }

  @Test("A pre-tokenized file is one text, as it is")
  func asGiven() throws {
    let songs = try SongReader(for: .whitespace).songs(in: Array(" a \n\n\n b \r\n---\n".utf8), source: "s")
    #expect(songs == [Song(text: " a \n\n\n b \n---\n", source: "s", line: 1)])
  }

  @Test("Folders give their .txt files in order, named files are read whatever their ending")
  func folders() throws {
    try folder.write("b", to: "set/b.txt")
    try folder.write("a\n\n\nA", to: "set/a/x.TXT")
    try folder.write("no", to: "set/readme.md")
    try folder.write("\n\n", to: "set/empty.txt")
    let named = try folder.write("m", to: "song.md")
    let songs = try SongReader().songs(at: [FilePath(named), folder.path.appending("set")])
    #expect(songs.map(\.text) == ["m", "a", "A", "b"])
    #expect(songs.map(\.source).map { FilePath($0).lastComponent?.string } == ["song.md", "x.TXT", "x.TXT", "b.txt"])
  }

  @Test(
    "Bytes that are not UTF-8 are found, with offset and line",
    arguments: [
      ([0x61, 0x0A, 0x62, 0xE9, 0x63] as [UInt8], 3, 2, 0xE9 as UInt8),
      ([0xFE, 0x61], 0, 1, 0xFE),
      ([0x0D, 0x0A, 0x0D, 0x0A, 0xC3], 4, 3, 0xC3),
      ([0xEF, 0xBB, 0xBF, 0x0D, 0x80], 4, 2, 0x80),
      ([0xED, 0xA0, 0x80], 0, 1, 0xED),
      ([0xC0, 0xAF], 0, 1, 0xC0),
    ])
  func notUTF8(bytes: [UInt8], offset: Int, line: Int, byte: UInt8) throws {
    let error = #expect(throws: CorpusError.self) { try SongReader().songs(in: bytes, source: "s") }
    guard case .notUTF8("s", offset, line, byte, _) = error else { return #expect(Bool(false), "\(error as Any)") }
  }

  @Test("Each way in which a path may not do is named")
  func wrongPaths() throws {
    let missing = folder.path.appending("none")
    #expect(throws: CorpusError.missing(path: missing.string)) { try SongReader().songs(at: [missing]) }
    #expect(throws: CorpusError.noPaths) { try SongReader().songs(at: []) }
    let empty = FilePath(try folder.write("", to: "empty.txt"))
    #expect(throws: CorpusError.emptyFile(path: empty.string)) { try SongReader().songs(at: [empty]) }
    let blank = FilePath(try folder.write("\n \n---\n", to: "set/blank.txt"))
    #expect(throws: CorpusError.noSongs(path: blank.string)) { try SongReader().songs(at: [blank]) }
    let set = folder.path.appending("set")
    #expect(throws: CorpusError.noSongs(path: set.string)) { try SongReader().songs(at: [set]) }
    try folder.write("a", to: "other/a.md")
    let other = folder.path.appending("other")
    #expect(throws: CorpusError.noTextFiles(folder: other.string)) { try SongReader().songs(at: [other]) }
    let below = blank.appending("below")
    #expect(throws: CorpusError.file(.notDirectory(path: below.string))) { try SongReader().songs(at: [below]) }
  }
}
