internal import Basics
package import Corpora
internal import Kernels
package import LanguageModel

/// What one shard needs to run: activations and the recurrent state of its lanes. It reads the weights it is given.
package actor Replica {
  let network: Network
  /// What counts the activations of the gates, while somebody wants to know them.
  var gateCounts: GateCounts?
  /// The gradients of the last step; not to be read while a step runs.
  package nonisolated let gradients: Gradients

  package init(_ configuration: ModelConfiguration, steps: Int, lanes: Int, masks: MaskSource? = nil) {
    network = Network(configuration, steps: steps, lanes: lanes, masks: masks)
    // The memory for the layers comes with each step.
    gradients = Gradients(ParameterLayout(configuration), mostTokens: steps * lanes, layers: FloatStorage(count: 0))
  }

  /// Where the time of this replica went since the last call.
  package func takePhases() -> StepPhases {
    defer { network.resetPhases() }
    return network.phases
  }

  /// Forward over the shard's windows, up to the decoder.
  ///
  /// - Parameter start: the state that the lanes start from.
  /// - Returns: what the decoder reads and writes.
  func forward(_ windows: ShardWindows, weights: PreparedWeights, from start: StartingState) -> DecoderShard {
    network.startNextWindow(from: start)
    return network.forward(inputs: windows.inputs, targets: windows.targets, weights: weights)
  }

  /// Back-propagation through time, after the decoder.
  ///
  /// - Parameters:
  ///   - scale: the factor of the penalties: 1 / (positions of the whole minibatch).
  ///   - layers: overwritten with the gradients of the layers.
  func backward(_ windows: ShardWindows, weights: PreparedWeights, scale: Float, into layers: FloatStorage) {
    gradients.layers = layers
    network.backward(inputs: windows.inputs, weights: weights, scale: scale, gradients: gradients)
  }
}

/// The replicas of all shards and the decoders of all groups, or those of a rank, run by a number of workers that changes nothing but the
/// time it takes.
package struct ReplicaPool: Sendable {
  let replicas: [Replica]
  private let decoders: [any GroupDecoder]
  private let buffers: GradientPool
  /// By which ranks exchange losses; nil if there is one rank.
  let communicator: (any Communicator)?
  /// B, of all ranks.
  private let lanes: Int
  /// What a step fills: the same objects in each.
  private let shardGradients: [Gradients], decoderGradients: [DecoderGradients]
  package let workers: Int

  /// - Parameters:
  ///   - groups: how many aligned blocks of shards there are, each of which has one decoder.
  ///   - regularization: what is dropped, and the seed of the masks.
  ///   - communicator: of a run of several ranks, of which this one has its part; nil: it has all.
  package init(
    _ configuration: ModelConfiguration, steps: Int, lanes: Int, shards: Int, groups: Int = 1, workers: Int,
    regularization: (Regularization, seed: UInt64) = (Regularization(), 0), communicator: (any Communicator)? = nil
  ) {
    precondition(lanes % shards == 0 && workers >= 1, "the shards share the lanes evenly, and somebody must work")
    precondition(groups >= 1 && shards % groups == 0, "the groups share the shards evenly")
    let shardLanes = lanes / shards, groupLanes = lanes / groups
    let part = communicator?.part ?? .whole
    self.communicator = communicator
    self.lanes = lanes
    replicas = part.range(of: shards).map { shard in
      let masks = MaskSource(regularization.0, seed: regularization.seed, firstLane: shard * shardLanes)
      return Replica(
        configuration, steps: steps, lanes: shardLanes, masks: regularization.0 == Regularization() ? nil : masks)
    }
    decoders = part.range(of: groups).map { _ in configuration.decoder.makeGroupDecoder(configuration, steps: steps, lanes: groupLanes) }
    shardGradients = replicas.map(\.gradients)
    decoderGradients = decoders.map(\.gradients)
    buffers = GradientPool(shards: replicas.count, count: ParameterLayout(configuration).layerRange.count)
    self.workers = workers
  }

  /// Where the time went since the last call, summed over the replicas. The decoders are timed by ``train(on:weights:from:)``.
  package func takePhases() async -> StepPhases {
    var sum = StepPhases()
    for replica in replicas { sum = sum + (await replica.takePhases()) }
    return sum
  }

  /// What a step computed.
  package struct Step: Sendable {
    /// The minibatch's mean cross-entropy in nats per predicted token; 0 if nothing is predicted.
    package let loss: Double
    package let gradients: StepGradients
    /// How long the decoders took.
    package let decoding: Duration
    /// Whether the task of any rank is cancelled; nil if there is one rank.
    let isStopped: Bool?
  }

  /// Runs every replica on its part of the minibatch, and the decoders between their forward and backward passes.
  ///
  /// - Parameters:
  ///   - minibatch: with the windows of the shards that are here.
  ///   - predicted: how many tokens the whole minibatch predicts; nil: it is all here.
  ///   - start: the state that the lanes start from, unless the minibatch is the first of an epoch.
  package func train(
    on minibatch: Minibatch, predicting predicted: Int? = nil, weights: PreparedWeights, from start: StartingState = .afterLastWindow
  ) async -> Step {
    let start = minibatch.resetsState ? .initial : start
    // The loss is a mean over what is predicted, and the penalties over all positions.
    let predicted = predicted ?? minibatch.predictionCount, scale = 1 / Float(max(1, predicted))
    let positionScale = 1 / Float(minibatch.steps * lanes)
    let each = replicas.count / decoders.count
    await forEachInParallel(replicas.count, workers: workers) { shard in
      let output = await replicas[shard].forward(minibatch.shards[shard], weights: weights, from: start)
      decoders[shard / each].take(output, number: shard % each)
    }
    let clock = ContinuousClock(), began = clock.now
    var sum = 0.0, losses: [Double] = []
    for decoder in decoders {
      let loss = await decoder.lossAndGradients(weights: weights.weights, scale: scale, workers: workers)
      sum += loss
      if communicator != nil { losses.append(loss) }
    }
    let decoding = began.duration(to: clock.now)
    await forEachInParallel(replicas.count, workers: workers) { shard in
      let buffer = buffers.take()
      await replicas[shard].backward(minibatch.shards[shard], weights: weights, scale: positionScale, into: buffer)
      buffers.complete(shard, buffer)
    }
    let gradients = StepGradients(layers: buffers.finish(), shards: shardGradients, decoders: decoderGradients)
    var isStopped: Bool?
    if let communicator {
      let all = await communicator.gather(RankBytes.bytes(of: losses.map(\.bitPattern)) + (Task.isCancelled ? [1] : []))
      isStopped = all.contains { $0.count % 8 == 1 }
      // The losses of all groups, in their order.
      sum = all.flatMap { RankBytes.numbers(Array($0.prefix($0.count / 8 * 8))) }.reduce(0.0) { $0 + Double(bitPattern: $1) }
    }
    return Step(loss: sum / Double(max(1, predicted)), gradients: gradients, decoding: decoding, isStopped: isStopped)
  }
}
