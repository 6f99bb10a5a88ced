/// The optimizer and clipping.
///
/// RMSProp: G = decay G + (1 - decay) g², w = w - rate g / √(G + epsilon) (Tieleman and Hinton, "Lecture 6.5: RMSProp", 2012). Momentum and
/// centring are those of Graves, "Generating sequences with recurrent neural networks", 2013, and of PyTorch's RMSprop, but for the
/// epsilon, which is inside the root here: m = decay m + (1 - decay) g, v = momentum v + g / √(G - m² + epsilon), w = w - rate v. With
/// ``correctsBias`` G and m are divided by 1 - decay^t at update t, as in Adam.
///
/// The other optimizers of ``Kind`` are PyTorch's, with their epsilon outside the root. Clipping, weight decay and the average of the
/// weights are the same for all.
public struct OptimizerConfiguration: Sendable, Hashable {
  /// How a gradient becomes an update.
  public enum Kind: String, Sendable, Hashable, Codable, CaseIterable {
    /// RMSProp.
    case rmsprop
    /// Adam (Kingma and Ba, "Adam: a method for stochastic optimization", 2015): m = beta1 m + (1 - beta1) g, G = beta2 G + (1 - beta2) g²,
    /// w = w - rate m̂ / (√Ĝ + epsilon), where m̂ and Ĝ are m and G divided by 1 - beta1^t and 1 - beta2^t at update t.
    case adam
    /// Stochastic gradient descent: w = w - rate g, or with momentum v = momentum v + g, w = w - rate v.
    case sgd
    /// Adagrad (Duchi, Hazan and Singer, "Adaptive subgradient methods for online learning and stochastic optimization", 2011):
    /// G = G + g², w = w - rate g / (√G + epsilon).
    case adagrad
  }
  /// Which optimizer it is. ``choose(_:)`` sets this and what belongs to it.
  public var kind = Kind.rmsprop
  /// The step size.
  public var learningRate: Float = 0.002
  /// The share of RMSProp's G that is kept at each step.
  public var rmsDecay: Float = 0.9
  /// What keeps the divisor from zero: inside the root with RMSProp, outside with Adam and Adagrad.
  public var epsilon: Float = 1e-8
  /// Whether RMSProp's running means are corrected for their start from zero, so that the first steps are no larger than the others.
  public var correctsBias = false
  /// The share of Adam's running mean of the gradient that is kept at each step. Unless it is 0, the embedding's rows are all updated in
  /// every step.
  public var beta1: Float = 0.9
  /// The share of Adam's running mean of the squares that is kept at each step.
  public var beta2: Float = 0.999
  /// The share of the last step that is added to the next; 0 for none. The embedding's rows are then all updated in every step.
  public var momentum: Float = 0
  /// Whether the root is of the gradient's running variance, rather than of its running square. A gradient that hardly changes then has
  /// nearly nothing but epsilon in the root, which should be larger (Graves has 1e-4).
  public var isCentered = false
  /// The most that the global norm of the gradient may be; nil for no limit.
  public var clipNorm: Float? = 5
  /// The most that each element of the gradient may be, in magnitude; nil for no limit.
  public var clipValue: Float?
  /// The share of each weight that a step takes away, times the step size (Loshchilov and Hutter, "Decoupled weight decay regularization",
  /// 2019). A row of the embedding decays in the steps that touch it, of a tied one in every step.
  public var weightDecay: Float = 0
  /// What evaluation and the saved model take is the average of the weights after each update, in which the one of an update before counts
  /// so much less than the next; 1 for their plain mean, 0 for no average.
  public var averageDecay: Float = 0

  /// The defaults.
  public init() {}

  /// Chooses an optimizer. If it is another one than before, the settings that belong to optimizers get the defaults of the new one.
  ///
  /// Those are ``rmsDecay``, ``epsilon``, ``correctsBias``, ``beta1``, ``beta2``, ``momentum`` and ``isCentered``. The learning rate stays
  /// between RMSProp and Adam, whose steps are of one size, and else becomes the new optimizer's: see ``Kind/learningRate``.
  public mutating func choose(_ kind: Kind) {
    guard kind != self.kind else { return }
    let defaults = OptimizerConfiguration()
    if Set([self.kind, kind]) != [.rmsprop, .adam] { learningRate = kind.learningRate }
    self.kind = kind
    epsilon = kind.epsilon
    rmsDecay = defaults.rmsDecay
    correctsBias = defaults.correctsBias
    beta1 = defaults.beta1
    beta2 = defaults.beta2
    momentum = defaults.momentum
    isCentered = defaults.isCentered
  }

  /// The first setting that differs from its default though this optimizer does not use it, and the optimizers that do.
  var idleSetting: (key: String, users: [Kind])? {
    let defaults = OptimizerConfiguration()
    let settings: [(key: String, isSet: Bool, users: [Kind])] = [
      ("rms_decay", rmsDecay != defaults.rmsDecay, [.rmsprop]), ("bias_correction", correctsBias, [.rmsprop]),
      ("centered", isCentered, [.rmsprop]), ("momentum", momentum != defaults.momentum, [.rmsprop, .sgd]),
      ("beta1", beta1 != defaults.beta1, [.adam]), ("beta2", beta2 != defaults.beta2, [.adam]),
      ("epsilon", epsilon != defaults.epsilon, [.rmsprop, .adam, .adagrad]),
    ]
    return settings.first { $0.isSet && !$0.users.contains(kind) }.map { ($0.key, $0.users) }
  }

  /// Whether there are running squares of the gradients, or sums of them.
  package var keepsSquares: Bool { kind != .sgd }
  /// Whether there are running means of the gradients.
  package var keepsMeans: Bool { kind == .adam || kind == .rmsprop && isCentered }
  /// Whether there are running steps.
  package var keepsMomenta: Bool { momentum > 0 && (kind == .rmsprop || kind == .sgd) }

  /// How many buffers there are beside the weights, each as long: squares, which SGD leaves alone, means, momenta, average.
  package var keptBuffers: Int { 1 + (keepsMeans ? 1 : 0) + (keepsMomenta ? 1 : 0) + (averageDecay > 0 ? 1 : 0) }
}

extension OptimizerConfiguration.Kind {
  /// The learning rate that ``OptimizerConfiguration/choose(_:)`` sets.
  ///
  /// After eight epochs of the songs in `corpora` with the preset small, 3 was the best of 0.3, 1, 3 and 10 for SGD, and 0.05 the best of
  /// 0.01, 0.02, 0.05 and 0.1 for Adagrad.
  public var learningRate: Float {
    switch self {
    case .rmsprop, .adam: OptimizerConfiguration().learningRate
    case .sgd: 3
    case .adagrad: 0.05
    }
  }

  /// The epsilon that ``OptimizerConfiguration/choose(_:)`` sets: PyTorch's, or RMSProp's own.
  public var epsilon: Float {
    switch self {
    case .rmsprop, .adam, .sgd: OptimizerConfiguration().epsilon
    case .adagrad: 1e-10
    }
  }
}
