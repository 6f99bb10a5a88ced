import Basics
import Corpora
import Files
import SystemPackage

/// A folder of a test's own, removed at its end.
final class TemporaryFolder {
  let path: FilePath

  init() throws {
    path = FilePath("/tmp").appending("refrain-test-\(UInt64.random(in: .min ... .max))")
    try makeDirectories(path)
  }

  deinit {
    try? removeTree(path)
  }

  /// Writes a file, making the folders it needs, and returns its path.
  @discardableResult
  func write(_ bytes: [UInt8], to name: String) throws -> String {
    let file = path.pushing(FilePath(name))
    try makeDirectories(file.removingLastComponent())
    try AtomicFile.write(bytes, to: file)
    return file.string
  }

  @discardableResult
  func write(_ text: String, to name: String) throws -> String {
    try write(Array(text.utf8), to: name)
  }
}

/// SplitMix64: the same numbers from the same seed, everywhere.
struct SeededGenerator: RandomNumberGenerator {
  var state: UInt64

  init(seed: UInt64) {
    state = seed
  }

  mutating func next() -> UInt64 {
    state &+= 0x9E37_79B9_7F4A_7C15
    var mixed = state
    mixed = (mixed ^ (mixed >> 30)) &* 0xBF58_476D_1CE4_E5B9
    mixed = (mixed ^ (mixed >> 27)) &* 0x94D0_49BB_1331_11EB
    return mixed ^ (mixed >> 31)
  }
}

/// A tokenizer whose vocabulary has every token of these texts.
func tokenizer(
  _ tokenization: Tokenization, knowing texts: String..., lowercase: Bool = false, rules: LexingRules = .current
) throws -> Corpora.Tokenizer {
  try tokenizer(tokenization, knowing: texts, lowercase: lowercase, rules: rules)
}

func tokenizer(
  _ tokenization: Tokenization, knowing texts: [String], lowercase: Bool = false, rules: LexingRules = .current
) throws -> Corpora.Tokenizer {
  var options = CorpusOptions(tokenization: tokenization, minimumCount: 1, lowercase: lowercase, validationFraction: 0)
  options.rules = rules
  return try Corpus(text: texts.joined(separator: "\n"), options: options).tokenizer
}

/// The tokens that a text is cut into, as strings, without `<join>` and `<space>`.
func cut(
  _ text: String, _ tokenization: Tokenization = .word, lowercase: Bool = false, rules: LexingRules = .current
) throws -> [String] {
  // A trailing word keeps texts without a token usable.
  let tokenizer = try tokenizer(tokenization, knowing: text + "\nz", lowercase: lowercase, rules: rules)
  return tokenizer.encode(text).map { tokenizer.vocabulary.tokens[Int($0)] }.filter { $0 != "<join>" && $0 != "<space>" }
}
