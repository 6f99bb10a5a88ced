package import Kernels

/// Describes how the layers' output becomes the probabilities of the next token.
///
/// To add a decoder, write a type of this protocol with its ``GroupDecoder`` and its ``SamplingDecoder``, and return it from
/// ``ModelConfiguration/decoder``. The layout of the weights, training, evaluation, sampling and the estimates of memory and arithmetic
/// read the rest from there. New parameters also need a case and a name in ``Parameter`` and initial values in ``Weights``, and file
/// formats name them; the weight that may be tied to the embedding is always ``Parameter/decoderWeight``.
package protocol DecoderKind {
  /// The parameters with their shapes, outermost size first, in the order of the buffer.
  static func parameters(_ configuration: ModelConfiguration) -> [(parameter: Parameter, shape: [Int])]

  /// The parameters that products with a row for each token need: what a ``SamplingDecoder`` has as factors.
  static var factors: [Parameter] { get }

  /// Multiplications for a token in the forward pass.
  static func multiplications(_ configuration: ModelConfiguration) -> Int

  /// About how many floats a ``GroupDecoder`` takes, without gradients in evaluation.
  static func floatCount(_ configuration: ModelConfiguration, steps: Int, lanes: Int, forTraining: Bool) -> Double

  /// Makes the decoder that a group of shards uses over windows.
  static func makeGroupDecoder(_ configuration: ModelConfiguration, steps: Int, lanes: Int) -> any GroupDecoder

  /// Makes the decoder that generation uses, one token at a time.
  ///
  /// - Parameter factors: those of ``factors``, transposed, in their order.
  static func makeSamplingDecoder(_ weights: Weights, factors: [Factor]) -> any SamplingDecoder
}

extension ModelConfiguration {
  /// How the next token's probabilities are computed.
  package var decoder: any DecoderKind.Type { Softmax.self }
}

/// The decoder of a few lanes a token at a time: what a ``SamplingNetwork`` ends with.
package protocol SamplingDecoder: Sendable {
  /// Computes the logits: log-probabilities up to a constant of each row.
  ///
  /// - Parameters:
  ///   - output: what the decoder reads: [lanes, D].
  ///   - logits: [lanes, V], overwritten.
  ///   - team: threads that share the products.
  func logits(of output: MatrixView, into logits: Matrix, _ team: ProductTeam)
}
