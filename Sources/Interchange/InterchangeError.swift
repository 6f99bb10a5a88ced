public import Basics
private import Files

/// Why a file cannot be taken in, or a model not be written in a format.
public enum InterchangeError: Error, Equatable, CustomStringConvertible, SentenceError {
  /// The file has no tensors that a recurrent layer has.
  case noLayers(path: String)
  /// A recurrent network of a kind that Refrain's models have not.
  case unsupported(path: String, tensor: String, what: String)
  /// A tensor that is needed is not there.
  case missing(path: String, tensor: String)
  /// A tensor of another type or shape than the others ask for.
  case mismatch(path: String, tensor: String, expected: String, found: String)
  /// A tensor that is no part of a language model.
  case extra(path: String, tensor: String)
  /// Which matrix is the embedding cannot be told.
  case ambiguous(path: String, tensors: [String])
  /// The tensor that was named as the embedding is not there.
  case noSuchEmbedding(path: String, tensor: String, matrices: [String])
  /// There is nothing to read and write text with.
  case noVocabulary(path: String)
  /// As many tokens as the embedding has rows are needed.
  case vocabularyMismatch(path: String, expected: Int, found: Int)
  /// A list of tokens that is none.
  case invalidVocabulary(path: String, reason: String)
  /// A model with a part that PyTorch's modules and ONNX's operators have not.
  case notExpressible(part: String, why: String)
  /// A model that computes something else than PyTorch's modules would with its tensors.
  case beyondPyTorch(module: String, parts: [String])
  /// Two tensors that are the same one of a layer.
  case twice(path: String, tensors: [String])
  /// A file of `torch.save`, which can be converted; `isLegacy` if it has the format from before PyTorch 1.6.
  case torchFile(path: String, isLegacy: Bool, converted: String)
  /// Another file of Python's pickle.
  case pickle(path: String)
  /// More bytes than the format can hold.
  case tooLarge(format: String, bytes: Int, limit: Int)

  /// One sentence: the path, what was expected, what was found, what to do.
  public var description: String { sentence.text }

  package var sentence: Sentence {
    switch self {
    case .noLayers(let path):
      """
      \(path): expected the tensors of an LSTM, a GRU or an RNN, such as lstm.weight_ih_l0, found none; save the state_dict of the \
      whole model.
      """
    case .unsupported(let path, let tensor, let what):
      "\(path): the tensor \(tensor) is of \(what), which Refrain cannot run; give a model of LSTM, GRU or RNN layers in one direction."
    case .missing(let path, let tensor):
      "\(path): the tensor \(tensor) is missing; save the state_dict of the whole model."
    case .mismatch(let path, let tensor, let expected, let found):
      "\(path): the tensor \(tensor) should be \(expected) but is \(found); check that all tensors are of one model."
    case .extra(let path, let tensor):
      "\(path): the tensor \(tensor) is no part of an embedding, recurrent layers and a decoder; remove it, if the model works without."
    case .ambiguous(let path, let tensors):
      "\(path): \(list: tensors, separator: " and ") could each be the embedding; say which with \(key: "embedding_tensor")."
    case .noSuchEmbedding(let path, let tensor, let matrices):
      "\(path): there is no tensor \(tensor), but \(list: matrices, separator: " and "); name one of these with \(key: "embedding_tensor")."
    case .noVocabulary(let path):
      "\(path): the file does not say which tokens its rows stand for; give \(key: "tokenizer") or \(key: "vocabulary")."
    case .vocabularyMismatch(let path, let expected, let found):
      "\(path): the embedding has \(expected) rows but there are \(found) tokens; give the tokens that the model was trained with."
    case .invalidVocabulary(let path, let reason):
      "\(path): not a list of tokens, \(reason); give a token a line, in the order of the embedding's rows."
    case .notExpressible(let part, let why):
      "the model has \(part), which such a file cannot say: \(why); train without it to export."
    case .beyondPyTorch(let module, let parts):
      "the model has \(list: parts, separator: " and "), which \(module) of PyTorch does not compute; use \(key: "format", value: "onnx")."
    case .twice(let path, let tensors):
      "\(path): \(list: tensors, separator: " and ") are the same tensor of one layer; remove the one that the model does not use."
    case .torchFile(let path, let isLegacy, let converted):
      """
      \(path): expected a safetensors file, found a file of torch.save\(isLegacy ? " in the format from before PyTorch 1.6" : ""), which \
      is not read since it is a pickle and a pickle can run any code; convert it in Python with: \
      import torch; from safetensors.torch import save_file; \
      state = torch.load(\(whole: path.pythonLiteral), map_location="cpu", weights_only=True); \
      state = state.get("model", state.get("state_dict", state)); \
      save_file({name: tensor.contiguous().clone() for name, tensor in state.items()}, \(whole: converted.pythonLiteral))
      """
    case .pickle(let path):
      """
      \(path): expected a safetensors file, found a Python pickle, which is not read since a pickle can run any code; in the program that \
      wrote it, save the state_dict of the model with save_file of safetensors.torch.
      """
    case .tooLarge(let format, let bytes, let limit):
      "the model takes \(bytes) bytes and a file of \(format) can have \(limit) at most; export it as safetensors."
    }
  }
}

extension String {
  /// The text as a string of Python on one line.
  fileprivate var pythonLiteral: String {
    var literal = "\""
    for scalar in unicodeScalars {
      switch scalar {
      case "\\", "\"": literal += "\\\(scalar)"
      case _ where scalar.properties.generalCategory.isVisible: literal.unicodeScalars.append(scalar)
      case _:
        let digits = String(scalar.value, radix: 16)
        literal +=
          scalar.value < 0x1_0000
          ? "\\u" + String(repeating: "0", count: 4 - digits.count) + digits
          : "\\U" + String(repeating: "0", count: 8 - digits.count) + digits
      }
    }
    return literal + "\""
  }
}

extension Unicode.GeneralCategory {
  /// Whether a character of this category can be printed as it is.
  fileprivate var isVisible: Bool {
    switch self {
    case .control, .format, .surrogate, .privateUse, .unassigned, .lineSeparator, .paragraphSeparator: false
    default: true
    }
  }
}
