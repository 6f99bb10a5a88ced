public import Basics
public import Corpora

/// Why nothing can be generated.
public enum GenerationError: Error, Equatable, CustomStringConvertible, SentenceError {
  /// A setting is outside its range.
  case invalidSetting(key: String, found: String, expected: String)
  /// A song of a given shape needs a model whose tokens are words.
  case needsWords(tokens: String)
  /// The text of a song's shape cannot be read.
  case invalidShape(key: String, found: String, expected: String)
  /// The model has no such condition.
  case condition(ConditionError)

  /// One sentence: what was expected, what was found, what to do.
  public var description: String { sentence.text }

  package var sentence: Sentence {
    switch self {
    case .invalidSetting(let key, let found, let expected): .invalidSetting(key: key, found: found, expected: expected)
    case .needsWords(let tokens):
      """
      a song of a given shape needs a model of words, and the tokens of this one are of another kind (\(tokens)); train one with \
      \(key: "tokens") word.
      """
    case .invalidShape(let key, let found, let expected):
      "\(key: key) has \"\(found)\" where \(whole: expected) was expected; write it so."
    case .condition(let error): error.sentence
    }
  }
}
