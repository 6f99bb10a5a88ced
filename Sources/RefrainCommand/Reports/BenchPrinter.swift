internal import Basics
internal import Files
internal import Refrain

/// Prints results of `refrain bench` as they come: tables for people, lines for programs.
struct BenchPrinter {
  private typealias Column = (title: String, value: String)

  let format: BenchFormat
  /// Whether to show the step by phase too.
  let phases: Bool
  private var results: [StepBenchmark.Result] = []
  private var objects: [String] = []
  private var titles: [String] = []

  init(format: BenchFormat, phases: Bool) {
    self.format = format
    self.phases = phases
  }

  mutating func add(_ result: StepBenchmark.Result) throws {
    let sizes: [Column] = [
      ("V", "\(result.vocabulary)"), ("E", "\(result.embedding)"), ("H", "\(result.hidden)"), ("L", "\(result.layers)"),
      ("T", "\(result.window)"), ("B", "\(result.batch)"), ("workers", "\(result.workers)"), ("shards", "\(result.shards)"),
    ]
    try write(Line(result: result), columns: sizes + Self.speed(result) + (Self.communication(result) ?? Self.share(result)))
  }

  /// A line of the table of workers.
  mutating func add(_ scaling: StepBenchmark.Scaling) throws {
    let result = scaling.result
    let shared: [Column] = [("workers", "\(result.workers)"), ("shards", "\(result.shards)")]
    let speedups: [Column] = [
      ("against 1 worker", scaling.speedup.fixed(2)), ("efficiency", scaling.efficiency.fixed(2)),
      ("against 1 shard", scaling.speedupOverOneShard.fixed(2)),
    ]
    let line = Line(
      result: result, series: "workers", speedup: scaling.speedup, efficiency: scaling.efficiency,
      speedupOverOneShard: scaling.speedupOverOneShard)
    try write(line, columns: shared + Self.speed(result) + speedups)
  }

  /// A line of the table of shards.
  mutating func add(_ cost: StepBenchmark.ShardCost) throws {
    let result = cost.result
    let relative: [Column] = [
      ("speed vs. fewest shards", cost.relativeSpeed.fixed(2)), ("peak, MiB", result.peakMemoryMib?.fixed(0) ?? ""),
      ("memory vs. fewest shards", cost.relativeMemory?.fixed(2) ?? ""),
      ("single-threaded", result.singleThreadFraction.map { "\((100 * $0).fixed(2))%" } ?? ""),
    ]
    let line = Line(
      result: result, series: "shards", relativeSpeed: cost.relativeSpeed, relativeMemory: cost.relativeMemory)
    try write(line, columns: [("shards", "\(result.shards)"), ("workers", "\(result.workers)")] + Self.speed(result) + relative)
  }

  /// A line of a table in which one size grows.
  mutating func add(_ result: StepBenchmark.Result, growing growth: StepBenchmark.Growth) throws {
    let size =
      switch growth {
      case .batch: "\(result.batch)"
      case .window: "\(result.window)"
      case .hidden: "\(result.hidden)"
      }
    try write(
      Line(result: result, series: growth.rawValue),
      columns: [(growth.rawValue, size)] + Self.speed(result) + Self.share(result))
  }

  /// A line of the table of writing.
  mutating func add(_ result: SamplingBenchmark.Result) throws {
    switch format {
    case .markdown:
      try writeRow([
        ("preset", result.preset + result.products.suffix), ("V", "\(result.vocabulary)"), ("E", "\(result.embedding)"),
        ("H", "\(result.hidden)"),
        ("L", "\(result.layers)"), ("streams", "\(result.streams)"), ("workers", "\(result.workers)"),
        ("tokens/s", Int(result.tokensPerSecond).grouped), ("±", Int(result.tokensPerSecondDeviation).grouped),
      ])
    case .csv:
      if titles.isEmpty {
        titles = ["preset"]
        try Terminal.write(
          "preset,vocabulary,embedding,hidden,layers,streams,workers,tokens_per_second,tokens_per_second_deviation,products\n")
      }
      try Terminal.write(
        "\(result.preset),\(result.vocabulary),\(result.embedding),\(result.hidden.cell),\(result.layers),\(result.streams),"
          + "\(result.workers),\(result.tokensPerSecond),\(result.tokensPerSecondDeviation),\(result.products.rawValue)\n")
    case .jsonl: try Terminal.write(Terminal.json(result) + "\n")
    case .json: objects.append(try Terminal.json(result))
    }
  }

  /// What can only be printed once all results are there.
  func finish() throws {
    if format == .json { try Terminal.write("[\(objects.joined(separator: ",\n"))]\n") }
    if phases, format == .markdown { try Terminal.write(Self.phaseTable(results)) }
  }

  private static func speed(_ r: StepBenchmark.Result) -> [Column] {
    [
      ("step, ms", r.stepMilliseconds.fixed(1)), ("tokens/s", Int(r.tokensPerSecond).grouped),
      ("±", Int(r.tokensPerSecondDeviation).grouped),
    ]
  }

  private static func share(_ r: StepBenchmark.Result) -> [Column] {
    [
      ("GFLOP/s", r.gflops.fixed(1)), ("bound", r.gemmGflopsBound?.fixed(1) ?? ""),
      ("fraction", r.fractionOfBound?.fixed(2) ?? ""),
      ("peak, MiB", r.peakMemoryMib?.fixed(0) ?? ""),
    ]
  }

  /// What ranks exchange in a step.
  private static func communication(_ r: StepBenchmark.Result) -> [Column]? {
    r.communication.map { c in
      [
        ("ranks", "\(c.ranks)"), ("groups", "\(c.groups)"), ("MB sent", (Double(c.bytes) / 1e6).fixed(2)), ("messages", "\(c.messages)"),
        ("under way, ms", c.milliseconds.fixed(1)), ("waiting, ms", c.waitingMilliseconds.fixed(1)), ("overlap", c.overlap.fixed(2)),
        ("peak, MiB", r.peakMemoryMib?.fixed(0) ?? ""),
      ]
    }
  }

  private mutating func write(_ line: Line, columns: [Column]) throws {
    results.append(line.result)
    switch format {
    case .markdown:
      try writeRow([("preset", line.result.title)] + columns)
    case .csv: try Terminal.write((results.count == 1 ? line.csvHeader(phases: phases) : "") + line.csv(phases: phases))
    case .jsonl: try Terminal.write(Terminal.json(line) + "\n")
    case .json: objects.append(try Terminal.json(line))
    }
  }

  private mutating func writeRow(_ row: [Column]) throws {
    // Other columns begin another table.
    if row.map(\.title) != titles {
      try Terminal.write((titles.isEmpty ? "" : "\n") + Self.header(row.map(\.title)))
      titles = row.map(\.title)
    }
    try Terminal.write("| \(row.map(\.value).joined(separator: " | ")) |\n")
  }

  private static func header(_ titles: [String]) -> String {
    "| \(titles.joined(separator: " | ")) |\n|---|\(titles.dropFirst().map { _ in "---:|" }.joined())\n"
  }

  private static func phaseTable(_ results: [StepBenchmark.Result]) -> String {
    let names = results.first?.phases.map(\.name) ?? []
    let rows = results.map { "| \($0.title) | \($0.phases.map { $0.milliseconds.fixed(2) }.joined(separator: " | ")) |\n" }
    return "\n" + header(["ms"] + names) + rows.joined()
  }

  /// A result for programs, with what it was compared with.
  private struct Line: Encodable {
    var result: StepBenchmark.Result
    /// What grows in the lines of this name.
    var series: String?
    var speedup: Double?
    var efficiency: Double?
    var speedupOverOneShard: Double?
    var relativeSpeed: Double?
    var relativeMemory: Double?

    private enum CodingKeys: String, CodingKey {
      case series, speedup, efficiency, speedupOverOneShard = "speedup_over_one_shard"
      case relativeSpeed = "relative_speed", relativeMemory = "relative_memory"
    }

    func encode(to encoder: any Encoder) throws {
      try result.encode(to: encoder)
      var values = encoder.container(keyedBy: CodingKeys.self)
      try values.encodeIfPresent(series, forKey: .series)
      try values.encodeIfPresent(speedup, forKey: .speedup)
      try values.encodeIfPresent(efficiency, forKey: .efficiency)
      try values.encodeIfPresent(speedupOverOneShard, forKey: .speedupOverOneShard)
      try values.encodeIfPresent(relativeSpeed, forKey: .relativeSpeed)
      try values.encodeIfPresent(relativeMemory, forKey: .relativeMemory)
    }

    func csvHeader(phases: Bool) -> String {
      "preset,vocabulary,embedding,hidden,layers,batch,window,workers,shards,tokens_per_second,tokens_per_second_deviation,"
        + "step_milliseconds,gflops,gemm_gflops_bound,fraction_of_bound,peak_memory_mib"
        + (series == nil ? "" : ",series,speedup,efficiency,speedup_over_one_shard")
        + (phases ? result.phases.map { ",\($0.name)_milliseconds" }.joined() : "") + ",products"
        + (series == nil ? "" : ",relative_speed,relative_memory,single_thread_fraction") + "\n"
    }

    func csv(phases: Bool) -> String {
      let r = result
      func list(_ values: Double?...) -> String { values.map { $0.map { "\($0)" } ?? "" }.joined(separator: ",") }
      return "\(r.preset),\(r.vocabulary),\(r.embedding),\(r.hidden.cell),\(r.layers),\(r.batch),\(r.window),\(r.workers),\(r.shards),"
        + list(r.tokensPerSecond, r.tokensPerSecondDeviation, r.stepMilliseconds, r.gflops, r.gemmGflopsBound, r.fractionOfBound)
        + ",\(list(r.peakMemoryMib))" + (series.map { ",\($0),\(list(speedup, efficiency, speedupOverOneShard))" } ?? "")
        + (phases ? r.phases.map { ",\($0.milliseconds)" }.joined() : "") + ",\(r.products.rawValue)"
        + (series == nil ? "" : ",\(list(relativeSpeed, relativeMemory, r.singleThreadFraction))") + "\n"
    }
  }
}

extension StepBenchmark.Result {
  /// The preset, and the kernel if it is not the packed one.
  fileprivate var title: String { preset + products.suffix }
}

extension ProductKernel {
  /// Marks a preset that was not measured with the packed kernel.
  fileprivate var suffix: String { self == .packed ? "" : ", \(rawValue)" }
}

extension HiddenSizes {
  /// As a cell of a table of comma-separated values.
  fileprivate var cell: String { numbers.count == 1 ? description : "\"\(description)\"" }
}
