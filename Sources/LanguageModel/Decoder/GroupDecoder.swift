package import Kernels

/// The decoder of a group of shards over a window: the loss, and the gradients of what it reads and of its parameters.
///
/// One decoder for all lanes of a group has one gradient of each parameter, where each shard would have its own. Each window takes these
/// calls:
/// ```
/// take(shard, number:)     for each shard, in any order and side by side
/// lossAndGradients(...)    once, in training; or nats(...), in evaluation; or natsAndGradients(...), where a model adapts to what it reads
/// ```
/// Its work is cut into parts that any workers share. The cut depends on shapes alone, and sums of parts are added in the parts' order, so
/// the values do not depend on workers.
package protocol GroupDecoder: AnyObject, Sendable {
  /// What ``lossAndGradients(weights:scale:workers:)`` overwrites.
  var gradients: DecoderGradients { get }

  /// Copies what a shard gives for the next window.
  ///
  /// - Parameter number: counts the shards of the group, each with as many lanes, in the order of their lanes.
  func take(_ shard: DecoderShard, number: Int)

  /// The sum of the window's cross-entropies in nats, over the targets of 0 or more, and the gradients of `scale` times it.
  func lossAndGradients(weights: Weights, scale: Float, workers: Int) async -> Double

  /// The same with the cross-entropies one by one, as ``nats(weights:temperature:workers:)`` gives them: for steps that follow the reading
  /// of a text.
  func natsAndGradients(weights: Weights, scale: Float, workers: Int) async -> [Double]

  /// The cross-entropies in nats of a window, by time and then by lane; 0 where the target is below 0.
  ///
  /// - Parameter temperature: divides the logits; 1 leaves them as they are.
  func nats(weights: Weights, temperature: Float, workers: Int) async -> [Double]

  /// Computes only the products of ``lossAndGradients(weights:scale:workers:)``, as a bound for its speed. The results are meaningless.
  func runProducts(rows: Int, weights: Weights, workers: Int) async
}

extension GroupDecoder {
  /// The cross-entropies of a window with the logits as they are.
  package func nats(weights: Weights, workers: Int) async -> [Double] { await nats(weights: weights, temperature: 1, workers: workers) }
}

/// What a shard gives to the decoder of its group for a window, by time and then by lane.
///
/// - Invariant for `@unchecked Sendable`: the decoder alone uses the memory, between the shard's forward and backward passes.
package struct DecoderShard: @unchecked Sendable {
  /// What the decoder reads: [T b, D].
  package let output: MatrixView
  /// Where the gradient of the output goes, [T b, D]; nil in evaluation.
  package let gradient: Matrix?
  /// The tokens to predict, [T b]; below 0 there is nothing to predict.
  package let targets: [Int32]
  /// b
  package let lanes: Int

  package init(output: MatrixView, gradient: Matrix?, targets: [Int32], lanes: Int) {
    precondition(targets.count == output.rows && output.rows % lanes == 0, "a shard has \(lanes) targets at each time step")
    self.output = output
    self.gradient = gradient
    self.targets = targets
    self.lanes = lanes
  }
}

/// The gradients of a decoder's parameters, one for all shards of a group.
///
/// - Invariant for `@unchecked Sendable`: as of ``Gradients``.
package final class DecoderGradients: @unchecked Sendable {
  /// The decoder's parameters, in the order of the buffer.
  package let parameters: [Parameter]
  private let matrices: [Matrix]

  package init(_ configuration: ModelConfiguration) {
    let all = configuration.decoder.parameters(configuration)
    parameters = all.map(\.parameter)
    matrices = all.map { Matrix(rows: $0.shape.count == 1 ? 1 : $0.shape[0], columns: $0.shape[$0.shape.count - 1]) }
  }

  /// The gradient of a parameter of the decoder; of a vector one row.
  package func matrix(_ parameter: Parameter) -> Matrix {
    guard let index = parameters.firstIndex(of: parameter) else { preconditionFailure("\(parameter) is no parameter of the decoder") }
    return matrices[index]
  }

  /// Sets the gradients from values in a layout of the weights; for tests.
  package func set(_ layout: ParameterLayout, _ values: (Int) -> Float) {
    for parameter in parameters {
      let storage = matrix(parameter).storage
      for (index, place) in layout[parameter].range.enumerated() { storage[index] = values(place) }
    }
  }
}
