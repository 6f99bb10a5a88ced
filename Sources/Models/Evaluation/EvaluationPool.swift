internal import Basics
package import Corpora
package import LanguageModel

/// The networks of some lanes, cut into shards, with the decoder that they share: runs windows forward only, on any number of workers.
///
/// The layers of a shard run on one worker, and all workers share the decoder. It serves one caller at a time.
package struct EvaluationPool: Sendable {
  private let networks: [Lanes]
  private let decoder: any GroupDecoder
  private let weights: PreparedWeights
  private let workers: Int

  /// What a shard needs to run.
  private actor Lanes {
    private let network: Network

    init(_ configuration: ModelConfiguration, steps: Int, lanes: Int) {
      network = Network(configuration, steps: steps, lanes: lanes)
    }

    func forward(_ windows: ShardWindows, _ weights: PreparedWeights, from start: StartingState) -> DecoderShard {
      network.startNextWindow(from: start)
      return network.forward(inputs: windows.inputs, targets: windows.targets, weights: weights, isTraining: false)
    }
  }

  /// - Precondition: the shards share the lanes evenly.
  package init(_ weights: PreparedWeights, steps: Int, lanes: Int, shards: Int, workers: Int) {
    precondition(lanes % shards == 0 && workers >= 1, "the shards share the lanes evenly, and somebody must work")
    let configuration = weights.weights.configuration
    networks = (0..<shards).map { _ in Lanes(configuration, steps: steps, lanes: lanes / shards) }
    decoder = configuration.decoder.makeGroupDecoder(configuration, steps: steps, lanes: lanes)
    self.weights = weights
    self.workers = workers
  }

  /// The cross-entropies in nats of a window of all lanes, by time and then by lane; 0 where there is nothing to predict.
  ///
  /// - Parameters:
  ///   - start: the state that the lanes start from.
  ///   - windows: those of a shard; called once for each, side by side.
  /// - Throws: what `windows` throws.
  package func nats<Failure: Error>(
    from start: StartingState, windows: @Sendable (_ shard: Int) throws(Failure) -> ShardWindows
  ) async throws(Failure) -> [Double] {
    let faults = await mapInParallel(networks.count, workers: workers) { shard -> Failure? in
      do throws(Failure) {
        decoder.take(await networks[shard].forward(try windows(shard), weights, from: start), number: shard)
        return nil
      } catch {
        return error
      }
    }
    for case let fault? in faults { throw fault }
    return await decoder.nats(weights: weights.weights, workers: workers)
  }
}
