import Benchmark
import Refrain

/// Run with `swift package benchmark` in this folder; `--filter` takes a regular expression of the names.
let benchmarks: @Sendable () -> Void = {
  Benchmark.defaultConfiguration = .init(
    metrics: [.wallClock, .cpuUser, .throughput], timeUnits: .microseconds, maxDuration: .seconds(2), maxIterations: 1_000)
  kernels()
  steps()
  tokenizing()
  sampling()
}

/// The kernels on one thread, in the shapes of char-512: 32 lanes, 512 units, a vocabulary of 96.
private func kernels() {
  for workload in KernelWorkload.allCases {
    Benchmark("kernel: \(workload.title)") { benchmark, run in
      for _ in benchmark.scaledIterations { run() }
    } setup: {
      workload.makeRun()
    }
  }
}

/// A whole step of a preset, and the part of each phase. With one worker: the framework holds a thread of the pool while it waits, which on
/// two cores would have the shards run one after the other. `refrain bench` measures several workers.
private func steps() {
  for preset in StepBenchmark.presets where ["char-128", "ptb-256"].contains(preset.name) {
    let phases = StepWorkload.phases.map { BenchmarkMetric.custom("\($0), µs", polarity: .prefersSmaller, useScalingFactor: false) }
    let configuration = Benchmark.Configuration(
      metrics: [.wallClock, .cpuUser, .peakMemoryResident] + phases, timeUnits: .microseconds, maxDuration: .seconds(5),
      maxIterations: 100)
    Benchmark("step: \(preset.name)", configuration: configuration) { (benchmark: Benchmark, workload: StepWorkload) async in
      benchmark.startMeasurement()
      let milliseconds = await workload.step()
      benchmark.stopMeasurement()
      for (metric, time) in zip(phases, milliseconds) { benchmark.measurement(metric, Int((time * 1_000).rounded())) }
    } setup: { () async throws -> StepWorkload in
      return try await StepWorkload(
        StepBenchmark(
          name: preset.name, model: preset.model, batchSize: preset.batchSize, windowLength: preset.windowLength, workers: 1,
          shards: 1))
    }
  }
}

/// A text of a hundred verses cut into tokens and put together again.
private func tokenizing() {
  let verse = """
    [Verse 1]
    I'll walk beside the river, she said, "I'll wait no more";
    the lanterns (one by one) went out along the farther shore.


    """
  let text = String(repeating: verse, count: 100)
  for tokenization in Tokenization.allCases {
    guard
      let tokenizer = try? Corpus(text: text, options: CorpusOptions(tokenization: tokenization, minimumCount: 1, validationFraction: 0))
        .tokenizer
    else { continue }
    let tokens = tokenizer.encode(text)
    Benchmark("tokenizing: encode \(tokenization), \(tokens.count) tokens") { benchmark in
      for _ in benchmark.scaledIterations { blackHole(tokenizer.encode(text)) }
    }
    Benchmark("tokenizing: decode \(tokenization), \(tokens.count) tokens") { benchmark in
      for _ in benchmark.scaledIterations { blackHole(tokenizer.decode(tokens)) }
    }
  }
}

/// Texts of 64 tokens from a 2 x 512 character model, the laying out of its weights included.
private func sampling() {
  let model = SamplingBenchmark(name: "char-512", model: StepBenchmark.presets[0].model, streams: 1, workers: 1).makeModel()
  for (name, choice) in [("all tokens", Sampling()), ("top-k 40", Sampling(topK: 40)), ("top-p 0.9", Sampling(topP: 0.9))] {
    Benchmark("sampling: 1 stream, \(name)") { benchmark in
      for _ in benchmark.scaledIterations { blackHole(try model.generate(length: 64, sampling: choice)) }
    }
  }
  Benchmark("sampling: 64 streams") { benchmark in
    for _ in benchmark.scaledIterations {
      for await song in try model.songs(count: 64, length: 64) { blackHole(song) }
    }
  }
}
