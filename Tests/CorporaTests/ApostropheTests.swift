import Basics
import Corpora
import Testing

@Suite("Apostrophes after words")
struct ApostropheTests {
  @Test(
    "An apostrophe after a word belongs to it unless it closes a quotation",
    arguments: [
      ("the sailors' song", ["the", "sailors'", "song"]),
      ("the sailors\u{2019} song", ["the", "sailors\u{2019}", "song"]),
      ("W\u{E4}r' ich, Lieb', Tr\u{E4}um'", ["W\u{E4}r'", "ich", ",", "Lieb'", ",", "Tr\u{E4}um'"]),
      ("Von Mutter-Lieb', all' die", ["Von", "Mutter-Lieb'", ",", "all'", "die"]),
      ("runnin' wild o' clock tho' James' hat", ["runnin'", "wild", "o'", "clock", "tho'", "James'", "hat"]),
      ("dogs' and cats'", ["dogs'", "and", "cats'"]),
      ("the '90s' best 6' 5", ["the", "'90s'", "best", "6'", "5"]),
      ("'quoted words' stay", ["'", "quoted", "words", "'", "stay"]),
      ("\u{2018}quoted words\u{2019} stay", ["\u{2018}", "quoted", "words", "\u{2019}", "stay"]),
      ("\u{201A}ja\u{2018} sagt Tr\u{E4}um\u{2019}", ["\u{201A}", "ja", "\u{2018}", "sagt", "Tr\u{E4}um\u{2019}"]),
      ("'hello' to the boys' choir", ["'", "hello", "'", "to", "the", "boys'", "choir"]),
      ("'I'm runnin' wild'", ["'", "I'm", "runnin'", "wild", "'"]),
      ("'it is the dogs''", ["'", "it", "is", "the", "dogs'", "'"]),
      ("'s war 'ne Lieb', komm 'raus", ["'s", "war", "'ne", "Lieb'", ",", "komm", "'raus"]),
      ("I 've seen he 'd gone", ["I", "'ve", "seen", "he", "'d", "gone"]),
      ("'he said 'stop' and left'", ["'", "he", "said", "'stop", "'", "and", "left'"]),
      ("``hello''", ["`", "`", "hello", "'", "'"]),
      ("'open\nthe boys'", ["'", "open", "\n", "the", "boys'"]),
      ("[Chorus]' \u{6211}'", ["[Chorus]", "'", "\u{6211}", "'"]),
    ])
  func cutting(text: String, tokens: [String]) throws {
    #expect(try cut(text) == tokens)
    // The line is cut by characters if one of them is not simple.
    #expect(try cut(text + " e\u{301}\u{302}") == tokens + ["\u{E9}\u{302}"])
  }

  @Test(
    "By the first rules it is a token of its own, but for words that lose their end",
    arguments: [
      ("the sailors' song", ["the", "sailors", "'", "song"], "the sailors 'song"),
      ("Lieb\u{2019} all' runnin' on", ["Lieb", "\u{2019}", "all", "'", "runnin'", "on"], "Lieb\u{2019} all 'runnin' on"),
      ("no\u{2019} x", ["no", "\u{2019}", "x"], "no\u{2019} x"),
    ])
  func firstRules(text: String, tokens: [String], decoded: String) throws {
    #expect(try cut(text, rules: .first) == tokens)
    let tokenizer = try tokenizer(.word, knowing: text, rules: .first)
    #expect(tokenizer.decode(tokenizer.encode(text)) == decoded)
  }

  @Test(
    "A text that is known by heart is written letter for letter",
    arguments: [
      "I LOVE the sailors' song\nall the angels' fault\nfor the lovers' sake",
      "Durch's Haselholz in's Thal hinab\nVon Mutter-Lieb', von Schwester-Treu'\nUnd all' die sel'gen Tr\u{E4}um'",
      "W\u{E4}r' ich hingegeb'nen Sinn's\nSchrei'n: Hagel, und kein Ende!",
      "L'\u{E9}t\u{E9} d'un coup, aujourd'hui", "Fo'c'sle rock 'n' roll o'clock 'twas ne'er e'en th'untold",
      "th' unworthy takes tho' James' hat", "'hello' she said to the boys' choir", "rock 'n' roll in the '90s o' the night",
      "'cause I love you 'til the mornin'", "dogs' and cats' and mice'", "the dogs', the cats'; and mice'!", "'the sailors' song' she said",
      "'the dogs'' he said", "\"'tis the boys' song,\" he said, \"and 'no' means 'no'\"", "('hello', said the boys' friend)",
      "'one' 'two' the threes' four", "He said, 'the end.' And the boys' end.", "\u{2018}one\u{2019} said the boys' \u{2018}two\u{2019}",
      "\u{2018}one \u{2018}two\u{2019} three\u{2019}", "and the end.\u{2019} \u{2018}No\u{2019}", "\u{2019}hej\u{2019} sa han",
      "\u{201E}Lieb' mich\u{201C} sagt \u{201A}er\u{2018} und all' die", "6' 5", "the '80s' best of '69", "runnin' wild, singin'",
      "'he said 'stop' and left'", "'ere the 'ouse an' 'orses' 'ay", "'s war 'ne Lieb' und 'n Kuss", "in' an' out' o' it", "'", "x' 'y",
      "'x", "x'",
    ])
  func letterForLetter(text: String) throws {
    for text in [text, text + "\n" + text] {
      let tokenizer = try tokenizer(.word, knowing: text)
      #expect(tokenizer.decode(tokenizer.encode(text)) == text)
    }
  }

  @Test("Pieces of lines that a writer would set come back letter for letter")
  func manyLines() throws {
    let words = [
      "sailors'", "song", "runnin'", "'til", "o'", "Lieb'", "don't", "90s", "'90s", "the", "rock-n-roll", "James'", "'n'", "\u{E9}t\u{E9}'",
    ]
    var generator = SeededGenerator(seed: 5)
    func phrase(_ words: [String]) -> String {
      (0..<Int.random(in: 1...4, using: &generator)).map { _ in words.randomElement(using: &generator) ?? "" }.joined(separator: " ")
    }
    for _ in 0..<200 {
      let whole = words.filter { !$0.hasSuffix("'") && !$0.hasPrefix("'") }
      let parts = (0..<Int.random(in: 1...4, using: &generator)).map { _ in
        switch Int.random(in: 0..<5, using: &generator) {
        case 0: "'" + phrase(whole) + (Bool.random(using: &generator) ? " 'x y' z'" : "'")
        case 1: "\u{2018}" + phrase(whole) + "\u{2019}"
        case 2: "\"" + phrase(words) + "\""
        case 3: "(" + phrase(words) + ")"
        default: phrase(words)
        }
      }
      let text = parts.joined(separator: [" ", ", ", "! "].randomElement(using: &generator) ?? " ")
      let tokenizer = try tokenizer(.word, knowing: text)
      #expect(tokenizer.decode(tokenizer.encode(text)) == text)
    }
  }
}
