// The C loops take addresses of chunks, which the storage checks the ranges of.
internal import CVectorKernels

/// The two passes over a chunk of the flat buffers that end a step. Both work on `range` alone, so disjoint chunks may run in parallel.
/// Twin: `ReferenceOptimizer`.
package enum Optimizer {
  /// Pass 1, the all-reduce: sum += added, over a range; returns the sum of squares of the result, in Double.
  ///
  /// - Precondition: the two are not the same memory.
  package static func add(_ added: FloatStorage, to sum: FloatStorage, range: Range<Int>) -> Double {
    precondition(added !== sum, "a gradient is not added to itself")
    return unsafe refrain_add_and_square(sum.pointer(range), added.pointer(range), range.count)
  }

  /// The sum of squares of a range, in Double.
  package static func squares(_ values: FloatStorage, range: Range<Int>) -> Double {
    unsafe refrain_add_and_square(values.pointer(range), nil, range.count)
  }

  /// What an update needs to know.
  package struct Rates: Sendable {
    package var learningRate: Float
    /// The share of the running squares that is kept, and of RMSProp's running means.
    package var decay: Float
    package var epsilon: Float
    /// The factor of clipping by norm, 1 where nothing is clipped.
    package var gradientScale: Float
    /// The limit of clipping by value, infinite where nothing is clipped.
    package var clipValue: Float
    /// decay to the number of updates that the elements missed while their gradient was zero.
    package var missedDecay: Float = 1
    /// What a weight is multiplied by first: 1 where there is no weight decay.
    package var weightKeep: Float = 1
    /// The share of a running step that is kept, where there are momenta.
    package var momentum: Float = 0
    /// The share of the new weight in the average.
    package var averageRate: Float = 0
    /// The share that the old weight has in the average once the updates that it missed are made good.
    package var averageMissed: Float = 0
    /// The factor that corrects running squares, and RMSProp's running means, for their start from zero: 1 / (1 - decay^t) at update t, or
    /// 1 for no correction.
    package var correction: Float = 1
    /// The share of Adam's running means that is kept.
    package var meanDecay: Float = 0
    /// 1 / (1 - meanDecay^t) at update t.
    package var meanCorrection: Float = 1

    package init(learningRate: Float, decay: Float, epsilon: Float, gradientScale: Float = 1, clipValue: Float = .infinity) {
      self.learningRate = learningRate
      self.decay = decay
      self.epsilon = epsilon
      self.gradientScale = gradientScale
      self.clipValue = clipValue
    }
  }

  /// What an update reads and writes besides the weights, all in their layout.
  package struct State: Sendable {
    /// G: running means of the squares of the gradients, or with Adagrad their sums. SGD leaves it alone.
    package var squares: FloatStorage
    /// m: running means of the gradients, for Adam and for centring.
    package var means: FloatStorage?
    /// v: running sums of the steps, for momentum.
    package var momenta: FloatStorage?
    /// a: the average of the weights.
    package var average: FloatStorage?

    package init(squares: FloatStorage, means: FloatStorage? = nil, momenta: FloatStorage? = nil, average: FloatStorage? = nil) {
      self.squares = squares
      self.means = means
      self.momenta = momenta
      self.average = average
    }
  }

  /// Pass 2, the update by RMSProp: G = decay G + (1 - decay) g^2; w = weightKeep w - learningRate s, s = g / sqrt(c G + epsilon), where c
  /// is the correction and g is scaled and limited first. With means m = decay m + (1 - decay) g, and c G - (c m)^2 in the root in place of
  /// c G; with momenta v = momentum v + s in place of s; with an average a += averageMissed (w - a) before, and a += averageRate (w - a)
  /// after.
  ///
  /// - Parameter start: where the gradient of the range's first element stands.
  package static func rmsProp(
    weights: FloatStorage, state: State, range: Range<Int>, gradient: FloatStorage, at start: Int, rates: Rates
  ) {
    var c = refrain_update_rates(rates)
    var pointers = unsafe refrain_update_state(weights, state, range)
    unsafe refrain_rmsprop(&pointers, gradient.pointer(start..<start + range.count), range.count, &c)
  }

  /// What an update of dynamic evaluation needs to know.
  package struct AdaptationStep: Sendable {
    /// What a gradient is multiplied by.
    package var step: Float
    /// What the root of a square is multiplied by.
    package var rootScale: Float
    /// What is added to the root.
    package var epsilon: Float
    /// The share of its distance from the start that a weight loses where the root is 1.
    package var decay: Float
    /// Whether the gradient's square is first added to the squares.
    package var addsSquares: Bool

    package init(step: Float, rootScale: Float, epsilon: Float, decay: Float, addsSquares: Bool) {
      self.step = step
      self.rootScale = rootScale
      self.epsilon = epsilon
      self.decay = decay
      self.addsSquares = addsSquares
    }
  }

  /// The update of dynamic evaluation: r = rootScale sqrt(G), w = w0 + max(0, 1 - decay r) (w - w0) - step g / (r + epsilon), where G may
  /// get g^2 first.
  ///
  /// - Parameters:
  ///   - origin: w0, in the layout of the weights.
  ///   - squares: G, in the layout of the weights; only written to if squares are added.
  ///   - start: where the gradient of the range's first element stands.
  /// - Precondition: epsilon is above 0, and no two are the same memory.
  package static func adapt(
    weights: FloatStorage, origin: FloatStorage, squares: FloatStorage, range: Range<Int>, gradient: FloatStorage, at start: Int,
    _ step: AdaptationStep
  ) {
    precondition(step.epsilon > 0 && weights !== origin, "an adapting step needs an epsilon, and weights of its own")
    var rates = refrain_adaptation(step: step.step, root_scale: step.rootScale, epsilon: step.epsilon, decay: step.decay)
    unsafe refrain_adapt(
      weights.pointer(range), origin.pointer(range), squares.pointer(range), gradient.pointer(start..<start + range.count), range.count,
      step.addsSquares ? 1 : 0, &rates)
  }

  /// The same by Adam (Kingma and Ba, "Adam: a method for stochastic optimization", 2015): m = meanDecay m + (1 - meanDecay) g,
  /// G = decay G + (1 - decay) g^2, s = meanCorrection m / (sqrt(correction G) + epsilon).
  ///
  /// - Precondition: the state has means.
  package static func adam(
    weights: FloatStorage, state: State, range: Range<Int>, gradient: FloatStorage, at start: Int, rates: Rates
  ) {
    precondition(state.means != nil, "Adam keeps running means")
    var c = refrain_update_rates(rates)
    var pointers = unsafe refrain_update_state(weights, state, range)
    unsafe refrain_adam(&pointers, gradient.pointer(start..<start + range.count), range.count, &c)
  }

  /// The same by stochastic gradient descent: s = g, or with momenta v = momentum v + g and s = v.
  package static func sgd(
    weights: FloatStorage, state: State, range: Range<Int>, gradient: FloatStorage, at start: Int, rates: Rates
  ) {
    var c = refrain_update_rates(rates)
    var pointers = unsafe refrain_update_state(weights, state, range)
    unsafe refrain_sgd(&pointers, gradient.pointer(start..<start + range.count), range.count, &c)
  }

  /// The same by Adagrad (Duchi, Hazan and Singer, "Adaptive subgradient methods for online learning and stochastic optimization", 2011):
  /// G = G + g^2, s = g / (sqrt(G) + epsilon).
  package static func adagrad(
    weights: FloatStorage, state: State, range: Range<Int>, gradient: FloatStorage, at start: Int, rates: Rates
  ) {
    var c = refrain_update_rates(rates)
    var pointers = unsafe refrain_update_state(weights, state, range)
    unsafe refrain_adagrad(&pointers, gradient.pointer(start..<start + range.count), range.count, &c)
  }

  /// a += rate (w - a) over a range.
  package static func average(_ average: FloatStorage, _ weights: FloatStorage, range: Range<Int>, rate: Float) {
    unsafe refrain_average(average.pointer(range), weights.pointer(range), range.count, rate)
  }
}

extension refrain_update_rates {
  fileprivate init(_ rates: Optimizer.Rates) {
    self.init(
      learning_rate: rates.learningRate, decay: rates.decay, epsilon: rates.epsilon, gradient_scale: rates.gradientScale,
      clip_value: rates.clipValue, missed_decay: rates.missedDecay, weight_keep: rates.weightKeep, momentum: rates.momentum,
      average_rate: rates.averageRate, average_missed: rates.averageMissed, correction: rates.correction, mean_decay: rates.meanDecay,
      mean_correction: rates.meanCorrection)
  }
}

extension refrain_update_state {
  fileprivate init(_ weights: FloatStorage, _ state: Optimizer.State, _ range: Range<Int>) {
    unsafe self.init(
      w: weights.pointer(range), G: state.squares.pointer(range), m: state.means?.pointer(range), v: state.momenta?.pointer(range),
      a: state.average?.pointer(range))
  }
}
