internal import ArgumentParser
internal import Foundation
internal import Refrain
internal import Training

enum BenchFormat: String, ExpressibleByArgument, CaseIterable {
  case markdown, csv, json, jsonl
}

struct BenchCommand: AsyncParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "bench", abstract: "Measure the throughput of training on this machine.",
    discussion: """
      Times whole training steps in turn with the bare matrix products of the same step, on random tokens of a Zipf law. The fraction is \
      1 where a step takes no longer than its products. All figures are by the median step; ± is the standard deviation of the speed. Of \
      several presets in one call, later ones may show memory that earlier ones left to the libraries. Presets, by vocabulary, embedding, \
      hidden size, layers, window and batch: \
      \(presetSizes.joined(separator: ", ")).
      """)

  @Argument(help: ArgumentHelp("Presets to run (default: all of them, unless sizes are given).", valueName: "preset"))
  var presets: [String] = []
  @Option(parsing: .unconditional, help: "V: tokens of the vocabulary.") var vocabulary: Int?
  @OptionGroup var modelSizes: SizeFlags
  @Option(setting: "batch") var batch: Int?
  @Option(olderNames: "batch_size") var olderBatch: Int?
  @Option(parsing: .unconditional, help: "S: parts of a minibatch (default: as train).") var shards: Int?
  @Option(
    parsing: .unconditional,
    help: "G: groups of shards, each with a decoder; under mpirun a multiple of the ranks (default: as many as ranks).")
  var groups: Int?
  @Option(
    name: [.customLong("workers"), .customShort("t")], parsing: .unconditional,
    help: "Threads' worth of parallelism (default: one for each core that the process may use).")
  var workers: Int?
  @OptionGroup var productsFlag: ProductsFlag
  @Option(parsing: .unconditional, help: "How many steps to time.") var repetitions = 10
  @Option(
    parsing: .unconditional,
    help: "How to print: \(BenchFormat.allCases.map(\.rawValue).joined(separator: ", ")) (default: markdown).")
  var format: BenchFormat?
  @Flag(help: "The same as --format jsonl: one object a line.") var json = false
  @Flag(
    help:
      "Also show the step by phase, in milliseconds (in JSON always); wait is what the replicas wait for one another and for their start."
  ) var phases = false
  @Flag(help: "Leave out the bare products, and with them bound and fraction.") var noBound = false
  @Flag(
    help:
      """
      Instead measure scaling: one worker and shard against more, more shards on all workers (speed, memory and the single-threaded part \
      of a step), and larger batches, windows and hidden sizes with half the repetitions (default presets: char-512, word-10k).
      """
  ) var scaling = false
  @Flag(help: "Instead measure writing: one text, and as many as --streams says at once (default preset: char-512).") var sampling = false
  @Option(parsing: .unconditional, help: "Texts at once for --sampling (default: 1, and then 64).") var streams: Int?

  func run() async throws {
    if Ranks.current != nil, sampling || scaling {
      throw ValidationError("--\(sampling ? "sampling" : "scaling") measures one process; run it without mpirun.")
    }
    Machine.warnOfKernels()
    try Machine.checkProducts()
    var printer = BenchPrinter(format: json ? .jsonl : format ?? .markdown, phases: phases)
    if sampling {
      for benchmark in try benchmarks() {
        for streams in streams.map({ [$0] }) ?? [1, 64] {
          var writing = SamplingBenchmark(
            name: benchmark.name, model: benchmark.model, streams: streams, workers: workers ?? Machine.usableCores)
          writing.repetitions = repetitions
          writing.products = productsFlag.given ?? .packed
          try printer.add(await writing.run())
        }
      }
      return try printer.finish()
    }
    for benchmark in try benchmarks() {
      if Terminal.isErrorInteractive { Terminal.writeError("measuring \(benchmark.name)\n") }
      if !scaling {
        try printer.add(await benchmark.run())
        continue
      }
      for variant in try await benchmark.runByWorkers() { try printer.add(variant) }
      for variant in try await benchmark.runByShards() { try printer.add(variant) }
      for growth in StepBenchmark.Growth.allCases {
        for var grown in benchmark.growing(growth) {
          // Sizes are compared here, not settings: half as many repetitions tell enough.
          grown.repetitions = max(1, repetitions / 2)
          try printer.add(await grown.run(), growing: growth)
        }
      }
    }
    try printer.finish()
  }

  func validate() throws {
    if sampling, scaling || phases || noBound || shards != nil || givenBatch != nil || modelSizes.namesWindow {
      throw ValidationError(
        "--sampling goes without --scaling, --phases, --no-bound, --shards, --batch and --window; leave those out.")
    }
    if json, let format, format != .jsonl {
      throw ValidationError("--json is --format jsonl, but --format \(format.rawValue) was given too; leave out one of them.")
    }
    if streams != nil, !sampling { throw ValidationError("--streams goes with --sampling only.") }
    if scaling, phases || noBound { throw ValidationError("--scaling goes without --phases and --no-bound.") }
  }

  private var givenBatch: Int? { batch ?? olderBatch }

  private func benchmarks() throws -> [StepBenchmark] {
    let hasSizes = vocabulary != nil || givenBatch != nil || modelSizes.namesModel || modelSizes.namesWindow
    let known = StepBenchmark.presets
    for name in presets where !known.contains(where: { $0.name == name }) {
      throw ValidationError("'\(name)' is no preset; choose from \(known.map(\.name).joined(separator: ", ")), or give sizes.")
    }
    let usual = Array(known.prefix(sampling ? 1 : scaling ? 2 : known.count))
    let chosen = presets.isEmpty ? (hasSizes ? [known[0]] : usual) : presets.compactMap { name in known.first { $0.name == name } }
    return try chosen.map { preset in
      var model = preset.model
      model.vocabularySize = vocabulary ?? model.vocabularySize
      var configuration = TrainingConfiguration(sizesOf: model)
      configuration.windowLength = preset.windowLength
      modelSizes.apply(to: &configuration)
      try configuration.validate()
      model = configuration.model(vocabularySize: model.vocabularySize)
      let batch = givenBatch ?? preset.batchSize
      configuration.batchSize = batch
      configuration.groups = groups ?? Ranks.current?.ranks ?? 1
      configuration.shards = shards ?? Ranks.current.map { max($0.ranks, configuration.resolvedShards) }
      try configuration.validate()
      var benchmark = StepBenchmark(
        name: (hasSizes ? "custom" : preset.name) + (model.isTied ? "-tied" : ""), model: model, batchSize: batch,
        windowLength: configuration.windowLength,
        workers: workers ?? Machine.usableCores, shards: configuration.resolvedShards)
      benchmark.repetitions = repetitions
      // The products of one rank are no bound for all.
      benchmark.measuresBound = !noBound && Ranks.current == nil
      benchmark.groups = configuration.groups
      benchmark.communicator = Ranks.current
      benchmark.products = productsFlag.given ?? .packed
      return benchmark
    }
  }
}

extension BenchCommand {
  /// The names and the sizes of the presets, for the help.
  private static var presetSizes: [String] {
    StepBenchmark.presets.map { preset in
      let model = preset.model
      let sizes = [
        model.vocabularySize, model.embeddingSize, model.hiddenSizes[0], model.layerCount, preset.windowLength, preset.batchSize,
      ]
      return "\(preset.name) \(sizes.map(String.init).joined(separator: " "))"
    }
  }
}
