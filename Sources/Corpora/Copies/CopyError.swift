public import Basics

/// Why copies of training songs cannot be looked for; the description is a sentence that says what to do.
public enum CopyError: Error, Equatable, CustomStringConvertible, SentenceError {
  /// A setting is outside its range.
  case invalidSetting(key: String, found: String, expected: String)
  /// There is no index beside the store.
  case noIndex(path: String)
  /// The index was made of another corpus.
  case otherCorpus(path: String, corpus: String)
  /// The file is not an index that can be used.
  case malformedIndex(path: String, reason: String)
  /// The index is of a format that this version does not know.
  case unsupportedIndex(path: String, format: Int)
  /// The file is not a portable guard that can be used.
  case malformedGuard(path: String, reason: String)
  /// The portable guard is of a format that this version does not know.
  case unsupportedGuard(path: String, format: Int)
  /// A portable guard was given where the songs themselves are needed.
  case guardWithoutText(path: String)
  /// A corpus to compare with has no words.
  case noWords(path: String)
  /// Nothing was given to compare with.
  case nothingToCompare
  /// The corpus has more words than an index can number.
  case tooManyWords(limit: Int)
  /// The index would be written into a model directory, which may be given away.
  case insideModel(path: String)

  /// One sentence: what was expected, what was found, what to do.
  public var description: String { sentence.text }

  package var sentence: Sentence {
    switch self {
    case .invalidSetting(let key, let found, let expected): .invalidSetting(key: key, found: found, expected: expected)
    case .noIndex(let path):
      "\(path): there is no index of the training songs; prepare the store again with an index."
    case .otherCorpus(let path, let corpus):
      "\(path): this index was made of another corpus than \(corpus); prepare the store again with an index, or remove the old one."
    case .malformedIndex(let path, let reason):
      "\(path): this is not a whole index of songs (\(reason)); remove it and make it again."
    case .unsupportedIndex(let path, let format):
      "\(path): the index has format \(format) and this version reads format \(CopyIndex.format); remove it and make it again."
    case .malformedGuard(let path, let reason):
      "\(path): this is not a whole portable guard (\(reason)); get an undamaged copy, or make it again."
    case .unsupportedGuard(let path, let format):
      "\(path): the portable guard has format \(format) and this version reads format \(PortableGuard.format); make it again."
    case .guardWithoutText(let path):
      "\(path): a portable guard has no text to compare with; give the store, its index, or the songs."
    case .noWords(let path):
      "\(path): no song in it has a word, so there is nothing to compare with; give another corpus."
    case .nothingToCompare:
      "No songs are given to compare with; give a store, an index, or files of songs."
    case .tooManyWords(let limit):
      "The corpus has more than \(limit.grouped) words, and an index can number no more; compare with a part of it."
    case .insideModel(let path):
      """
      \(path): an index holds the lyrics and must not be in a model directory, which may be given away; write it to another folder.
      """
    }
  }
}
