import Corpora
import Files
import SystemPackage
import Testing

/// Which rows are read, which of them are joined, and in which order songs are trained on.
@Suite("Choosing, joining and shuffling rows")
struct RowTests {
  let folder: TemporaryFolder

  init() throws {
    folder = try TemporaryFolder()
  }

  /// The songs to train on, as text.
  private func songs(_ corpus: Corpus) throws -> [String] {
    let names = corpus.tokenizer.vocabulary.tokens
    let boundary = corpus.tokenizer.songBoundary
    return try corpus.training.read().split { $0 == boundary }.map { $0.map { names[Int($0)] }.joined() }
  }

  private func read(
    _ path: String, batch: Int = 1 << 20, workers: Int = 2, _ change: (inout CorpusOptions) -> Void
  ) throws -> (songs: [String], report: CorpusReport) {
    var options = CorpusOptions(tokenization: .char, validationFraction: 0)
    change(&options)
    var limits = PreparationLimits()
    limits.batchBytes = batch
    let corpus = try Corpus(reading: [path], options: options, workers: workers, limits: limits)
    return (try songs(corpus), corpus.report)
  }

  // MARK: - Conditions

  static let rows = [
    ("a", "en", "1990"), ("b", "de", "2001.0"), ("c", "en", "n/a"), ("d", "fr", ""), ("e", "en-GB", "9"), ("f", "", "2001"),
  ]

  static let csv = "Language;year;lyrics\n" + rows.map { "\($0.1);\($0.2);\($0.0)\n" }.joined()

  /// Numbers, strings, null and keys that are missing.
  static let objects: [String] = rows.map { row in
    let year = row.2.isEmpty ? "null" : row.2 == "n/a" ? "\"n/a\"" : row.2
    let language = row.1.isEmpty ? "" : ", \"language\": \"\(row.1)\""
    return "{\"lyrics\": \"\(row.0)\", \"year\": \(year)\(language)}"
  }

  static let cases: [(conditions: [String], songs: [String], leftOut: [Int])] = [
    (["language=en"], ["a", "c"], [4]),
    (["language!=en"], ["b", "d", "e", "f"], [2]),
    (["language~en"], ["a", "c", "e"], [3]),
    (["year=2001"], ["b", "f"], [4]),
    (["year!=2001"], ["a", "c", "d", "e"], [2]),
    (["year<1991"], ["a", "e"], [4]),
    (["year>9"], ["a", "b", "f"], [3]),
    (["year<=9"], ["e"], [5]),
    (["year>=2001"], ["b", "f"], [4]),
    (["language=en", "year>1000"], ["a"], [4, 1]),
    (["year>1000", "language=en"], ["a"], [3, 2]),
    (["language<e", "language~d"], ["b"], [5, 0]),
  ]

  @Test("Songs of tables and JSON are chosen by their columns, and each condition's share is counted", arguments: cases.indices)
  func conditions(index: Int) throws {
    let (texts, expected, leftOut) = Self.cases[index]
    let conditions = try texts.map { try #require(SongCondition($0)) }
    #expect(conditions.map(\.text) == texts)
    let files = [
      ("a.csv", Self.csv), ("a.jsonl", Self.objects.joined(separator: "\n")), ("a.json", "[" + Self.objects.joined(separator: ",") + "]"),
    ]
    for (name, content) in files {
      let path = try folder.write(content, to: name)
      // A condition on text orders an empty field of a table too, and a missing key not.
      if name == "a.csv", texts[0].hasPrefix("language<") { continue }
      for batch in [50, 1 << 20] {
        let (songs, report) = try read(path, batch: batch) { $0.conditions = conditions }
        #expect(songs == expected, "\(name)")
        #expect(report.conditions?.map(\.leftOut) == leftOut && report.conditions?.map(\.condition) == texts, "\(name)")
        #expect(report.removed.empty == 0 && report.removed.malformed == 0)
      }
      var reader = SongReader()
      reader.conditions = conditions
      #expect(try reader.songs(at: [FilePath(path)]).map(\.text) == expected)
    }
  }

  @Test(
    "What is no condition is refused",
    arguments: ["", "language", "=en", " =en", "!=x", "a!b"])
  func malformed(text: String) {
    #expect(SongCondition(text) == nil)
  }

  @Test(
    "A condition's value may have any mark, and a list of JSON any number of values",
    arguments: [("a=b=c", "b=c"), ("a =<b>", "<b>"), ("a~=", "="), ("a!==", "="), ("a=", "")])
  func marks(text: String, value: String) throws {
    #expect(try #require(SongCondition(text)).value == value)
    let condition = try #require(SongCondition("tags.name=folk"))
    let path = try folder.write(
      #"{"lyrics": "a", "tags": [{"name": "pop"}, {"name": "folk"}]}"# + "\n" + #"{"lyrics": "b", "tags": []}"# + "\n"
        + #"{"lyrics": "c", "tags.name": "fo\u006ck"}"#, to: "t.jsonl")
    #expect(try read(path) { $0.conditions = [condition] }.songs == ["a", "c"])
  }

  @Test("A column that is not there is an error that names those that are", arguments: ["a.csv", "a.jsonl", "a.json"], [true, false])
  func missing(name: String, isCondition: Bool) throws {
    let contents = [
      "a.csv": Self.csv, "a.json": "[" + Self.objects.joined(separator: ",") + "]", "a.jsonl": Self.objects.joined(separator: "\n"),
    ]
    let content = try #require(contents[name])
    let path = try folder.write(content, to: name)
    let found = name == "a.csv" ? ["Language", "year", "lyrics"] : ["lyrics", "year", "language"]
    for batch in [50, 1 << 20] {
      #expect(throws: CorpusError.missingColumn(path: path, name: "genre", found: found)) {
        try read(path, batch: batch) {
          if isCondition { $0.conditions = [SongCondition(column: "genre", .equal, "folk")] } else { $0.groupBy = ["genre"] }
        }
      }
    }
    var reader = SongReader()
    if isCondition { reader.conditions = [SongCondition(column: "genre", .equal, "folk")] } else { reader.options.groupBy = ["genre"] }
    #expect(throws: CorpusError.missingColumn(path: path, name: "genre", found: found)) { try reader.songs(at: [FilePath(path)]) }
  }

  @Test("A text has no columns to choose by", arguments: ["a.txt", "a.lrc"])
  func noColumns(name: String) throws {
    let path = try folder.write("[00:01.00]a song\n", to: name)
    #expect(throws: CorpusError.noColumns(path: path)) {
      try read(path) { $0.conditions = [SongCondition(column: "genre", .equal, "folk")] }
    }
    #expect(try read(path) { $0.groupBy = ["genre"] }.songs.count == 1)
  }

  // MARK: - Joining

  @Test("Neighbouring rows with the same value are one song, for any batch", arguments: ["csv", "jsonl", "json"], [40, 3_000, 1 << 20])
  func joined(format: String, batch: Int) throws {
    var rows: [(album: String, track: String, line: String)] = []
    var expected: [String] = []
    for song in 0..<60 {
      let lines = (0..<12).map { $0 == 4 ? "" : "song \(song) line \($0)" }
      for line in lines { rows.append(("A\(song / 10)", "T\(song % 10)", line)) }
      expected.append(lines.joined(separator: "\n"))
    }
    var content = format == "csv" ? "album,track,lyric\n" : format == "json" ? "[" : ""
    for (number, row) in rows.enumerated() {
      let object = "{\"album\": \"\(row.album)\", \"track\": \"\(row.track)\", \"lyric\": \"\(row.line)\"}"
      switch format {
      case "csv": content += "\(row.album),\(row.track),\"\(row.line)\"\n"
      case "json": content += object + (number + 1 < rows.count ? ",\n" : "]")
      default: content += object + "\n"
      }
    }
    let path = try folder.write(content, to: "a.\(format)")
    let (songs, report) = try read(path, batch: batch) { $0.groupBy = ["album", "track"] }
    #expect(songs == expected && report.joinedRows == 60 * 11 && report.scatteredSongs == nil && report.removed.empty == 0)
    // One column is not enough: the track of the next album has another name, but the albums end and begin alike.
    let albums = try read(path, batch: batch) { $0.groupBy = ["album"] }
    var wholeAlbums: [String] = []
    for album in 0..<6 { wholeAlbums.append(expected[(album * 10)..<(album * 10 + 10)].joined(separator: "\n")) }
    #expect(albums.songs == wholeAlbums)
    let tracks = try read(path, batch: batch) { $0.groupBy = ["track"] }
    #expect(tracks.songs == expected && tracks.report.scatteredSongs == 50)
    var reader = SongReader()
    reader.options.groupBy = ["album", "track"]
    let found = try reader.songs(at: [FilePath(path)])
    #expect(found.map(\.text) == expected)
    let first = format == "csv" ? 2 : 1
    let lines: [Int] = (0..<60).map { $0 * 12 + first }
    #expect(found.map(\.line) == lines)
  }

  @Test("A row without the key is a song of its own, and a group without a word is counted")
  func ungrouped() throws {
    let path = try folder.write(
      """
      {"id": 1, "text": "a"}
      {"text": "b"}
      {"text": "c"}
      {"id": 2, "text": ""}
      {"id": 2, "text": null}
      {"id": 1.5, "text": "d"}
      {"id": "1.5", "text": ["e", "f"]}
      """, to: "a.jsonl")
    let (songs, report) = try read(path) { $0.groupBy = ["id"] }
    #expect(songs == ["a", "b", "c", "d\ne\nf"] && report.removed.empty == 1)
  }

  // MARK: - Order

  @Test("A seed decides the order of the songs to train on, and not which are held out", arguments: [1, 2] as [UInt64])
  func shuffled(seed: UInt64) throws {
    var lyrics = SyntheticLyrics(types: 500, seed: 4)
    let texts = (0..<300).map { _ in String(decoding: lyrics.nextSong(as: .txt), as: UTF8.self).trimmingPrefix { $0 == "\n" } }
    let path = try folder.write(texts.joined(separator: "\n\n\n"), to: "songs.txt")
    let turned = try folder.write(texts.reversed().joined(separator: "\n\n\n"), to: "turned.txt")
    var options = CorpusOptions(minimumCount: 1)
    options.testFraction = 0.1
    let plain = try Corpus(reading: [path], options: options)
    options.shuffleSeed = seed
    let corpus = try Corpus(reading: [path], options: options)
    #expect(corpus.validation == plain.validation && corpus.test == plain.test && corpus.tokenizer == plain.tokenizer)
    let before = try songs(plain)
    let after = try songs(corpus)
    #expect(before != after)
    #expect(before.sorted() == after.sorted())
    #expect(corpus.report == plain.report)
    // Neither the workers nor the order of the file count.
    for (file, workers) in [(path, 1), (path, 5), (turned, 3)] {
      let again = try Corpus(reading: [file], options: options, workers: workers)
      #expect(try songs(again) == songs(corpus))
    }
    let store = folder.path.appending("s.store").string
    try Corpus.prepare([path], options: options, to: store, workers: 3)
    #expect(try Corpus(store: store).training.read() == corpus.training.read())
    options.shuffleSeed = seed + 1
    #expect(try !Corpus.isUpToDate(store, with: [path], options: options))
    #expect(try songs(Corpus(reading: [path], options: options)) != songs(corpus))
  }
}
