internal import Basics
public import Corpora
private import Foundation
public import LanguageModel
public import Models

/// Scores every token of a text by itself: the cross-entropy with which a model predicts it.
///
/// A text is read in passages, each from a state of zeros, many of them side by side. Which passages decides what the model knows when it
/// predicts: see ``Reading``. For the mean alone `Evaluator` needs less memory, and gives the same for ``Reading/lanes(_:)``.
public struct TextScorer: Sendable {
  /// How many passages are read side by side, rounded up so that the shards share them evenly.
  public var lanes: Int
  /// Time steps computed at once: memory only, not the result.
  public var window: Int
  /// Groups of passages whose layers run side by side, at most. Part of the result only in its last digits.
  public var shards: Int
  /// Threads' worth of parallelism; never part of the result.
  public var workers: Int
  /// Which code computes the products of a time step. Part of the result only in its last digits.
  public var products: ProductKernel
  /// Divides the logits: above 1 the model is less sure of itself. It must be above 0.
  public var temperature: Float = 1
  /// The neural cache of each passage, which starts empty; nil: none. It must be valid: see `NeuralCache.validate()`.
  public var cache: NeuralCache?

  /// A temperature that is fitted is at most four, and at least a quarter.
  private static let largestLogarithm = log(4.0)

  /// The sizes that `Evaluator` uses.
  ///
  /// - Parameter workers: nil: one for each core that the process may use.
  /// - Precondition: all are positive.
  public init(lanes: Int = 16, window: Int = 64, shards: Int = 4, workers: Int? = nil, products: ProductKernel = .packed) {
    precondition(lanes > 0 && window > 0 && shards > 0 && workers ?? 1 > 0, "lanes, window, shards and workers must be positive")
    self.lanes = lanes
    self.window = window
    self.shards = shards
    self.workers = workers ?? Machine.usableCores
    self.products = products
  }

  /// The cross-entropy in nats of every token of the passages but their first ones, by position in `tokens`; nil elsewhere, and 0 for
  /// control tokens, whose numbers follow the vocabulary's and which are not predicted.
  ///
  /// - Parameters:
  ///   - passages: ranges of `tokens`, which may overlap in a token that is the last of one and the first of the other.
  ///   - adaptation: adapts the weights to the text; the passages are then read one after the other. nil: the weights stay as they are.
  ///   - progress: is called on any thread, with how many of all windows are done.
  public func nats(
    of tokens: [TokenID], in passages: [Range<Int>], weights: Weights, adaptation: TextAdaptation? = nil,
    progress: @escaping @Sendable (_ done: Int, _ total: Int) -> Void = { _, _ in }
  ) async -> [Double?] {
    let found = await scores(
      of: tokens, in: passages, weights: weights, adaptation: adaptation, flatnesses: cache.map { [$0.flatness] } ?? [], progress: progress)
    guard let cache else { return found.nats }
    return zip(found.nats, found.cached[0]).map { nats, probability in nats.map { cache.mixed(nats: $0, probability: probability) } }
  }

  /// Finds the temperature with which the passages have the lowest cross-entropy. The cache and the adaptation are not used.
  ///
  /// - Parameter progress: is called on any thread, with how many windows are done, of about how many.
  public func fittedTemperature(
    of tokens: [TokenID], in passages: [Range<Int>], weights: Weights,
    progress: @escaping @Sendable (_ done: Int, _ total: Int) -> Void = { _, _ in }
  ) async -> Float {
    // In logarithms: twice and half as sure are alike.
    let best = await Minimum.search(in: -Self.largestLogarithm...Self.largestLogarithm, tolerance: 1e-3) { logarithm in
      var scorer = self
      scorer.temperature = Float(exp(logarithm))
      let found = await scorer.scores(of: tokens, in: passages, weights: weights, adaptation: nil, flatnesses: [], progress: progress)
      return found.nats.reduce(0) { $0 + ($1 ?? 0) }
    }
    return Float(exp(best.argument))
  }

  /// Finds the flatness and the weight of a cache with which the passages have the lowest cross-entropy.
  ///
  /// - Parameters:
  ///   - size: how many positions the cache remembers.
  ///   - adaptation: as for ``nats(of:in:weights:adaptation:progress:)``.
  /// - Precondition: the size is positive.
  public func fittedCache(
    size: Int, of tokens: [TokenID], in passages: [Range<Int>], weights: Weights, adaptation: TextAdaptation? = nil,
    progress: @escaping @Sendable (_ done: Int, _ total: Int) -> Void = { _, _ in }
  ) async -> NeuralCache {
    var scorer = self
    scorer.cache = NeuralCache(size: size)
    let found = await scorer.scores(
      of: tokens, in: passages, weights: weights, adaptation: adaptation, flatnesses: CacheFit.flatnesses, progress: progress)
    return await CacheFit.best(size: size, nats: found.nats, cached: found.cached)
  }

  /// Finds the learning rate, and then the decay, of an adaptation with which the passages have the lowest cross-entropy. The cache is not
  /// used.
  ///
  /// - Parameters:
  ///   - adaptation: what to start from; its epsilon and segment are kept.
  ///   - progress: is called on any thread, with how many windows of a reading are done; there are about twelve readings.
  public func fittedRates(
    of adaptation: TextAdaptation, of tokens: [TokenID], in passages: [Range<Int>], weights: Weights,
    progress: @escaping @Sendable (_ done: Int, _ total: Int) -> Void = { _, _ in }
  ) async -> AdaptationRates {
    func loss(_ rates: AdaptationRates) async -> Double {
      let found = await scores(
        of: tokens, in: passages, weights: weights, adaptation: adaptation.with(rates), flatnesses: [], progress: progress)
      return found.nats.reduce(0) { $0 + ($1 ?? 0) }
    }
    var rates = adaptation.rates, least = await loss(rates)
    for path in [\AdaptationRates.learningRate, \.decay] {
      let start = rates, value = start[keyPath: path]
      // Without a decay nothing returns to the trained weights, and that is what was asked for.
      if value <= 0 { continue }
      let best = await Minimum.search(in: -2...2, tolerance: 0.4) { logarithm in
        var tried = start
        tried[keyPath: path] = value * Float(exp(logarithm))
        return await loss(tried)
      }
      // Where nothing is better, what it started from stays.
      if best.value < least {
        least = best.value
        rates[keyPath: path] = value * Float(exp(best.argument))
      }
    }
    return rates
  }

  /// - Returns: the model's cross-entropies by position and, for each flatness, the probabilities of the cache.
  private func scores(
    of tokens: [TokenID], in passages: [Range<Int>], weights: Weights, adaptation: TextAdaptation?, flatnesses: [Double],
    progress: @escaping @Sendable (_ done: Int, _ total: Int) -> Void
  ) async -> (nats: [Double?], cached: [[Double?]]) {
    var nats = [Double?](repeating: nil, count: tokens.count)
    var cached = flatnesses.map { _ in [Double?](repeating: nil, count: tokens.count) }
    let plan = PassagePlan(passages, self, adaptation: adaptation)
    guard plan.lanes > 0 else { return (nats, cached) }
    let scorer = plan.makeScorer(weights, self, adaptation: adaptation)
    let width = weights.configuration.decoderInputSize, firstControl = TokenID(weights.configuration.vocabularySize)
    let cacheSize = cache?.size ?? 1
    var done = 0
    for group in plan.groups {
      let caches = flatnesses.isEmpty ? [] : group.map { _ in LaneCache(CacheMemory(size: cacheSize, width: width)) }
      for first in stride(from: 0, to: group[group.startIndex].count - 1, by: plan.window) {
        let steps = min(plan.window, group[group.startIndex].count - 1 - first)
        let found = await scorer.scores(from: first == 0 ? .initial : .afterLastWindow, keepsInputs: !flatnesses.isEmpty) { shard in
          plan.windows(of: tokens, in: group, shard: shard, first: first, steps: steps, firstControl: firstControl)
        }
        let remembered = await mapInParallel(caches.count, workers: workers) { lane in
          let passage = group[group.startIndex + lane], start = passage.lowerBound + first
          let rows = 0..<PassagePlan.stepCount(of: passage, first: first, steps: steps)
          return await caches[lane].probabilities(
            rows.flatMap { found.inputs[($0 * plan.lanes + lane) * width..<($0 * plan.lanes + lane + 1) * width] },
            targets: rows.map { PassagePlan.target(tokens[start + $0 + 1], firstControl: firstControl) },
            flatnesses: flatnesses)
        }
        for (lane, passage) in group.enumerated() {
          for step in 0..<PassagePlan.stepCount(of: passage, first: first, steps: steps) {
            let position = passage.lowerBound + first + step + 1
            nats[position] = found.nats[step * plan.lanes + lane]
            for index in flatnesses.indices { cached[index][position] = remembered[lane][index][step] }
          }
        }
        done += 1
        progress(done, plan.windowCount)
      }
    }
    return (nats, cached)
  }
}

/// The cache of one passage, which one task at a time uses.
private actor LaneCache {
  private var memory: CacheMemory

  init(_ memory: CacheMemory) { self.memory = memory }

  func probabilities(_ inputs: [Float], targets: [Int32], flatnesses: [Double]) -> [[Double?]] {
    memory.probabilities(inputs, targets: targets, flatnesses: flatnesses)
  }
}
