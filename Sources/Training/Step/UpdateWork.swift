private import Foundation
internal import Kernels
internal import LanguageModel

/// The two passes that end a step, cut into parts that may run side by side: chunks of the dense gradients, then of the embedding's rows.
struct UpdateWork: Sendable {
  /// One a shard; the sum takes the first one's place.
  private let gradients: [FloatStorage]
  private let denseStart: Int
  private let embedding: EmbeddingReduction
  private let clock: UpdateClock
  private let chunks: ParallelChunks
  /// Of the rows that were touched.
  private let rows: ParallelChunks

  /// - Parameter embedding: has gathered the rows of this step.
  init(_ layout: ParameterLayout, gradients: [FloatStorage], embedding: EmbeddingReduction, clock: UpdateClock) {
    self.gradients = gradients
    self.embedding = embedding
    self.clock = clock
    denseStart = layout.denseStart
    chunks = ParallelChunks(count: layout.count - layout.denseStart)
    rows = Self.rows(embedding.tokens.count, embedding)
  }

  private static func rows(_ count: Int, _ embedding: EmbeddingReduction) -> ParallelChunks {
    ParallelChunks(count: count, chunkSize: max(1, ParallelChunks.usualSize / embedding.columns))
  }

  // MARK: - Pass 1

  var reducePartCount: Int { chunks.chunkCount + rows.chunkCount }

  /// Adds up the shards' gradients; returns the sum of the result's squares.
  func reduce(_ part: Int) -> Double {
    part < chunks.chunkCount
      ? Optimizer.reduce(gradients, into: gradients[0], range: chunks.range(part)) : embedding.reduce(rows.range(part - chunks.chunkCount))
  }

  // MARK: - Pass 2

  /// What one update does: what it writes besides the weights, and by which rates.
  struct Step: Sendable {
    var state: Optimizer.State
    var rates: Optimizer.RMSPropRates
    /// How many updates the average has, this one included, and its decay.
    var averaged = 0
    var averageDecay = 0.0

    /// Momentum moves a row of the embedding on after an update that touched it, by steps that change with the learning rate: so all rows
    /// are updated then, and none later than it is due.
    var updatesAllRows: Bool { state.momenta != nil }

    /// The rates for a row that so many updates did not touch.
    func rates(missed: Int) -> Optimizer.RMSPropRates {
      var rates = rates
      rates.missedDecay = Float(pow(Double(rates.decay), Double(missed)))
      if averaged > 1 {
        rates.averageMissed = Float(WeightAverage.share(last: missed, of: averaged - 1, decay: averageDecay))
      }
      return rates
    }
  }

  func updatePartCount(_ step: Step) -> Int { chunks.chunkCount + updatedRows(step).chunkCount }

  private func updatedRows(_ step: Step) -> ParallelChunks {
    step.updatesAllRows && denseStart > 0 ? Self.rows(clock.lastUpdate.count, embedding) : rows
  }

  /// The RMSProp step, after all parts of pass 1.
  ///
  /// - Precondition: nobody else holds the weights' memory.
  func update(_ part: Int, of weights: FloatStorage, _ step: Step) {
    if part < chunks.chunkCount {
      let range = chunks.range(part)
      Optimizer.rmsProp(
        weights: weights, state: step.state, range: range.lowerBound + denseStart..<range.upperBound + denseStart, gradient: gradients[0],
        at: range.lowerBound, rates: step.rates)
      return
    }
    let columns = embedding.columns, isAll = step.updatesAllRows
    let zeros = isAll ? FloatStorage(count: columns) : nil
    for index in updatedRows(step).range(part - chunks.chunkCount) {
      let token = isAll ? index : Int(embedding.tokens[index])
      var rates = step.rates(missed: isAll ? 0 : clock.missedUpdates(token))
      let row = embedding.row(of: token)
      // As without momentum, a row decays in the steps that touch it.
      if row == nil { rates.weightKeep = 1 }
      Optimizer.rmsProp(
        weights: weights, state: step.state, range: token * columns..<(token + 1) * columns,
        gradient: row == nil ? zeros ?? embedding.sum : embedding.sum, at: (row ?? 0) * columns, rates: rates)
    }
  }
}
