internal import Basics
package import Kernels

/// What keeps a model from learning its corpus by heart; all of it in training only, and none by default.
///
/// The masks are those of Merity, Keskar and Socher, "Regularizing and optimizing LSTM language models", 2018: one mask a window for every
/// time step (Gal and Ghahramani, "A theoretically grounded application of dropout in recurrent neural networks", 2016), whole words of the
/// embedding, single recurrent weights (DropConnect).
public struct Regularization: Sendable, Hashable {
  /// The probability of a unit to be dropped between two layers.
  public var layerDropout: Float = 0
  /// The same before the decoder; nil: as between layers.
  public var outputDropout: Float?
  /// The same of an input of the first layer. It costs the projection of distinct tokens, since lanes see different inputs.
  public var inputDropout: Float = 0
  /// The probability of a word of the vocabulary to be dropped from a window, wherever it stands.
  public var embeddingDropout: Float = 0
  /// The probability of a recurrent weight to be dropped.
  public var weightDrop: Float = 0
  /// Times the mean square of what the decoder reads, added to the loss in nats a token ("AR"; 2 is usual).
  public var activationPenalty: Float = 0
  /// Times the mean square of the change from step to step of the last layer's hidden values ("TAR"; 1 is usual); where the decoder reads
  /// the sum of all layers' outputs, of this sum.
  public var temporalPenalty: Float = 0
  /// The probability of a lane to start a window from the initial state, as a text does, and not from where it was. A state that is always
  /// carried on is never trained to begin: a model can end in one of two states that each carry themselves on, and find only one of them
  /// useful (Melis, Dyer and Blunsom, "On the state of the art of evaluation in neural language models", 2018, reset theirs so).
  public var stateReset: Float = 0

  /// None.
  public init() {}

  /// What is dropped after a layer of so many.
  func dropout(afterLayer layer: Int, of count: Int) -> Float { layer < count - 1 ? layerDropout : outputDropout ?? layerDropout }
}

/// What the masks of one replica are functions of.
package struct MaskSource: Sendable {
  package var regularization: Regularization
  package var seed: UInt64
  /// The replica's first lane: a lane's masks are its own, whichever shard it is in.
  package var firstLane: Int

  package init(_ regularization: Regularization, seed: UInt64, firstLane: Int) {
    self.regularization = regularization
    self.seed = seed
    self.firstLane = firstLane
  }
}

/// Where a mask goes, as a number that no other place has.
package enum MaskSite {
  case embedding, input
  case output(layer: Int)
  case recurrent(layer: Int)
  case state

  private var number: UInt64 {
    switch self {
    case .embedding: 0
    case .input: 1
    case .output(let layer): 2 + 2 * UInt64(layer)
    case .recurrent(let layer): 3 + 2 * UInt64(layer)
    case .state: 1 << 13
    }
  }

  /// The mask after so many updates of the weights; nil if nothing is dropped.
  package func mask(_ probability: Float, seed: UInt64, updates: Int) -> Dropout? {
    guard probability > 0 else { return nil }
    var generator = generator(seed: seed, updates: updates)
    return Dropout(probability: probability, key: generator.next())
  }

  // Streams from 1 << 62 on are for masks; weights, samples and benchmarks have those below.
  fileprivate func generator(seed: UInt64, updates: Int) -> SeededGenerator {
    SeededGenerator(seed: seed, stream: 1 << 62 | number << 48 | UInt64(updates))
  }
}

extension MaskSource {
  /// Which of the replica's lanes start from the initial state after so many updates.
  func resetLanes(_ lanes: Int, updates: Int) -> [Int] {
    guard regularization.stateReset > 0 else { return [] }
    var generator = MaskSite.state.generator(seed: seed, updates: updates)
    for _ in 0..<firstLane { _ = generator.next() }
    return (0..<lanes).filter { _ in generator.uniform() < regularization.stateReset }
  }
}
