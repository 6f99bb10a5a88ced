public import Basics

/// Why songs cannot be conditioned on columns or values.
public enum ConditionError: Error, Equatable, CustomStringConvertible, SentenceError {
  /// The corpus does not carry the column with its songs.
  case columnNotCarried(name: String, carried: [String])
  /// No value of the column is frequent enough to have a token.
  case noFrequentValue(column: String, fewest: Int)
  /// The corpus has no boundaries between songs.
  case needsSongs(tokens: String)
  /// The details of a store are not those of its songs.
  case songsDisagree(details: Int, songs: Int)
  /// The model was trained without conditions.
  case notConditioned
  /// The model has no such column.
  case unknownColumn(name: String, known: [String])
  /// The column has no such value.
  case unknownValue(column: String, value: String, nearest: String)
  /// The file is not one of conditions.
  case malformed(path: String, fault: String)
  /// Another version of this program wrote the file.
  case otherFormat(path: String, expected: Int, found: Int)

  /// One sentence: what was expected, what was found, what to do.
  public var description: String { sentence.text }

  package var sentence: Sentence {
    switch self {
    case .columnNotCarried(let name, let carried):
      carried.isEmpty
        ? """
        the corpus carries no columns with its songs, and so no \(name) for \(key: "condition"); read a table that has the column, or \
        prepare the store again and keep it.
        """
        : """
        the corpus carries no column \(name) with its songs (it carries \(list: carried)); correct the name in \(key: "condition"), or \
        prepare the store again and keep the column.
        """
    case .noFrequentValue(let column, let fewest):
      """
      no value of the column \(column) occurs in \(fewest) or more training songs, so there is nothing to condition on; choose another \
      column for \(key: "condition"), or give more songs.
      """
    case .needsSongs(let tokens):
      """
      \(key: "condition") needs songs with boundaries between them, which pre-tokenized text (\(tokens)) does not have; choose another \
      kind of \(key: "tokens").
      """
    case .songsDisagree(let details, let songs):
      "the store has details of \(details.grouped) songs, but \(songs.grouped) songs in a part; prepare it again."
    case .notConditioned:
      "the model was trained without conditions, so it cannot be given one; leave \(key: "condition") out, or train a model with it."
    case .unknownColumn(let name, let known):
      "the model is not conditioned on \(name) (its columns: \(list: known)); name one of these in \(key: "condition")."
    case .unknownValue(let column, let value, let nearest):
      """
      the model knows no \(column) "\(value)"; the nearest of its values is "\(nearest)". Give a value that the model knows in \
      \(key: "condition").
      """
    case .malformed(let path, let fault):
      "\(path): this is not a file of a model's conditions (\(fault)); use an undamaged copy of the model."
    case .otherFormat(let path, let expected, let found):
      "\(path): the conditions have format \(found), but this version reads format \(expected); use the version that wrote them."
    }
  }
}
