/// The readable twin of ``Optimizer``.
package enum ReferenceOptimizer {
  package static func rmsProp(
    weight: Double, square: Double, gradient: Double, rates: Optimizer.RMSPropRates
  ) -> (weight: Double, square: Double) {
    let limit = Double(rates.clipValue)
    let g = min(max(gradient * Double(rates.gradientScale), -limit), limit)
    let decay = Double(rates.decay)
    let square = decay * square + (1 - decay) * g * g
    return (weight - Double(rates.learningRate) * g / (square + Double(rates.epsilon)).squareRoot(), square)
  }
}
