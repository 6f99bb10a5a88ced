import Corpora
import Files
import SystemPackage
import Testing

/// What happens at the bounds of memory, lowered so that small files reach them.
@Suite("Limits")
struct LimitTests {
  let folder: TemporaryFolder
  let limits: PreparationLimits

  init() throws {
    folder = try TemporaryFolder()
    var limits = PreparationLimits()
    limits.batchBytes = 1 << 16
    limits.recordBytes = 1 << 18
    self.limits = limits
  }

  func corpus(_ content: String, as name: String, strict: Bool = false, _ change: (inout PreparationLimits) -> Void = { _ in }) throws
    -> Corpus
  {
    var options = CorpusOptions(minimumCount: 1, validationFraction: 0)
    options.isStrict = strict
    var limits = limits
    change(&limits)
    return try Corpus(reading: [folder.write(content, to: name)], options: options, workers: 2, limits: limits)
  }

  static let long = String(repeating: "never ending words ", count: 40_000)
  static let before: [String] = (0..<3_000).map { "song \($0) before" }
  static let after: [String] = (0..<3_000).map { "song \($0) after" }

  /// Files with one record that is too long, and the line where it begins.
  static let tooLong: [(name: String, content: String, line: Int)] = {
    func object(_ text: String) -> String { "{\"text\": \"\(text)\"}" }
    func record(_ text: String) -> String { text + ",1\n" }
    let csv = "text,n\n" + before.map(record).joined() + "\"" + long + "\",2\n" + after.map(record).joined()
    let objects: [String] = before.map(object) + [object(long)] + after.map(object)
    let hostile: [String] = before.map(object) + [object(long + "} ] \\\" {")] + after.map(object)
    let late: [String] = [object(long)] + (before + after).map(object)
    return [
      ("a.csv", csv, 3_002), ("b.jsonl", objects.joined(separator: "\n"), 3_001),
      ("c.json", "[\n" + hostile.joined(separator: ",\n") + "]", 3_002),
      ("d.json", "{\"by\": \"x\", \"songs\": [" + late.joined(separator: ",\n") + "]}", 1),
    ]
  }()

  @Test("A record over the limit is left out, named with its line, and all others are read", arguments: tooLong)
  func recordTooLong(name: String, content: String, line: Int) throws {
    let report = try corpus(content, as: name).report
    #expect(report.songs.total == 6_000 && report.removed.malformed == 1 && report.problemCount == 1)
    let path = folder.path.appending(name).string
    #expect(report.problems == [CorpusError.recordTooLong(path: path, line: line, limit: limits.recordBytes).description])
    #expect(throws: CorpusError.recordTooLong(path: path, line: line, limit: limits.recordBytes)) {
      try corpus(content, as: name, strict: true)
    }
  }

  @Test("An object over the limit is entered, and without songs in it its keys are reported")
  func largeObject() throws {
    func object(_ key: String) -> String {
      "{" + (Self.before + Self.after).map { "\"\($0)\": {\"\(key)\": \"\(String(repeating: $0, count: 5))\"}" }.joined(separator: ",")
        + "}"
    }
    #expect(object("text").utf8.count > limits.recordBytes)
    #expect(try corpus(object("text"), as: "a.json").songCount == 6_000)
    #expect(try corpus(object("text"), as: "a.json") { $0.recordBytes = 1 << 24 }.songCount == 6_000)
    let path = folder.path.appending("b.json").string
    for recordBytes in [limits.recordBytes, 1 << 24] {
      #expect {
        try corpus(object("words"), as: "b.json") { $0.recordBytes = recordBytes }
      } throws: { error in
        guard case CorpusError.noKey(path, 1, _, let found) = error else { return false }
        return found == Array(Self.before.prefix(10))
      }
    }
  }

  @Test(
    "A quotation mark that is never closed costs its own line only, and no time that grows with the square of the file", arguments: [1, 40])
  func neverClosed(count: Int) throws {
    // Every second line opens a field that never ends; empty quoted fields between them do end.
    var lines = ["text,note,n"]
    for number in 0..<3_000 {
      lines.append("song \(number) here,\"\",1")
      if number.isMultiple(of: 3_000 / count) { lines.append("\"bad \(number),\"x,2") }
    }
    let content = lines.joined(separator: "\n") + "\n"
    let whole = try corpus(content, as: "a.csv").report
    #expect(whole.songs.total == 3_000 && whole.removed.malformed == count, "\(whole.problems.first ?? "")")
    // The same where the file is many times the limit of a record.
    let cut = try corpus(content, as: "a.csv") { ($0.batchBytes, $0.recordBytes) = (1 << 12, 1 << 13) }.report
    #expect(cut.songs.total == 3_000 && cut.removed.malformed == count)
    #expect(cut.problems.first?.contains("line 3:") == true, "\(cut.problems.first ?? "")")
  }

  @Test("A quotation mark between tabs that is never closed is text, however large the file", arguments: [0, 1, 1_500])
  func openQuote(row: Int) throws {
    let rows = (0..<3_000).map { "\($0)\t\($0 == row ? "\"" : "")song \($0)\n" }
    let cut = try corpus("id\ttext\n" + rows.joined(), as: "a.tsv") { ($0.batchBytes, $0.recordBytes) = (1 << 12, 1 << 13) }.report
    #expect(cut.songs.total == 3_000 && cut.problemCount == 0, "\(cut.problems.first ?? "")")
  }

  @Test("A line of text without end is one song", arguments: [" ", "é"])
  func longLine(character: String) throws {
    let word = character == " " ? "la la and so " : "é"
    let text = String(repeating: word, count: 1_500_000 / word.utf8.count)
    let song = try corpus(text, as: "a.txt")
    #expect(song.songCount == 1 && song.report.problemCount == 0)
    #expect(song.report.bytes == text.utf8.count)
    if character == " " {
      #expect(song.training.count == text.utf8.count / word.utf8.count * 4 + 2)
      let whole = try corpus(text, as: "a.txt") { ($0.batchBytes, $0.recordBytes) = (1 << 23, 1 << 24) }
      #expect(whole.training == song.training)
    } else {
      // Cut between two characters, never inside one.
      #expect(try song.tokenizer.decode(song.training.read()).unicodeScalars.allSatisfy { $0 == "é" || $0 == " " || $0 == "\n" })
    }
  }

  @Test(
    "A long line of what headings and advertisements begin with stays as it is, and is read once",
    arguments: [" Lyrics[", "See upcoming ", "Get tickets for your ", "1 Contributora", "You might also li"])
  func beginnings(piece: String) throws {
    let line = "x" + String(repeating: piece, count: 150_000 / piece.utf8.count) + "x"
    let read = try corpus("text\n" + line + "\n", as: "a.csv") { $0.recordBytes = 1 << 22 }
    #expect(try read.tokenizer.decode(read.training.read()) == line)
  }

  @Test("Tokens that the table has no room for are unknown words, and bytes of byte pairs", arguments: [Tokenization.word, .bpe])
  func overflow(tokenization: Tokenization) throws {
    // Each word twice, so that all would be in the vocabulary.
    let text = (0..<9_000).map { "w\($0) w\($0)" }.joined(separator: "\n")
    let path = try folder.write(text, to: "a.txt")
    var options = CorpusOptions(tokenization: tokenization, minimumCount: 1, validationFraction: 0)
    if tokenization == .bpe { options.maximumVocabulary = 400 }
    var limits = limits
    limits.types = 4_000
    let full = try Corpus(reading: [path], options: options)
    let cut = try Corpus(reading: [path], options: options, limits: limits)
    #expect(full.report.uncountedTokens == 0)
    if tokenization == .word {
      #expect(cut.report.types == 4_000 && cut.tokenizer.vocabulary.count == 4_002)
      // The line end is one of the types.
      #expect(cut.report.uncountedTokens == 2 * (9_000 - 3_999) && cut.trainingUnknownCount == cut.report.uncountedTokens)
      #expect(cut.training.count == full.training.count)
    } else {
      #expect(cut.trainingUnknownCount == 0)
      #expect(try cut.tokenizer.decode(cut.training.read()) == full.tokenizer.decode(full.training.read()))
      #expect(try cut.tokenizer.decode(cut.training.read()).contains("w8999 w8999"))
    }
  }

  @Test(
    "Copies and held-out songs are found however few hashes are held at once",
    arguments: [Deduplication.none, .exact, .near(threshold: 0.8)])
  func sweeps(deduplication: Deduplication) throws {
    var lyrics = SyntheticLyrics(types: 3_000, seed: 4)
    let songs = (0..<200).map { _ in String(decoding: lyrics.nextSong(as: .txt), as: UTF8.self) }
    let corpus = try folder.write((songs + songs[50..<90].map { $0.uppercased() }).joined(separator: "\n\n"), to: "songs.txt")
    let held = try folder.write(songs[80..<100].joined(separator: "\n\n"), to: "held.txt")
    var options = CorpusOptions(validation: [held])
    options.deduplication = deduplication
    let whole = try Corpus(reading: [corpus], options: options)
    var limits = limits
    for most in [1, 7, 100] {
      limits.hashes = most
      let swept = try Corpus(reading: [corpus], options: options, limits: limits)
      #expect(swept.training == whole.training && swept.validation == whole.validation && swept.report == whole.report)
    }
    #expect(whole.report.removed.heldOut == 30 && whole.report.songs.validation == 20)
    #expect(whole.report.removed.duplicates == (deduplication == .none ? 0 : 30))
  }
}
