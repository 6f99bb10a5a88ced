public import Basics

/// A configuration or a file that no model can be made of.
public enum ModelError: Error, Equatable, CustomStringConvertible, SentenceError {
  /// A size that is not in 1...largest.
  case invalidSize(name: String, found: Int, largest: Int)
  /// A list of layers' sizes that is not as long as there are layers.
  case layersDisagree(layers: Int, hidden: [Int])
  /// Sizes that are each allowed but make too many weights together.
  case tooManyParameters(Int)
  /// A cap on the input gates of cells that have none.
  case cappedInput(cell: String)
  /// A sum of the outputs of layers that differ in size.
  case outputSum(hidden: [Int])
  /// A weights file whose tensors are not those of the configuration.
  case tensorMismatch(path: String, tensor: String, expected: String, found: String)
  /// A weights file with a weight that is not a finite number of 32 bits.
  case notFinite(path: String, tensor: String)

  /// One sentence: what was expected, what was found, what to do.
  public var description: String { sentence.text }

  package var sentence: Sentence {
    switch self {
    case .invalidSize(let name, let found, let largest):
      .invalidSetting(key: name, found: "\(found)", expected: "from 1 to \(largest)")
    case .layersDisagree(let layers, let hidden):
      "\(key: "hidden") lists \(hidden.count) sizes, but \(key: "layers") is \(layers); name as many sizes as there are layers."
    case .tooManyParameters(let count):
      "these sizes make \(count.grouped) weights, more than 2^34; choose a smaller vocabulary, embedding or hidden size."
    case .cappedInput(let cell): .cappedInput(cell: cell)
    case .outputSum(let hidden): .outputSum(hidden: hidden)
    case .tensorMismatch(let path, let tensor, let expected, let found):
      "\(path): the tensor \(tensor) should be \(expected) but is \(found); the file does not belong to this config.json."
    case .notFinite(let path, let tensor):
      "\(path): the tensor \(tensor) has a value that is not a finite number of 32 bits; the file is damaged, use another copy."
    }
  }
}

extension Sentence {
  /// The sentence about a cap on the input gates of cells that have none.
  package static func cappedInput(cell: String) -> Sentence {
    """
    \(key: "capped_input") caps the input gates of an LSTM, but \(key: "cell") is \(cell); leave \(key: "capped_input") out, or choose \
    the cell lstm.
    """
  }

  /// The sentence about a sum of the outputs of layers that differ in size.
  package static func outputSum(hidden: [Int]) -> Sentence {
    """
    \(key: "output_sum") needs layers of one size, but \(key: "hidden") is \(list: hidden.map(String.init), separator: ","); leave \
    \(key: "output_sum") out, or give all layers the same size.
    """
  }
}
