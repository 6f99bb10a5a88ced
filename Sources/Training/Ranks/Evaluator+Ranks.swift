internal import Basics
internal import Corpora
internal import Kernels
internal import LanguageModel
internal import Models

extension Evaluator {
  /// Measures a text on all ranks, with the same result as on one.
  ///
  /// Of a window, each rank computes the layers of its own shards of the lanes, and one rank the decoder for all lanes, since its products
  /// would not be the same bit for bit if they were cut. As many windows as there are ranks are computed at a time, and each rank has the
  /// decoder of one of them.
  ///
  /// - Parameter progress: is called after each window, with how many of all windows are done.
  /// - Throws: `CancellationError` once the task of any rank is cancelled; `CorpusError` if the text can no longer be read.
  func evaluate(
    _ tokens: Tokens, weights: Weights, among communicator: any Communicator, progress: @escaping @Sendable (Int, Int) -> Void
  ) async throws -> Evaluation {
    let (lanes, shards, window) = sizes(for: tokens)
    let windows = try EvaluationWindows(tokens, lanes: lanes, window: window, shards: shards)
    let pool = RankedEvaluation(
      windows, PreparedWeights(weights, forTraining: false, products: products), lanes: lanes, shards: shards, window: window,
      workers: workers, communicator)
    var sum = 0.0
    for first in stride(from: 0, to: windows.windowCount, by: communicator.ranks) {
      await Task.yield()
      let round = first..<min(first + communicator.ranks, windows.windowCount)
      guard let nats = try await pool.nats(round) else { throw CancellationError() }
      for window in nats { sum += window }
      progress(round.upperBound, windows.windowCount)
    }
    return Evaluation(lossNats: sum / Double(windows.predictionCount), tokens: windows.predictionCount)
  }
}

/// A rank's part of an evaluation.
///
/// - Invariant for `@unchecked Sendable`: rounds come one after the other, and each task of a round writes to the outputs of its own shard.
private struct RankedEvaluation: @unchecked Sendable {
  private let windows: EvaluationWindows
  private let weights: PreparedWeights
  private let shards: Int
  /// b
  private let lanes: Int
  private let workers: Int
  private let communicator: any Communicator
  /// The shards of this rank, by number.
  private let own: [(shard: Int, lanes: EvaluationLanes)]
  private let decoder: any GroupDecoder
  /// [T b, D]: what the decoders of a round read, of each window of the round for each shard that is here, or that comes for this rank's
  /// window.
  private let outputs: [[Matrix]]

  init(
    _ windows: EvaluationWindows, _ weights: PreparedWeights, lanes: Int, shards: Int, window: Int, workers: Int,
    _ communicator: any Communicator
  ) {
    self.windows = windows
    self.weights = weights
    self.shards = shards
    self.workers = workers
    self.communicator = communicator
    let configuration = weights.weights.configuration, each = lanes / shards, rank = communicator.rank, ranks = communicator.ranks
    self.lanes = each
    own = (0..<shards).filter { $0 % ranks == rank }.map { ($0, EvaluationLanes(configuration, steps: window, lanes: each)) }
    decoder = configuration.decoder.makeGroupDecoder(configuration, steps: window, lanes: lanes)
    outputs = (0..<ranks).map { turn in
      (0..<shards).map { shard in
        let isNeeded = turn == rank || shard % ranks == rank
        return Matrix(rows: isNeeded ? window * each : 0, columns: configuration.decoderInputSize)
      }
    }
  }

  /// The sums of the cross-entropies of the windows of a round; nil if the task of any rank is cancelled.
  func nats(_ round: Range<Int>) async throws(CorpusError) -> [Double]? {
    let rank = communicator.rank, ranks = communicator.ranks
    for (turn, window) in round.enumerated() {
      let results = await mapInParallel(own.count, workers: workers) { number -> Result<Void, CorpusError> in
        let (shard, lanes) = own[number]
        do throws(CorpusError) {
          let output = await lanes.forward(
            try windows.windows(ofShard: shard, window: window), weights, from: window == 0 ? .initial : .afterLastWindow)
          outputs[turn][shard].block(rows: 0..<output.output.rows).copy(from: output.output)
          return .success(())
        } catch {
          return .failure(error)
        }
      }
      for result in results { try result.get() }
    }
    var messages: [Message] = []
    for turn in 0..<round.count {
      for shard in 0..<shards where turn != shard % ranks {
        let matrix = outputs[turn][shard]
        if shard % ranks == rank { messages.append(Message(.send, turn, matrix.storage, 0..<matrix.rows * matrix.columns)) }
        if turn == rank { messages.append(Message(.receive, shard % ranks, matrix.storage, 0..<matrix.rows * matrix.columns)) }
      }
    }
    await communicator.begin(messages).finish()
    var sum = 0.0
    if rank < round.count {
      for shard in 0..<shards {
        let targets = try windows.windows(ofShard: shard, window: round.lowerBound + rank).targets
        let output = outputs[rank][shard].block(rows: 0..<targets.count).view
        decoder.take(DecoderShard(output: output, gradient: nil, targets: targets, lanes: lanes), number: shard)
      }
      sum = await decoder.nats(weights: weights.weights, workers: workers).reduce(0, +)
    }
    let all = await communicator.gather(RankBytes.bytes(of: [sum.bitPattern]) + (Task.isCancelled ? [1] : []))
    if all.contains(where: { $0.count > 8 }) { return nil }
    return all[..<round.count].map { Double(bitPattern: RankBytes.numbers(Array($0.prefix(8)))[0]) }
  }
}
