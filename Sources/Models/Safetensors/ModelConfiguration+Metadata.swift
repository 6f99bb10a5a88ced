package import LanguageModel

/// What the names and shapes of the tensors do not tell of a model, as text in the header of its safetensors file.
extension ModelConfiguration {
  private static let cappedInput = "capped_input", outputSum = "output_sum"

  /// The text by key; empty for a model that its tensors describe.
  var metadata: [String: String] {
    var metadata: [String: String] = [:]
    if isInputCapped { metadata[Self.cappedInput] = "true" }
    if sumsOutputs { metadata[Self.outputSum] = "true" }
    return metadata
  }

  /// Sets what a header says of the model.
  package mutating func update(from metadata: [String: String]) {
    if metadata[Self.cappedInput] == "true" { isInputCapped = true }
    if metadata[Self.outputSum] == "true" { sumsOutputs = true }
  }
}
