package import Corpora
package import LanguageModel

/// What one shard needs to run: activations, gradients and the recurrent state of its lanes. It reads the weights it is given.
package actor Replica {
  let network: Network
  /// The gradients of the last step; not to be read while a step runs.
  package nonisolated let gradients: Gradients

  package init(_ configuration: ModelConfiguration, steps: Int, lanes: Int, masks: MaskSource? = nil) {
    network = Network(configuration, steps: steps, lanes: lanes, masks: masks)
    gradients = Gradients(ParameterLayout(configuration), mostTokens: steps * lanes)
  }

  /// Where the time of this replica went since the last call.
  package func takePhases() -> StepPhases {
    defer { network.resetPhases() }
    return network.phases
  }

  /// Forward and back-propagation through time over the shard's windows.
  ///
  /// - Parameters:
  ///   - scale: the factor of the gradients: 1 / (tokens of the whole minibatch).
  ///   - start: the state that the lanes start from.
  /// - Returns: the sum of the cross-entropies in nats.
  package func train(on windows: ShardWindows, weights: PreparedWeights, scale: Float, from start: StartingState) -> Double {
    network.startNextWindow(from: start)
    return network.lossAndGradients(
      inputs: windows.inputs, targets: windows.targets, weights: weights, scale: scale, gradients: gradients)
  }
}

/// The replicas of all shards, run by a number of workers that changes nothing but the time it takes.
package struct ReplicaPool: Sendable {
  let replicas: [Replica]
  package let workers: Int

  /// - Parameter regularization: what is dropped, and the seed of the masks.
  package init(
    _ configuration: ModelConfiguration, steps: Int, lanes: Int, shards: Int, workers: Int,
    regularization: (Regularization, seed: UInt64) = (Regularization(), 0)
  ) {
    precondition(lanes % shards == 0 && workers >= 1, "the shards share the lanes evenly, and somebody must work")
    replicas = (0..<shards).map { shard in
      let masks = MaskSource(regularization.0, seed: regularization.seed, firstLane: shard * (lanes / shards))
      return Replica(
        configuration, steps: steps, lanes: lanes / shards, masks: regularization.0 == Regularization() ? nil : masks)
    }
    self.workers = min(workers, shards)
  }

  /// The gradients of each shard, in shard order.
  package var gradients: [Gradients] { replicas.map(\.gradients) }

  /// Where the time went since the last call, summed over the replicas.
  package func takePhases() async -> StepPhases {
    var sum = StepPhases()
    for replica in replicas { sum = sum + (await replica.takePhases()) }
    return sum
  }

  /// Runs every replica on its part of the minibatch; returns the minibatch's mean cross-entropy in nats a token.
  ///
  /// - Parameter start: the state that the lanes start from, unless the minibatch is the first of an epoch.
  package func train(
    on minibatch: Minibatch, weights: PreparedWeights, from start: StartingState = .afterLastWindow
  ) async -> Double {
    let start = minibatch.resetsState ? .initial : start
    let count = minibatch.shards.reduce(0) { $0 + $1.inputs.count }
    let run = { @Sendable [replicas] (shard: Int) async -> Double in
      await replicas[shard].train(on: minibatch.shards[shard], weights: weights, scale: 1 / Float(count), from: start)
    }
    let sums = await withTaskGroup(of: (Int, Double).self, returning: [Double].self) { group in
      for shard in 0..<workers { group.addTask { (shard, await run(shard)) } }
      var waiting = workers
      var sums = [Double](repeating: 0, count: replicas.count)
      for await (shard, sum) in group {
        sums[shard] = sum
        if waiting < replicas.count {
          group.addTask { [waiting] in (waiting, await run(waiting)) }
          waiting += 1
        }
      }
      return sums
    }
    return sums.reduce(0, +) / Double(count)
  }
}
