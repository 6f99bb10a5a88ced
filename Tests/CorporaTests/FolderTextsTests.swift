import Corpora
import Files
import SystemPackage
import Testing

@Suite("Files without an ending")
struct FolderTextsTests {
  let folder: TemporaryFolder

  init() throws {
    folder = try TemporaryFolder()
  }

  /// The names of the files that are read in a folder with files of these names, and what is passed over.
  func read(_ names: [String], content: [UInt8] = Array("la la".utf8)) throws -> (names: [String], passedOver: [String: Int]) {
    let set = folder.path.appending("set")
    try removeTree(set)
    for name in names { try folder.write(content, to: "set/" + name) }
    var list = SourceList()
    try list.add([set.string], part: .corpus)
    return (list.files.map { String($0.path.string.dropFirst(set.string.count + 1)) }, list.passedOver)
  }

  @Test(
    "They are read where at least half of a folder's files have none",
    arguments: [
      (["Harbour", "Night Bus"], ["Harbour", "Night Bus"], [:]), (["Harbour", "a.png"], ["Harbour"], [".png": 1]),
      (["Harbour", "a.png", "b.md", "c.txt"], ["c.txt"], ["": 1, ".png": 1, ".md": 1]),
      (["Mr. Grey", "No. 3 (live)", "Vol.2", "R.E.M", "feat.Ann"], ["Mr. Grey", "No. 3 (live)", "R.E.M", "Vol.2", "feat.Ann"], [:]),
      (["Harbour", "x.MP3", ".hidden"], ["Harbour"], [".mp3": 1]),
      // Each folder by itself.
      (["a/One", "a/Two", "b/three", "b/x.c", "b/y.h", "t.txt"], ["a/One", "a/Two", "t.txt"], ["": 1, ".c": 1, ".h": 1]),
      // Files that go with a collection, whatever they hold.
      (
        [
          "Song", "LICENSE", "License", "README", "Makefile", "CHANGELOG", "AUTHORS", "COPYING", "LICENSE-MIT", "NEWS", "TODO",
          "Dockerfile",
        ],
        ["Song"], ["": 11]
      ),
      (["History", "Credits", "Thanks"], ["Credits", "History", "Thanks"], [:]),
      (["a.txt", "b.md", "c.md"], ["a.txt"], [".md": 2]),
    ] as [([String], [String], [String: Int])])
  func half(names: [String], expected: [String], passedOver: [String: Int]) throws {
    let found = try read(names)
    #expect(found.names == expected && found.passedOver == passedOver, "\(found)")
  }

  @Test("A file with a null character or a script is none, and one in UTF-16 is")
  func binary() throws {
    let text = Array("la la".utf8)
    try folder.write("x", to: "set/Song")
    func isRead(_ content: [UInt8]) throws -> Bool {
      try folder.write(content, to: "set/Other")
      var list = SourceList()
      try list.add([folder.path.appending("set").string], part: .corpus)
      return list.files.count == 2
    }
    #expect(try isRead(text))
    #expect(try !isRead(text + [0]))
    let long = [UInt8](repeating: 0x61, count: 65_535)
    #expect(try !isRead(long + [0]))
    #expect(try isRead(long + [0x61, 0]))
    #expect(try !isRead(Array("#!/bin/sh\necho".utf8)))
    #expect(try isRead([0xFF, 0xFE, 0x61, 0, 0, 0x61]))
    #expect(try !isRead([0xFF, 0xFE, 0x61, 0, 0, 0]))
    #expect(try isRead([0xFF, 0xFE, 0, 0, 0x61, 0, 0, 0]))
    // JSON without an ending is not taken for lyrics.
    try folder.write("{\"lyrics\": \"la\"}", to: "set/Other")
    let report = try Corpus(reading: [folder.path.appending("set").string], options: .init(validationFraction: 0)).report
    #expect(report.songs.total == 1 && report.damagedSources == 1)
    try removeTree(folder.path.appending("set/Song"))
    #expect(throws: CorpusError.self) { try Corpus(reading: [folder.path.appending("set").string]) }
  }

  @Test("The report counts what was passed over")
  func report() throws {
    for name in ["a.txt", "b.png", "c.png", "LICENSE"] { try folder.write("la la " + name, to: "set/" + name) }
    let report = try Corpus(reading: [folder.path.appending("set").string], options: .init(validationFraction: 0)).report
    #expect(report.passedOver == ["": 1, ".png": 2] && report.sources == 1)
  }

  // MARK: - Tables

  static let tables: [(table: String, songs: [String])] = [
    ("id\ttext\n1\t\"Hello\" he said\n2\tb\n", ["\"Hello\" he said", "b"]),
    ("id\ttext\n1\t\"Hello\" and \"bye\"\n2\tb\n", ["\"Hello\" and \"bye\"", "b"]),
    ("id\ttext\n1\t\"whole \"\"q\"\"\nline\"\n2\tb\n", ["whole \"q\"\nline", "b"]),
    ("id\ttext\n1\t\"never closed\n2\tb\n", ["\"never closed", "b"]),
    ("id\ttext\n1\t\"never closed\n2\tsay \"x\" baz\n3\tc\n", ["\"never closed", "say \"x\" baz", "c"]),
    ("text\tid\n\"a\" b\t1\nc\t2\n", ["\"a\" b", "c"]), ("id\ttext\n1\t\"\" x\n2\tb", ["\"\" x", "b"]),
    ("id\ttext\n1\t\"x\"", ["x"]),
  ]

  @Test("A field between tabs that continues after its quotation marks is plain text", arguments: tables.indices)
  func tabs(index: Int) throws {
    let (table, expected) = Self.tables[index]
    let path = FilePath(try folder.write(table, to: "a.tsv"))
    #expect(try SongReader().songs(at: [path]).map(\.text) == expected)
  }

  @Test("So it is where the table is cut into pieces")
  func largeTable() throws {
    let count = 300_000
    let rows = (0..<count).map { "\($0)\t\"so\" it goes \($0)\n" }.joined()
    let path = FilePath(try folder.write("id\ttext\n" + rows, to: "a.tsv"))
    let songs = try SongReader().songs(at: [path])
    #expect(songs.count == count && songs.last?.text == "\"so\" it goes \(count - 1)")
  }
}
