import Corpora
import Kernels
import LanguageModel
import Models
import Testing
import Training

@Suite("Histograms of a run") struct HistogramEventsTests {
  private func run(
    _ cell: RecurrentCell, isTied: Bool, collects: Bool, shards: Int = 2, workers: Int = 1
  ) async throws -> (events: [TrainingEvent], weights: Weights, windows: Int) {
    let text = try corpus(randomText(words: 220, vocabulary: 20, seed: 6))
    var configuration = smallConfiguration(steps: 25, shards: shards)
    configuration.cell = cell
    configuration.isTied = isTied
    configuration.layerCount = 2
    configuration.sampleEvery = 7
    configuration.regularization = regularization()
    let trainer = try Trainer(corpus: text, configuration: configuration, workers: workers)
    if collects { await trainer.collectHistograms() }
    let log = EventLog()
    try await trainer.train { await log.add($0) }
    return (await log.events, await trainer.model.weights, (text.training.count - 1) / 20)
  }

  private func histograms(_ events: [TrainingEvent]) -> [(step: Int, all: [TensorHistogram])] {
    events.compactMap { if case .histograms(let histograms, let step) = $0 { (step, histograms) } else { nil } }
  }

  @Test("come at the end of an epoch, of the run and with samples, and change nothing", arguments: RecurrentCell.allCases, [false, true])
  func events(cell: RecurrentCell, isTied: Bool) async throws {
    let plain = try await run(cell, isTied: isTied, collects: false), counted = try await run(cell, isTied: isTied, collects: true)
    #expect(plain.weights.values.isBitwiseEqual(to: counted.weights.values))
    #expect(histograms(plain.events).isEmpty)
    let found = histograms(counted.events)
    #expect(found.map(\.step) == (1...25).filter { $0 % 7 == 0 || $0 == 25 || $0 % counted.windows == 0 })

    let layout = counted.weights.layout, names = layout.entries.map(\.name)
    let gates = (0..<2).flatMap { layer in cell.gates.map { "gates/layer_\(layer)/\($0.rawValue)" } }
    for (_, all) in found {
      #expect(all.map(\.name).sorted() == (names.flatMap { ["weights/" + $0, "gradients/" + $0] } + gates).sorted())
      for histogram in all {
        #expect(histogram.counts.count == 30 && histogram.lower <= histogram.upper)
        let count = histogram.counts.reduce(0, +)
        if let entry = layout.entries.first(where: { histogram.name.hasSuffix("/" + $0.name) }) {
          // Of an embedding's gradient, the rows that were touched.
          let touched = histogram.name == "gradients/embedding.weight" && !isTied
          #expect(touched ? count % 6 == 0 && count > 0 && count <= entry.range.count : count == entry.range.count, "\(histogram.name)")
        } else {
          #expect(count == 4 * 5 * 8 && histogram.upper == 1 && histogram.lower == (histogram.name.hasSuffix("candidate") ? -1 : 0))
        }
      }
    }
    // Those of the last step are of the weights that the run ends with.
    for entry in layout.entries {
      let last = try #require(found.last?.all.first { $0.name == "weights/" + entry.name })
      let values = counted.weights.values[entry.range]
      #expect(last.lower == values.min().map(Double.init) && last.upper == values.max().map(Double.init))
    }
  }

  @Test("do not depend on the workers", arguments: [2, 3])
  func workers(workers: Int) async throws {
    let one = try await run(.lstm, isTied: false, collects: true, shards: 4)
    let more = try await run(.lstm, isTied: false, collects: true, shards: 4, workers: workers)
    #expect(histograms(one.events).map(\.all) == histograms(more.events).map(\.all))
  }

  @Test("of gradients are those of all shards together", arguments: [false, true])
  func gradients(isTied: Bool) async throws {
    let sizes = ModelConfiguration(vocabularySize: 9, embeddingSize: 4, hiddenSizes: [4], isTied: isTied)
    let layout = ParameterLayout(sizes)
    // Small whole numbers, whose sums are exact.
    func value(_ index: Int, _ shard: Int) -> Float { Float((index * 7 + shard * 3) % 11 - 5) }
    let shards = (0..<3).map { shard in
      let gradients = Gradients(layout, mostTokens: 9)
      gradients.set { value($0, shard) }
      return gradients
    }
    let decoder = DecoderGradients(sizes)
    decoder.set(layout) { value($0, 5) }
    let shared = SharedWeights(Weights(sizes, seed: 1))
    let update = await shared.apply(
      StepGradients(shards: shards, decoders: [decoder]), OptimizerConfiguration(), workers: 2, makesHistograms: true)
    #expect(update.isApplied && update.histograms.count == layout.entries.count)
    for entry in layout.entries {
      let sums = entry.range.map { index in
        let isDecoder = entry.parameter == .decoderWeight || entry.parameter == .decoderBias
        let layers = isDecoder ? 0 : (0..<3).reduce(0) { $0 + value(index, $1) }
        return layers + (isDecoder || isTied && entry.parameter == .embedding ? value(index, 5) : 0)
      }
      let found = try #require(update.histograms.first { $0.name == "gradients/" + entry.name })
      #expect(found.lower == sums.min().map(Double.init) && found.upper == sums.max().map(Double.init), "\(entry.name)")
      #expect(found.counts[29] == sums.count { $0 > (sums.max() ?? 0) - 0.5 }, "\(entry.name)")
    }
    let none = await shared.apply(StepGradients(shards: shards, decoders: [decoder]), OptimizerConfiguration(), workers: 1)
    #expect(none.histograms.isEmpty)
  }
}
