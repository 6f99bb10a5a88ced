import Basics
import Corpora
import Testing

@Suite("Spelling and spacing of words")
struct SpellingTests {
  @Test(
    "White space that is not as usual is noted",
    arguments: [
      ("R&B", "R <join> & <join> B"), ("I\u{2014}I", "I <join> \u{2014} <join> I"), ("a \u{2014} b", "a \u{2014} b"),
      ("3:30am", "3 : <join> 30am"), ("U.S.A.", "U . <join> S . <join> A ."), ("and/or", "and <join> / <join> or"),
      ("@home", "@ <join> home"), ("(a)(b)", "( a ) <join> ( b )"), ("5\u{20AC},", "5 <join> \u{20AC} ,"), ("$5 50%", "$ 5 50 %"),
      ("Oui !", "Oui <space> !"), ("\u{AB} oui \u{BB}", "\u{AB} <space> oui <space> \u{BB}"),
      ("well--known", "well <join> -- <join> known"),
      ("...wait", "... <join> wait"), ("love[Chorus]", "love <join> [Chorus]"), ("\u{541B} \u{540D}", "\u{541B} <space> \u{540D}"),
      ("\u{6211}love", "\u{6211} <join> love"), ("a , b", "a <space> , b"), ("\"a\"b", "\" a \" <join> b"), ("[open", "[ <join> open"),
      ("x\ny", "x \n y"), ("(a\n)b", "( a \n ) <join> b"), (" a", "a"), ("a ", "a"), ("! !", "! !"), ("! ?", "! <space> ?"),
      // Without what cannot be seen the two would be one word.
      ("a\u{200E}b", "a b"), ("a\u{200E} b", "a b"), ("a\u{200E} ,", "a <space> ,"),
    ])
  func gaps(text: String, tokens: String) throws {
    for suffix in ["", " e\u{301}\u{302}"] {
      // The line is cut by characters if one of them is not simple.
      let own = try tokenizer(.word, knowing: text + suffix), older = try tokenizer(.word, knowing: text + suffix, rules: .second)
      let found = own.encode(text + suffix).map { own.vocabulary.tokens[Int($0)] }
      #expect(found.joined(separator: " ") == tokens + (suffix.isEmpty ? "" : " \u{E9}\u{302}"))
      #expect(!older.vocabulary.tokens.contains { $0 == "<join>" || $0 == "<space>" })
    }
  }

  @Test(
    "A text that is known by heart is written letter for letter",
    arguments: [
      "It's 3:30am, R&B and/or rock\nU.S.A. @home I\u{2014}I (a)(b) 5'10\" tall, 5\u{20AC} or $5",
      "Don\u{2019}t stop, can\u{2019}t stop \u{2019}til the sailors\u{2019} song", "rock \u{2019}n\u{2019} roll",
      "\u{AB} Oui ! \u{BB} dit-il ; non ? Si : \u{AB}L\u{2019}\u{E9}t\u{E9}\u{BB}",
      "\u{541B}\u{306E} \u{540D}\u{306F}\u{3002}Love\u{306A}\u{3089} \u{1F495}\u{1F495}",
      "\u{6211}\u{7231}\u{4F60}\u{FF0C}you love me",
      "\u{645}\u{631}\u{62D}\u{628}\u{627}\u{61F} \u{646}\u{639}\u{645}\u{60C} \u{644}\u{627}\u{61B}",
      "\u{5E2}\u{5E8}\u{5D4}\u{5F4}\u{5D1} x",
      "\u{928}\u{92E}\u{938}\u{94D}\u{924}\u{947}\u{964} \u{915}\u{94D}\u{92F}\u{93E}\u{965}", "wait\u{2026}what ... and...then .. no",
      "a/b a / b a /b a/ b", "see http://x.y/z?q=1&r=2#s there",
      "x ( y ) [z ] { w}", "[unclosed and [a b\n]", "*bold* _it_ ~wave~ #1 = 2+2", "'a''b' \"c\"\"d\" \u{201C}e\u{201D}\u{201C}f\u{201D}",
      "<3 <unk> <join> <space> < b>",
      "a,b;c:d!e?f.g", "1,000.50 1, 000 . 50 3 . 5", "Hey-ho - hey -ho- 'hey'-'ho'",
    ])
  func letterForLetter(text: String) throws {
    let tokenizer = try tokenizer(.word, knowing: text)
    #expect(tokenizer.decode(tokenizer.encode(text)) == text)
  }

  /// The text with white space as cleaning leaves it, and without what the lexer ignores.
  private func plain(_ text: String) -> String {
    text.replacing("\u{2028}", with: "\n").split(separator: "\n", omittingEmptySubsequences: false)
      .map { $0.split { $0.isWhitespace }.joined(separator: " ") }.joined(separator: "\n")
  }

  @Test("Pieces of any text come back letter for letter")
  func pieces() throws {
    var generator = SeededGenerator(seed: 17)
    let ignored = [
      "\u{301}", "\u{200B}", "\u{200C}", "\u{200D}", "\u{AD}", "\u{200E}", "\u{600}", "\u{1F3FD}", "\u{E33}", "\u{FF9E}", "\u{1100}",
      "\u{1161}", "e\u{301}",
    ]
    let pieces = (WordTokenizationTests.pieces + WordTokenizationTests.marks).filter { piece in
      !ignored.contains { Array($0.unicodeScalars) == Array(piece.unicodeScalars) } && piece != "\r\n"
    }
    for _ in 0..<2_000 {
      let text = plain("x " + WordTokenizationTests.text(&generator, of: pieces) + " x")
      // A corpus would have each word in one spelling.
      let tokens = Set(WordLexer(text, lowercase: false)).subtracting(["<unk>", "\n"]).sorted()
      let vocabulary = try #require(Vocabulary(tokens: ["<unk>", "<song>", "\n"] + tokens))
      let tokenizer = Corpora.Tokenizer(tokenization: .word, vocabulary: vocabulary)
      let decoded = tokenizer.decode(tokenizer.encode(text))
      #expect(decoded == text, "\(text.debugDescription) became \(decoded.debugDescription)")
      if decoded != text { break }
    }
  }

  @Test(
    "A word that is written with both apostrophes is one token, in the spelling that is more frequent",
    arguments: [
      ("don't don't don\u{2019}t", "don't"), ("don't don\u{2019}t don\u{2019}t", "don\u{2019}t"), ("don't don\u{2019}t", "don't"),
      ("fo\u{2019}c'sle fo\u{2019}c'sle fo'c'sle", "fo'c'sle"),
      ("[Verse: Don't] [Verse: Don\u{2019}t] [Verse: Don\u{2019}t]", "[Verse: Don\u{2019}t]"),
    ])
  func spellings(text: String, token: String) throws {
    // A spelling alone would be too rare.
    var options = CorpusOptions(minimumCount: 2, validationFraction: 0)
    let corpus = try Corpus(text: text, options: options)
    #expect(Set(corpus.tokenizer.vocabulary.tokens) == ["<unk>", "<song>", token])
    let id = try #require(corpus.tokenizer.vocabulary.id(of: token))
    let songBoundary = corpus.tokenizer.songBoundary
    #expect(try corpus.training.read().allSatisfy { $0 == id || $0 == songBoundary })
    #expect(corpus.tokenizer.encode(text).allSatisfy { $0 == id } && corpus.tokenizer.unknownWords(in: text).isEmpty)
    // A tokenizer that is kept knows all spellings, and gets no second one.
    options.keep(corpus.tokenizer)
    options.minimumCount = 1
    for other in [token.replacing("'", with: "\u{2019}"), token.replacing("\u{2019}", with: "'")] {
      let more = try Corpus(text: other + " " + other + "\nmore more", options: options)
      #expect(more.tokenizer.vocabulary.tokens == corpus.tokenizer.vocabulary.tokens + ["more", "\n"])
      #expect(try more.training.read().filter { $0 == id }.count == 2)
    }
  }

  @Test("White space is kept however rare it is, and left out by a vocabulary that lacks it")
  func rareSpacing() throws {
    let text = "a b a b\na-/b a b\na ! b ! a! b!"
    let corpus = try Corpus(text: text, options: CorpusOptions(minimumCount: 2, validationFraction: 0))
    #expect(corpus.tokenizer.vocabulary.id(of: "<join>") != nil && corpus.tokenizer.vocabulary.id(of: "<space>") != nil)
    let tokens = corpus.tokenizer.vocabulary.tokens.filter { $0 != "<join>" && $0 != "<space>" }
    let smaller = Corpora.Tokenizer(tokenization: .word, vocabulary: try #require(Vocabulary(tokens: tokens)))
    let (encoded, unknown) = smaller.encodeCountingUnknown("a/b a !")
    #expect(encoded.map { tokens[Int($0)] } == ["a", "<unk>", "b", "a", "!"] && unknown == 1)
    #expect(smaller.unknownWords(in: "a/b a !") == ["/"] && smaller.decode(encoded) == "a <unk> b a!")
    var options = CorpusOptions(validationFraction: 0)
    options.keep(smaller)
    options.maximumVocabulary = smaller.vocabulary.count
    let kept = try Corpus(text: text, options: options)
    #expect(kept.tokenizer == smaller && kept.report.tokens.training == kept.training.count)
    #expect(try kept.training.read() == [1] + smaller.encode(text) + [1])
  }

  @Test("Near copies are found whatever their apostrophes and spaces")
  func nearCopies() throws {
    let line = "don't you know that I won't be coming back to the sailors' house, and that's what I've said"
    let song = (0..<12).map { "\(line) \($0) times\nthe river's cold - and deep" }.joined(separator: "\n")
    let copy = song.replacing("'", with: "\u{2019}").replacing(", ", with: " ,")
    var options = CorpusOptions(minimumCount: 1, validationFraction: 0)
    options.deduplication = .near(threshold: 0.9)
    let corpus = try Corpus(text: song + "\n\n\n" + copy, options: options)
    #expect(corpus.report.removed.nearDuplicates == 1)
  }
}
