import Corpora
import Testing

@Suite("Cleaning")
struct CleaningTests {
  /// What becomes of a song.
  func clean(_ text: String, _ change: (inout CleaningOptions) -> Void = { _ in }) throws -> (String, CleaningCounts) {
    var options = CorpusOptions(tokenization: .char, validationFraction: 0)
    options.separator = .none
    change(&options.cleaning)
    let corpus = try Corpus(text: text, options: options)
    return (corpus.tokenizer.decode(try corpus.training.read()), corpus.report.cleaned)
  }

  @Test(
    "What web pages leave behind goes",
    arguments: [
      ("12 ContributorsTranslationsRiver Lyrics[Verse 1]\nla", "[Verse 1]\nla"),
      ("1 Contributor\nla", "la"),
      ("la\nYou might also like[Chorus]\noh", "la\n[Chorus]\noh"),
      ("la\nYou might also like\noh", "la\noh"),
      ("la rainYou might also like\noh", "la rain\noh"),
      ("See Ann LiveGet tickets as low as $52You might also like[Chorus]\noh", "[Chorus]\noh"),
      ("la12EmbedShare URLCopyEmbedCopy", "la"), ("la3Embed", "la"), ("la\nEmbed", "la"), ("la1.2KEmbed", "la"),
    ])
  func residue(text: String, cleaned: String) throws {
    let (found, counts) = try clean(text)
    #expect(found == cleaned && counts.residue >= 1)
    #expect(try clean(text) { $0.residue = false }.0 == text)
  }

  @Test(
    "Lyrics that look a little like it stay",
    arguments: ["You might also like the rain", "I will Embed", "Contributors Lyrics", "See Ann live"])
  func noResidue(text: String) throws {
    let (found, counts) = try clean(text)
    #expect(found == text && counts.residue == 0)
  }

  @Test("Tags are kept, dropped or written alike")
  func tags() throws {
    let text = "[CHORUS: Ann & Bob]\nla [x]\n[verse 2\noh\n[Pre Chorus]\n[Hmm]"
    #expect(try clean(text).0 == text)
    #expect(try clean(text) { $0.tags = .drop }.0 == "la [x]\noh")
    let (normal, counts) = try clean(text) { $0.tags = .normalise }
    #expect(normal == "[Chorus]\nla [x]\n[Verse 2]\noh\n[Pre-Chorus]\n[Hmm]" && counts.tags == 3)
  }

  @Test(
    "Repeat marks are carried out on request",
    arguments: [
      ("la (x2)\noh", "la\nla\noh"), ("la [3x]", "la\nla\nla"), ("la x2", "la\nla"), ("a\n\nb\nc\n[Repeat x2]\nd", "a\n\nb\nc\nb\nc\nd"),
      ("max2\n2x4\nla x99", "max2\n2x4\nla x99"),
    ])
  func repeats(text: String, expanded: String) throws {
    #expect(try clean(text).0 == text)
    #expect(try clean(text) { $0.repeats = .expand }.0 == expanded)
  }

  @Test(
    "A mark means that many copies of what stood before it, in all",
    arguments: [
      ("b\nc\n[Repeat x3]\nd", "b c b c b c d"), ("la\n(x8)", "la la la la la la la la"), ("la\n(x2)\n(x2)\n(x2)", "la la"),
      ("la\n(x2)\n\n(x3)\n(x2)\noh", "la la la oh"), ("la (x2) (x3)\noh", "la la la oh"), ("la (x2)\noh\n(x2)", "la la oh la la oh"),
      ("a\n(x2)\nb\n(x2)\nc\n(x3)", "a a b b c c c"), ("[Chorus]\na\n[x2]\n[Verse]\nb\n[2x]", "[Chorus] a a [Verse] b b"),
      ("la\n(x9)", "la (x9)"), ("la\n(x999999999999)", "la (x999999999999)"), ("la (x99999999999999999999)", "la (x99999999999999999999)"),
      ("la\n(x1)\n(x0)\n(xx2)\n(x)", "la (x1) (x0) (xx2) (x)"), ("(x3)\nla", "la"),
    ])
  func copies(text: String, expanded: String) throws {
    let (found, counts) = try clean(text) { $0.repeats = .expand }
    #expect(found.replacing("\n", with: " ").replacing("  ", with: " ") == expanded)
    #expect(counts.keptRepeats == (found.contains("x9") ? 1 : 0))
  }

  @Test("A repeat mark in brackets is expanded when tags are dropped, and repeats no lines before a dropped tag")
  func marksAmongDroppedTags() throws {
    let (found, counts) = try clean("[Verse]\na\n[Chorus]\nb\n[Repeat x2]") {
      $0.repeats = .expand
      $0.tags = .drop
    }
    #expect(found == "a\nb\nb" && counts.tags == 2 && counts.repeats == 1)
  }

  @Test("A song grows to at most 16 times its size, and the marks beyond that are kept and counted", arguments: [1, 3, 4, 40, 2_000])
  func growth(marks: Int) throws {
    let line = String(repeating: "a longer line of words ", count: 40) + "(x8)\n"
    let verses: [(text: String, kept: Int)] = [
      // Lines of one stanza: 8 times 8 copies are too many.
      (line + String(repeating: "(x8)\n", count: marks), marks < 2_000 ? marks : 0),
      // Stanzas of their own.
      (String(repeating: "one short line\n(x8)\n", count: marks), 0), ("la\n" + String(repeating: "(x8)\n", count: marks), 0),
    ]
    for (text, kept) in verses {
      let (found, counts) = try clean(text) { $0.repeats = .expand }
      #expect(found.utf8.count <= 16 * text.utf8.count && counts.keptRepeats == kept, "\(text.prefix(20))")
      #expect(found.split(separator: "\n").count { $0 == "(x8)" } == kept)
    }
  }

  @Test("No song grows beyond the size of the largest record")
  func largestSong() throws {
    var options = CorpusOptions(tokenization: .word, minimumCount: 1, validationFraction: 0)
    options.cleaning.repeats = .expand
    let line = String(repeating: "x", count: 9 << 18)
    let large = try Corpus(text: line + "\n(x8)\n\nla\n(x2)", options: options).report
    #expect(large.lines == 4 && large.cleaned.repeats == 1 && large.cleaned.keptRepeats == 1)
  }

  @Test("Quotation marks, normal form, control characters and blank lines")
  func others() throws {
    #expect(try clean("“a” ‘b’ don’t «c»") { $0.quotes = true }.0 == "\"a\" 'b' don't \"c\"")
    #expect(try clean("“a”").0 == "“a”")
    #expect(try clean("cafe\u{301}").1.normalForm == 1)
    let (text, counts) = try clean("a\u{0}b\n\n\n\nc\u{85}")
    #expect(text == "ab\n\nc" && counts.controls == 1 && counts.blankLines == 2)
    #expect(try clean("a\n\n\n\nc") { $0.blankLines = false }.0 == "a\n\n\n\nc")
  }
}
