import Corpora
import Files
import SystemPackage
import Testing

@Suite("Readers")
struct ReaderTests {
  let folder: TemporaryFolder

  init() throws {
    folder = try TemporaryFolder()
  }

  func texts(_ content: String, as name: String, _ change: (inout CorpusOptions) -> Void = { _ in }) throws -> [String] {
    try texts(Array(content.utf8), as: name, change)
  }

  /// The songs that are read, as decoded lines of characters.
  func texts(_ content: [UInt8], as name: String, _ change: (inout CorpusOptions) -> Void = { _ in }) throws -> [String] {
    var options = CorpusOptions(tokenization: .char, validationFraction: 0)
    options.deduplication = .none
    change(&options)
    let corpus = try Corpus(reading: [folder.write(content, to: name)], options: options)
    return try corpus.tokenizer.decode(corpus.training.read()).components("\n\n\n")
  }

  @Test(
    "Each format gives its songs",
    arguments: [
      (
        "a.csv", "artist,song,link,text\r\nA,\"x, y\",/l,\"one  \ntwo \"\"q\"\"\n  \nthree\n\n\"\r\nB,z,/m,four\r\n",
        ["one\ntwo \"q\"\n\nthree", "four"]
      ),
      ("b.csv", "\u{FEFF}id;Lyrics\n1;a;\n2;b\n\n3;c", ["b", "c"]),
      ("c.tsv", "title\tlyric\nx\tone two\n", ["one two"]),
      (
        "d.jsonl", "{\"title\": \"t\", \"lyrics\": \"a\\nb \\u00e9\\ud83d\\ude00\"}\n\n{\"lyrics\": null}\n{\"x\": {\"text\": \"c\"}}\n",
        ["a\nb é😀", "c"]
      ),
      ("e.json", "[{\"text\": \"a\"}, {\"lyrics\": [\"b\", \"c\"]}]", ["a", "b\nc"]),
      ("f.json", "{\"name\": \"A\", \"songs\": [{\"title\": \"t\", \"lyrics\": \"a\"}, {\"lyrics\": \"b\"}]}", ["a", "b"]),
      ("g.json", "{\"title\": \"t\", \"lyrics\": \"a\", \"media\": [{\"url\": \"u\"}]}", ["a"]),
      ("h.lrc", "[ar:X]\n[00:01.00]a\n[00:03.50][00:02]b\n[00:02.5] <00:02.5>c <00:02.7>d\n", ["a\nb\nc d\nb"]),
      ("i.txt", "a\n\n\nb\n---\nc\r\rd", ["a", "b", "c\n\nd"]),
    ])
  func formats(name: String, content: String, songs: [String]) throws {
    #expect(try texts(content, as: name) == songs)
  }

  @Test("Fields and separators may be named")
  func named() throws {
    #expect(try texts("id,words\n1,a\n2,b\n", as: "a.csv") { $0.textField = "words" } == ["a", "b"])
    #expect(try texts("{\"a\": {\"b\": \"x\"}, \"text\": \"y\"}", as: "a.jsonl") { $0.textField = "a.b" } == ["x"])
    #expect(try texts("a\n\n\nb\n<|end|>\nc", as: "a.txt") { $0.separator = .line("<|end|>") } == ["a\n\nb", "c"])
    #expect(try texts("a\n---\nb", as: "a.txt") { $0.separator = .none } == ["a\n---\nb"])
    #expect(throws: CorpusError.self) { try texts("id,words\n1,a\n", as: "b.csv") }
  }

  @Test(
    "A bad record is skipped, counted and named with its line, and strict stops at it",
    arguments: [
      ("a.csv", "text,n\nok,1\nbad\nok2,2\n", 1, "line 3"),
      ("b.csv", "text,n\nok,1\n\"never closed,2\nok2,2\n", 1, "line 3"),
      ("c.jsonl", "{\"text\": \"ok\"}\n{\"text\": \n{\"text\": \"ok2\"}\n", 1, "line 2"),
      (
        "d.jsonl", "{\"text\": \"ok\"}\n{\"other\": 1}\n{\"text\": \"ok2\"}\n", 1,
        "the keys are other; name the one with the lyrics"
      ),
      ("e.json", "[{\"text\": \"ok\"},\n{\"text\": oops},\n{\"text\": \"ok2\"}]", 1, "line 2"),
      ("f.json", "[{\"text\": \"ok\"},\n{\"text\": \"ok2\"},\n{\"text\": ", 2, "line 3"),
    ])
  func badRecords(name: String, content: String, count: Int, place: String) throws {
    let path = try folder.write(content, to: name)
    var options = CorpusOptions(validationFraction: 0)
    let report = try Corpus(reading: [path], options: options).report
    #expect(report.songs.total == 2 && report.removed.malformed == count)
    #expect(report.problems.first?.contains(place) == true, "\(report.problems)")
    options.isStrict = true
    #expect(throws: CorpusError.self) { try Corpus(reading: [path], options: options) }
  }

  @Test("Mixed encodings: bad songs are left out, or read as Windows-1252")
  func encodings() throws {
    let bytes = Array("good\n\n\ncaf".utf8) + [0xE9, 0x20, 0x93] + Array("\n\n\nalso".utf8)
    let path = try folder.write(bytes, to: "a.txt")
    var options = CorpusOptions(tokenization: .char, validationFraction: 0)
    let report = try Corpus(reading: [path], options: options).report
    #expect(report.songs.total == 2 && report.removed.malformed == 1)
    #expect(report.problems.first?.contains("byte 10, on line 4, is 0xE9") == true, "\(report.problems)")
    options.readsWindows1252 = true
    let corpus = try Corpus(reading: [path], options: options)
    #expect(corpus.songCount == 3 && corpus.report.decodedWindows1252 == 1)
    #expect(try corpus.tokenizer.decode(corpus.training.read()).contains("café “"))
  }

  @Test("Compressed files are read; a cut-off one is an error, or is read as far as it goes and reported", arguments: ["gzip", "zstd"])
  func compressed(program: String) throws {
    let ending = program == "gzip" ? "gz" : "zst"
    var lyrics = SyntheticLyrics(types: 2_000, seed: 3)
    var text: [UInt8] = []
    for _ in 0..<800 { text += lyrics.nextSong(as: .txt) }
    let plain = try folder.write(text, to: "songs.txt")
    guard try run(program, "-k", plain) else { return }
    let packed = plain + "." + ending
    let whole = try Corpus(reading: [packed])
    #expect(whole.training == (try Corpus(reading: [plain])).training && whole.report.problems.isEmpty)
    let bytes = try readFile(FilePath(packed))
    let cut = try folder.write(Array(bytes[..<(bytes.count / 2)]), to: "cut.txt." + ending)
    var options = CorpusOptions()
    #expect(throws: CorpusError.notDecompressed(path: cut, program: program)) { try Corpus(reading: [cut], options: options) }
    options.skipsUnreadable = true
    let part = try Corpus(reading: [cut], options: options)
    #expect(part.report.damagedSources == 1 && 1..<800 ~= part.songCount)
    #expect(throws: CorpusError.compressed(path: folder.path.appending("x").string, kind: program)) {
      try Corpus(reading: [folder.write(bytes, to: "x")])
    }
  }

  @Test("Pieces of a song that is larger than a batch are one song")
  func largeSong() throws {
    let line = "la la and then some more of it\n"
    let text = String(repeating: line, count: 9_500_000 / line.utf8.count)
    let path = try folder.write(text, to: "long.txt")
    let corpus = try Corpus(reading: [path], options: .init(minimumCount: 1, validationFraction: 0), workers: 3)
    #expect(corpus.songCount == 1)
    // A line end between two lines, and `<song>` before and after.
    #expect(corpus.training.count == text.utf8.count / line.utf8.count * 9 - 1 + 2)
    let words = try folder.write(String(text.map { $0 == "\n" ? " " : $0 }), to: "line.txt")
    let single = try Corpus(reading: [words], options: .init(minimumCount: 1, validationFraction: 0))
    #expect(single.training.count == text.utf8.count / line.utf8.count * 8 + 2)
  }

  private func run(_ program: String, _ arguments: String...) throws -> Bool {
    try launch(program, arguments)
  }

  @Test(
    "A line of timed lyrics is written at each of its times, unless the song would grow to more than 16 times its size",
    arguments: [2, 50, 4_000])
  func manyTimes(times: Int) throws {
    let text = String(repeating: "word ", count: 200) + "end"
    let stamps = (0..<times).map { "[00:0\($0 % 10).00]" }.joined()
    let file = try folder.write("[00:00.00]first\n\(stamps)\(text)\n[00:09.00]last\n", to: "a.lrc")
    let report = try Corpus(reading: [file], options: .init(minimumCount: 1, validationFraction: 0)).report
    let isKept = times > 2
    #expect(report.lines == 2 + (isKept ? 1 : times) && report.cleaned.keptRepeats == (isKept ? 1 : 0))
  }
}

extension String {
  fileprivate func components(_ separator: String) -> [String] {
    var parts: [String] = []
    for part in split(separator: separator) { parts.append(String(part)) }
    return parts
  }
}
