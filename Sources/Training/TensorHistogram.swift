private import Basics
package import Kernels
package import LanguageModel

/// Counts of a tensor's numbers in 30 buckets of equal width.
///
/// A ``Trainer`` that collects histograms hands them out after the steps that end an epoch or the run, and after those of `sampleEvery`.
public struct TensorHistogram: Sendable, Hashable {
  /// What the numbers are: `weights/` or `gradients/` and the name of a tensor in `model.safetensors`, or `gates/layer_0/forget`.
  public let name: String
  /// The lower bound of the first bucket.
  public let lower: Double
  /// The upper bound of the last bucket. It equals `lower` if all numbers are equal; then the last bucket has them.
  public let upper: Double
  /// How many numbers each bucket has; numbers that are not finite are in none.
  public let counts: [Int]

  package init(_ name: String, _ histogram: Histogram) {
    self.name = name
    lower = histogram.lower
    upper = histogram.upper
    counts = histogram.counts
  }

  /// Returns a histogram of each weight tensor. Complexity: two passes over the weights.
  package static func ofWeights(_ weights: Weights, workers: Int) async -> [TensorHistogram] {
    await histograms(of: weights.layout.entries.map { ("weights/" + $0.name, weights.values.storage, $0.range) }, workers: workers)
  }

  /// Returns a named histogram of each part of a buffer.
  static func histograms(of parts: [(name: String, storage: FloatStorage, range: Range<Int>)], workers: Int) async -> [TensorHistogram] {
    await mapInParallel(parts.count, workers: workers) { number in
      let part = parts[number]
      return Histogram(of: part.storage, part.range).map { TensorHistogram(part.name, $0) }
    }.compactMap(\.self)
  }
}

/// Counts the activations of the gates of a network, window after window.
///
/// Their bounds are those of their functions, 0 to 1 of a sigmoid and -1 to 1 of a candidate, so that the counts of shards can be added.
final class GateCounts {
  /// The counts so far, by layer, and there by gate.
  private(set) var histograms: [[Histogram]] = []

  /// Counts what a layer computed.
  func add(_ layer: LayerActivations) {
    while histograms.count <= layer.layer { histograms.append(layer.cell.gates.map { Histogram($0 == .candidate ? -1...1 : 0...1) }) }
    for (index, gate) in layer.cell.gates.enumerated() { histograms[layer.layer][index].add(layer.gate(gate)) }
  }
}
