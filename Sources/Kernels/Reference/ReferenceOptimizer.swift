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

  package static func rmsProp(_ element: Element, gradient: Double, rates: Optimizer.Rates) -> Element {
    var result = element
    let g = clipped(gradient, rates)
    let decay = Double(rates.decay), missed = Double(rates.missedDecay), correction = Double(rates.correction)
    result.square = decay * missed * element.square + (1 - decay) * g * g
    result.mean = element.mean.map { decay * missed * $0 + (1 - decay) * g }
    let mean = correction * (result.mean ?? 0), variance = correction * result.square - mean * mean
    var step = g / (max(variance, 0) + Double(rates.epsilon)).squareRoot()
    if let momentum = element.momentum {
      step = Double(rates.momentum) * momentum + step
      result.momentum = step
    }
    result.move(by: step, rates)
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

  /// - Precondition: the element has a mean.
  package static func adam(_ element: Element, gradient: Double, rates: Optimizer.Rates) -> Element {
    guard let mean = element.mean else { preconditionFailure("Adam keeps running means") }
    var result = element
    let g = clipped(gradient, rates), decay = Double(rates.decay), meanDecay = Double(rates.meanDecay)
    let newMean = meanDecay * mean + (1 - meanDecay) * g
    result.mean = newMean
    result.square = decay * Double(rates.missedDecay) * element.square + (1 - decay) * g * g
    let root = (Double(rates.correction) * result.square).squareRoot()
    result.move(by: Double(rates.meanCorrection) * newMean / (root + Double(rates.epsilon)), rates)
    return result
  }

  package static func sgd(_ element: Element, gradient: Double, rates: Optimizer.Rates) -> Element {
    var result = element
    result.momentum = element.momentum.map { Double(rates.momentum) * $0 + clipped(gradient, rates) }
    result.move(by: result.momentum ?? clipped(gradient, rates), rates)
    return result
  }

  package static func adagrad(_ element: Element, gradient: Double, rates: Optimizer.Rates) -> Element {
    var result = element
    let g = clipped(gradient, rates)
    result.square = element.square + g * g
    result.move(by: g / (result.square.squareRoot() + Double(rates.epsilon)), rates)
    return result
  }

  /// The gradient as clipping leaves it.
  private static func clipped(_ gradient: Double, _ rates: Optimizer.Rates) -> Double {
    let limit = Double(rates.clipValue)
    return min(max(gradient * Double(rates.gradientScale), -limit), limit)
  }
}

extension ReferenceOptimizer.Element {
  /// Moves the weight by a step, and the average after it.
  fileprivate mutating func move(by step: Double, _ rates: Optimizer.Rates) {
    let before = weight
    weight = Double(rates.weightKeep) * before - Double(rates.learningRate) * step
    if let average {
      let standing = average + Double(rates.averageMissed) * (before - average)
      self.average = standing + Double(rates.averageRate) * (weight - standing)
    }
  }
}
