public import Basics

/// Why a model cannot be looked into as asked.
public enum InspectionError: Error, Equatable, CustomStringConvertible, SentenceError {
  /// The states of so many tokens would take too much memory.
  case textTooLong(tokens: Int, most: Int, mebibytes: Int)
  /// The model has no such layer.
  case noLayer(layer: Int, layers: Int)
  /// The layer has no such unit.
  case noUnit(layer: Int, unit: Int, units: Int)
  /// More units were chosen than a page shows.
  case tooManyUnits(given: Int, most: Int)
  /// The span is not one of the text.
  case spanOutside(start: Int, end: Int, tokens: Int)
  /// No unit is on over the whole span.
  case nothingOn(start: Int, end: Int, threshold: String)
  /// No song has as many tokens as the span.
  case songsTooShort(path: String, length: Int, longest: Int)
  /// One bit for each token and unit would take too much memory.
  case storeTooLarge(path: String, tokens: Int, units: Int, mebibytes: Int)
  /// The ending of the file to export to names no format.
  case unknownFormat(path: String)

  /// One sentence: what was expected, what was found, what to do.
  public var description: String { sentence.text }

  package var sentence: Sentence {
    switch self {
    case .textTooLong(let tokens, let most, let mebibytes):
      """
      the text has \(tokens.grouped) tokens, but the states of at most \(most.grouped) tokens of this model fit into \
      \(mebibytes.grouped) MiB; give a shorter text.
      """
    case .noLayer(let layer, let layers):
      "\(key: "units") names layer \(layer), but the model's layers are \(whole: Self.range(layers)); choose one of them."
    case .noUnit(let layer, let unit, let units):
      "\(key: "units") names unit \(unit) of layer \(layer), but its units are \(whole: Self.range(units)); choose one of them."
    case .tooManyUnits(let given, let most): "\(key: "units") names \(given) units, but a page shows at most \(most); name fewer."
    case .spanOutside(let start, let end, let tokens):
      """
      \(key: "like") \(start):\(end) is no span of the text, which has \(tokens.grouped) tokens: the start must be at least 0 and less \
      than the end, and the end at most \(tokens); choose another span.
      """
    case .nothingOn(let start, let end, let threshold):
      """
      no unit has an absolute hidden state above \(threshold) at every token of \(key: "like") \(start):\(end); choose another span or \
      a lower \(key: "threshold").
      """
    case .songsTooShort(let path, let length, let longest):
      """
      \(path): the span has \(length.grouped) tokens, but the longest song has \(longest.grouped); choose a shorter span or give longer \
      songs.
      """
    case .storeTooLarge(let path, let tokens, let units, let mebibytes):
      """
      \(path): one bit for each of \(tokens.grouped) tokens and \(units.grouped) units would take more than \(mebibytes.grouped) MiB of \
      memory; give fewer songs.
      """
    case .unknownFormat(let path): "\(path): \(key: "export") takes a name that ends in .safetensors or .npy; choose such a name."
    }
  }

  private static func range(_ count: Int) -> String { count == 1 ? "0 only" : "0 to \(count - 1)" }
}
