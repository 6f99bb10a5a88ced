internal import Kernels
internal import LanguageModel

extension Replica {
  /// Counts the activations of the gates in the windows to come.
  func beginCountingGates() {
    let counts = GateCounts()
    gateCounts = counts
    network.observer = NetworkObserver(forward: counts.add)
  }

  /// Ends the counting, and returns the counts by layer and gate.
  func endCountingGates() -> [[Histogram]] {
    network.observer = nil
    defer { gateCounts = nil }
    return gateCounts?.histograms ?? []
  }
}

extension ReplicaPool {
  /// Counts the activations of the gates in the windows to come.
  func beginCountingGates() async {
    for replica in replicas { await replica.beginCountingGates() }
  }

  /// Ends the counting, and returns the histograms of all lanes and time steps, layer by layer.
  func endCountingGates(_ cell: RecurrentCell) async -> [TensorHistogram] {
    var sums: [[Histogram]] = []
    for replica in replicas {
      let counts = await replica.endCountingGates()
      if sums.isEmpty {
        sums = counts
      } else {
        for (layer, gates) in counts.enumerated() { for (gate, histogram) in gates.enumerated() { sums[layer][gate].add(histogram) } }
      }
    }
    if let communicator {
      // The histograms have the same bounds everywhere.
      let counts = await communicator.gather(RankBytes.bytes(of: sums.joined().flatMap(\.counts)))
      for (rank, bytes) in counts.enumerated() where rank != communicator.rank {
        var rest = (RankBytes.numbers(bytes) as [Int])[...]
        for layer in sums.indices {
          for gate in sums[layer].indices {
            sums[layer][gate].add(counts: Array(rest.prefix(Histogram.bucketCount)))
            rest = rest.dropFirst(Histogram.bucketCount)
          }
        }
      }
    }
    return sums.enumerated().flatMap { layer, gates in
      zip(cell.gates, gates).map { TensorHistogram("gates/layer_\(layer)/\($0.rawValue)", $1) }
    }
  }
}
