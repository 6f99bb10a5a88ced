internal import Basics
internal import Files
internal import Refrain

/// What `refrain tune` tells.
struct TuneReport {
  let sweep: TuningSweep
  let results: [TuningSweep.Result]
  let choice: TuningSweep.Result
  /// Whether several batches were asked for, so that one was to be chosen.
  let isBatchChosen: Bool

  /// The table, a bar for each setting's speed, the recommendation and what it means.
  var text: String {
    let m = sweep.model
    let fastest = results.map(\.tokensPerSecond).max() ?? 1
    let rows = results.map { result in
      let bar = String(repeating: "#", count: max(1, Int((20 * result.tokensPerSecond / fastest).rounded())))
      let mark = result.batch == choice.batch && result.workers == choice.workers && result.shards == choice.shards ? " <" : ""
      return Self.row(
        [
          "\(result.batch)", "\(result.workers)", "\(result.shards)", result.stepMilliseconds.fixed(1), Int(result.tokensPerSecond).grouped,
          Int(result.tokensPerSecondDeviation).grouped, result.speedup.fixed(2), result.efficiency.fixed(2),
        ]) + "  \(bar)\(mark)\n"
    }
    return """
      \(Machine.description)
      \(m.cells), vocabulary \(m.vocabularySize.grouped), window \(sweep.window)\(products)

      \(Self.row(["batch", "workers", "shards", "step, ms", "tokens/s", "±", "speed-up", "efficiency"]))
      \(rows.joined())
      \(advice)

      """
  }

  private var products: String { sweep.products == .packed ? "" : ", products by \(sweep.products.rawValue)" }

  private static func row(_ cells: [String]) -> String {
    zip(cells, [5, 7, 6, 8, 8, 6, 8, 10]).map { String(repeating: " ", count: max(0, $1 - $0.count)) + $0 }.joined(separator: "  ")
  }

  private var advice: String {
    var lines = [
      "Recommended: --batch \(choice.batch) --shards \(choice.shards) --workers \(choice.workers)\(sweep.products.flag), "
        + "\(Int(choice.tokensPerSecond).grouped) tokens/s."
    ]
    var plain = TrainingConfiguration()
    plain.batchSize = choice.batch
    let usual = plain.resolvedShards
    lines.append(
      usual == choice.shards
        ? "\(choice.shards.counted("shard")) is what train takes by itself, so the results stay the same to the last bit."
        : "By itself train takes \(usual.counted("shard")). With \(choice.shards) the same sums are added in another order: losses "
          + "and weights will differ in their last digits, and no more than that means.")
    if let limit { lines.append(limit) }
    lines.append("Workers never change a result.")
    if isBatchChosen {
      lines.append("The batch is part of the result: a larger one takes fewer steps an epoch, and may need a higher --learning-rate.")
    } else if let faster = results.recommended(), faster.batch != choice.batch,
      faster.tokensPerSecond > 1.05 * choice.tokensPerSecond
    {
      lines.append(
        "With --batch \(faster.batch) training is \((faster.tokensPerSecond / choice.tokensPerSecond).fixed(2)) times as fast, but takes "
          + "\((Double(choice.batch) / Double(faster.batch)).fixed(2)) times as many steps an epoch, and so learns otherwise.")
    }
    return lines.joined(separator: "\n")
  }

  /// What keeps the recommended setting from being faster.
  private var limit: String? {
    guard let limit = choice.limit else { return nil }
    let gain =
      "\(choice.workers.counted("worker")) \(choice.workers == 1 ? "gives" : "give") \(choice.speedup.fixed(2)) times the speed of one"
    return switch limit {
    case .arithmetic where choice.workers == 1: "Limit: the arithmetic of one core."
    case .arithmetic: "Limit: the arithmetic of the cores; \(gain)."
    case .shards: "Limit: too few shards; some workers have no work while the layers run; \(gain)."
    case .singleThread: "Limit: the part of a step in which one thread works alone; \(gain)."
    case .sharedMemory: "Limit: shared caches and memory bandwidth, and the cost of more shards; \(gain)."
    }
  }

  func object(savedTo path: String?) -> Object {
    let best = Setting(batch: choice.batch, workers: choice.workers, shards: choice.shards)
    return Object(
      machine: Machine.description, model: sweep.model, window: sweep.window, products: sweep.products, settings: results,
      recommended: best, saved: path)
  }

  /// What `--json` prints.
  struct Object: Encodable {
    var machine: String
    var model: ModelConfiguration
    var window: Int
    var products: ProductKernel
    var settings: [TuningSweep.Result]
    var recommended: Setting
    /// The file, unless it was not to be saved.
    var saved: String?
  }

  struct Setting: Encodable {
    var batch, workers, shards: Int
  }
}

extension ProductKernel {
  /// The flag that train needs for these products, with a space before it; none for the usual ones.
  var flag: String { self == .packed ? "" : " --products \(rawValue)" }
}
