import Corpora
import Files
import SystemPackage
import Testing

/// One rule for JSON of any size: what is a song, and what its lyrics are.
@Suite("Songs in JSON")
struct JSONRuleTests {
  let folder: TemporaryFolder

  init() throws {
    folder = try TemporaryFolder()
  }

  /// The songs that are read, as text, within these limits.
  private func read(
    _ content: String, as name: String = "a.json", field: String? = nil, batch: Int = 1 << 20, record: Int = 1 << 24
  ) throws -> (songs: [String], report: CorpusReport) {
    var options = CorpusOptions(tokenization: .char, validationFraction: 0)
    options.deduplication = .none
    options.textField = field
    options.cleaning = .none
    var limits = PreparationLimits()
    limits.batchBytes = batch
    limits.recordBytes = record
    let path = try folder.write(content, to: name)
    let corpus = try Corpus(reading: [path], options: options, workers: 2, limits: limits)
    let tokens = try corpus.training.read()
    let boundary = corpus.tokenizer.songBoundary
    let names = corpus.tokenizer.vocabulary.tokens
    let songs = tokens.split { $0 == boundary }.map { $0.map { names[Int($0)] }.joined() }
    return (songs, corpus.report)
  }

  struct Case: CustomTestStringConvertible, Sendable {
    var json: String
    var field: String?
    var songs: [String]
    /// Records without lyrics, and those that cannot be used.
    var left = (empty: 0, malformed: 0)
    var testDescription: String { json }
  }

  static let cases: [Case] = [
    // What a song's lyrics may be.
    .init(json: #"[{"lyrics": "a\nb"}]"#, songs: ["a\nb"]),
    .init(json: #"[{"lyrics": ["a", "b", null, "", "c"]}]"#, songs: ["a\nb\n\nc"]),
    .init(json: #"[{"lyrics": [{"time": 0, "text": "a"}, {"time": 4, "text": "b"}]}]"#, songs: ["a\nb"]),
    .init(json: #"[{"lyrics": [["a", "b"], ["c"], null, ["d"]]}]"#, songs: ["a\nb\n\nc\n\nd"]),
    .init(json: #"[{"lyrics": ["a", ["b", "c"], "d"]}]"#, songs: ["a\n\nb\nc\n\nd"]),
    .init(json: #"[{"lyrics": {"27": {"ordinal": "1", "text": "a\nb"}, "64": {"ordinal": "2", "text": "c"}}}]"#, songs: ["a\nb\n\nc"]),
    .init(json: #"[{"lyrics": {"verse 1": "a", "chorus": ["b", "c"], "end": null}}]"#, songs: ["a\n\nb\nc"]),
    .init(json: #"[{"lyrics": [{"verse": ["a", "b"]}, {"chorus": "c"}]}]"#, songs: ["a\nb\n\nc"]),
    .init(json: #"[{"lyrics": {"copyright": {"text": "(c)"}, "text": ["a", "b"]}}]"#, songs: ["a\nb"]),
    .init(json: #"[{"lyrics": {"lyrics_id": 1, "lyrics_body": "a"}}]"#, songs: ["a"]),
    .init(json: #"[{"lyrics": [{"text": [{"text": "a"}, {"text": "b"}]}, {"text": [{"text": "c"}]}]}]"#, songs: ["a\nb\n\nc"]),
    // Words with times, in a line that has one itself.
    .init(
      json: #"[{"text": [{"text": "a", "timestamp": 1}, {"text": "b", "timestamp": 2}], "timestamp": 1, "endtime": 3}]"#, songs: ["a b"]),
    .init(
      json:
        #"""
        [{"time": 1, "lyrics": [{"text": "a ", "start": 1, "part": false}, {"text": "b", "part": true, "start": 2}, \#
        {"text": "c", "start": 3}]}]
        """#,
      songs: ["a bc"]),
    .init(
      json:
        #"""
        [{"lyrics": [{"time": 1, "text": [{"text": "a", "time": 1}, {"text": "b", "time": 2}]}, \#
        {"text": [{"time": 3, "text": "c"}], "time": 3}]}]
        """#,
      songs: ["a b\nc"]),
    .init(
      json: #"[{"time": "3:20", "lyrics": [{"time": 1, "text": "a b"}, {"time": 2, "text": "c"}]}]"#, songs: ["a b\nc"]),
    .init(
      json: #"[{"time": "3:20", "title": "x", "lyrics": [{"time": 1, "text": "a"}, {"time": 2, "text": "c"}]}]"#, songs: ["a\nc"]),
    .init(json: #"[{"title": "x", "lyrics": [{"start_time": 1, "text": "a b"}, {"start_time": 2, "text": "c"}]}]"#, songs: ["a b\nc"]),
    .init(json: #"[{"time": 1, "lyrics": ["a", "b"]}, {"time": 1, "lyrics": [{"text": "a"}, {"text": "b"}]}]"#, songs: ["a\nb", "a\nb"]),
    // Which keys lead there.
    .init(json: #"[{"LYRICS": "a"}, {"lyrics ": "b"}, {"text": "no", "Lyrics": "c"}]"#, songs: ["a", "b", "c"]),
    .init(json: #"[{"lyrics": "no", "lyrics": "a"}]"#, songs: ["a"]),
    .init(
      json: #"{"lyrics": {"lines": [{"t": "1", "words": "a"}, {"t": "2", "words": "b"}]}}"#, field: "lyrics.lines.words", songs: ["a\nb"]),
    .init(
      json: #"[{"lines": [{"words": "a"}, {"words": "b"}]}, {"lines": [{"words": "c"}]}, {"lines": []}, {"lines": null}]"#,
      field: "lines.words", songs: ["a\nb", "c"], left: (2, 0)),
    .init(json: #"[{"a": {"b": [["x", "y"], ["z"]]}}]"#, field: "a.b", songs: ["x\ny\n\nz"]),
    .init(json: #"[{"a.b": "x"}, {"a": {"b": "y"}}]"#, field: "a.b", songs: ["x", "y"]),
    .init(json: #"[{"verses": {"1": "a", "2": "b"}, "lyrics": "no"}]"#, field: "verses", songs: ["a\n\nb"]),
    .init(json: #"[{"verses": [{"number": 1, "text": "a"}, {"number": 2, "text": "b"}]}]"#, field: "verses", songs: ["a\nb"]),
    .init(json: #"[{"verses": [{"number": 1, "text": "a"}, {"number": 2, "text": "b"}]}]"#, field: "verses.text", songs: ["a\nb"]),
    // What is no song of its own.
    .init(json: #"[{"lyrics": "a", "comments": [{"text": "no"}], "review": {"text": "no"}}]"#, songs: ["a"]),
    .init(json: #"[{"comments": [{"text": "no"}], "review": {"text": "no"}, "lyrics": "a"}]"#, songs: ["a"]),
    .init(json: #"[{"lyrics": null, "comments": [{"text": "no"}]}, {"lyrics": "a"}]"#, songs: ["a"], left: (1, 0)),
    .init(json: #"[{"lyrics": ""}, {"lyrics": []}, {"lyrics": false}, {"lyrics": {}}, null, {"lyrics": "a"}]"#, songs: ["a"], left: (5, 0)),
    .init(
      json: #"[{"lyrics": {"dom": {"x": [{"a": "b", "c": 1}]}}, "comments": [{"text": "no"}]}, {"lyrics": "a"}]"#, songs: ["a"],
      left: (0, 1)),
    .init(json: #"[{"lyrics": [1, 2]}, {"lyrics": "a"}]"#, songs: ["a"], left: (0, 1)),
    .init(json: #"[{"lyrics": "a"}, {"title": "no"}, 5, {"lyrics": "b"}]"#, songs: ["a", "b"], left: (0, 2)),
    // Where songs are.
    .init(json: #"["a\nb", "c", null, ""]"#, songs: ["a\nb", "c"], left: (2, 0)),
    .init(json: #"[["a", "b"], [["c"], ["d"]]]"#, songs: ["a\nb", "c\n\nd"]),
    .init(json: #"[[{"lyrics": "a"}, {"lyrics": "b"}], [{"lyrics": "c"}]]"#, songs: ["a", "b", "c"]),
    .init(json: #""a""#, songs: ["a"]),
    .init(
      json: #"{"by": ["no"], "artists": [{"songs": [{"text": "a"}, {"text": "b"}]}, {"songs": [{"text": "c"}]}]}"#, songs: ["a", "b", "c"]),
    .init(json: #"{"songs": [{"text": "a"}, {"x": 1}, {"text": "b"}], "authors": [{"x": 1}, {"x": 2}]}"#, songs: ["a", "b"], left: (0, 1)),
    .init(json: #"{"One": {"lyrics": "a"}, "Two": {"lyrics": "b", "x": {"lyrics": "no"}}}"#, songs: ["a", "b"]),
    .init(json: #"{"name": "x", "lyrics": [{"title": "One", "text": "a"}, {"title": "Two", "text": "b"}]}"#, songs: ["a", "b"]),
    .init(
      json: #"{"songs": [{"title": "One", "words": ["a", "b"]}, {"title": "Two", "words": "c"}]}"#, field: "songs.words",
      songs: ["a\nb", "c"]),
    .init(json: #"{"title": "One", "lyrics": [{"title": "Verse", "text": "a"}, {"title": "Chorus", "text": "b"}]}"#, songs: ["a\nb"]),
    .init(json: "\u{FEFF}{\"lyrics\": \"a\"}\n{\"lyrics\": \"b\"}[{\"lyrics\": \"c\"}]\n\n[\"d\"]", songs: ["a", "b", "c", "d"]),
    // What is not valid.
    .init(json: #"{"songs": [{"text": "a"}, {"text": oops}, {"text": "b"},], "x": 1,}"#, songs: ["a", "b"], left: (0, 1)),
    .init(json: #"{"songs": [{"text": "a"}, {"text": "\uZZZZ"}, {"text": "b"}]}"#, songs: ["a", "b"], left: (0, 1)),
    .init(json: #"[{"text": "a"}] and more"#, songs: ["a"], left: (0, 1)),
    .init(json: #"{"songs": [{"text": "a"}, {"text": "b"}, {"text": "no"#, songs: ["a", "b"], left: (0, 2)),
  ]

  @Test("Each kind of JSON gives its songs, whatever the size of a batch and of what is read at once", arguments: cases)
  func rule(example: Case) throws {
    let (songs, report) = try read(example.json, field: example.field)
    #expect(songs == example.songs)
    #expect(report.removed.empty == example.left.empty && report.removed.malformed == example.left.malformed, "\(report.problems)")
    for batch in [1, 7, 64] {
      let cut = try read(example.json, field: example.field, batch: batch)
      #expect(cut.songs == songs && cut.report.removed == report.removed, "\(batch): \(cut.report.problems)")
    }
  }

  /// Files of many songs below several lists, larger than what may be read as one record.
  static let large: [String] = {
    let songs = (0..<400).map {
      "{\"title\": \"t\($0)\", \"lyrics\": \"song \($0) \(String(repeating: "la ", count: 12))\", \"x\": [{\"text\": \"no\"}]}"
    }
    func list(_ range: Range<Int>) -> String { "[\n" + songs[range].joined(separator: ",\n") + "]" }
    return [
      list(0..<400),
      "{\"by\": \"x\", \"songs\": \(list(0..<400)), \"end\": 1}",
      "{\"artists\": [{\"songs\": \(list(0..<100))}, {\"songs\": \(list(100..<350))}], \"more\": {\"songs\": \(list(350..<400))}}",
      "{" + songs.enumerated().map { "\"\($0.offset)\": \($0.element)" }.joined(separator: ",") + "}",
      songs.joined(separator: "\n"),
      "[\(list(0..<200)), \(list(200..<400))]",
      "{\"a\": {\"b\": {\"c\": \(list(0..<400))}}} {\"lyrics\": \"last\"}",
    ]
  }()

  @Test("A file of any size and any batch gives the same songs as one that is read whole", arguments: large.indices)
  func anySize(index: Int) throws {
    let whole = try read(Self.large[index])
    #expect(whole.songs.count == (index == 6 ? 401 : 400) && whole.report.problemCount == 0)
    for (batch, record) in [(300, 1 << 24), (300, 1_000), (7_000, 1_000), (1 << 20, 1_000), (300, 9_000), (7_000, 20_000)] {
      let cut = try read(Self.large[index], batch: batch, record: record)
      #expect(cut.songs == whole.songs && cut.report == whole.report, "\(batch) \(record) \(cut.report.problems)")
    }
  }

  @Test("Faults are the same ones for any batch", arguments: [300, 7_000, 1 << 20])
  func faults(batch: Int) throws {
    var lines: [String] = []
    for number in 0..<900 {
      lines.append("{\"lyrics\": \"song \(number) \(String(repeating: "la ", count: 12))\"}")
      if number.isMultiple(of: 100) { lines.append("{\"lyrics\": \"bad \(number)}") }
      if number.isMultiple(of: 150) { lines.append("{\"lyrics\": \"bad escape \\u12\"}") }
      if number.isMultiple(of: 200) { lines.append("{\"lyrics\": {\"a\": [{\"b\": 1, \"c\": 2}]}}") }
    }
    for text in ["[\n\(lines.joined(separator: ",\n"))\n]", "{\"songs\": [\n\(lines.joined(separator: ",\n"))\n]}"] {
      let whole = try read(text)
      // An unclosed quotation mark costs the next record too: three songs, and six of the eleven other bad records.
      #expect(whole.songs.count == 897 && whole.report.removed.malformed == 9 + 5, "\(whole.songs.count) \(whole.report.removed)")
      let cut = try read(text, batch: batch, record: 2_000)
      #expect(cut.songs == whole.songs && cut.report.removed == whole.report.removed)
      #expect(Set(cut.report.problems) == Set(whole.report.problems))
    }
  }

  @Test("A song of an object that is too long is left out, and what is inside it is none", arguments: [1, 1 << 20])
  func tooLong(batch: Int) throws {
    let pad = String(repeating: "la ", count: 1_000)
    let text = """
      {"songs": [{"lyrics": "a"}, {"lyrics": "\(pad)", "x": [{"lyrics": "no"}]},
      {"x": "\(pad)", "y": {"lyrics": "inside"}}, {"lyrics": "b"}]}
      """
    let (songs, report) = try read(text, batch: batch, record: 2_000)
    #expect(songs == ["a", "inside", "b"] && report.removed.malformed == 1)
    #expect(report.problems.first?.contains("line 1: a record begins here that has not ended after 2,000 bytes") == true)
  }

  @Test(
    "An error describes the value of the lyrics key, and names at most ten keys",
    arguments: [
      (#"{"lyrics": {"lines": [{"a": 1, "b": 2}], "by": "x"}}"#, nil, "under lyrics, which is an object with the keys lines, by and not"),
      (
        #"{"lyrics": [{"a": "x", "b": "y"}]}"#, nil, "under lyrics, which is a list whose first element is an object with the keys a, b and"
      ),
      (#"{"lyrics": [1, 2]}"#, nil, "under lyrics, which is a list whose first element is a number and not a text"),
      (#"{"lyrics": {"lines": "x"}}"#, "lyrics.words", "under lyrics, which is an object with the keys lines and not a text"),
      (
        "{" + (0..<30).map { "\"k\($0)\": 1" }.joined(separator: ", ") + "}", nil,
        "the keys are k0, k1, k2, k3, k4, k5, k6, k7, k8, k9; name"
      ),
    ])
  func described(json: String, field: String?, message: String) throws {
    for name in ["a.json", "a.jsonl"] {
      #expect {
        try read(json, as: name, field: field)
      } throws: { "\($0)".contains(message) }
    }
  }

  @Test("A line of JSONL is an element of a list")
  func lines() throws {
    let text =
      "\u{FEFF}\"a\\nb\"\n[\"c\", \"d\"]\n{\"lyrics\": [[\"e\"], [\"f\"]]},\nnull\n{\"x\": [{\"lyrics\": \"g\"}, {\"lyrics\": \"h\"}]}\n"
    let (songs, report) = try read(text, as: "a.jsonl")
    #expect(songs == ["a\nb", "c\nd", "e\n\nf", "g", "h"] && report.removed.empty == 1 && report.problemCount == 0)
  }
}
