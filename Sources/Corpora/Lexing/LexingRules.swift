/// The revision of the rules that cut texts into words and byte pairs.
///
/// A tokenizer keeps the rules that it was made with, so that it cuts texts in the same way later. Characters and pre-tokenized texts are
/// cut in one way by all revisions.
public enum LexingRules: Int, Sendable, Hashable, Codable {
  /// The rules of all tokenizers that do not record any. Byte pairs are merged inside the pieces of GPT-2's pattern, which cuts combining
  /// marks off their letters. An apostrophe after a word is a token of its own unless the word is known to have lost its end (runnin').
  case first = 1
  /// Combining marks and joiners belong to the letter before them. An apostrophe after a word belongs to it unless it closes a quotation.
  case second = 2
  /// Words keep the apostrophes that they are written with, and the tokens `<join>` and `<space>` say where white space is not as
  /// ``TokenDecoder`` would put it. Byte pairs are cut as by the second.
  case third = 3

  /// The rules of new tokenizers.
  public static let current = third

  /// Whether texts keep their spacing and spelling at word level.
  var keepsSpelling: Bool { self == .third }

  /// The rules that a file records as a number; a file without one has the first.
  init?(recorded number: Int?) {
    self.init(rawValue: number ?? Self.first.rawValue)
  }

  /// The number that a file records; nil for the first.
  var recorded: Int? { self == .first ? nil : rawValue }
}

extension Tokenization {
  /// Whether the revisions of the rules cut texts differently.
  var dependsOnRules: Bool {
    switch self {
    case .word, .bpe: true
    case .char, .whitespace: false
    }
  }
}
