import Basics
import Corpora
import Testing

@Suite("Word tokenization")
struct WordTokenizationTests {
  @Test(
    "A text is cut as a lyricist would",
    arguments: [
      ("Hello, world!", ["Hello", ",", "world", "!"]),
      ("one\n\ntwo", ["one", "\n", "\n", "two"]),
      ("a\r\nb\rc", ["a", "\n", "b", "\n", "c"]),
      ("  \tone \t two  ", ["one", "two"]),
      ("don't y'all'd've", ["don't", "y'all'd've"]),
      ("don\u{2019}t", ["don\u{2019}t"]),
      ("rock-n-roll a - b", ["rock-n-roll", "a", "-", "b"]),
      ("well--known --", ["well", "--", "known", "--"]),
      ("'til 'Cause \u{2019}em", ["'til", "'Cause", "\u{2019}em"]),
      ("'hello' she said", ["'", "hello", "'", "she", "said"]),
      ("runnin' down", ["runnin'", "down"]),
      ("'I begin' ", ["'", "I", "begin", "'"]),
      ("rain' in'", ["rain'", "in'"]),
      ("o' th' ol' an' lil'", ["o'", "th'", "ol'", "an'", "lil'"]),
      ("rock 'n' roll", ["rock", "'n'", "roll"]),
      ("summer of '69, '90s '123", ["summer", "of", "'69", ",", "'90s", "'", "123"]),
      ("1,000.50 3. 4,", ["1,000.50", "3", ".", "4", ","]),
      ("a.b a,b", ["a", ".", "b", "a", ",", "b"]),
      ("what?! no... !!!", ["what", "?", "!", "no", "...", "!!!"]),
      ("::", [":", ":"]),
      ("____ **bold** ~~ x==y ## 5", ["____", "**", "bold", "**", "~~", "x", "==", "y", "##", "5"]),
      ("_-_ *~* #1 =", ["_", "-", "_", "*", "~", "*", "#", "1", "="]),
      ("é____ ü**~", ["é", "____", "ü", "**", "~"]),
      ("[Chorus] [Verse  2: Ann & Bob]", ["[Chorus]", "[Verse 2: Ann & Bob]"]),
      ("[open", ["[", "open"]),
      ("[a\nb]", ["[", "a", "\n", "b", "]"]),
      ("[[a]]", ["[", "[a]", "]"]),
      ("[] [ a]", ["[", "]", "[", "a", "]"]),
      ("<unk> <song>", ["<unk>", "<", "song", ">"]),
      ("caf\u{E9} cafe\u{301}", ["café", "café"]),
      ("Größe ёлка", ["Größe", "ёлка"]),
      ("我爱你。love", ["我", "爱", "你", "。", "love"]),
      ("きゃラーメン", ["き", "ゃ", "ラ", "ー", "メ", "ン"]),
      ("น้ำใจ", ["น้ำ", "ใ", "จ"]),
      ("사랑해 너를", ["사랑해", "너를"]),
      ("می\u{200C}خواهم", ["می\u{200C}خواهم"]),
      ("👩‍👩‍👧🇩🇪x", ["👩‍👩‍👧", "🇩🇪", "x"]),
      ("a\u{200E}b \u{301}", ["a", "b"]),
    ])
  func cutting(text: String, tokens: [String]) throws {
    #expect(try cut(text) == tokens)
  }

  @Test("A tag has at most 40 characters")
  func longTags() throws {
    let longest = "[" + String(repeating: "x", count: 40) + "]"
    #expect(try cut(longest) == [longest])
    #expect(try cut("[" + String(repeating: "x", count: 41) + "]").count == 3)
  }

  @Test("Lower case is for words, not for tags")
  func lowercase() throws {
    #expect(try cut("[Chorus] Oh MY 'Cause", lowercase: true) == ["[Chorus]", "oh", "my", "'cause"])
  }

  @Test("The Turkish capital I with a dot is i in lower case", arguments: Tokenization.allCases)
  func turkish(tokenization: Tokenization) throws {
    for text in ["İSTANBUL", "I\u{307}STANBUL", "i\u{307}stanbul", "istanbul"] {
      #expect(try cut(text, tokenization, lowercase: true) == cut("istanbul", tokenization, lowercase: true), "\(text)")
    }
    #expect(try cut("x\u{307} Ė Ì", .word, lowercase: true) == ["ẋ", "ė", "ì"])
  }

  @Test(
    "Decoding sets spaces as a writer would",
    arguments: [
      "Hello, world! (yes; no) [Chorus]\nShe said: \"oh, 'well'\" and left...",
      "\"a\" \"b\"\n\"c", "“Oh,” he said ‘no’", "¿Qué? ¡No!", "我爱你。\nlove 我", "runnin' 'til I'm gone -- gone",
      "rock 'n' roll, '69", "$5, 50%", "x [Verse 1]", "a ____ b ** c", "_ __ x",
    ])
  func decoding(text: String) throws {
    let tokenizer = try tokenizer(.word, knowing: text)
    #expect(tokenizer.decode(tokenizer.encode(text)) == text)
  }

  @Test(
    "Without the white space of the text, decoding keeps apart what would be read as one",
    arguments: [
      ("a ! ! b . . c", "a! ! b. . c"), ("_ _ * ** # #", "_ _ * ** # #"), ("' cause runnin ' x", "' cause runnin ' x"), ("[ a]", "[ a]"),
      ("- -", "- -"),
      ("< unk >", "< unk >"),
    ])
  func keepingApart(text: String, decoded: String) throws {
    for (rules, decoded) in [(LexingRules.first, decoded), (.second, decoded), (.third, text)] {
      let tokenizer = try tokenizer(.word, knowing: text, rules: rules)
      #expect(tokenizer.decode(tokenizer.encode(text)) == decoded)
    }
  }

  /// Pieces out of which awkward texts are made.
  static let pieces =
    ["'", "\u{2019}", "\u{2018}", "\"", "-", "--", ".", "...", "!", "?", ",", ":", "[", "]", "(", ")", "<", ">", "<unk>", "[Chorus]"]
    + ["[ ", " ", " ", " ", " ", "\n", "\t", "\r\n", "n", "cause", "til", "runnin", "begin", "o", "an", "a", "X", "69", "1", "0s"]
    + ["don't", "é", "e\u{301}", "\u{301}", "我", "。", "ー", "น้ำ", "ำ", "ก", "가", "\u{1100}", "\u{1161}", "\u{200B}", "\u{200C}"]
    + ["\u{200D}", "\u{AD}", "👩‍👧", "🇩", "🏽", "İ", "ß", "½", "$", "%", "«", "»", "“", "”", "…", "¿", "\u{FF9E}", "\u{2028}", "\u{600}"]
    + ["_", "__", "&", "*", "**", "~", "=", "#", "/", String(repeating: "y", count: 39)]

  /// Pieces out of which texts full of quotation marks are made.
  static let marks = [
    "'", "'", "\u{2019}", "\u{2019}", "\u{2018}", "\u{201A}", "\"", " ", " ", " ", "\n", "X", "0s", "til", "runnin", "o", "an", "?", ",",
    "(", ")", "-", "<unk>", "\u{200E}", "\u{200B}", "_", "\u{2026}", "\u{201E}", "\u{201C}",
  ]

  static func text(_ generator: inout SeededGenerator, of pieces: [String] = pieces) -> String {
    (0..<Int.random(in: 1...30, using: &generator)).map { _ in pieces.randomElement(using: &generator) ?? "" }.joined()
  }

  @Test(
    "Encoding what was decoded gives the same tokens",
    arguments: [(false, 1.0), (true, 1), (false, 0.5), (true, 0.5)],
    [LexingRules.first, .second, .third])
  func roundTrip(parameters: (lowercase: Bool, known: Double), rules: LexingRules) throws {
    let (lowercase, known) = parameters
    var generator = SeededGenerator(seed: 1)
    let all = try tokenizer(.word, knowing: (0..<500).map { _ in Self.text(&generator) }, lowercase: lowercase, rules: rules)
      .vocabulary.tokens
    // By the second rules, what an apostrophe is depends on those before it.
    let tokens = all.filter { ["<unk>", "<song>", "\n", "'"].contains($0) || Double.random(in: 0..<1, using: &generator) < known }
    let vocabulary = try #require(Vocabulary(tokens: tokens))
    let tokenizer = Corpora.Tokenizer(tokenization: .word, vocabulary: vocabulary, lowercase: lowercase, rules: rules)
    for round in 0..<(rules == .third && known == 1 ? 8_000 : 800) {
      let text = round.isMultiple(of: 2) ? Self.text(&generator) : Self.text(&generator, of: Self.marks)
      let encoded = tokenizer.encode(text)
      // By the third rules, white space beside an unknown mark may be noted otherwise, and an apostrophe of the other kind may close a
      // quotation.
      if rules == .third, !WordLexer(text, lowercase: lowercase, rules: rules).allSatisfy({ vocabulary.id(of: $0) != nil }) { continue }
      let decoded = tokenizer.decode(encoded)
      let again = tokenizer.encode(decoded)
      #expect(again == encoded, "\(text.debugDescription) became \(decoded.debugDescription)")
      if again != encoded { break }
    }
  }
}
