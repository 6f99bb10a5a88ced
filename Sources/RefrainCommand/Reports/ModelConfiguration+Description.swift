internal import Basics
internal import Refrain

extension ModelConfiguration {
  /// The sizes, for people to read.
  var description: String {
    "\(cells), \(vocabularySize.counted("token")): \(parameterCount.grouped) parameters"
  }

  /// The sizes but for the vocabulary: "2 x 512 LSTM, embedding 256", or "400 + 300 LSTM" where layers differ.
  var cells: String {
    var options: [String] = []
    if isNormalized { options.append("layer normalisation") }
    if isInputCapped { options.append("capped input gates") }
    let layers =
      Set(hiddenSizes).count == 1 ? "\(layerCount) x \(hiddenSizes[0].grouped)" : hiddenSizes.map(\.grouped).joined(separator: " + ")
    let tied = isTied ? " tied to the decoder" : "", with = options.isEmpty ? "" : " with " + options.joined(separator: " and ")
    return """
      \(layers) \(cell.title)\(with), embedding \(embeddingSize.grouped)\(tied)\(sumsOutputs ? ", sum of the layers' outputs" : "")\
      \(isInitialStateLearned ? ", learned initial state" : "")
      """
  }
}
