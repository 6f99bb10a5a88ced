internal import Kernels
package import LanguageModel

/// The matrix products that a shard computes in a training step and nothing else, to hold the speed of a step against. Those of the decoder
/// are the group's.
///
/// Every product of the plain step is counted, also those that ``TokenProjection`` saves: so a step can be faster. They are cut as
/// ``Network`` cuts them, each by OpenBLAS, in the layout that was the faster one for the number of lanes. The
/// numbers mean nothing.
package final class ProductsBound {
  private let configuration: ModelConfiguration
  private let steps: Int
  private let lanes: Int
  private let x: Matrix, gates: Matrix, hidden: Matrix, hiddenGradient: Matrix
  private let inputWeight: Matrix, recurrentWeight: Matrix, transposedWeight: Matrix
  private let inputGradient: Matrix, recurrentGradient: Matrix
  /// Where a projection stands before the decoder: y, in whose place dy comes, [T b, E]; P and its gradient, [E, H]. Empty elsewhere.
  private let output: Matrix, projectionWeight: Matrix, projectionGradient: Matrix

  package init(_ configuration: ModelConfiguration, steps: Int, lanes: Int) {
    self.configuration = configuration
    self.steps = steps
    self.lanes = lanes
    let e = configuration.embeddingSize
    let h = configuration.widestHidden
    // Feature-major products were ahead where the lanes fill vectors, row-major ones elsewhere.
    let order: MatrixOrder = lanes % 16 == 0 ? .columnMajor : .rowMajor, widest = max(e, h), rows = steps * lanes
    let padding = order == .columnMajor ? 16 : 0
    x = Matrix(rows: rows, columns: widest, order: order, padding: padding)
    let g = configuration.cell.gateCount
    gates = Matrix(rows: rows, columns: g * h, order: order, padding: padding)
    hidden = Matrix(rows: rows + lanes, columns: h, order: order, padding: padding)
    hiddenGradient = Matrix(rows: rows + lanes, columns: h, order: order, padding: padding)
    inputWeight = Matrix(rows: g * h, columns: widest)
    recurrentWeight = Matrix(rows: g * h, columns: h)
    transposedWeight = Matrix(rows: h, columns: g * h)
    inputGradient = Matrix(rows: g * h, columns: widest)
    recurrentGradient = Matrix(rows: g * h, columns: h)
    let isProjected = configuration.hasProjection
    output = Matrix(rows: isProjected ? rows : 0, columns: e, order: order, padding: padding)
    projectionWeight = Matrix(rows: isProjected ? e : 0, columns: h)
    projectionGradient = Matrix(rows: isProjected ? e : 0, columns: h)
    for matrix in [inputWeight, recurrentWeight, transposedWeight, projectionWeight] { matrix.fill(0.001) }
  }

  /// The arithmetic of a step of all lanes: 2 for each multiplication with its addition, forward and twice backward.
  package static func floatingPointOperations(_ configuration: ModelConfiguration, positions: Int) -> Double {
    let e = Double(configuration.embeddingSize)
    let h = Double(configuration.outputSize)
    var weights = Double(configuration.decoder.multiplications(configuration)) + (configuration.hasProjection ? e * h : 0)
    for (layer, h) in configuration.hiddenSizes.enumerated() {
      weights += Double(configuration.cell.gateCount * h) * (Double(configuration.inputSize(layer: layer)) + Double(h))
    }
    return 6 * weights * Double(positions)
  }

  /// Makes the numbers small again: what accumulates without end would overflow. Not to be timed, since it is no product.
  package func reset() {
    for matrix in [x, gates, hidden, hiddenGradient] { matrix.fill(0.001) }
  }

  /// The products of a step before the decoder's.
  package func runForward() {
    let all = 0..<steps * lanes
    func time(_ t: Int) -> Range<Int> { t * lanes..<(t + 1) * lanes }
    for (layer, h) in configuration.hiddenSizes.enumerated() {
      let input = 0..<configuration.inputSize(layer: layer), z = gates.columns(0..<configuration.cell.gateCount * h),
        hidden = hidden.view.columns(0..<h)
      let recurrent = recurrentWeight.view.block(rows: 0..<configuration.cell.gateCount * h).columns(0..<h)
      multiply(x.view.columns(input), inputWeight.view.block(rows: 0..<configuration.cell.gateCount * h).columns(input).transposed, into: z)
      for t in 0..<steps {
        multiply(hidden.block(rows: time(t)), recurrent.transposed, into: z.block(rows: time(t)), accumulating: true)
      }
    }
    let last = 0..<configuration.outputSize
    if configuration.hasProjection {
      multiply(hidden.view.columns(last).block(rows: all), projectionWeight.view.columns(last).transposed, into: output)
    }
  }

  /// The products of a step after the decoder's.
  package func runBackward() {
    let all = 0..<steps * lanes, last = 0..<configuration.outputSize
    func time(_ t: Int) -> Range<Int> { t * lanes..<(t + 1) * lanes }
    if configuration.hasProjection {
      multiply(output.view.transposed, hidden.view.columns(last).block(rows: all), into: projectionGradient.columns(last))
      multiply(output.view, projectionWeight.view.columns(last), into: hiddenGradient.columns(last).block(rows: all))
    }
    for (layer, h) in configuration.hiddenSizes.enumerated().reversed() {
      let input = 0..<configuration.inputSize(layer: layer), dz = gates.view.columns(0..<configuration.cell.gateCount * h), units = 0..<h
      let transposed = transposedWeight.view.block(rows: units).columns(0..<configuration.cell.gateCount * h)
      for t in (0..<steps).reversed() {
        multiply(
          dz.block(rows: time(t)), transposed.transposed, into: self.hiddenGradient.columns(units).block(rows: time(t)), accumulating: true)
      }
      multiply(
        dz.transposed, self.hidden.view.columns(units).block(rows: all),
        into: recurrentGradient.block(rows: 0..<configuration.cell.gateCount * h).columns(units))
      multiply(dz.transposed, x.view.columns(input), into: inputGradient.block(rows: 0..<configuration.cell.gateCount * h).columns(input))
      multiply(dz, inputWeight.view.block(rows: 0..<configuration.cell.gateCount * h).columns(input), into: x.columns(input))
    }
  }
}
