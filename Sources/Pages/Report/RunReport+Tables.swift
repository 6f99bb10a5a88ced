internal import Basics
internal import Corpora
internal import Foundation
internal import LanguageModel
internal import Models
internal import Scoring
internal import Training

/// Tables with a row for each quantity and a column for each run.
extension RunReport {
  /// A quantity and its value in each run.
  struct Row {
    var name: String
    var values: [String]
    var marksDifference = false

    var isDifferent: Bool { Set(values).count > 1 }
  }

  func row(_ name: String, marksDifference: Bool = false, _ value: (ReportedRun) -> String?) -> Row {
    Row(name: name, values: runs.map { value($0) ?? "unknown" }, marksDifference: marksDifference)
  }

  func table(_ rows: [Row], caption: String) -> Markup {
    let head: Markup =
      runs.count == 1
      ? ""
      : "<thead><tr><th scope=\"col\">\(caption)</th>\(runs.map { run -> Markup in "<th scope=\"col\">\(run.name)</th>" })</tr></thead>"
    let body = rows.map { row -> Markup in
      let mark = row.marksDifference && row.isDifferent ? "different" : "same"
      return """
        <tr><th scope="row">\(row.name)</th>\(row.values.map { value -> Markup in "<td class=\"\(mark)\">\(value)</td>" })</tr>

        """
    }
    // A wide table scrolls by itself, and can be scrolled by keyboard.
    return """
      <div class="panel scroll \(runs.count == 1 ? "one" : "several")" tabindex="0" role="region" aria-label="\(caption)">\
      <table>\(head)<tbody>
      \(body)</tbody></table></div>
      """
  }

  // MARK: - Results

  var results: Markup {
    var rows = [
      row("Best validation loss, nats per token") { $0.log.best.map { Format.nats($0.nats) } ?? "no validation" },
      row("Perplexity at the best validation") { $0.log.best.map { Ticks.text(exp($0.nats)) } ?? "no validation" },
      row("Bits per token at the best validation") { $0.log.best.map { Format.nats($0.nats / log(2)) } ?? "no validation" },
      row("Step of the best validation") { $0.log.best?.step.grouped ?? "no validation" },
      row("Last validation loss") { $0.log.last.map { Format.nats($0.nats) } ?? "no validation" },
      row("Test loss") { run in
        run.facts?.test.map { "\(Format.nats($0.lossNats)) (perplexity \(Ticks.text($0.perplexity)))" } ?? "no test songs, or none yet"
      },
      row("Last training loss") { $0.log.trainingNats.map(Format.nats) },
      row("Steps") { $0.lastStep?.grouped },
      row("Tokens trained on") { $0.trainedTokens.map(Ticks.text) },
      row("Time") { ($0.log.seconds ?? $0.checkpoint?.seconds).map(Format.time) },
      row("Tokens per second, mean") { $0.meanSpeed.map(Ticks.text) },
    ]
    for order in Set(runs.flatMap { $0.baselines.map(\.order) }).sorted() {
      let name = BaselineRecord.Loss(order: order, lossNats: 0).name
      rows.append(
        row("Loss of a \(name)") { run in
          run.baselines.first { $0.order == order }.map { "\(Format.nats($0.lossNats)) (perplexity \(Ticks.text(exp($0.lossNats))))" }
        })
    }
    let baselines: Markup =
      runs.contains { !$0.baselines.isEmpty }
      ? "" : "<p class=\"muted\">No n-gram model was counted: a run does that at its end, if songs are held out.</p>"
    return "\(table(rows, caption: "Result"))\(baselines)\(seeds)"
  }

  /// Means and spreads of runs that differ in their seed only.
  private var seeds: Markup {
    var groups: [[String]: [ReportedRun]] = [:]
    var order: [[String]] = []
    for run in runs {
      // Without a fingerprint of the corpus nobody knows whether two runs had the same one.
      guard let configuration = run.configuration, run.log.best != nil,
        let corpus = run.checkpoint.map({ String($0.corpus.fingerprint, radix: 16) }) ?? run.facts?.corpus.fingerprint
      else { continue }
      let key =
        TrainingSetting.all.filter { $0.key != "seed" }.map { $0.text(configuration) }
        + [corpus, "\(run.model?.vocabularySize ?? 0)", run.checkpoint?.run?.baseVocabulary.map { "\($0)" } ?? ""]
      if groups[key] == nil { order.append(key) }
      groups[key, default: []].append(run)
    }
    let rows = order.compactMap { groups[$0] }.filter { Set($0.map { $0.configuration?.seed }).count == $0.count && $0.count > 1 }
      .map { group -> Markup in
        let losses = group.compactMap { $0.log.best?.nats }
        let (mean, deviation) = Self.spread(losses)
        let (perplexity, perplexityDeviation) = Self.spread(losses.map { exp($0) })
        return """
          <tr><th scope="row">\(group.map(\.name).joined(separator: ", "))</th>\
          <td>\(Format.nats(mean)) &plusmn; \(Format.nats(deviation))</td>\
          <td>\(Ticks.text(perplexity)) &plusmn; \(Ticks.text(perplexityDeviation))</td></tr>
          """
      }
    if rows.isEmpty { return "" }
    return """
      <h3>Runs that differ in their seed only</h3>
      <div class="panel scroll" tabindex="0" role="region" aria-label="Seeds"><table><thead><tr><th scope="col">Runs</th>\
      <th scope="col">Best validation loss</th><th scope="col">Perplexity</th></tr></thead><tbody>\(rows)</tbody></table></div>
      <p class="muted">Means, and the sample standard deviations around them.</p>
      """
  }

  /// The mean and the sample standard deviation of at least two values.
  static func spread(_ values: [Double]) -> (mean: Double, deviation: Double) {
    let mean = values.reduce(0, +) / Double(values.count)
    let squares = values.reduce(0) { $0 + ($1 - mean) * ($1 - mean) }
    return (mean, (squares / Double(max(1, values.count - 1))).squareRoot())
  }

  // MARK: - Configuration

  var configuration: Markup {
    guard runs.contains(where: { $0.configuration != nil }) else {
      return "<p>The configuration is not known: there is neither a config.json nor a checkpoint.</p>"
    }
    let sizes = [
      row("Cells", marksDifference: true) { run in
        run.model.map { model in "\(model.hiddenSizes.map(\.grouped).joined(separator: " + ")) \(model.cell.rawValue)" }
      },
      row("Embedding", marksDifference: true) { run in
        run.model.map { "\($0.embeddingSize.grouped)\($0.isTied ? ", tied to the decoder" : "")" }
      },
      row("Vocabulary", marksDifference: true) { $0.model.map { $0.vocabularySize.counted("token") } },
      row("Parameters", marksDifference: true) { $0.model?.parameterCount.grouped },
    ]
    let settings = TrainingSetting.all.map { setting in row(setting.key) { run in run.configuration.map(setting.text) } }
    let different = settings.filter(\.isDifferent)
    let alike = settings.filter { !$0.isDifferent }
    let differences: Markup =
      runs.count == 1
      ? ""
      : different.isEmpty
        ? "<p>All settings are the same.</p>"
        : "<h3>Settings that differ</h3>\(table(different, caption: "Setting"))"
    let title = runs.count == 1 ? "All \(alike.count) settings" : "\(alike.count) settings that are the same"
    let same = alike.map { row -> Markup in "<tr><th scope=\"row\">\(row.name)</th><td>\(row.values.first ?? "")</td></tr>" }
    return """
      \(table(sizes, caption: "Size"))\(differences)
      <details><summary>\(title)</summary><div class="scroll" tabindex="0" role="region" aria-label="Settings">\
      <table><tbody>\(same)</tbody></table></div></details>
      """
  }

  // MARK: - Corpus

  var corpus: Markup {
    let rows = [
      row("Songs to train on", marksDifference: true) { $0.facts?.corpus.training.songs.grouped },
      row("Songs to validate on", marksDifference: true) { $0.facts?.corpus.validation.songs.grouped },
      row("Songs to test on", marksDifference: true) { $0.facts?.corpus.test.songs.grouped },
      row("Tokens to train on", marksDifference: true) { $0.checkpoint?.corpus.tokens.grouped ?? $0.facts?.corpus.training.tokens.grouped },
      row("Tokens that the vocabulary lacks", marksDifference: true) { run in
        guard let part = run.facts?.corpus.training else { return nil }
        let share = Double(part.unknownTokens) / Double(max(1, part.tokens))
        return "\(part.unknownTokens.grouped) (\(Format.percent(share)) of the training part)"
      },
      row("Lines", marksDifference: true) { $0.facts?.corpus.lines.grouped },
      row("Distinct tokens", marksDifference: true) { $0.facts?.corpus.distinctTokens.grouped },
      row("Copies left out", marksDifference: true) { $0.facts.map { $0.corpus.duplicates.counted("song") } },
      row("Held-out tokens that are predicted", marksDifference: true) { run in
        run.log.lastValidationRow?[.tokens].map(Ticks.text) ?? run.checkpoint?.bestValidation?.evaluation.tokens.grouped ?? "none"
      },
      row("Token unit", marksDifference: true) { run in
        run.settings.map { "\($0.tokenizer.tokenization.rawValue)\($0.tokenizer.lowercase ? ", in lower case" : "")" }
      },
      row("Vocabulary", marksDifference: true) { $0.model.map { $0.vocabularySize.counted("token") } },
      row("Passes over the corpus", marksDifference: true) { run in
        guard let trained = run.trainedTokens, let tokens = run.checkpoint?.corpus.tokens, tokens > 0 else { return nil }
        return String(format: "%.1f", trained / Double(tokens))
      },
      row("Conditions", marksDifference: true) { run in
        run.configuration.map { $0.condition?.names.joined(separator: ", ") ?? "nothing" }
      },
      row("Fingerprint", marksDifference: true) { run in run.checkpoint.map { String($0.corpus.fingerprint, radix: 16) } },
    ]
    let readings = runs.map { run in run.reading.map(Self.options) ?? [:] }
    let keys = Set(readings.flatMap(\.keys)).sorted()
    let options = keys.map { key in Row(name: key, values: readings.map { $0[key] ?? "unknown" }, marksDifference: true) }
    let reading: Markup =
      options.isEmpty
      ? "<p>How the corpus was read is not known.</p>"
      : "<details><summary>How the corpus was read</summary>\(table(options, caption: "Option"))</details>"
    return "\(table(rows, caption: "Corpus"))\(reading)"
  }

  /// The options of reading as in `config.json`.
  private static func options(_ reading: some Encodable) -> [String: String] {
    guard let data = try? JSONEncoder().encode(reading),
      let object = try? JSONSerialization.jsonObject(with: data) as? [String: Any]
    else { return [:] }
    return object.mapValues { value in
      // A number and a Boolean are one type there.
      let text = (try? JSONSerialization.data(withJSONObject: [value])).map { String(decoding: $0, as: UTF8.self) } ?? "[]"
      return String(text.dropFirst().dropLast())
    }
  }

  // MARK: - Machine

  var machine: Markup {
    guard runs.contains(where: { $0.kernels != nil || $0.facts != nil }) else {
      return "<p>The machine and the kernels are unknown: run.json, config.json and the checkpoints are missing.</p>"
    }
    return table(
      [
        row("Processor", marksDifference: true) { $0.facts?.computer.processor },
        row("Cores that the run could use", marksDifference: true) { $0.facts?.computer.cores.grouped },
        row("Memory that the run could use", marksDifference: true) { $0.facts?.computer.memoryBytes.asBytes },
        row("Operating system", marksDifference: true) { $0.facts?.computer.system },
        row("Workers", marksDifference: true) { $0.facts?.workers.grouped },
        row("OpenBLAS", marksDifference: true) { $0.kernels.map { "\($0.openblas)\($0.openblasVersion.map { ", version \($0)" } ?? "")" } },
        row("Vector kernels", marksDifference: true) { $0.kernels?.vector },
        row("Products", marksDifference: true) { $0.kernels.map { ($0.products ?? .packed).rawValue } },
        row("Arithmetic revision", marksDifference: true) { $0.kernels.map { "\($0.arithmetic ?? 1)" } },
        row("Shards", marksDifference: true) { run in
          (run.checkpoint?.configuration ?? run.configuration)?.shards.map { $0.grouped }
        },
      ], caption: "Kernels")
  }
}
