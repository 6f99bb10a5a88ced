import Testing
import Verse

@Suite("Spelling rules") struct SpellingTests {
  @Test(
    "English words that rhyme by spelling alone",
    arguments: [
      ("night", "light"), ("making", "taking"), ("nation", "station"), ("running", "cunning"), ("stone", "alone"), ("river", "shiver"),
      ("hoping", "sloping"), ("moonlight", "noonlight"), ("dreamer", "steamer"), ("happiness", "snappiness"), ("boats", "coats"),
      ("roses", "poses"), ("bright", "kite"), ("rain", "plane"), ("thought", "caught"), ("bell's", "smells"),
      ("42", "kangaroo"), ("runnin'", "gunnin'"), ("money", "honey"),
    ])
  func rhymes(first: String, second: String) throws {
    let lexicon = Lexicon()
    let kind = lexicon.rhyme(first, second)
    #expect(kind == .perfect, "\(lexicon.pronunciations(of: first)) \(lexicon.pronunciations(of: second))")
  }

  @Test(
    "English words that look alike and do not rhyme",
    arguments: [
      ("love", "move"), ("heart", "beard"), ("tough", "though"), ("word", "lord"), ("head", "bead"), ("blood", "food"), ("done", "bone"),
    ])
  func eyeRhymes(first: String, second: String) {
    #expect(Lexicon().rhyme(first, second) != .perfect)
  }

  @Test(
    "syllables of English words",
    arguments: [
      ("the", 1), ("rhythm", 2), ("beautiful", 3), ("everything", 3), ("loved", 1), ("wanted", 2), ("roses", 2), ("table", 2),
      ("tables", 2),
      ("sometimes", 2), ("didn't", 2), ("1999", 5), ("x", 1), ("hmm", 1), ("walked", 1), ("lonely", 2), ("hopeless", 2), ("together", 3),
    ])
  func syllables(word: String, count: Int) {
    let found = Lexicon().pronunciations(of: word).first
    #expect(found?.syllableCount == count, "\(word): \(found?.description ?? "none")")
  }

  @Test(
    "words of other languages rhyme by their last vowels",
    arguments: [
      ("de", "Liebe", "Diebe", true), ("de", "Herz", "Schmerz", true), ("de", "Haus", "Herz", false), ("es", "corazón", "canción", false),
      ("es", "corazón", "razón", false), ("es", "vida", "herida", true), ("fr", "bateau", "cadeau", true),
      ("fr", "belle", "rebelle", false),
      ("ru", "любовь", "кровь", true), ("de", "lieben", "sieben", true),
    ])
  func otherLanguages(code: String, first: String, second: String, isRhyme: Bool) throws {
    let lexicon = Lexicon(language: try Language(code))
    let keys = [first, second].map { lexicon.pronunciations(of: $0).first?.rhymeKey(.perfect) }
    #expect(keys[0] != nil)
    if !isRhyme { return #expect(lexicon.rhyme(first, second) != .perfect) }
    #expect(lexicon.rhyme(first, second) == .perfect, "\(keys)")
  }

  @Test("what cannot be spoken has no pronunciation", arguments: ["", "...", "!?", "愛", " ", "\u{0}"])
  func nothing(word: String) {
    #expect(Lexicon().pronunciations(of: word).isEmpty)
  }

  @Test func `any letters are pronounced without a fault, whatever their order`() {
    var mutator = Mutator(seed: 5)
    let words = ["strengths", "queueing", "rhythm", "o'er", "naïve", "well-known's", "1234567890", "mississippi"]
    for word in words {
      for _ in 0..<300 {
        let changed = String(decoding: mutator.mutated(Array(word.utf8)), as: UTF8.self)
        for pronunciation in Lexicon().pronunciations(of: changed) { #expect(Pronunciation(pronunciation.description) == pronunciation) }
      }
    }
  }
}
