private import Corpora
internal import Files
internal import LanguageModel
public import Models
internal import SystemPackage

/// A file format that a model can be written in for other programs.
public enum ExportFormat: String, CaseIterable, Sendable {
  /// PyTorch's names and shapes: what `torch.nn.Embedding`, `torch.nn.LSTM` and `torch.nn.Linear` take as they are.
  case safetensors
  /// A graph that onnxruntime and others run.
  case onnx

  /// The key of the header's metadata that holds the contents of `tokenizer.json`.
  static let tokenizerKey = "refrain.tokenizer"
  /// The most bytes that the tokenizer may take in a header, which readers bound.
  private static let mostTokenizerBytes = SafetensorsReader.longestHeader * 3 / 4

  /// What a safetensors file says about the model besides the tensors.
  static func metadata(of model: Model) -> [String: String] {
    var metadata = ["format": "pt", "step": "\(model.step)"]
    let tokenizer = model.tokenizer.jsonData()
    // As the header has it, with quotation marks and control characters escaped.
    let length = tokenizer.reduce(0) { $0 + ($1 < 0x20 ? 6 : $1 == UInt8(ascii: "\"") || $1 == UInt8(ascii: "\\") ? 2 : 1) }
    if length <= mostTokenizerBytes { metadata[tokenizerKey] = String(decoding: tokenizer, as: UTF8.self) }
    return metadata
  }
}

extension Model {
  /// Writes the model to one file for other programs, whole or not at all.
  ///
  /// A safetensors file also has the tokenizer in its metadata, unless it would take more than 3 MiB there; an ONNX file has not.
  ///
  /// - Throws: `FileError`, or `InterchangeError.tooLarge`, `.notExpressible` or `.beyondPyTorch`.
  public func export(to path: String, format: ExportFormat) throws {
    if weights.configuration.isInitialStateLearned {
      throw InterchangeError.notExpressible(
        part: "a learned initial state",
        why: "PyTorch's modules and ONNX's operators start from zeros or from what the caller gives them")
    }
    if conditions != nil {
      throw InterchangeError.notExpressible(
        part: "conditions", why: "their control tokens have rows of the embedding only, and no token of the tokenizer")
    }
    switch format {
    case .safetensors:
      // Nothing in the tensors would say so.
      let parts = weights.configuration.partsBeyondPyTorch
      if !parts.isEmpty { throw InterchangeError.beyondPyTorch(module: "nn.\(weights.configuration.cell.title)", parts: parts) }
      let metadata = ExportFormat.metadata(of: self)
      try AtomicFile.write(to: FilePath(path)) { try weights.write(to: &$0, metadata: metadata) }
    case .onnx:
      try ONNXModel.write(weights, step: step, to: FilePath(path))
    }
  }
}

extension ModelConfiguration {
  /// What the model computes otherwise than PyTorch's modules would with the same tensors.
  fileprivate var partsBeyondPyTorch: [String] {
    (isInputCapped ? ["capped input gates"] : []) + (hasOutputSum ? ["a sum of the layers' outputs"] : [])
  }
}
