internal import Basics
private import Foundation
public import Kernels

/// The weights of a language model, as a value: taking a copy is a retain, and writing to one that is shared copies it first.
public struct Weights: Sendable {
  /// The model's sizes.
  public let configuration: ModelConfiguration
  /// Where each tensor lies in ``values``.
  public let layout: ParameterLayout
  /// All parameters.
  public package(set) var values: FloatBuffer

  /// All zeros, to be filled from a file.
  package init(zeros configuration: ModelConfiguration) {
    self.configuration = configuration
    layout = ParameterLayout(configuration)
    values = FloatBuffer(count: layout.count)
  }

  /// Random initial weights: uniform in ±1/√H for the cells, the projection and the decoder, ±0.1 for the embedding, tied or not; biases
  /// and a learned initial state 0, a forget gate's 1 (Jozefowicz, Zaremba and Sutskever, "An empirical exploration of recurrent
  /// network architectures", 2015), gains 1.
  ///
  /// - Parameters:
  ///   - range: the bound of all that is random, instead of these.
  ///   - forgetBias: the bias of a forget gate.
  ///   - tokenCounts: how often each token comes: the decoder's bias is then the logarithm of its share (with one more of each, since none
  ///     is impossible), so that a model begins where one that knows frequencies alone would end.
  /// - Precondition: there are as many counts as tokens, none below 0.
  public init(
    _ configuration: ModelConfiguration, seed: UInt64, range: Float? = nil, forgetBias: Float = 1, tokenCounts: [Int]? = nil
  ) {
    self.init(zeros: configuration)
    for (stream, entry) in layout.entries.enumerated() {
      switch entry.parameter {
      case .embedding: fill(entry.range, bound: range ?? 0.1, seed: seed, stream: stream)
      case .inputWeight(let layer), .recurrentWeight(let layer):
        fill(entry.range, bound: range ?? bound(configuration.hiddenSizes[layer]), seed: seed, stream: stream)
      case .projection, .decoderWeight: fill(entry.range, bound: range ?? bound(configuration.outputSize), seed: seed, stream: stream)
      case .bias(let layer):
        guard let forget = configuration.cell.gates.firstIndex(of: .forget) else { break }
        let h = configuration.hiddenSizes[layer], start = entry.range.lowerBound + forget * h
        values.storage.fill(forgetBias, in: start..<start + h)
      case .decoderBias:
        guard let tokenCounts else { break }
        precondition(tokenCounts.count == entry.range.count, "every token has its count")
        let sum = Double(tokenCounts.reduce(0, +) + tokenCounts.count)
        for (index, count) in zip(entry.range, tokenCounts) { values.storage[index] = Float(log(Double(count + 1) / sum)) }
      case .inputGain, .recurrentGain, .cellGain: values.storage.fill(1, in: entry.range)
      case .cellBias, .initialHidden, .initialCell: break
      }
    }
  }

  private func bound(_ size: Int) -> Float { 1 / Float(size).squareRoot() }

  private func fill(_ range: Range<Int>, bound: Float, seed: UInt64, stream: Int) {
    var generator = SeededGenerator(seed: seed, stream: UInt64(stream))
    let storage = values.storage
    for index in range { storage[index] = (2 * generator.uniform() - 1) * bound }
  }

  /// A parameter as a matrix to read; a bias is one row.
  package func matrix(_ parameter: Parameter) -> MatrixView { MatrixView(values.storage, layout[parameter].matrixShape) }
}

extension ParameterLayout.Entry {
  /// The tensor as a row-major matrix; a vector is one row.
  package var matrixShape: MatrixShape {
    let columns = shape[shape.count - 1]
    let rows = shape.count == 1 ? 1 : shape[0]
    return MatrixShape(rows: rows, columns: columns, order: .rowMajor, leadingDimension: columns, offset: range.lowerBound)
  }
}
