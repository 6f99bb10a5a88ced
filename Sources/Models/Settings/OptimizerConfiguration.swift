/// RMSProp and clipping.
///
/// G = decay G + (1 - decay) g², w = w - rate g / √(G + epsilon) (Tieleman and Hinton, "Lecture 6.5: RMSProp", 2012). Momentum and centring
/// are those of Graves, "Generating sequences with recurrent neural networks", 2013, and of PyTorch's RMSprop, but for the epsilon, which
/// is inside the root here: m = decay m + (1 - decay) g, v = momentum v + g / √(G - m² + epsilon), w = w - rate v.
public struct OptimizerConfiguration: Sendable, Hashable {
  /// The step size.
  public var learningRate: Float = 0.002
  /// The share of G that is kept at each step.
  public var rmsDecay: Float = 0.9
  /// Inside the root.
  public var epsilon: Float = 1e-8
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

  /// How many buffers there are beside the weights, each as long: squares, means, momenta, average.
  package var keptBuffers: Int { 1 + (isCentered ? 1 : 0) + (momentum > 0 ? 1 : 0) + (averageDecay > 0 ? 1 : 0) }
}
