public import Basics

/// A configuration or a file that no model can be made of.
public enum ModelError: Error, Equatable, CustomStringConvertible, SentenceError {
  /// A size that is not in 1...largest.
  case invalidSize(name: String, found: Int, largest: Int)
  /// A list of layers' sizes that is not as long as there are layers.
  case layersDisagree(layers: Int, hidden: [Int])
  /// Sizes that are each allowed but make too many weights together.
  case tooManyParameters(Int)
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
    case .tensorMismatch(let path, let tensor, let expected, let found):
      "\(path): the tensor \(tensor) should be \(expected) but is \(found); the file does not belong to this config.json."
    case .notFinite(let path, let tensor):
      "\(path): the tensor \(tensor) has a value that is not a finite number of 32 bits; the file is damaged, use another copy."
    }
  }
}
