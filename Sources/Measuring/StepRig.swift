internal import Basics
private import Corpora
internal import LanguageModel
internal import Models
internal import Training

/// A step benchmark made ready: weights, replicas and tokens as in training, the bare products beside them, and what was timed so far.
package final class StepRig {
  let benchmark: StepBenchmark
  private var stream: MinibatchStream
  private let weights: SharedWeights
  private let replicas: ReplicaPool
  private let bound: BoundPool?
  /// Bytes, of the first two steps.
  let peakMemory: Double

  /// Seconds of each step, and of the bare products after it.
  private(set) var steps: [Double] = []
  private var products: [Double] = []
  /// What this rank sent in each step, and how long it waited for others in all of them.
  private var traffic: [Traffic] = []
  private var waiting = 0.0
  private var assemble = 0.0, run = 0.0, decode = 0.0, reduce = 0.0, update = 0.0, alone = 0.0

  /// Takes two steps to warm up, which are not timed.
  ///
  /// - Throws: `SettingError`, `ModelError` or `CorpusError` for sizes that cannot be.
  package init(_ benchmark: StepBenchmark) async throws {
    try benchmark.validate()
    self.benchmark = benchmark
    let model = benchmark.model
    let lanes = benchmark.batchSize
    let window = benchmark.windowLength
    let shards = benchmark.shards
    let tokens = ZipfTokens(vocabularySize: model.vocabularySize, seed: benchmark.seed).tokens(4 * lanes * window + lanes)
    stream = try MinibatchStream(tokens, lanes: lanes, window: window, shards: shards)
    // What training takes is seen before the bare products take theirs.
    Machine.resetPeakMemory()
    let communicator = benchmark.communicator
    stream.shards = (communicator?.part ?? .whole).range(of: shards)
    weights = SharedWeights(Weights(model, seed: benchmark.seed), products: benchmark.products, communicator: communicator)
    replicas = ReplicaPool(
      model, steps: window, lanes: lanes, shards: shards, groups: benchmark.groups, workers: benchmark.workers, communicator: communicator)
    for _ in 0..<2 {
      let step = await replicas.train(on: try stream.next(), predicting: lanes * window, weights: await weights.prepared())
      _ = await weights.apply(step.gradients, OptimizerConfiguration(), workers: benchmark.workers)
    }
    _ = await replicas.takePhases()
    peakMemory = Machine.peakMemory
    steps.reserveCapacity(benchmark.repetitions)
    bound = benchmark.measuresBound ? BoundPool(model, steps: window, lanes: lanes, shards: shards, workers: benchmark.workers) : nil
    await bound?.reset()
    await bound?.run()
  }

  /// Times one step, and then its bare products.
  func measure() async {
    let clock = ContinuousClock()
    let before = benchmark.communicator?.traffic
    let began = clock.now
    guard let minibatch = try? stream.next() else { preconditionFailure("tokens in memory can always be read") }
    let assembled = clock.now
    let parallel = benchmark.measuresSingleThread ? ParallelClock() : nil
    let (step, trained, applied) = await ParallelClock.$current.withValue(parallel) {
      let step = await replicas.train(
        on: minibatch, predicting: benchmark.batchSize * benchmark.windowLength, weights: await weights.prepared())
      let trained = clock.now
      return (step, trained, await weights.apply(step.gradients, OptimizerConfiguration(), workers: benchmark.workers))
    }
    let updated = clock.now
    // A minibatch is assembled beside the step before it.
    if let parallel { alone += (assembled.duration(to: updated) - parallel.total).inSeconds }
    if let before, let after = benchmark.communicator?.traffic {
      traffic.append(after - before)
      waiting += applied.waiting.inSeconds
    }
    let reduction = applied.reduction.inSeconds
    steps.append(began.duration(to: updated).inSeconds)
    assemble += began.duration(to: assembled).inSeconds
    run += assembled.duration(to: trained).inSeconds
    decode += step.decoding.inSeconds
    reduce += reduction
    update += trained.duration(to: updated).inSeconds - reduction
    guard let bound else { return }
    await bound.reset()
    let reset = clock.now
    await bound.run()
    products.append(reset.duration(to: clock.now).inSeconds)
  }

  /// Times one step alone; returns the milliseconds of each of ``phaseNames``.
  package func measurePhases() async -> [Double] {
    assemble = 0
    run = 0
    decode = 0
    reduce = 0
    update = 0
    alone = 0
    steps.removeAll(keepingCapacity: true)
    await measure()
    return await phases().map(\.milliseconds)
  }

  /// The phases of a step, in order.
  package static let phaseNames = ["assemble", "embed", "forward", "softmax", "backward", "wait", "reduce", "update"]

  /// What ``measure()`` found, which was called at least once.
  func result() async -> StepBenchmark.Result {
    let model = benchmark.model, positions = Double(benchmark.batchSize * benchmark.windowLength)
    let rates = steps.map { positions / $0 }
    let operations = ProductsBound.floatingPointOperations(model, positions: Int(positions))
    var result = StepBenchmark.Result(
      preset: benchmark.name, vocabulary: model.vocabularySize, embedding: model.embeddingSize, layers: model.layerCount,
      batch: benchmark.batchSize, window: benchmark.windowLength, workers: benchmark.workers, shards: benchmark.shards,
      hidden: HiddenSizes(model.hiddenSizes), tied: model.isTied, cell: model.cell, products: benchmark.products,
      tokensPerSecond: positions / steps.median,
      tokensPerSecondDeviation: rates.standardDeviation,
      stepMilliseconds: steps.median * 1_000,
      gflops: operations / steps.median * 1e-9, gemmGflopsBound: products.isEmpty ? nil : operations / products.median * 1e-9,
      fractionOfBound: products.isEmpty ? nil : products.median / steps.median, peakMemoryMib: peakMemory / 1_048_576,
      singleThreadFraction: benchmark.measuresSingleThread ? alone / max(1e-9, run + reduce + update) : nil, phases: await phases())
    if let communicator = benchmark.communicator, !traffic.isEmpty {
      let count = Double(traffic.count), seconds = traffic.reduce(0) { $0 + $1.seconds }
      result.communication = .init(
        ranks: communicator.ranks, groups: benchmark.groups, bytes: traffic.reduce(0) { $0 + $1.bytes } / traffic.count,
        messages: traffic.reduce(0) { $0 + $1.messages } / traffic.count, milliseconds: 1_000 * seconds / count,
        waitingMilliseconds: 1_000 * waiting / count, overlap: seconds > 0 ? max(0, 1 - waiting / seconds) : 0)
    }
    return result
  }

  private func phases() async -> [StepBenchmark.Result.Phase] {
    let replica = await replicas.takePhases()
    // Shards that share a worker run one after the other.
    let workers = min(benchmark.shards, benchmark.workers)
    let rounds = Double((benchmark.shards + workers - 1) / workers)
    let inReplica = [replica.embed, replica.forward, replica.backward].map { $0.inSeconds * rounds / Double(benchmark.shards) }
    let wait = max(0, run - decode - inReplica.reduce(0, +))
    let seconds = [assemble, inReplica[0], inReplica[1], decode, inReplica[2], wait, reduce, update]
    return zip(Self.phaseNames, seconds).map { .init(name: $0, milliseconds: $1 * 1_000 / Double(steps.count)) }
  }
}
