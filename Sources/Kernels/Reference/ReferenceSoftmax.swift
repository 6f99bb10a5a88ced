internal import Glibc

/// The readable twin of ``SoftmaxCrossEntropy``, for one row.
package enum ReferenceSoftmax {
  package static func probabilities(_ logits: [Double]) -> [Double] {
    let shift = logits.max() ?? 0
    let exponentials = logits.map { exp($0 - shift) }
    let sum = exponentials.reduce(0, +)
    return exponentials.map { $0 / sum }
  }

  package static func crossEntropy(_ logits: [Double], target: Int) -> Double { -log(probabilities(logits)[target]) }
}
