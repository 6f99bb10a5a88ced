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

  /// The rules by which a tokenization is cut: the current ones where a later revision cuts it in the same way.
  func applied(to tokenization: Tokenization) -> LexingRules {
    switch tokenization {
    case .word: self
    case .bpe: self == .first ? .first : .current
    case .char, .whitespace: .current
    }
  }

  /// The number that a file records: that of the first revision which cuts the tokenization in the same way; nil for the first of all.
  func recorded(for tokenization: Tokenization) -> Int? {
    switch tokenization {
    case .word: self == .first ? nil : rawValue
    case .bpe: self == .first ? nil : Self.second.rawValue
    case .char, .whitespace: nil
    }
  }
}
