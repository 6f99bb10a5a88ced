internal import Basics
package import Corpora
internal import Kernels
package import LanguageModel

/// The networks of some lanes, cut into shards, with the decoder that they share: runs windows forward only, on any number of workers.
///
/// The layers of a shard run on one worker, and all workers share the decoder. It serves one caller at a time.
package struct EvaluationPool: WindowScorer {
  private let networks: [EvaluationLanes]
  private let decoder: any GroupDecoder
  private let weights: PreparedWeights
  private let workers: Int
  private let temperature: Float
  /// B
  private let lanes: Int

  /// - Parameter temperature: divides the logits; 1 leaves them as they are.
  /// - Precondition: the shards share the lanes evenly; the temperature is positive.
  package init(_ weights: PreparedWeights, steps: Int, lanes: Int, shards: Int, workers: Int, temperature: Float = 1) {
    precondition(lanes % shards == 0 && workers >= 1, "the shards share the lanes evenly, and somebody must work")
    precondition(temperature > 0, "the temperature must be positive")
    let configuration = weights.weights.configuration
    networks = (0..<shards).map { _ in EvaluationLanes(configuration, steps: steps, lanes: lanes / shards) }
    decoder = configuration.decoder.makeGroupDecoder(configuration, steps: steps, lanes: lanes)
    self.weights = weights
    self.workers = workers
    self.temperature = temperature
    self.lanes = lanes
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
    try await scores(from: start, keepsInputs: false, windows: windows).nats
  }

  package func scores<Failure: Error>(
    from start: StartingState, keepsInputs: Bool, windows: @Sendable (_ shard: Int) throws(Failure) -> ShardWindows
  ) async throws(Failure) -> WindowScores {
    let results = await mapInParallel(networks.count, workers: workers) { shard -> Result<[Float], Failure> in
      do throws(Failure) {
        let output = await networks[shard].forward(try windows(shard), weights, from: start)
        decoder.take(output, number: shard)
        return .success(keepsInputs ? output.output.elements : [])
      } catch {
        return .failure(error)
      }
    }
    var inputs: [[Float]] = []
    for result in results { inputs.append(try result.get()) }
    let nats = await decoder.nats(weights: weights.weights, temperature: temperature, workers: workers)
    return WindowScores(nats: nats, inputs: keepsInputs ? join(inputs, positions: nats.count) : [])
  }

  /// Puts the rows of the shards, each by time and then by lane, in the order of all lanes.
  private func join(_ parts: [[Float]], positions: Int) -> [Float] {
    if parts.count == 1 { return parts[0] }
    let each = lanes / parts.count, steps = positions / lanes, width = parts[0].count / (steps * each)
    var joined: [Float] = []
    joined.reserveCapacity(positions * width)
    for step in 0..<steps {
      for part in parts { joined.append(contentsOf: part[step * each * width..<(step + 1) * each * width]) }
    }
    return joined
  }
}

/// What a shard needs to run forward only.
package actor EvaluationLanes {
  private let network: Network

  package init(_ configuration: ModelConfiguration, steps: Int, lanes: Int) {
    network = Network(configuration, steps: steps, lanes: lanes)
  }

  /// Runs a window up to the decoder; returns what the decoder reads, which the next window overwrites.
  package func forward(_ windows: ShardWindows, _ weights: PreparedWeights, from start: StartingState) -> DecoderShard {
    network.startNextWindow(from: start)
    return network.forward(inputs: windows.inputs, targets: windows.targets, weights: weights, isTraining: false)
  }
}
