package import Corpora
package import LanguageModel

/// What a scorer found for a window.
package struct WindowScores: Sendable {
  /// Cross-entropies in nats by time and then by lane; 0 where there is nothing to predict.
  package var nats: [Double]
  /// What the decoder read, [T B, D], by time and then by lane, if it was asked for; else empty.
  package var inputs: [Float]

  package init(nats: [Double] = [], inputs: [Float] = []) {
    self.nats = nats
    self.inputs = inputs
  }
}

/// Predicts windows of some lanes in order.
///
/// An ``EvaluationPool`` predicts with the same weights throughout. A scorer that adapts its weights to the text conforms too.
package protocol WindowScorer: Sendable {
  /// Predicts the next window of all lanes.
  ///
  /// - Parameters:
  ///   - start: the state that the lanes start from.
  ///   - keepsInputs: whether the result has the decoder's inputs.
  ///   - windows: those of a shard; called once for each, side by side.
  /// - Throws: what `windows` throws.
  func scores<Failure: Error>(
    from start: StartingState, keepsInputs: Bool, windows: @Sendable (_ shard: Int) throws(Failure) -> ShardWindows
  ) async throws(Failure) -> WindowScores
}
