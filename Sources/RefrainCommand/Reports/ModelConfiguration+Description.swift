internal import Basics
internal import Refrain

extension ModelConfiguration {
  /// The sizes, for people to read.
  var description: String {
    "\(cells), \(vocabularySize.counted("token")): \(parameterCount.grouped) parameters"
  }

  /// The sizes but for the vocabulary: "2 x 512 LSTM, embedding 256", or "400 + 300 LSTM" where layers differ.
  var cells: String {
    let layers =
      Set(hiddenSizes).count == 1 ? "\(layerCount) x \(hiddenSizes[0].grouped)" : hiddenSizes.map(\.grouped).joined(separator: " + ")
    let tied = isTied ? " tied to the decoder" : "", normalized = isNormalized ? " with layer normalisation" : ""
    return """
      \(layers) \(cell.title)\(normalized), embedding \(embeddingSize.grouped)\(tied)\
      \(isInitialStateLearned ? ", learned initial state" : "")
      """
  }
}
