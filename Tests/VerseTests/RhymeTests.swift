import Testing
import Verse

@Suite("Rhymes") struct RhymeTests {
  @Test(
    "kinds of rhymes",
    arguments: [
      ("R IH1 V ER0", "SH IH1 V ER0", RhymeKind.perfect), ("N AY1 T", "L AY1 T", .perfect), ("N AY1 T", "AY1 T", .perfect),
      ("T AY1 M", "L AY1 N", .family), ("R OW1 D", "B OW1 T", .family), ("L AH1 V", "AH1 S", .family), ("F EH1 L", "W EH1 R", .family),
      ("T AY1 M", "L AY1 T", .assonant), ("HH AE1 P IY0", "S AE1 D L IY0", .assonant), ("T AY1 M", "T EY1 M", nil),
      // Stress decides where a rhyme begins.
      ("R IY1 K AO2 R D", "L AO1 R D", nil), ("R IH0 K AO1 R D", "L AO1 R D", .perfect), ("HH M", "HH M N", nil),
      ("l iː1 b ə0", "h iː1 b ə0", .perfect), ("h ɛ1 ts", "n ɛ1 f", .family),
    ])
  func kinds(first: String, second: String, kind: RhymeKind?) {
    #expect(spoken(first).rhymes(with: spoken(second)) == kind)
    #expect(spoken(second).rhymes(with: spoken(first)) == kind)
  }

  @Test(
    "a word does not rhyme with itself, with homophones, or with the same consonants before the rhyme",
    arguments: [("N AY1 T", "N AY1 T"), ("S IY1", "S IY1"), ("B IH0 L IY1 V", "L IY1 V"), ("R EH1 K ER0 D", "R EH1 K ER0 D")])
  func identical(first: String, second: String) {
    #expect(spoken(first).rhymes(with: spoken(second)) == nil)
    #expect(spoken(first).rhymes(with: spoken(second), allowsIdentical: true) == .perfect)
  }

  @Test func `words with several pronunciations rhyme if any pair does, unless they share one`() {
    let read = [spoken("R IY1 D"), spoken("R EH1 D")]
    #expect(read.rhymes(with: [spoken("B EH1 D")]) == .perfect)
    #expect(read.rhymes(with: [spoken("N IY1 D")]) == .perfect)
    #expect(read.rhymes(with: [spoken("R EH1 D")]) == nil)
    #expect(read.rhymes(with: [spoken("R EH1 D")], allowsIdentical: true) == .perfect)
    #expect([].rhymes(with: read) == nil)
  }

  @Test(
    "keys are equal where words rhyme",
    arguments: [RhymeKind.perfect, .family, .assonant], [("N AY1 T", "L AY1 T"), ("W AO1 N T IH0 D", "HH AO1 N T AH0 D")])
  func keys(kind: RhymeKind, words: (String, String)) {
    let isEqual = spoken(words.0).rhymeKey(kind) == spoken(words.1).rhymeKey(kind)
    // Dictionaries write the short vowel of -ed in two ways, which looser rhymes do not tell apart.
    #expect(isEqual == (kind != .perfect || words.0 == "N AY1 T"))
  }

  @Test(
    "mosaic rhymes",
    arguments: [(["N OW1", "IH1 T"], "P OW1 AH0 T"), (["L AH1 V", "M IY1"], "SH AH1 V M IY0"), (["DH AH0", "K AE1 T"], "B AH1 K AE0 T")])
  func mosaic(words: [String], other: String) throws {
    let joined = try #require(Pronunciation.mosaic(words.map(spoken)))
    #expect(joined.mosaicKey == spoken(other).mosaicKey)
    #expect(joined.mosaicKey != spoken("R IH1 V ER0").mosaicKey)
  }
}
