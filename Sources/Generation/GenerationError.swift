public import Basics

/// Why nothing can be generated.
public enum GenerationError: Error, Equatable, CustomStringConvertible, SentenceError {
  /// A setting is outside its range.
  case invalidSetting(key: String, found: String, expected: String)

  /// One sentence: what was expected, what was found, what to do.
  public var description: String { sentence.text }

  package var sentence: Sentence {
    switch self {
    case .invalidSetting(let key, let found, let expected): .invalidSetting(key: key, found: found, expected: expected)
    }
  }
}
