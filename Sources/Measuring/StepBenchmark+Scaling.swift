private import LanguageModel

extension StepBenchmark {
  /// What can be grown, the rest left as it is.
  public enum Growth: String, CaseIterable, Sendable {
    /// B
    case batch
    /// T
    case window
    /// H
    case hidden
  }

  /// This benchmark with one worker and one shard, and then with its shards on 1, 2, 4 ... and all of its workers.
  public var byWorkers: [StepBenchmark] {
    let powers = sequence(first: 1) { $0 * 2 }.prefix { $0 < workers }
    let shared = (powers + [workers]).map { (workers: $0, shards: shards) }
    return ((shards > 1 ? [(workers: 1, shards: 1)] : []) + shared).map { variant in
      var benchmark = self
      (benchmark.workers, benchmark.shards) = variant
      return benchmark
    }
  }

  /// This benchmark with a quarter, half, all and twice of a size, as far as that goes into its shards.
  public func growing(_ growth: Growth) -> [StepBenchmark] {
    [(1, 4), (1, 2), (1, 1), (2, 1)].compactMap { multiple, divisor in
      var benchmark = self
      func scaled(_ size: Int) -> Int { size * multiple / divisor }
      switch growth {
      case .batch:
        benchmark.batchSize = scaled(batchSize)
        if benchmark.batchSize < shards || benchmark.batchSize % shards != 0 { return nil }
      case .window: benchmark.windowLength = scaled(windowLength)
      case .hidden: benchmark.model.hiddenSizes = model.hiddenSizes.map(scaled)
      }
      return min(benchmark.windowLength, benchmark.model.hiddenSizes.min() ?? 0) > 0 ? benchmark : nil
    }
  }

  /// Times the same training with one worker and with more, a step of each in turn.
  ///
  /// - Returns: a result for each of ``byWorkers``, with its speed against one worker that has the same shards, and against one shard.
  /// - Throws: what ``run()`` throws.
  public func runByWorkers() async throws -> [Scaling] {
    let results = try await Self.run(inTurn: byWorkers)
    func speedup(_ result: Result, over shards: Int) -> Double {
      let alone = results.first { $0.workers == 1 && $0.shards == shards } ?? result
      return alone.stepMilliseconds / result.stepMilliseconds
    }
    let fewest = results.first?.shards ?? 1
    return results.map { Scaling(result: $0, speedup: speedup($0, over: $0.shards), speedupOverOneShard: speedup($0, over: fewest)) }
  }

  /// This benchmark with as many shards as workers, and then with 2, 4, 8 ... times as many, down to one lane each.
  public var byShards: [StepBenchmark] {
    let fewest = (1...max(1, min(workers, batchSize))).last { batchSize % $0 == 0 } ?? 1
    let powers = sequence(first: fewest) { $0 * 2 }.prefix { $0 < batchSize && batchSize % $0 == 0 }
    return (powers + [batchSize]).map { count in
      var benchmark = self
      benchmark.shards = count
      benchmark.measuresBound = false
      benchmark.measuresSingleThread = true
      return benchmark
    }
  }

  /// Times the same training cut into more and more shards, a step of each in turn. More workers need more shards, so this shows their cost
  /// on any machine.
  ///
  /// - Returns: a result for each of ``byShards``, compared with the first one.
  /// - Throws: what ``run()`` throws.
  public func runByShards() async throws -> [ShardCost] {
    var peaks: [Double] = []
    // The memory of each is seen by itself.
    for benchmark in byShards { peaks.append(try await StepRig(benchmark).peakMemory / 1_048_576) }
    let results = try await Self.run(inTurn: byShards)
    return zip(results, peaks).map { result, peak in
      var result = result
      // 0 where the system does not tell.
      result.peakMemoryMib = peak > 0 ? peak : nil
      return ShardCost(
        result: result, relativeSpeed: results[0].stepMilliseconds / result.stepMilliseconds,
        relativeMemory: peak > 0 && peaks[0] > 0 ? peak / peaks[0] : nil)
    }
  }

  /// A result among others with more and fewer shards.
  public struct ShardCost: Sendable {
    /// What was measured.
    public var result: Result
    /// Tokens a second, by those of the fewest shards.
    public var relativeSpeed: Double
    /// The peak memory, by that of the fewest shards; nil where the system does not tell.
    public var relativeMemory: Double?
  }

  /// A result among others with more and fewer workers.
  public struct Scaling: Sendable {
    /// What was measured.
    public var result: Result
    /// The median step of one worker with the same shards, by this one's.
    public var speedup: Double
    /// The median step of one worker with one shard, by this one's.
    public var speedupOverOneShard: Double
    /// The speed-up a worker: 1 is all that workers can give.
    public var efficiency: Double { speedup / Double(result.workers) }
  }
}
