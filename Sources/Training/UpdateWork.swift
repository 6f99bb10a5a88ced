private import Foundation
internal import Kernels
internal import LanguageModel

/// The two passes that end a step, cut into parts that may run side by side: chunks of the dense gradients, then of the embedding's rows.
struct UpdateWork: Sendable {
  /// One a shard; the sum takes the first one's place.
  private let gradients: [FloatStorage]
  private let denseStart: Int
  private let squares: FloatStorage
  private let embedding: EmbeddingReduction
  private let chunks: ParallelChunks
  private let rows: ParallelChunks

  /// - Parameter embedding: has gathered the rows of this step.
  init(_ layout: ParameterLayout, gradients: [FloatStorage], squares: FloatStorage, embedding: EmbeddingReduction) {
    (self.gradients, self.squares, self.embedding, denseStart) = (gradients, squares, embedding, layout.denseStart)
    chunks = ParallelChunks(count: layout.count - layout.denseStart)
    rows = ParallelChunks(count: embedding.tokens.count, chunkSize: max(1, ParallelChunks.usualSize / embedding.columns))
  }

  var partCount: Int { chunks.chunkCount + rows.chunkCount }

  /// Pass 1: adds up the shards' gradients; returns the sum of the result's squares.
  func reduce(_ part: Int) -> Double {
    part < chunks.chunkCount
      ? Optimizer.reduce(gradients, into: gradients[0], range: chunks.range(part)) : embedding.reduce(rows.range(part - chunks.chunkCount))
  }

  /// Pass 2: the RMSProp step, after all parts of pass 1.
  ///
  /// - Precondition: nobody else holds the weights' memory.
  func update(_ part: Int, of weights: FloatStorage, _ rates: Optimizer.RMSPropRates) {
    if part < chunks.chunkCount {
      let range = chunks.range(part)
      Optimizer.rmsProp(
        weights: weights, squares: squares, range: range.lowerBound + denseStart..<range.upperBound + denseStart, gradient: gradients[0],
        at: range.lowerBound, rates: rates)
      return
    }
    let columns = embedding.columns
    for row in rows.range(part - chunks.chunkCount) {
      let token = Int(embedding.tokens[row])
      var rates = rates
      rates.missedDecay = Float(pow(Double(rates.decay), Double(embedding.missedUpdates(row))))
      Optimizer.rmsProp(
        weights: weights, squares: squares, range: token * columns..<(token + 1) * columns, gradient: embedding.sum, at: row * columns,
        rates: rates)
    }
  }
}
