import Basics
import Corpora
import Testing

@Suite("tokenizer.json")
struct TokenizerJSONTests {
  static let json = """
    {"version": "1.0", "added_tokens": [{"id": 0, "content": "<unk>", "single_word": false, "lstrip": false, "rstrip": false,
    "normalized": false, "special": true}], "model": {"type": "WordLevel", "vocab": {"<unk>": 0, "<song>": 1, "a": 2},
    "unk_token": "<unk>", "refrain": {"format": 1, "tokenization": "word", "lowercase": true}}}
    """

  func read(_ json: String) throws -> Corpora.Tokenizer {
    try Corpora.Tokenizer(json: Array(json.utf8), path: "t")
  }

  @Test("A tokenizer comes back as it was, whatever its tokens", arguments: Tokenization.allCases, [true, false])
  func roundTrip(tokenization: Tokenization, lowercase: Bool) throws {
    let text = "a \"quote\" \\ / é \u{2028} 👩‍👧 <song> [Tag]\n'til\ttab"
    let tokenizer = try tokenizer(tokenization, knowing: text, lowercase: lowercase)
    let json = tokenizer.jsonData()
    let back = try Corpora.Tokenizer(json: json, path: "t")
    #expect(back == tokenizer)
    #expect(back.jsonData() == json)
    #expect(back.encode(text) == tokenizer.encode(text))
  }

  @Test(
    "The rules that cut texts are kept, and a file without them has the first", arguments: Tokenization.allCases,
    [LexingRules.first, .second, .third])
  func rules(tokenization: Tokenization, rules: LexingRules) throws {
    let depends = tokenization == .word || tokenization == .bpe
    let tokenizer = try tokenizer(tokenization, knowing: "the sailors' song\nहिन्दी हिन्दी", rules: rules)
    // The third leave byte pairs as they are.
    let isBytePairs = tokenization == .bpe
    #expect(tokenizer.rules == (depends && !(isBytePairs && rules == .second) ? rules : .current))
    let text = String(decoding: tokenizer.jsonData(), as: UTF8.self)
    #expect(text.contains("\"rules\"") == (depends && rules != .first))
    let recorded = isBytePairs ? 2 : rules.rawValue
    #expect(text.contains("\"rules\" : \(recorded)") == (depends && rules != .first))
    #expect(text.contains(#"\\p{M}"#) == (tokenization == .word || tokenization == .bpe && rules != .first))
    #expect(text.contains("\"use_regex\" : false") == (tokenization == .bpe && rules != .first))
    let back = try read(text)
    #expect(back == tokenizer && back.rules == tokenizer.rules)
    #expect(back.lowercasing(true).rules == tokenizer.rules)
    // A corpus that keeps the tokenizer is cut by its rules.
    var options = CorpusOptions()
    options.keep(back)
    #expect(options.rules == tokenizer.rules)
    #expect(try Corpus(text: "the sailors' song\nहिन्दी", options: options).tokenizer.rules == tokenizer.rules)
  }

  @Test("A file of the known format is read")
  func known() throws {
    let tokenizer = try read(Self.json)
    #expect(tokenizer.tokenization == .word && tokenizer.lowercase)
    #expect(tokenizer.vocabulary.tokens == ["<unk>", "<song>", "a"])
  }

  @Test(
    "Each fault is named",
    arguments: [
      ("{\"version\"", "{{", "it is not valid JSON, or a number in it is not whole"),
      ("\"refrain\"", "\"other\"", "model.refrain is missing"),
      ("\"vocab\"", "\"other\"", "model.vocab is missing"),
      ("\"format\": 1", "\"format\": \"1\"", "model.refrain.format is not a whole number"),
      ("\"lowercase\": true", "\"lowercase\": 1", "model.refrain.lowercase is not true or false"),
      ("\"lowercase\": true", "\"lowercase\": true, \"rules\": 4", "model.refrain.rules is 4, expected 1 to 3"),
      ("\"lowercase\": true", "\"lowercase\": true, \"rules\": \"2\"", "model.refrain.rules is not a whole number"),
      ("\"word\"", "\"verse\"", "model.refrain.tokenization is \"verse\", expected one of word, char, whitespace, bpe"),
      ("WordLevel", "BPE", "model.type is \"BPE\", expected \"WordLevel\""),
      ("\"unk_token\": \"<unk>\"", "\"unk_token\": \"?\"", "model.unk_token is \"?\", expected \"<unk>\""),
      ("{\"<unk>\": 0, \"<song>\": 1, \"a\": 2}", "{}", "model.vocab has no tokens"),
      ("{\"<unk>\": 0, \"<song>\": 1, \"a\": 2}", "[]", "model.vocab is not of the expected kind"),
      ("\"a\": 2", "\"a\": 3", "model.vocab has the number 3 for \"a\", expected 0 to 2"),
      ("\"a\": 2", "\"a\": -1", "model.vocab has the number -1 for \"a\", expected 0 to 2"),
      ("\"a\": 2", "\"a\": 1", "model.vocab gives the number 1 to \"<song>\" and to \"a\""),
      ("\"a\": 2", "\"a\": 2.5", "it is not valid JSON, or a number in it is not whole"),
      ("\"a\": 2", "\"a\": 99999999999999999999", "it is not valid JSON, or a number in it is not whole"),
      ("\"a\": 2", "\"\": 2", "model.vocab has an empty token"),
      ("\"<unk>\": 0", "\"b\": 0", "model.vocab lacks \"<unk>\""),
      ("\"<song>\": 1", "\"b\": 1", "model.vocab lacks \"<song>\""),
    ])
  func faults(old: String, new: String, reason: String) throws {
    try #require(Self.json.contains(old))
    #expect(throws: CorpusError.malformedTokenizer(path: "t", reason: reason)) { try read(Self.json.replacing(old, with: new)) }
  }

  @Test("Another format is named")
  func format() {
    #expect(throws: CorpusError.unsupportedTokenizer(path: "t", format: 2)) {
      try read("{\"model\": {\"refrain\": {\"format\": 2}}}")
    }
  }

  @Test("A file cut off or changed at any byte is refused or read, and never trapped on")
  func damaged() throws {
    let json = Array(Self.json.utf8)
    for length in 0..<json.count {
      #expect(throws: CorpusError.self) { try Corpora.Tokenizer(json: Array(json[..<length]), path: "t") }
    }
    var generator = SeededGenerator(seed: 3)
    for index in json.indices {
      var changed = json
      changed[index] = UInt8.random(in: 0...255, using: &generator)
      _ = try? Corpora.Tokenizer(json: changed, path: "t")
    }
  }

  @Test("A tokenizer that could not be read back is refused before it is written", arguments: Tokenization.allCases)
  func tooLarge(tokenization: Tokenization) throws {
    let tokenizer = try tokenizer(tokenization, knowing: "the river, \"quotes\" \\ and é\u{1} the river\nthe boat")
    let size = tokenizer.jsonData().count
    try tokenizer.checkSize()
    #expect(try tokenizer.fileData().count == size)
    for limit in [size, size + 1] { try tokenizer.checkSize(limit: limit) }
    let error = CorpusError.vocabularyTooLarge(tokens: tokenizer.vocabulary.count, bytes: size, limit: size - 1)
    #expect(throws: error) { try tokenizer.checkSize(limit: size - 1) }
    #expect(throws: error) { try tokenizer.fileData(limit: size - 1) }
  }
}
