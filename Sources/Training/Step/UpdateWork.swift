private import Foundation
internal import Kernels
internal import LanguageModel

/// The two passes that end a step, cut into parts that may run side by side: chunks of the gradients of the layers and of the decoder,
/// and the embedding's rows.
struct UpdateWork: Sendable {
  /// Gradients that lie one after the other, as a range of the weights does.
  private struct Segment: Sendable {
    /// By ranges of shards or groups; the sum takes the first one's place.
    let nodes: [(shards: Range<Int>, buffer: FloatStorage)]
    /// The first of the weights.
    let start: Int
    let chunks: ParallelChunks

    init(_ nodes: [(shards: Range<Int>, buffer: FloatStorage)], weights: Range<Int>) {
      self.nodes = nodes
      start = weights.lowerBound
      chunks = ParallelChunks(count: weights.count)
    }
  }

  fileprivate enum Part: Sendable {
    /// A range of a segment.
    case chunk(of: Int, Range<Int>)
    /// Some of the touched rows of the embedding.
    case rows(Range<Int>)
  }

  private enum Reduction: Sendable {
    /// Adds up the buffers of a part.
    case sum(Part)
    /// Takes the squares of a part that is added up.
    case squares(Part)
  }

  private let segments: [Segment]
  private let embedding: EmbeddingReduction
  private let clock: UpdateClock
  /// Whether the decoder's weight is the embedding: then the rows are added to the decoder's gradient.
  private let isTied: Bool
  /// The parts of the layers, the decoder and the touched rows.
  private let layers: [Part], decoder: [Part], rows: [Part]
  private let reductions: [[Reduction]]

  /// - Parameter embedding: has gathered the rows of this step.
  init(_ layout: ParameterLayout, gradients: StepGradients, embedding: EmbeddingReduction, clock: UpdateClock) {
    func groups(_ matrix: (DecoderGradients) -> Matrix) -> [(shards: Range<Int>, buffer: FloatStorage)] {
      gradients.decoders.enumerated().map { ($0..<$0 + 1, matrix($1).storage) }
    }
    segments = [
      Segment(gradients.layers, weights: layout.layerRange), Segment(groups(\.weight), weights: layout[.decoderWeight].range),
      Segment(groups(\.bias), weights: layout[.decoderBias].range),
    ]
    self.embedding = embedding
    self.clock = clock
    isTied = layout.isTied
    layers = Self.parts(of: 0, segments[0])
    decoder = Self.parts(of: 1, segments[1]) + Self.parts(of: 2, segments[2])
    rows = Self.rows(embedding.tokens.count, embedding)
    reductions = Self.reductions(layers: layers, decoder: decoder, rows: rows, isTied: isTied)
  }

  private static func parts(of index: Int, _ segment: Segment) -> [Part] {
    (0..<segment.chunks.chunkCount).map { .chunk(of: index, segment.chunks.range($0)) }
  }

  private static func rows(_ count: Int, _ embedding: EmbeddingReduction) -> [Part] {
    let chunks = ParallelChunks(count: count, chunkSize: max(1, ParallelChunks.usualSize / embedding.columns))
    return (0..<chunks.chunkCount).map { .rows(chunks.range($0)) }
  }

  // MARK: - Pass 1

  /// What may be done side by side, one list after the other. The rows of a tied embedding are added to the decoder's gradient, between its
  /// sum over the groups and its squares.
  private static func reductions(layers: [Part], decoder: [Part], rows: [Part], isTied: Bool) -> [[Reduction]] {
    func sums(_ parts: [Part]) -> [Reduction] { parts.map { .sum($0) } }
    return isTied ? [sums(layers + decoder), sums(rows), decoder.map { .squares($0) }] : [sums(layers + decoder + rows)]
  }

  /// How many parts each list of pass 1 has. The lists come one after the other, and the parts of one side by side.
  var reductionCounts: [Int] { reductions.map(\.count) }

  /// Adds up the gradients of a part; returns the sum of the result's squares, or 0 where more is added later.
  func reduce(_ list: Int, _ part: Int) -> Double {
    switch reductions[list][part] {
    case .sum(.rows(let range)):
      let squares = embedding.reduce(range)
      guard isTied else { return squares }
      embedding.add(range, to: segments[1].nodes[0].buffer)
      return 0
    case .sum(.chunk(let index, let range)):
      let squares = ReductionTree.reduce(segments[index].nodes, range: range)
      return isTied && index > 0 ? 0 : squares
    case .squares(.chunk(let index, let range)):
      return Optimizer.squares(segments[index].nodes[0].buffer, range: range)
    case .squares(.rows): preconditionFailure("rows are squared as they are added up")
    }
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

  /// The parts that may be updated side by side.
  func updates(_ step: Step) -> Updates {
    // The decoder has updated the rows of a tied embedding.
    let rows = isTied ? [] : step.updatesAllRows ? Self.rows(clock.lastUpdate.count, embedding) : self.rows
    return Updates(work: self, parts: layers + decoder + rows, step: step)
  }

  /// The RMSProp step of all parts, after all parts of pass 1.
  struct Updates: Sendable {
    fileprivate let work: UpdateWork
    fileprivate let parts: [Part]
    fileprivate let step: Step

    var count: Int { parts.count }

    /// - Precondition: nobody else holds the weights' memory.
    func update(_ part: Int, of weights: FloatStorage) { work.update(parts[part], of: weights, step) }
  }

  private func update(_ part: Part, of weights: FloatStorage, _ step: Step) {
    switch part {
    case .chunk(let index, let range):
      let segment = segments[index]
      Optimizer.rmsProp(
        weights: weights, state: step.state, range: range.lowerBound + segment.start..<range.upperBound + segment.start,
        gradient: segment.nodes[0].buffer, at: range.lowerBound, rates: step.rates)
    case .rows(let range):
      let columns = embedding.columns, isAll = step.updatesAllRows
      let zeros = isAll ? FloatStorage(count: columns) : nil
      for index in range {
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
}
