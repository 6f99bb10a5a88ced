import Testing
import Verse

@Suite("Lyric metrics") struct LyricMetricsTests {
  static func lexicon() throws -> Lexicon {
    let text = """
      the DH AH0
      cat K AE1 T
      hat HH AE1 T
      sat S AE1 T
      man M AE1 N
      ran R AE1 N
      map M AE1 P
      dog D AO1 G
      river R IH1 V ER0
      """
    return try PronunciationSources(dictionary: dictionary(text), usesEspeak: false).lexicon(of: [])
  }

  static func metrics(_ songs: String...) throws -> LyricMetrics {
    LyricMetrics(of: songs.map { LyricLines($0) }, lexicon: try lexicon())
  }

  @Test func `lines are words without tags, and words have no punctuation`() {
    let lines = LyricLines("[Verse 1]\r\nThe cat\u{2014}the Hat!\r\n\r\n  [Chorus: Ann]  \n...\n\u{201C}Dog's\u{201D} -- ran--on\n")
    #expect(lines.lines == [["the", "cat", "the", "hat"], ["dog's", "ran", "on"]])
  }

  @Test(
    "shares of lines that rhyme with one of the four before",
    arguments: [
      ("the cat\nthe hat", 0.5, 0.5), ("the cat\nthe cat", 0.0, 0.0), ("the cat\nthe map", 0.0, 0.5),
      ("the cat\nthe dog\nthe man\nthe ran", 0.25, 0.5), ("the cat\nthe dog\nthe dog\nthe dog\nthe hat", 0.2, 0.2),
      ("the cat\nthe dog\nthe dog\nthe dog\nthe dog\nthe hat", 0.0, 0.0), ("", 0.0, 0.0),
      ("the cat\n\n[Chorus]\nthe hat", 0.5, 0.5),
    ])
  func rhymes(text: String, perfect: Double, assonant: Double) throws {
    let metrics = try Self.metrics(text)
    #expect(metrics.perfectRhymes == perfect && metrics.assonantRhymes == assonant)
    // Nothing rhymes across songs.
    let apart = try Self.metrics(String(text.prefix { $0 != "\n" }), "the hat")
    #expect(apart.perfectRhymes == 0)
  }

  @Test func `syllables, repeated lines and distinct words`() throws {
    let metrics = try Self.metrics("the river\nthe cat\nThe cat!\n", "the cat")
    #expect(metrics.songs == 2 && metrics.lines == 4 && metrics.words == 8 && metrics.pronounced == 1)
    let deviation = 0.1875.squareRoot()
    #expect(metrics.syllables.mean == 2.25 && abs(metrics.syllables.deviation - deviation) < 1e-12)
    #expect(metrics.repeatedLines == 0.25)
    // the, river, cat of 8; the river, river the, the cat, cat the of 6; three of 4 in the first song, none in the second.
    let distinct = [3.0 / 8, 4.0 / 6, 1.0]
    #expect(metrics.distinct == distinct)
  }

  @Test(
    "the rhyme factor is the longest vowel sequence that words end with, whatever the words",
    arguments: [
      // No word before it; then one vowel each.
      ("cat hat dog man", 0.5), ("cat cat", 0.0), ("cat dog", 0.0),
      // "the hat" ends with the vowels of "the cat", but "the" is the same word.
      ("the cat the hat", 0.25), ("river cat", 0.0), ("cat the dog hat the", 0.2),
    ])
  func rhymeFactor(text: String, factor: Double) throws {
    #expect(abs(try Self.metrics(text).rhymeFactor - factor) < 1e-12)
  }

  @Test(
    "copied sequences",
    arguments: [("the cat sat the dog ran", 0.5), ("THE cat, sat: the\ndog", 1.0), ("a b c d e", 0.0), ("the cat sat", 0.0)])
  func copied(text: String, share: Double) {
    let other = [LyricLines("so the cat sat the dog"), LyricLines("ran")]
    #expect(LyricMetrics.copiedShare(of: [LyricLines(text)], from: other) == share)
  }
}
