internal import Basics
internal import Kernels
internal import LanguageModel
internal import Models

/// The weights of a model that adapts to a text, with what its steps need: see ``AdaptationRates`` for the formula.
///
/// A step is a pass over the gradients for their norm and one over the weights, both in chunks that any workers share. Rows of an embedding
/// that no segment has touched since the start are at their trained values, where a step without a gradient leaves them: only the others
/// are updated.
final class AdaptedWeights {
  /// The weights as they are between two steps.
  private(set) var prepared: PreparedWeights
  /// w₀
  private let origin: FloatBuffer
  private let rates: AdaptationRates
  /// The sums of squared gradients of the segments, unless squares were given: in the layout of the weights.
  private let sums: FloatStorage?
  /// The squares that were given, and what their roots are multiplied by.
  private let given: (squares: FloatBuffer, rootScale: Double)?
  /// Steps since the start.
  private var steps = 0
  /// The sum of the squared norms of their gradients.
  private var squaredNorms = 0.0
  /// The rows of the embedding alone that a step has touched, in order, and which these are.
  private var touched: [Int32] = [], isTouched: [Bool]
  private let embedding: EmbeddingReduction
  private let work: UpdateWork
  /// [E]: the gradient of a row that a segment does not touch.
  private let zeros: FloatStorage

  /// - Parameter squares: mean squares of gradients in the layout of the weights, at any scale; nil, or all zeros: those of the segments.
  init(_ weights: Weights, _ rates: AdaptationRates, squares: FloatBuffer?, products: ProductKernel) {
    precondition(squares == nil || squares?.count == weights.layout.count, "the squares are of another model")
    let layout = weights.layout
    prepared = PreparedWeights(weights, products: products)
    origin = weights.values
    self.rates = rates
    given = squares.flatMap { squares in
      let mean = Self.sum(squares, layout) / Double(weights.configuration.parameterCount)
      return mean > 0 && mean.isFinite ? (squares, 1 / mean.squareRoot()) : nil
    }
    sums = given == nil ? FloatStorage(count: layout.count) : nil
    isTouched = Array(repeating: false, count: layout[.embedding].shape[0])
    embedding = EmbeddingReduction(layout)
    work = UpdateWork(weights.configuration, layout, embedding: embedding, clock: UpdateClock(layout))
    zeros = FloatStorage(count: layout[.embedding].shape[1])
  }

  /// The sum of all elements of parameters, in order.
  private static func sum(_ values: FloatBuffer, _ layout: ParameterLayout) -> Double {
    var sum = 0.0
    for entry in layout.entries { for index in entry.range { sum += Double(values.storage[index]) } }
    return sum
  }

  /// Takes a step by the gradients of a segment's mean cross-entropy. A gradient whose norm is 0 or not finite changes nothing.
  func step(_ gradients: StepGradients, workers: Int) async {
    work.begin(gradients)
    defer { work.end() }
    var squares = 0.0
    for list in 0..<work.reductionLists {
      await forEachInParallel(work.reductionCount(list), workers: workers) { [work] in work.reduce(list, $0) }
      squares += work.sumOfSquares
    }
    guard squares > 0, let step = nextStep(squares) else { return }
    steps += 1
    squaredNorms += squares
    for number in embedding.inputsOnly {
      let token = embedding.tokens[Int(number)]
      if !isTouched[Int(token)] { touched.append(token) }
      isTouched[Int(token)] = true
    }
    prepared.weights.values.makeUnique()
    await update(step, workers: workers)
    await pack(workers: workers)
  }

  /// The rates of a step, whose gradients have this squared norm; nil if they are not finite.
  private func nextStep(_ squares: Double) -> Optimizer.AdaptationStep? {
    let count = Double(prepared.weights.configuration.parameterCount), sum = squaredNorms + squares
    let scale = (sum / (Double(steps + 1) * count)).squareRoot()
    let step = Float(Double(rates.learningRate) / scale)
    // The mean of G, where it is of the segments, is that of their squared norms.
    let rootScale = Float(given?.rootScale ?? 1 / (sum / count).squareRoot())
    guard sum.isFinite, step.isFinite, rootScale.isFinite else { return nil }
    return Optimizer.AdaptationStep(
      step: step, rootScale: rootScale, epsilon: rates.epsilon, decay: rates.decay, addsSquares: given == nil)
  }

  private func update(_ step: Optimizer.AdaptationStep, workers: Int) async {
    guard let squares = given?.squares.storage ?? sums else { preconditionFailure("there are squares, given or summed") }
    let weights = prepared.weights.values.storage, origin = origin.storage
    let rows = work.rowChunks(touched.count), columns = embedding.columns
    await forEachInParallel(work.chunkCount + rows.chunkCount, workers: workers) { [work, embedding, touched, zeros] part in
      if part < work.chunkCount {
        let chunk = work.chunk(part)
        return Optimizer.adapt(
          weights: weights, origin: origin, squares: squares, range: chunk.weights, gradient: chunk.gradient, at: chunk.start, step)
      }
      for token in touched[rows.range(part - work.chunkCount)] {
        let row = embedding.row(of: Int(token)), start = Int(token) * columns
        Optimizer.adapt(
          weights: weights, origin: origin, squares: squares, range: start..<start + columns,
          gradient: row == nil ? zeros : embedding.sum, at: (row ?? 0) * columns, step)
      }
    }
  }

  /// Lays the recurrent weights out anew.
  private func pack(workers: Int) async {
    prepared.recurrent.makeUnique()
    let weights = prepared.weights, recurrent = prepared.recurrent
    await forEachInParallel(recurrent.partCount, workers: workers) { recurrent.pack(weights, parts: $0..<$0 + 1) }
  }

  /// Goes back to the trained weights, and forgets what the segments left.
  func restart(workers: Int) async {
    if steps == 0 { return }
    steps = 0
    squaredNorms = 0
    for token in touched { isTouched[Int(token)] = false }
    touched.removeAll(keepingCapacity: true)
    prepared.weights.values.makeUnique()
    let weights = prepared.weights.values.storage, chunks = ParallelChunks(count: origin.count)
    await forEachInParallel(chunks.chunkCount, workers: workers) { [origin, sums] chunk in
      let range = chunks.range(chunk)
      weights.copy(range, from: origin.storage, at: range.lowerBound)
      sums?.fill(0, in: range)
    }
    await pack(workers: workers)
  }
}
