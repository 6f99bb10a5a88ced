import Basics
import Corpora
import Files
import Foundation
import SystemPackage
import Testing

/// Titles, artists and kept columns, which are carried from the sources to the corpus.
@Suite("Song details")
struct SongDetailsTests {
  let folder: TemporaryFolder
  var store: String { folder.path.appending("s.store").string }

  init() throws { folder = try TemporaryFolder() }

  /// The details of all songs of a part, in their order.
  private func details(_ corpus: Corpus, _ part: Corpus.Part = .training) throws -> [SongDetails] {
    guard let catalog = corpus.catalog else { return [] }
    return try catalog.details(of: part, 0..<catalog.songCount(of: part))
  }

  private func options(keeping columns: [String] = []) -> CorpusOptions {
    var options = CorpusOptions(minimumCount: 1, validationFraction: 0)
    options.keptColumns = columns
    return options
  }

  // MARK: - Reading

  @Test("An object with thousands of artists gives each of its thousands of songs one")
  func manyArtists() throws {
    let artists = (0..<4_000).map { "\"artist\": \"Ann \($0)\"" }.joined(separator: ",")
    let songs = (0..<4_000).map { "{\"lyrics\": \"song \($0) song\"}" }.joined(separator: ",")
    let path = try folder.write("{" + artists + ",\"songs\":[" + songs + "]}", to: "a.json")
    let found = try details(Corpus(reading: [path], options: options()))
    #expect(found.count == 4_000 && found.allSatisfy { $0.artist == "Ann 3999" })
  }

  struct Source: Sendable {
    var name: String
    var text: String
    var kept: [String] = []
    var expected: [SongDetails]
  }

  static let sources: [Source] = [
    Source(
      name: "a.csv", text: "title,artist,lyrics\nOne,\"Ann, Bo\",la la\n,,oh oh\nTwo,,the rain\n",
      expected: [.init(title: "One", artist: "Ann, Bo"), .init(), .init(title: "Two")]),
    Source(
      name: "a.tsv", text: "Song Name\tSinger\tYear\tText\nOne\tAnn\t1990\tla la\nTwo\tBo\t\toh oh\n", kept: ["year"],
      expected: [.init(title: "One", artist: "Ann", columns: ["year": "1990"]), .init(title: "Two", artist: "Bo")]),
    Source(
      name: "a.csv", text: "track_title;ARTIST_NAME;Album;lyrics\nOne;Ann;Tides;la\n", kept: ["Album", "lyrics"],
      expected: [.init(title: "One", artist: "Ann", columns: ["Album": "Tides", "lyrics": "la"])]),
    Source(
      name: "a.json",
      text: """
        {"songs": [{"title": "One \\u00e9", "artist": ["Ann", "Bo"], "year": 1990, "info": {"tags": ["a", "b"], "x": null}, "lyrics": "la"},
         {"lyrics": "oh", "name": "Two", "primary_artist": {"name": "Cy", "id": 3}, "year": null}]}
        """,
      kept: ["year", "info.tags"],
      expected: [
        .init(title: "One é", artist: "Ann, Bo", columns: ["year": "1990", "info.tags": "a, b"]), .init(title: "Two", artist: "Cy"),
      ]),
    Source(
      name: "a.json",
      text: #"{"artist": "Ann", "songs": [{"title": "One", "lyrics": "la"}, {"title": "Two", "artist": "Bo", "lyrics": "oh"}]}"#,
      expected: [.init(title: "One", artist: "Ann"), .init(title: "Two", artist: "Bo")]),
    Source(
      name: "a.json",
      text: #"[{"albums": [{"title": "Tides", "songs": [{"title": "One", "lyrics": "la"}]}], "year": 1990, "artist": {"name": "Ann"}}]"#,
      kept: ["year"], expected: [.init(title: "One", artist: "Ann", columns: ["year": "1990"])]),
    Source(
      name: "a.json",
      text:
        #"""
        {"artists": [{"name": "Ann", "songs": [{"title": "One", "lyrics": "la"}]}, \#
        {"name": "Bo", "songs": [{"title": "Two", "lyrics": "oh"}]}]}
        """#,
      expected: [.init(title: "One"), .init(title: "Two")]),
    Source(
      name: "a.jsonl",
      text: """
        {"trackName": "One", "artistName": "Ann", "lyrics": "la"}
        {"lyrics": "oh", "artist": 7}
        ["la", "oh"]
        """,
      expected: [.init(title: "One", artist: "Ann"), .init(artist: "7"), .init()]),
    Source(
      name: "a.json",
      text: """
        [{"title": "All", "artist": {"name": "Ann"}, "lyrics": [{"title": "no song", "text": "la"}]}]
        """,
      expected: [.init(title: "All", artist: "Ann")]),
    Source(
      name: "a.json",
      text: """
        [{"song": "Album", "title": "One", "_artist": "Ann", "lyrics": "la"}, {"name": "x", "Song-Title": "Two", "lyrics": "oh"}]
        """,
      expected: [.init(title: "One", artist: "Ann"), .init(title: "Two")]),
    Source(
      name: "a.json",
      text:
        "[{\"lyrics\": \"la\", \"artists\": [\"\(String(repeating: "x", count: 4_000))\", \"\(String(repeating: "y", count: 4_000))\"]}]",
      expected: [.init(artist: String(repeating: "x", count: 4_000) + ", " + String(repeating: "y", count: 94))]),
    Source(name: "a song.lrc", text: "[ti:One]\n[ar: Ann ]\n[00:01.00]la la\n", expected: [.init(title: "One", artist: "Ann")]),
    Source(name: "a song.lrc", text: "[00:01.00]la la\n", expected: [.init(title: "a song")]),
    Source(
      name: "a.cho", text: "{title: One}\n{artist: Ann}\nla [C]la\n{new_song}\noh oh\n",
      expected: [.init(title: "One", artist: "Ann"), .init()]),
    Source(name: "Mr. Grey.txt", text: "la la\noh oh\n", expected: [.init(title: "Mr. Grey")]),
    Source(name: "songs.txt", text: "la la\n\n\noh oh\n", expected: []),
    Source(
      name: "a.csv", text: "title,lyrics\nLate,\"[ti:Own]\n[ar:Ann]\n[00:01.00]la\n[00:02.00]oh\"\n",
      expected: [.init(title: "Late", artist: "Ann")]),
    Source(
      name: "a.csv", text: "id,title,artist,lyrics\n1,One,Ann,la\n1,,,oh\n2,Two,Bo,the rain\n", kept: ["id"],
      expected: [
        .init(title: "One", artist: "Ann", columns: ["id": "1"]), .init(columns: ["id": "1"]),
        .init(title: "Two", artist: "Bo", columns: ["id": "2"]),
      ]),
  ]

  @Test("Each format gives its songs' details, to a corpus in memory, a store and a reader", arguments: sources.indices)
  func formats(index: Int) throws {
    let source = Self.sources[index]
    let path = try folder.write(source.text, to: source.name)
    let options = options(keeping: source.kept)
    let memory = try Corpus(reading: [path], options: options)
    #expect(try details(memory) == source.expected)
    #expect((memory.catalog == nil) == source.expected.isEmpty)
    try Corpus.prepare([path], options: options, to: store, workers: 2)
    let stored = try Corpus(store: store)
    #expect(try details(stored) == source.expected && stored.catalog?.columns == memory.catalog?.columns)
    #expect(try stored.fingerprint() == memory.fingerprint())
    var reader = SongReader()
    reader.keptColumns = source.kept
    let songs = try reader.songs(at: [FilePath(path)]).map(\.details)
    #expect(songs == source.expected || source.expected.isEmpty && songs.allSatisfy(\.isEmpty))
    var cleaned: [SongDetails] = []
    _ = try CorpusSource([path], options: options).survey(
      scratch: folder.path.string, songs: { songs in try songs.forEach { cleaned.append($0.details) } })
    #expect(cleaned == songs)
  }

  @Test("The first row of joined rows that has details gives them")
  func joined() throws {
    let path = try folder.write("id,title,lyrics\n1,,la\n1,One,oh\n1,Later,ah\n2,Two,the rain\n", to: "a.csv")
    var options = options()
    options.groupBy = ["id"]
    #expect(try details(Corpus(reading: [path], options: options)).map(\.title) == ["One", "Two"])
  }

  @Test("Files of a folder that are one song each have their names as titles, others have none, and readers agree")
  func folderOfFiles() throws {
    try folder.write("la la\n", to: "f/B.txt")
    try folder.write("one\n\n\ntwo\n", to: "f/C.txt")
    try folder.write("\n\n", to: "f/D.txt")
    try folder.write("title,lyrics\n,oh oh\n", to: "f/E.csv")
    try folder.write("the rain\n", to: "f/F.txt")
    let expected = ["B", nil, nil, nil, "F"]
    let path = folder.path.appending("f").string
    #expect(try details(Corpus(reading: [path], options: options())).map(\.title) == expected)
    #expect(try SongReader().songs(at: [FilePath(path)]).map(\.details.title) == expected)
    var whole = options()
    whole.tokenization = .whitespace
    #expect(try Corpus(reading: [path + "/B.txt"], options: whole).catalog == nil, "a pre-tokenized text is no song")
    #expect(try Corpus(text: "la la\n", options: options()).catalog == nil)
  }

  @Test(
    "A value is one line of bounded length, and only if it is text",
    arguments: [
      ("  a \t b \u{7} c  ", "a b c"), (" \u{1} ", nil), (String(repeating: "é", count: 3_000), String(repeating: "é", count: 2_048)),
      ("x" + String(repeating: "語", count: 2_000), "x" + String(repeating: "語", count: 1_365)), ("🎵 one", "🎵 one"),
    ] as [(String, String?)])
  func values(value: String, expected: String?) throws {
    let path = try folder.write("title,artist,lyrics\n\"\(value)\",Ann,la\n", to: "a.csv")
    #expect(try details(Corpus(reading: [path], options: options())) == [.init(title: expected, artist: "Ann")])
  }

  @Test("A value that is not UTF-8 is left out, or read as Windows-1252 on request", arguments: [false, true])
  func otherEncoding(readsWindows1252: Bool) throws {
    let path = try folder.write(Array("title,artist,lyrics\nCaf".utf8) + [0xE9] + Array(",Ann,la\n".utf8), to: "a.csv")
    var options = options()
    options.readsWindows1252 = readsWindows1252
    #expect(try details(Corpus(reading: [path], options: options)) == [.init(title: readsWindows1252 ? "Café" : nil, artist: "Ann")])
  }

  @Test("A column to keep that no song has is an error, and one that only some sources have is not")
  func missingColumn() throws {
    let table = try folder.write("title,year,lyrics\nOne,1990,la\n", to: "a.csv")
    let objects = try folder.write("{\"lyrics\": \"oh oh\", \"mood\": \"sad\"}\n", to: "b.jsonl")
    for column in ["yaer", "genre.name"] {
      #expect(throws: CorpusError.keptColumnNotFound(name: column)) {
        try Corpus(reading: [table, objects], options: options(keeping: ["year", column]))
      }
    }
    let corpus = try Corpus(reading: [table, objects], options: options(keeping: ["year", "mood"]))
    #expect(try details(corpus).map(\.columns) == [["year": "1990"], ["mood": "sad"]])
    for columns in [["a", "a"], [""], (0..<17).map { "\($0)" }] {
      #expect(throws: CorpusError.self) { try Corpus(reading: [table], options: options(keeping: columns)) }
    }
  }

  // MARK: - From songs to tokens

  /// Words of one song: its digits, some words of its own, and all digits, so that the vocabulary knows them whatever is held out.
  private static func words(_ number: Int) -> String {
    func letters(_ number: Int) -> String { String("\(number)".utf8.map { Character(UnicodeScalar($0 + 0x31)) }) }
    let own = (0..<12).map { "q\(letters(number))x\(letters($0))" }
    return "number \(letters(number).map(String.init).joined(separator: " ")) end \(own.joined(separator: " ")) a b c d e f g h i j"
  }

  /// Songs whose words tell their number, with copies and near copies among them.
  private func numbered(_ count: Int) throws -> String {
    var text = "title,artist,lyrics,nr\n"
    for number in 0..<count {
      let words = Self.words(number)
      text += "Title \(number),\(number % 3 == 0 ? "" : "Artist \(number)"),\"\(words)\",\(number)\n"
      if number % 5 == 0 { text += "Copy,Nobody,\"\(words.uppercased())\",x\n" }
      if number % 7 == 0 { text += "Near,Nobody,\"\(words) more\",x\n" }
    }
    return try folder.write(text, to: "songs.csv")
  }

  /// Checks that each song of a part has the details of its number, unless it is cut before that ends.
  ///
  /// - Returns: how many songs there are, and how many of them were compared.
  private func check(_ corpus: Corpus, keeps: Bool) throws -> (all: Int, compared: Int) {
    let catalog = try #require(corpus.catalog)
    var all = 0, compared = 0
    for part in Corpus.Part.allCases {
      guard let tokens = corpus.tokens(of: part), !tokens.isEmpty else {
        #expect(catalog.songCount(of: part) == 0)
        continue
      }
      let songs = try EncodedSongs(of: part, in: corpus, path: "s", tokenizer: corpus.tokenizer)
      #expect(songs.songs.count == catalog.songCount(of: part))
      for (index, (song, details)) in zip(songs.songs, try self.details(corpus, part)).enumerated() {
        let words = corpus.tokenizer.decode(Array(songs.tokens[song.range])).split(whereSeparator: \.isWhitespace)
        guard let start = words.firstIndex(of: "number"), let end = words[start...].firstIndex(of: "end") else { continue }
        let digits = words[start + 1..<end].joined().utf8.map { Character(UnicodeScalar($0 - 0x31)) }
        let number = try #require(Int(String(digits)))
        let artist = number % 3 == 0 ? nil : "Artist \(number)"
        #expect(details == .init(title: "Title \(number)", artist: artist, columns: keeps ? ["nr": "\(number)"] : [:]))
        compared += 1
        // A range of songs is what the list of all has there.
        if index % 17 == 0 { #expect(try catalog.details(of: part, index..<index + 1) == [details]) }
      }
      all += songs.songs.count
    }
    return (all, compared)
  }

  @Test("Songs keep their details when they are dealt out, shuffled and without copies", arguments: [nil, 7] as [UInt64?], [false, true])
  func dealtOut(seed: UInt64?, isSmall: Bool) throws {
    let path = try numbered(isSmall ? 40 : 500)
    var options = options(keeping: ["nr"])
    options.validationFraction = 0.2
    options.testFraction = 0.1
    options.shuffleSeed = seed
    options.deduplication = .near(threshold: 0.7)
    var limits = PreparationLimits()
    limits.batchBytes = 5_000
    let memory = try Corpus(reading: [path], options: options, workers: 3, limits: limits)
    let count = isSmall ? 40 : 500
    #expect(try check(memory, keeps: true) == (count, count))
    try Corpus.prepare([path], options: options, to: store, workers: 2)
    let stored = try Corpus(store: store)
    #expect(try check(stored, keeps: true) == (count, count))
    #expect(stored.catalog?.columns.map(\.name) == ["title", "artist", "nr"] && stored.catalog?.columns[0].songs == count)
  }

  @Test("Details change no token, and what is not kept does not change a store's name in the cache")
  func tokensStay() throws {
    let path = try numbered(60), cache = CorpusCache(folder: "cache")
    func options(keeping columns: [String] = []) -> CorpusOptions {
      var options = self.options(keeping: columns)
      options.deduplication = .near(threshold: 0.7)
      return options
    }
    let plain = try Corpus(reading: [path], options: options()), kept = try Corpus(reading: [path], options: options(keeping: ["nr"]))
    #expect(try plain.fingerprint() == kept.fingerprint() && plain.report == kept.report)
    #expect(try check(plain, keeps: false) == (60, 60))
    let lyrics = try folder.write(String(contentsOfFile: path, encoding: .utf8).replacing("title,artist", with: "a,b"), to: "plain.csv")
    let bare = try Corpus(reading: [lyrics], options: options())
    #expect(try bare.catalog == nil && bare.fingerprint() == plain.fingerprint())
    var emptied = options(keeping: ["nr"])
    emptied.keptColumns = []
    #expect(cache.path(for: [path], options: emptied) == cache.path(for: [path], options: options()))
    #expect(cache.path(for: [path], options: options(keeping: ["nr"])) != cache.path(for: [path], options: options()))
    #expect(try !String(decoding: JSONEncoder().encode(options()), as: UTF8.self).contains("kept"))
  }

  @Test("Few songs that are one text have the details of the songs in each part, and one that is cut is in both", arguments: [3, 5, 9])
  func oneText(count: Int) throws {
    let path = try numbered(count)
    var options = options()
    options.validationFraction = 0.3
    options.deduplication = .near(threshold: 0.7)
    options.testFraction = 0.2
    let corpus = try Corpus(reading: [path], options: options)
    let (all, compared) = try check(corpus, keeps: false)
    #expect((count...count + 2).contains(all) && compared >= count - 2)
  }

  @Test func `files for validation have their own details`() throws {
    let path = try numbered(20)
    let held = try folder.write("title,lyrics\nHeld,a song of its own\nCopy,\"\(Self.words(3))\"\n", to: "h.csv")
    var options = options()
    options.validation = [held]
    let corpus = try Corpus(reading: [path], options: options)
    #expect(try details(corpus, .validation).map(\.title) == ["Held", "Copy"])
    #expect(try !details(corpus).contains { $0.title == "Title 3" } && details(corpus).contains { $0.title == "Title 4" })
  }

  // MARK: - Stores from anywhere

  @Test("Damaged details are an error when they are read, and never trapped on") func hostile() throws {
    try Corpus.prepare([numbered(150)], options: options(keeping: ["nr"]), to: store)
    let whole = StoreBytes(try readFile(FilePath(store)))
    var generator = SeededGenerator(seed: 4)
    var failures = 0
    for round in 0..<300 {
      var forged = whole
      let name = round % 3 == 0 ? "songs.index" : "songs"
      var contents = forged.contents(name)
      for _ in 0...round % 4 {
        contents[Int.random(in: 0..<contents.count, using: &generator)] = UInt8.random(in: 0...255, using: &generator)
      }
      if round % 10 == 9, name == "songs" { contents.removeLast(Int.random(in: 0..<contents.count, using: &generator)) }
      forged.replace(name, with: contents)
      let path = try folder.write(forged.bytes(), to: "forged.store")
      do {
        let corpus = try Corpus(store: path)
        for part in Corpus.Part.allCases { _ = try details(corpus, part) }
        _ = try corpus.catalog?.details(of: .training, 100..<101)
      } catch is CorpusError { failures += 1 }
    }
    #expect(failures > 100)
  }

  @Test(
    "A list of details that does not fit its sections is refused",
    arguments: [
      ("\"songs\":[150,0,0]", "\"songs\":[151,0,0]"), ("\"songs\":[150,0,0]", "\"songs\":[150,0]"),
      ("\"songs\":[150,0,0]", "\"songs\":[-1,0,0]"),
      ("\"songs\":[150,0,0]", "\"songs\":[9223372036854775807,9223372036854775807,0]"), ("\"songs\":[150,0,0]", "\"songs\":[5000,0,0]"),
      ("{\"name\":\"artist\"", "{\"name\":\"title\""), ("{\"name\":\"title\",\"songs\":150}", "{\"name\":\"title\",\"songs\":151}"),
    ])
  func forgedSummary(old: String, new: String) throws {
    var plain = options()
    plain.deduplication = .near(threshold: 0.7)
    try Corpus.prepare([numbered(150)], options: plain, to: store)
    var forged = StoreBytes(try readFile(FilePath(store)))
    let text = String(decoding: forged.contents("description"), as: UTF8.self)
    try #require(text.contains(old), "\(text.suffix(400))")
    forged.replace("description", with: Array(text.replacing(old, with: new).utf8))
    let path = try folder.write(forged.bytes(), to: "forged.store")
    let isShort = new.contains("151,0,0")
    // 151 songs have as many entries in the index as 150; the missing one is found when it is read.
    #expect(throws: CorpusError.self) {
      let corpus = try Corpus(store: path)
      if isShort { _ = try details(corpus) }
    }
  }

  @Test func `a store without the sections of details, as other versions write, has none`() throws {
    try Corpus.prepare([numbered(30)], options: options(), to: store)
    let old = try Corpus(store: folder.write(StoreBytes(readFile(FilePath(store))).firstFormat, to: "old.store"))
    #expect(try old.catalog == nil && old.fingerprint() == Corpus(store: store).fingerprint())
  }
}
