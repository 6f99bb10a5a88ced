private import Foundation
internal import Kernels
internal import LanguageModel
internal import Models
private import Synchronization

/// The two passes that end a step, cut into parts that may run side by side: chunks of the gradients of the layers and of the decoder,
/// and the embedding's rows.
///
/// - Invariant for `@unchecked Sendable`: it belongs to one `SharedWeights`, which calls ``begin(_:)``, ``beginUpdate(_:)`` and ``end()``
///   only while no task of an update runs. The parts of a list read what these set, and write to disjoint memory.
final class UpdateWork: @unchecked Sendable {
  /// Whose gradient a part adds up.
  enum Segment: Hashable {
    case layers
    /// A parameter of the decoder, by its number.
    case decoder(Int)
  }

  /// A range of a segment.
  struct Chunk {
    let segment: Segment
    let range: Range<Int>
    /// The first of the segment in the weights.
    let start: Int

    /// The range in the weights.
    var weights: Range<Int> { range.lowerBound + start..<range.upperBound + start }
  }

  /// Whether the decoder's weight is the embedding: then the rows are added to the decoder's gradient.
  let isTied: Bool
  let embedding: EmbeddingReduction
  private let clock: UpdateClock
  /// The parameters of the decoder, and which of them the embedding is, where it is tied.
  private let decoderParameters: [Parameter], tiedParameter: Int?
  /// The chunks of the layers, and then of the decoder.
  let chunks: [Chunk]
  /// The first chunk of the decoder.
  private let firstDecoderChunk: Int
  /// The chunks that are updated here, and the rows of the embedding that belong to the embedding alone: all of them, or a rank's.
  var ownChunks: Range<Int>
  var ownRows: Range<Int>

  private var gradients: StepGradients?
  private var step: Step?
  /// The numbers of the touched tokens whose rows are updated here by themselves.
  private(set) var inputsOnly: [Int32] = []
  /// Of the parts of the list at work.
  private let squares = Mutex([Double]())

  init(_ configuration: ModelConfiguration, _ layout: ParameterLayout, embedding: EmbeddingReduction, clock: UpdateClock) {
    isTied = layout.isTied
    ownRows = layout.rowsOfInputsOnly
    self.embedding = embedding
    self.clock = clock
    let parameters = configuration.decoder.parameters(configuration).map(\.parameter)
    decoderParameters = parameters
    tiedParameter = layout.isTied ? parameters.firstIndex(of: .decoderWeight) : nil
    func cut(_ segment: Segment, _ weights: Range<Int>) -> [Chunk] {
      let chunks = ParallelChunks(count: weights.count)
      return (0..<chunks.chunkCount).map { Chunk(segment: segment, range: chunks.range($0), start: weights.lowerBound) }
    }
    let layers = cut(.layers, layout.layerRange)
    firstDecoderChunk = layers.count
    chunks = layers + parameters.indices.flatMap { cut(.decoder($0), layout[parameters[$0]].range) }
    ownChunks = chunks.indices
  }

  /// Begins an update.
  ///
  /// - Parameter gradients: are added up in place.
  func begin(_ gradients: StepGradients) {
    self.gradients = gradients
    embedding.gather(gradients.shards.map { .init($0) })
  }

  /// Begins an update whose rows of the embedding are added up elsewhere.
  func begin(withoutRows gradients: StepGradients) { self.gradients = gradients }

  /// Lets go of what belongs to one update.
  func end() {
    gradients = nil
    step = nil
    // Or the next step could not fill the array that this shares in its own memory.
    inputsOnly = []
  }

  func rowChunks(_ count: Int) -> ParallelChunks {
    ParallelChunks(count: count, chunkSize: max(1, ParallelChunks.usualSize / embedding.columns))
  }

  var touchedRows: ParallelChunks { rowChunks(embedding.tokens.count) }

  private var current: StepGradients {
    guard let gradients else { preconditionFailure("an update has begun") }
    return gradients
  }

  /// The buffer of a range of shards, or of groups, that is added up already.
  private func buffer(_ segment: Segment, _ range: Range<Int>) -> FloatStorage? {
    switch segment {
    case .layers: current.layers.first { $0.shards == range }?.buffer
    case .decoder(let number): range.count > 1 ? nil : current.decoders[range.lowerBound].matrix(decoderParameters[number]).storage
    }
  }

  /// The buffer that has the sum, once it is made: the first one's.
  func sum(_ segment: Segment) -> FloatStorage {
    switch segment {
    case .layers: current.layers[0].buffer
    case .decoder(let number): current.decoders[0].matrix(decoderParameters[number]).storage
    }
  }

  // MARK: - Pass 1

  /// The lists of pass 1, which come one after the other. The rows of a tied embedding are added to the decoder's gradient, between its sum
  /// over the groups and its squares.
  var reductionLists: Int { isTied ? 3 : 1 }

  /// How many parts a list has, which may run side by side.
  func reductionCount(_ list: Int) -> Int {
    let count =
      switch list {
      case 0: chunks.count + (isTied ? 0 : touchedRows.chunkCount)
      case 1: touchedRows.chunkCount
      default: chunks.count - firstDecoderChunk
      }
    squares.withLock {
      $0.removeAll(keepingCapacity: true)
      $0.append(contentsOf: repeatElement(0, count: count))
    }
    return count
  }

  /// Adds up the gradients of a part of a list.
  func reduce(_ list: Int, _ part: Int) {
    let result = squares(list, part)
    squares.withLock { $0[part] = result }
  }

  /// The squares of the list that was reduced, added up in the order of the parts.
  var sumOfSquares: Double { squares.withLock { $0.reduce(0, +) } }

  /// The sum of all squares, from those of each chunk and of each touched row, in the same order.
  func sumOfSquares(chunks: [Double], rows: [Double]) -> Double {
    let rows = (0..<touchedRows.chunkCount).map { part in touchedRows.range(part).reduce(0.0) { $0 + rows[$1] } }
    if !isTied { return (chunks + rows).reduce(0, +) }
    // A sum for each list.
    return [chunks[..<firstDecoderChunk], rows[...], chunks[firstDecoderChunk...]].reduce(0.0) { $0 + $1.reduce(0, +) }
  }

  /// The gradient of a tied decoder's weight.
  var tiedSum: FloatStorage {
    guard let tiedParameter else { preconditionFailure("the decoder is not tied") }
    return sum(.decoder(tiedParameter))
  }

  /// Adds up the gradients of a part; returns the sum of the result's squares, or 0 where more is added later.
  private func squares(_ list: Int, _ part: Int) -> Double {
    switch (list, isTied) {
    case (0, _) where part < chunks.count:
      let squares = addUp(part)
      return isTied && part >= firstDecoderChunk ? 0 : squares
    case (0, _): return embedding.reduce(touchedRows.range(part - chunks.count))
    case (1, true):
      let rows = touchedRows.range(part)
      _ = embedding.reduce(rows)
      return embedding.add(rows, to: tiedSum)
    case (2, true):
      let chunk = chunks[firstDecoderChunk + part]
      return Optimizer.squares(sum(chunk.segment), range: chunk.range)
    default: preconditionFailure("there is no list \(list)")
    }
  }

  /// Adds up the gradients of a chunk; returns the sum of the result's squares.
  func addUp(_ number: Int) -> Double {
    let chunk = chunks[number], count = number < firstDecoderChunk ? current.shards.count : current.decoders.count
    return ReductionTree.reduce(0..<count, range: chunk.range) { buffer(chunk.segment, $0) }
  }

  /// The sum of the squares of a chunk that is added up.
  func squares(ofChunk number: Int) -> Double { Optimizer.squares(sum(chunks[number].segment), range: chunks[number].range) }

  /// Whether a chunk is of a decoder's weight that the embedding is too.
  func isEmbedding(_ chunk: Int) -> Bool { tiedParameter.map { chunks[chunk].segment == .decoder($0) } ?? false }

  /// The sums of pass 1, by the names of their tensors. Of an embedding that is not tied, only the rows that the minibatch touched.
  func gradients(_ layout: ParameterLayout) -> [(name: String, storage: FloatStorage, range: Range<Int>)] {
    let layers = layout.entries.filter { layout.layerRange.contains($0.range.lowerBound) }.map { entry in
      let start = entry.range.lowerBound - layout.layerRange.lowerBound
      return ("gradients/" + entry.name, sum(.layers), start..<start + entry.range.count)
    }
    let decoder = decoderParameters.enumerated().map { number, parameter in
      ("gradients/" + layout[parameter].name, sum(.decoder(number)), 0..<layout[parameter].range.count)
    }
    if isTied { return layers + decoder }
    return [("gradients/" + layout[.embedding].name, embedding.sum, 0..<embedding.tokens.count * embedding.columns)] + layers + decoder
  }

  // MARK: - Pass 2

  /// How many chunks the layers and the decoder have.
  var chunkCount: Int { chunks.count }

  /// A chunk of the layers or the decoder: its range in the weights, and where its gradient begins once pass 1 is done.
  func chunk(_ number: Int) -> (weights: Range<Int>, gradient: FloatStorage, start: Int) {
    let chunk = chunks[number]
    return (chunk.weights, sum(chunk.segment), chunk.range.lowerBound)
  }

  /// What one update does: by which optimizer, what it writes besides the weights, and by which rates.
  struct Step: Sendable {
    var kind: OptimizerConfiguration.Kind
    var state: Optimizer.State
    var rates: Optimizer.Rates
    /// How many updates the average has, this one included, and its decay.
    var averaged = 0
    var averageDecay = 0.0

    /// Momentum moves a row of the embedding on after an update that touched it, by steps that change with the learning rate, and so does
    /// Adam's running mean: so all rows are updated then, and none later than it is due.
    var updatesAllRows: Bool { state.momenta != nil || kind == .adam && rates.meanDecay > 0 }

    /// Updates a range of the weights.
    ///
    /// - Parameter start: where the gradient of the range's first element stands.
    func update(_ weights: FloatStorage, _ range: Range<Int>, _ gradient: FloatStorage, at start: Int, _ rates: Optimizer.Rates) {
      switch kind {
      case .rmsprop: Optimizer.rmsProp(weights: weights, state: state, range: range, gradient: gradient, at: start, rates: rates)
      case .adam: Optimizer.adam(weights: weights, state: state, range: range, gradient: gradient, at: start, rates: rates)
      case .sgd: Optimizer.sgd(weights: weights, state: state, range: range, gradient: gradient, at: start, rates: rates)
      case .adagrad: Optimizer.adagrad(weights: weights, state: state, range: range, gradient: gradient, at: start, rates: rates)
      }
    }

    /// The rates for a row that so many updates did not touch.
    func rates(missed: Int) -> Optimizer.Rates {
      var rates = rates
      rates.missedDecay = Float(pow(Double(rates.decay), Double(missed)))
      if averaged > 1 {
        rates.averageMissed = Float(WeightAverage.share(last: missed, of: averaged - 1, decay: averageDecay))
      }
      return rates
    }
  }

  /// Begins pass 2, the optimizer's step of all parts, after all lists of pass 1. Returns how many parts there are.
  func beginUpdate(_ step: Step) -> Int {
    self.step = step
    inputsOnly =
      ownRows == embedding.rowsOfInputsOnly
      ? embedding.inputsOnly : embedding.inputsOnly.filter { ownRows.contains(Int(embedding.tokens[Int($0)])) }
    return ownChunks.count + rowsToUpdate(step).chunkCount
  }

  /// The rows of the embedding that are updated by themselves: with tied weights the decoder updates the rest.
  private func rowsToUpdate(_ step: Step) -> ParallelChunks {
    rowChunks(step.updatesAllRows ? ownRows.count : inputsOnly.count)
  }

  /// - Precondition: nobody else holds the weights' memory.
  func update(_ part: Int, of weights: FloatStorage) {
    guard let step else { preconditionFailure("pass 2 has begun") }
    if part < ownChunks.count {
      let chunk = chunk(ownChunks.lowerBound + part)
      step.update(weights, chunk.weights, chunk.gradient, at: chunk.start, step.rates)
    } else {
      updateRows(rowsToUpdate(step).range(part - ownChunks.count), of: weights, step)
    }
  }

  private func updateRows(_ range: Range<Int>, of weights: FloatStorage, _ step: Step) {
    let columns = embedding.columns, isAll = step.updatesAllRows
    let zeros = isAll ? FloatStorage(count: columns) : nil
    for index in range {
      let token = isAll ? ownRows.lowerBound + index : Int(embedding.tokens[Int(inputsOnly[index])])
      var rates = step.rates(missed: isAll ? 0 : clock.missedUpdates(token))
      let row = embedding.row(of: token)
      // As without momentum, a row decays in the steps that touch it.
      if row == nil { rates.weightKeep = 1 }
      step.update(
        weights, token * columns..<(token + 1) * columns, row == nil ? zeros ?? embedding.sum : embedding.sum, at: (row ?? 0) * columns,
        rates)
    }
  }
}
