import Foundation
import LanguageModel
import Models
import Training

/// Dynamic evaluation in Double and plain loops, with gradients by central differences: what ``Adaptation`` is checked against.
struct PlainAdaptation {
  var model: ReferenceModel
  let rates: AdaptationRates
  /// The squares that are given; nil: the means over the segments.
  let squares: [Double]?
  private let origin: [Double]
  /// The elements of the parameters, without the gaps between them.
  private let indices: [Int]
  /// The gradients of all segments so far.
  private(set) var gradients: [[Double]] = []

  init(_ weights: Weights, _ rates: AdaptationRates, squares: [Double]?) {
    model = ReferenceModel(weights, lanes: 1)
    self.rates = rates
    self.squares = squares
    origin = model.parameters
    indices = weights.layout.entries.flatMap { Array($0.range) }
  }

  private func mean(_ values: [Double]) -> Double { indices.reduce(0) { $0 + values[$1] } / Double(indices.count) }

  /// s after the segments so far.
  var scale: Double {
    (gradients.map { gradient in mean(gradient.map { $0 * $0 }) }.reduce(0, +) / Double(gradients.count)).squareRoot()
  }

  /// Reads a segment and takes a step on it; returns the cross-entropies from before the step.
  mutating func read(inputs: [Int32], targets: [Int32]) -> [Double] {
    let before = model, reading = model.read(inputs: inputs, targets: targets)
    if targets.contains(where: { $0 >= 0 }) {
      var gradient = [Double](repeating: 0, count: origin.count)
      for index in indices {
        var up = before, down = before
        up.parameters[index] += 1e-5
        down.parameters[index] -= 1e-5
        gradient[index] = (up.loss(inputs: inputs, targets: targets) - down.loss(inputs: inputs, targets: targets)) / 2e-5
      }
      gradients.append(gradient)
      step(gradient)
    }
    model.hidden = reading.hidden
    model.cell = reading.cell
    model.startsAnew = false
    return reading.nats
  }

  private mutating func step(_ gradient: [Double]) {
    let g = squares ?? origin.indices.map { index in gradients.reduce(0) { $0 + $1[index] * $1[index] } / Double(gradients.count) }
    let root = mean(g).squareRoot(), scale = scale
    for index in indices {
      let r = g[index].squareRoot() / root, weight = model.parameters[index]
      model.parameters[index] =
        weight + min(1, Double(rates.decay) * r) * (origin[index] - weight)
        - Double(rates.learningRate) * gradient[index] / scale / (r + Double(rates.epsilon))
    }
  }
}
