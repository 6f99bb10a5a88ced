public import Basics

/// Why a study of cells or of a time step cannot be made.
public enum StudyError: Error, Equatable, CustomStringConvertible, SentenceError {
  /// The text has no token at the position that was asked for.
  case stepOutsideText(step: Int, tokens: Int)
  /// The model has no such layer.
  case noLayer(layer: Int, layers: Int)
  /// The corpus has too few tokens for a window as long as gradients are followed.
  case tooShort(tokens: Int, needed: Int)
  /// The loss, the update or the weights were not finite when a cell was trained.
  case notLearned(cell: String)

  /// One sentence: what was expected, what was found, what to do.
  public var description: String { sentence.text }

  package var sentence: Sentence {
    switch self {
    case .stepOutsideText(let step, let tokens):
      "the text has \(tokens.counted("token")), so there is no \(key: "step") \(step); choose one from 0 to \(max(0, tokens - 1))."
    case .noLayer(let layer, let layers):
      "the model has \(layers.counted("layer")), so there is no \(key: "layer") \(layer); choose one from 0 to \(layers - 1)."
    case .tooShort(let tokens, let needed):
      """
      the corpus has \(tokens.counted("token")) to train on, but windows of this length need at least \(needed.grouped); name more \
      songs, or choose a smaller \(key: "window").
      """
    case .notLearned(let cell):
      "training the \(cell) gave a loss or weights that are not finite; choose a smaller \(key: "learning_rate")."
    }
  }
}
