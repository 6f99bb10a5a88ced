/// RMSProp and clipping.
///
/// G = decay G + (1 - decay) g², w = w - rate g / √(G + epsilon) (Tieleman and Hinton, "Lecture 6.5: RMSProp", 2012).
public struct OptimizerConfiguration: Sendable, Hashable {
  /// The step size.
  public var learningRate: Float = 0.002
  /// The share of G that is kept at each step.
  public var rmsDecay: Float = 0.9
  /// Inside the root.
  public var epsilon: Float = 1e-8
  /// The most that the global norm of the gradient may be; nil for no limit.
  public var clipNorm: Float? = 5
  /// The most that each element of the gradient may be, in magnitude; nil for no limit.
  public var clipValue: Float?
  /// The share of each weight that a step takes away, times the step size (Loshchilov and Hutter, "Decoupled weight decay regularization",
  /// 2019). A row of the embedding decays in the steps that touch it, of a tied one in every step.
  public var weightDecay: Float = 0

  /// The defaults.
  public init() {}
}
