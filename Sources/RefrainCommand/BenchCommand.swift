internal import ArgumentParser
internal import Foundation
internal import Refrain

enum BenchFormat: String, ExpressibleByArgument, CaseIterable {
  case markdown, csv, json, jsonl
}

struct BenchCommand: AsyncParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "bench", abstract: "Measure the throughput of training on this machine.",
    discussion: """
      Times whole training steps in turn with the bare matrix products of the same step, on random tokens of a Zipf law. The fraction is \
      1 where a step takes no longer than its products. Presets, by vocabulary, embedding, hidden size, layers, window and batch: \
      \(StepBenchmark.presets.map { "\($0.name) \($0.model.vocabularySize) \($0.model.embeddingSize) \($0.model.hiddenSize) \($0.model.layerCount) \($0.windowLength) \($0.batchSize)" }.joined(separator: ", ")).
      """)

  @Argument(help: ArgumentHelp("Presets to run (default: all of them, unless sizes are given).", valueName: "preset"))
  var presets: [String] = []
  @Option(parsing: .unconditional, help: "V: tokens of the vocabulary.") var vocabulary: Int?
  @Option(name: [.customLong("embedding"), .customLong("emsize")], parsing: .unconditional, help: "E: the length of an embedding.")
  var embedding: Int?
  @Option(
    name: [.customLong("hidden"), .customLong("nhid"), .customLong("rnn_size")], parsing: .unconditional, help: "H: units of a layer.")
  var hidden: Int?
  @Option(
    name: [.customLong("layers"), .customLong("nlayers"), .customLong("num_layers")], parsing: .unconditional, help: "L: LSTM layers.")
  var layers: Int?
  @Option(
    name: [.customLong("window"), .customLong("bptt"), .customLong("seq_length")], parsing: .unconditional,
    help: "T: time steps of a window.") var window: Int?
  @Option(name: [.customLong("batch"), .customLong("batch_size")], parsing: .unconditional, help: "B: lanes of a minibatch.") var batch:
    Int?
  @Option(parsing: .unconditional, help: "S: parts of a minibatch (default: one a worker).") var shards: Int?
  @Option(
    name: [.customLong("workers"), .customShort("t")], parsing: .unconditional,
    help: "Threads' worth of parallelism (default: one a physical core).")
  var workers: Int?
  @Option(parsing: .unconditional, help: "How many steps to time.") var repetitions = 10
  @Option(parsing: .unconditional, help: "How to print: \(BenchFormat.allCases.map(\.rawValue).joined(separator: ", ")).") var format:
    BenchFormat = .markdown
  @Flag(help: "The same as --format jsonl: one object a line.") var json = false
  @Flag(help: "Also show the step by phase, in milliseconds (in JSON always).") var phases = false

  func run() async throws {
    let format = json ? .jsonl : self.format
    let benchmarks = try benchmarks()
    var results: [StepBenchmark.Result] = []
    for (index, benchmark) in benchmarks.enumerated() {
      let result = try await benchmark.run()
      results.append(result)
      switch format {
      case .markdown: try Terminal.write((index == 0 ? Self.markdownHeader : "") + Self.markdownRow(result))
      case .csv: try Terminal.write((index == 0 ? Self.csvHeader : "") + Self.csvRow(result))
      case .jsonl: try Terminal.write(Terminal.json(result) + "\n")
      case .json: break
      }
    }
    if format == .json { try Terminal.write("[\(try results.map { try Terminal.json($0) }.joined(separator: ",\n"))]\n") }
    if phases, format == .markdown { try Terminal.write(Self.phaseTable(results)) }
  }

  private func benchmarks() throws -> [StepBenchmark] {
    let sizes = [vocabulary, embedding, hidden, layers, window, batch]
    let hasSizes = sizes.contains { $0 != nil }
    let known = StepBenchmark.presets
    for name in presets where !known.contains(where: { $0.name == name }) {
      throw ValidationError("'\(name)' is no preset; choose from \(known.map(\.name).joined(separator: ", ")), or give sizes.")
    }
    let chosen = presets.isEmpty ? (hasSizes ? [known[0]] : known) : known.filter { presets.contains($0.name) }
    return chosen.map { preset in
      var model = preset.model
      model.vocabularySize = vocabulary ?? model.vocabularySize
      model.embeddingSize = embedding ?? model.embeddingSize
      model.hiddenSize = hidden ?? model.hiddenSize
      model.layerCount = layers ?? model.layerCount
      let batch = self.batch ?? preset.batchSize
      let shards = self.shards ?? (1...max(1, workers ?? Machine.physicalCores)).last { batch % $0 == 0 } ?? 1
      var benchmark = StepBenchmark(
        name: hasSizes ? "custom" : preset.name, model: model, batchSize: batch, windowLength: window ?? preset.windowLength,
        workers: workers ?? min(shards, Machine.physicalCores), shards: shards)
      benchmark.repetitions = repetitions
      return benchmark
    }
  }

  private static let markdownHeader = """
    | preset | V | E | H | L | T | B | workers | shards | step, ms | tokens/s | ± | GFLOP/s | bound | fraction | peak, MiB |
    |---|---:|---:|---:|---:|---:|---:|---:|---:|---:|---:|---:|---:|---:|---:|---:|

    """

  private static func markdownRow(_ r: StepBenchmark.Result) -> String {
    "| \(r.preset) | \(r.vocabulary) | \(r.embedding) | \(r.hidden) | \(r.layers) | \(r.window) | \(r.batch) | \(r.workers) | \(r.shards) "
      + "| \(r.stepMilliseconds.fixed(1)) | \(Int(r.tokensPerSecond).grouped) | \(Int(r.tokensPerSecondDeviation).grouped) "
      + "| \(r.gflops.fixed(1)) | \(r.gemmGflopsBound.fixed(1)) | \(r.fractionOfBound.fixed(2)) | \(r.peakMemoryMib.fixed(0)) |\n"
  }

  private static let csvHeader =
    "preset,vocabulary,embedding,hidden,layers,batch,window,workers,shards,tokens_per_second,tokens_per_second_deviation,"
    + "step_milliseconds,gflops,gemm_gflops_bound,fraction_of_bound,peak_memory_mib\n"

  private static func csvRow(_ r: StepBenchmark.Result) -> String {
    "\(r.preset),\(r.vocabulary),\(r.embedding),\(r.hidden),\(r.layers),\(r.batch),\(r.window),\(r.workers),\(r.shards),"
      + "\(r.tokensPerSecond),\(r.tokensPerSecondDeviation),\(r.stepMilliseconds),\(r.gflops),\(r.gemmGflopsBound),"
      + "\(r.fractionOfBound),\(r.peakMemoryMib)\n"
  }

  private static func phaseTable(_ results: [StepBenchmark.Result]) -> String {
    let names = results.first?.phases.map(\.name) ?? []
    let rows = results.map { "| \($0.preset) | \($0.phases.map { $0.milliseconds.fixed(2) }.joined(separator: " | ")) |\n" }
    return "\n| ms | \(names.joined(separator: " | ")) |\n|---|\(names.map { _ in "---:|" }.joined())\n\(rows.joined())"
  }
}
