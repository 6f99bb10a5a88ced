/// The readable twin of ``Optimizer``.
package enum ReferenceOptimizer {
  /// The sum of two gradients, and the sum of its squares.
  package static func add(_ added: [Float], to sum: [Float]) -> (sum: [Float], squares: Double) {
    let sum = zip(sum, added).map { $0 + $1 }
    return (sum, sum.reduce(0) { $0 + Double($1) * Double($1) })
  }

  /// A weight with all that an update changes; nil where that is not kept.
  package struct Element {
    package var weight: Double
    package var square = 0.0
    package var mean: Double?
    package var momentum: Double?
    package var average: Double?

    package init(weight: Double, square: Double = 0, mean: Double? = nil, momentum: Double? = nil, average: Double? = nil) {
      self.weight = weight
      self.square = square
      self.mean = mean
      self.momentum = momentum
      self.average = average
    }
  }

  package static func rmsProp(_ element: Element, gradient: Double, rates: Optimizer.RMSPropRates) -> Element {
    var result = element
    let limit = Double(rates.clipValue)
    let g = min(max(gradient * Double(rates.gradientScale), -limit), limit)
    let decay = Double(rates.decay), missed = Double(rates.missedDecay)
    result.square = decay * missed * element.square + (1 - decay) * g * g
    result.mean = element.mean.map { decay * missed * $0 + (1 - decay) * g }
    let variance = result.square - (result.mean ?? 0) * (result.mean ?? 0)
    var step = g / (max(variance, 0) + Double(rates.epsilon)).squareRoot()
    if let momentum = element.momentum {
      step = Double(rates.momentum) * momentum + step
      result.momentum = step
    }
    result.weight = Double(rates.weightKeep) * element.weight - Double(rates.learningRate) * step
    if let average = element.average {
      let before = average + Double(rates.averageMissed) * (element.weight - average)
      result.average = before + Double(rates.averageRate) * (result.weight - before)
    }
    return result
  }

  /// An update of dynamic evaluation: the new weight and square.
  package static func adapt(
    weight: Double, origin: Double, square: Double, gradient: Double, _ step: Optimizer.AdaptationStep
  ) -> (weight: Double, square: Double) {
    let square = step.addsSquares ? square + gradient * gradient : square
    let root = Double(step.rootScale) * square.squareRoot()
    let keep = max(0, 1 - Double(step.decay) * root)
    return (origin + keep * (weight - origin) - Double(step.step) * gradient / (root + Double(step.epsilon)), square)
  }
}
