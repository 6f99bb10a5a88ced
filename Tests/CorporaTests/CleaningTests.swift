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
      ("la12EmbedShare URLCopyEmbedCopy", "la"), ("la3Embed", "la"), ("la\nEmbed", "la"), ("la1.2KEmbed", "la1.2K"),
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

  @Test("Quotation marks, normal form, control characters and blank lines")
  func others() throws {
    #expect(try clean("“a” ‘b’ don’t «c»") { $0.quotes = true }.0 == "\"a\" 'b' don't \"c\"")
    #expect(try clean("“a”").0 == "“a”")
    #expect(try clean("cafe\u{301}").1.normalForm == 1)
    let (text, counts) = try clean("a\u{0}b\n\n\n\nc\u{85}")
    #expect(text == "ab\n\nc" && counts.controls == 2 && counts.blankLines == 2)
    #expect(try clean("a\n\n\n\nc") { $0.blankLines = false }.0 == "a\n\n\n\nc")
  }
}
