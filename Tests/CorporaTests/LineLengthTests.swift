import Corpora
import Testing

@Suite("Lengths of lines")
struct LineLengthTests {
  private func report(_ text: String, _ tokenization: Tokenization = .whitespace) throws -> CorpusReport {
    try Corpus(text: text, options: CorpusOptions(tokenization: tokenization, minimumCount: 1, validationFraction: 0)).report
  }

  /// One more than a block of the pass that counts has, so that its end cuts the line.
  @Test("A line of any length is counted with its own length", arguments: [1, 1_022, 1_023, 1_024, 5_000, 600_000, 1_200_000])
  func long(length: Int) throws {
    let line = String(repeating: "a ", count: length)
    let report = try report("b c\n" + line + "\nd\n\ne f g\n")
    // At white space the end of a line is a token, and every line counts.
    #expect(report.lineLengths.longest == max(3, length))
    #expect(report.lines == 4)
  }

  @Test func `The end of a song ends its line`() throws {
    let report = try report("a b c\n\n\nd e\n\n\nf", .word)
    #expect(report.songs.total == 3 && report.lines == 3 && report.lineLengths.longest == 3)
  }
}
