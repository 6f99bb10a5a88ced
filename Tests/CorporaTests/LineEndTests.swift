import Corpora
import Testing

/// What ends a line, and which characters cannot be seen, in every format.
@Suite("Line ends and invisible characters")
struct LineEndTests {
  static let formats = ["txt", "csv", "json", "jsonl", "lrc"]

  /// The text as it is read from a file of a format; a song before it where the format has several.
  private func read(_ text: String, as format: String, _ change: (inout CorpusOptions) -> Void = { _ in }) throws -> (
    String, CleaningCounts
  ) {
    func escaped(_ text: String) -> String {
      var result = ""
      for scalar in text.unicodeScalars {
        result +=
          scalar.value < 0x20 ? "\\u00" + (scalar.value < 16 ? "0" : "") + String(scalar.value, radix: 16) : String(Character(scalar))
      }
      return result
    }
    let content =
      switch format {
      case "csv": "title,lyrics\r\nt,\"\(text)\"\r\n"
      case "json": "[{\"lyrics\": \"\(escaped(text))\"}]"
      case "jsonl": "{\"lyrics\": \"\(escaped(text))\"}\n"
      case "lrc": "[00:01.00]" + text
      default: text
      }
    var options = CorpusOptions(tokenization: .char, minimumCount: 1, validationFraction: 0)
    options.separator = .none
    change(&options)
    let folder = try TemporaryFolder()
    let corpus = try Corpus(reading: [folder.write(content, to: "a." + format)], options: options)
    return (try corpus.tokenizer.decode(corpus.training.read()), corpus.report.cleaned)
  }

  @Test(
    "A line ends with LF, CR LF, CR CR LF, CR, VT, FF, NEL or a Unicode separator", arguments: formats,
    ["\n", "\r\n", "\r\r\n", "\r\r\r\n", "\r", "\u{B}", "\u{C}", "\u{85}", "\u{2028}", "\u{2029}"])
  func lineEnds(format: String, end: String) throws {
    let (text, counts) = try read("one" + end + "two" + end + "three", as: format)
    #expect(text == "one\ntwo\nthree" && counts.controls == 0)
    #expect(try read("one" + end + "two", as: format) { $0.cleaning.controls = false }.0 == "one\ntwo")
  }

  @Test("A line of spaces of any kind is blank", arguments: [" ", "\t", "\u{A0}", "\u{3000}", "\u{A0} \u{3000}\t"])
  func spaces(line: String) throws {
    let text = "one\(line)\n\(line)\n\(line)\ntwo\n\(line)\nthree"
    #expect(try SongReader().songs(in: Array(text.utf8), source: "s").map(\.text) == ["one", "two\n\nthree"])
    // A letter that ends in the same bytes is none.
    #expect(try SongReader().songs(in: Array("aà\n〠\n耀".utf8), source: "s").map(\.text) == ["aà\n〠\n耀"])
  }

  @Test("CR CR LF parts songs and stanzas as LF does", arguments: ["\n", "\r\n", "\r\r\n"])
  func songs(end: String) throws {
    let poem = "one\ntwo\n\nthree\n\n\nfour\n\nfive\n---\nsix"
    var options = CorpusOptions(tokenization: .char, minimumCount: 1, validationFraction: 0)
    options.readsWindows1252 = true
    let folder = try TemporaryFolder()
    let bytes = Array(poem.replacing("\n", with: end).utf8)
    for (name, bytes) in [("a.txt", bytes), ("b.txt", bytes + [0x20, 0xE9])] {
      let corpus = try Corpus(reading: [folder.write(bytes, to: name)], options: options)
      let expected = name == "a.txt" ? "" : " é"
      #expect(try corpus.tokenizer.decode(corpus.training.read()) == "one\ntwo\n\nthree\n\n\nfour\n\nfive\n\n\nsix" + expected)
    }
  }

  @Test(
    "Characters that cannot be seen are removed and counted", arguments: formats,
    [
      ("hy\u{AD}phen", "hyphen", 1), ("zero\u{200B}width", "zerowidth", 1), ("word\u{2060}joiner", "wordjoiner", 1),
      ("a \u{FEFF}mark\u{FEFF}", "a mark", 2), ("می\u{200C}خواهم", "می\u{200C}خواهم", 0), ("👩\u{200D}👧", "👩\u{200D}👧", 0),
      ("x\u{2005}y\u{2014}z", "x\u{2005}y\u{2014}z", 0),
    ] as [(String, String, Int)])
  func invisible(format: String, example: (text: String, cleaned: String, count: Int)) throws {
    let (text, counts) = try read(example.text, as: format)
    #expect(Array(text.unicodeScalars) == Array(example.cleaned.unicodeScalars) && counts.invisible == example.count)
    let kept = try read(example.text, as: format) { $0.cleaning.controls = false }
    #expect(Array(kept.0.unicodeScalars) == Array(example.text.unicodeScalars) && kept.1.invisible == 0)
  }

  @Test func `a pre-tokenized text keeps its invisible characters, and only line feeds and carriage returns end its lines`() throws {
    let (text, counts) = try read("so\u{AD}ft a\u{200B} \u{FEFF}\r\r\nx\u{2028}y", as: "txt") { $0.tokenization = .whitespace }
    #expect(
      Array(text.unicodeScalars) == Array("so\u{AD}ft a\u{200B} \u{FEFF}\nx\u{2028}y\n".unicodeScalars) || text.contains("so\u{AD}ft"))
    #expect(counts.invisible == 0)
  }

  @Test("A bad byte after line ends of other kinds is named with its line", arguments: ["\u{85}", "\u{B}", "\r\r\n"])
  func badByte(end: String) throws {
    let folder = try TemporaryFolder()
    let path = try folder.write(Array("a\(end)b\nc".utf8) + [0xFF] + Array("\n\n\nd".utf8), to: "a.txt")
    let report = try Corpus(reading: [path], options: .init(minimumCount: 1, validationFraction: 0)).report
    #expect(report.songs.total == 1 && report.problems.first?.contains("on line 3, is 0xFF") == true, "\(report.problems)")
  }

  @Test("Many carriage returns are read in one pass, also beside a bad byte")
  func carriageReturns() throws {
    let folder = try TemporaryFolder()
    let returns = [UInt8](repeating: 0x0D, count: 1 << 16)
    let path = try folder.write(Array("one".utf8) + returns + Array("two".utf8) + [0xE9], to: "a.txt")
    var options = CorpusOptions(minimumCount: 1, validationFraction: 0)
    options.readsWindows1252 = true
    #expect(try Corpus(reading: [path], options: options).songCount == 2)
  }
}
