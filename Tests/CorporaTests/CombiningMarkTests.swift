import Basics
import Corpora
import Testing

@Suite("Combining marks in byte pairs")
struct CombiningMarkTests {
  static let words = [
    "हिन्दी", "தமிழ்", "বাংলা", "မြန်မာ", "مَرْحَبًا", "שָׁלוֹם", "ตัวนั้น", "e\u{301}te\u{301}", "q\u{304}", "क\u{94D}\u{200D}ष",
    "می\u{200C}خواهم", "葛\u{E0100}", "5\u{301}", "1\u{FE0F}\u{20E3}", "❤\u{FE0F}", "👩\u{200D}👩\u{200D}👧", "🏳\u{FE0F}\u{200D}🌈",
  ]

  func pairs(_ text: String, most: Int? = nil, rules: LexingRules = .current) throws -> Corpora.Tokenizer {
    var options = CorpusOptions(tokenization: .bpe, maximumVocabulary: most, validationFraction: 0)
    options.rules = rules
    options.cleaning = .none
    return try Corpus(text: text, options: options).tokenizer
  }

  @Test("A word with marks becomes one token, at the start of a line and after a space", arguments: words)
  func wholeWords(word: String) throws {
    let text = Array(repeating: word + "\nz " + word, count: 8).joined(separator: "\n")
    let tokenizer = try pairs(text)
    #expect(tokenizer.encode(word).count == 1)
    #expect(tokenizer.encode("z " + word).count == 2)
    #expect(tokenizer.decode(tokenizer.encode(text)) == text)
  }

  @Test(
    "By the first rules marks are cut off, as in tokenizers that were made before",
    arguments: [
      ("हिन्दी", ["ह", "ि", "न", "्", "द", "ी"]), ("e\u{301}te\u{301}", ["e", "\u{301}", "te", "\u{301}"]), ("5\u{301}", ["5", "\u{301}"]),
      ("क\u{94D}\u{200D}ष", ["क", "\u{94D}\u{200D}", "ष"]),
    ])
  func firstRules(word: String, pieces: [String]) throws {
    let text = Array(repeating: word, count: 16).joined(separator: "\n")
    let tokenizer = try pairs(text, rules: .first)
    let back = try Corpora.Tokenizer(json: tokenizer.jsonData(), path: "t")
    for tokenizer in [tokenizer, back] {
      let ids = tokenizer.encode(word)
      #expect(ids.map { Array(tokenizer.decode([$0]).unicodeScalars) } == pieces.map { Array($0.unicodeScalars) })
    }
  }

  @Test(
    "A mark without a letter, and a letter after a contraction that a mark makes another letter, lose nothing",
    arguments: [
      ("\u{301}abc", ["\u{301}", "abc"]), ("abc \u{301}abc", ["abc", " \u{301}", "abc"]), ("'s\u{301}abc", ["'", "s\u{301}abc"]),
      ("'sabc", ["'s", "abc"]), ("abc\t\u{301}", ["abc", "\t", "\u{301}"]), ("-\u{301}abc", ["-\u{301}", "abc"]),
      ("\u{200D}abc", ["\u{200D}", "abc"]), ("5\u{200D}abc", ["5", "\u{200D}", "abc"]), ("abc\u{301}5", ["abc\u{301}", "5"]),
    ])
  func pieces(text: String, pieces: [String]) throws {
    // Often enough for every piece to become one token.
    let tokenizer = try pairs(Array(repeating: text, count: 16).joined(separator: "\n"))
    let ids = tokenizer.encode(text)
    #expect(ids.map { Array(tokenizer.decode([$0]).unicodeScalars) } == pieces.map { Array($0.unicodeScalars) })
  }

  /// Syllables of a script: letters, and marks that follow them.
  struct Script: Sendable, CustomTestStringConvertible {
    var name: String
    var letters: ClosedRange<UInt32>
    var marks: [[UInt32]]
    /// Marks of ten letters.
    var density: Int
    var testDescription: String { name }
  }

  static let scripts = [
    Script(
      name: "Hindi", letters: 0x0915...0x0928, marks: (0x093E...0x0943).map { [$0] } + [[0x0947], [0x094B], [0x0902], [0x094D]],
      density: 8),
    Script(name: "Tamil", letters: 0x0BAE...0x0BB5, marks: (0x0BBE...0x0BC2).map { [$0] } + [[0x0BC6], [0x0BCD]], density: 8),
    Script(name: "Bengali", letters: 0x0995...0x09A8, marks: (0x09BE...0x09C3).map { [$0] } + [[0x09C7], [0x0982], [0x09CD]], density: 8),
    Script(
      name: "Myanmar", letters: 0x1000...0x1014, marks: [[0x102D], [0x102F], [0x1030], [0x1032], [0x1036], [0x102D, 0x102F], [0x103B]],
      density: 8),
    Script(name: "pointed Arabic", letters: 0x062A...0x063A, marks: [[0x64E], [0x64F], [0x650], [0x652], [0x651, 0x64E]], density: 10),
    Script(name: "pointed Hebrew", letters: 0x05D0...0x05EA, marks: (0x05B0...0x05B9).map { [$0] } + [[0x05BC, 0x05B7]], density: 9),
  ]

  @Test("At most 0.4 tokens a character for 100 KB that do not repeat", arguments: scripts)
  func compression(script: Script) throws {
    var generator = SeededGenerator(seed: 3)
    func syllable() -> String {
      var text = String.UnicodeScalarView()
      if let letter = Unicode.Scalar(UInt32.random(in: script.letters, using: &generator)) { text.append(letter) }
      if Int.random(in: 0..<10, using: &generator) < script.density {
        text += script.marks.randomElement(using: &generator)?.compactMap { Unicode.Scalar($0) } ?? []
      }
      return String(text)
    }
    let words = (0..<2_047).map { _ in (0..<Int.random(in: 1...5, using: &generator)).map { _ in syllable() }.joined() }
    // By Zipf's law, the word of rank r comes about 1 / r as often as the first.
    func word() -> String { words[min(words.count - 1, Int(pow2(Double.random(in: 0..<11, using: &generator))) - 1)] }
    var lines: Set<String> = []
    var text = "", size = 0
    while size < 100_000 {
      let line = (0..<Int.random(in: 4...9, using: &generator)).map { _ in word() }.joined(separator: " ")
      guard lines.insert(line).inserted else { continue }
      text += line + "\n"
      size += line.utf8.count + 1
    }
    let tokenizer = try pairs(text, most: 8_000)
    let tokens = tokenizer.encode(text)
    #expect(tokenizer.decode(tokens) == text)
    #expect(Double(tokens.count) <= 0.4 * Double(text.count), "\(tokens.count) tokens of \(text.count) characters")
    let older = try pairs(text, most: 8_000, rules: .first).encode(text).count
    #expect(older > 2 * tokens.count)
  }

  @Test("English is cut as before", arguments: ["don't you know, we'll be-come 42 'til  the\tend!? we've I'm it's they're he'd  "])
  func english(text: String) throws {
    let text = Array(repeating: text, count: 4).joined(separator: "\n")
    let (new, old) = try (pairs(text, most: 320), pairs(text, most: 320, rules: .first))
    #expect(new.vocabulary == old.vocabulary && new.encode(text) == old.encode(text))
  }

  @Test(
    "Vowel signs that are characters of their own are words' tokens, and were lost by the first rules",
    arguments: ["မင်္ဂလာပါ။ နေကောင်းလား", "ကာလ", "က\u{1038}"])
  func vowelSigns(text: String) throws {
    let tokenizer = try tokenizer(.word, knowing: text)
    #expect(tokenizer.decode(tokenizer.encode(text)) == text)
    let signs = text.unicodeScalars.filter { [0x102B, 0x102C, 0x1038].contains($0.value) }.count
    #expect(signs > 0)
    let older = Array(WordLexer(text, lowercase: false, rules: .first)).joined()
    #expect(!older.unicodeScalars.contains { [0x102B, 0x102C, 0x1038].contains($0.value) })
  }
}

/// 2 to a power.
private func pow2(_ exponent: Double) -> Double {
  let whole = exponent.rounded(.down)
  // Linear between powers, which is near enough.
  return Double(1 << Int(whole)) * (1 + exponent - whole)
}
