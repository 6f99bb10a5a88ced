internal import Basics
internal import Corpora
internal import Foundation
internal import LanguageModel
internal import Models
internal import SystemPackage
internal import Training

/// A page about one training run, or several side by side.
///
/// ```swift
/// let run = try ReportedRun("my-model", name: "my-model", columns: RunReport.columns(runs: 1))
/// let html = RunReport(title: "My model", runs: [run]).document.html
/// ```
package struct RunReport: Sendable {
  /// The title of the page.
  package var title: String
  /// The runs, in the order of their columns and colours; there is one at least.
  package var runs: [ReportedRun]
  /// Whether the texts of samples are on the page.
  package var showsText: Bool

  /// - Precondition: there is a run.
  package init(title: String, runs: [ReportedRun], showsText: Bool = true) {
    precondition(!runs.isEmpty, "a report has a run")
    self.title = title
    self.runs = runs
    self.showsText = showsText
  }

  /// The columns of each curve: fewer for more runs, so that pages of up to eleven runs have one size.
  package static func columns(runs: Int) -> Int { min(900, max(150, 1_800 / (runs + 1))) }

  /// The page.
  package var document: PageDocument {
    let plots = plots
    let range = Plot.range(of: plots)
    let sections = sections(plots, range)
    var body = header(sections)
    body += "<main>\n"
    for section in sections {
      body += """
        <section aria-labelledby="\(section.id)">
        <h2 id="\(section.id)">\(section.title)</h2>
        \(section.body)
        </section>

        """
    }
    body += """
      </main>
      <footer><p>Made by <code>refrain report</code>. \
      Losses are cross-entropies in nats a token; perplexity is their exponential.</p></footer>
      """
    let steps = range.map { "[\($0.lowerBound),\($0.upperBound)]" } ?? "[0,1]"
    let data =
      range == nil ? "{\"range\":[0,1],\"plots\":[]}" : "{\"range\":\(steps),\"plots\":[\(plots.map(\.json).joined(separator: ","))]}"
    return PageDocument(title: title, body: body, data: data)
  }

  /// A part of the page.
  struct Section {
    var id: String
    var title: String
    var body: Markup
  }

  private func sections(_ plots: [Plot], _ range: ClosedRange<Int>?) -> [Section] {
    [
      Section(id: "findings", title: "What happened", body: findings),
      Section(id: "curves", title: "Curves", body: curves(plots, range)),
      Section(id: "results", title: "Results", body: results),
      Section(id: "configuration", title: "Configuration", body: configuration),
      Section(id: "corpus", title: "Corpus", body: corpus),
      Section(id: "samples", title: "Samples by step", body: samples),
      Section(id: "machine", title: "Machine and kernels", body: machine),
    ]
  }

  // MARK: - The top of the page

  private func header(_ sections: [Section]) -> Markup {
    let names = runs.count == 1 ? runs[0].path.string : runs.map(\.name).joined(separator: ", ")
    let links = sections.map { section -> Markup in "<li><a href=\"#\(section.id)\">\(section.title)</a></li>" }
    return """
      <header>
      <h1>\(title)</h1>
      <p class="muted">Training report of \(names)</p>
      <nav aria-label="Sections"><ul>\(links)</ul></nav>
      \(tiles)
      </header>

      """
  }

  /// The figures that people look for first; with several runs, those of the best.
  private var tiles: Markup {
    func nats(_ run: ReportedRun) -> Double { run.log.best?.nats ?? .infinity }
    guard let run = runs.min(by: { nats($0) < nats($1) }) else { return "" }
    if !isComparable { return "<p class=\"muted\">The losses cannot be compared: the runs have other tokens or other held-out songs.</p>" }
    var tiles: [(String, String, String)] = []
    let owner = runs.count == 1 ? "" : "\(run.name), "
    if let best = run.log.best {
      tiles.append(("Best validation loss", Format.nats(best.nats), "\(owner)step \(best.step.grouped)"))
      tiles.append(("Perplexity", Ticks.text(exp(best.nats)), "of the held-out songs"))
    } else if let loss = run.log.trainingNats {
      tiles.append(("Training loss", Format.nats(loss), "\(owner)at the end"))
    }
    if let step = run.lastStep {
      tiles.append(("Steps", step.grouped, run.log.lastTraining?[.epoch].map { "epoch \(Ticks.text($0 + 1))" } ?? ""))
    }
    if let tokens = run.trainedTokens { tiles.append(("Tokens trained on", Ticks.text(tokens), run.log.seconds.map(Format.time) ?? "")) }
    if let speed = run.meanSpeed { tiles.append(("Tokens per second", Ticks.text(speed), "mean")) }
    if tiles.isEmpty { return "" }
    let parts = tiles.map { tile -> Markup in "<div><dt>\(tile.0)</dt><dd>\(tile.1)<small>\(tile.2)</small></dd></div>" }
    return "<dl class=\"tiles\">\(parts)</dl>"
  }

  /// Whether the runs predict the same tokens of the same held-out songs, as far as is known.
  private var isComparable: Bool {
    let tokens = Set(runs.compactMap { $0.settings?.tokenizer.tokenization })
    let sizes = Set(runs.compactMap { $0.model?.vocabularySize })
    let heldOut = Set(runs.compactMap { $0.checkpoint?.corpus.validation })
    return tokens.count < 2 && sizes.count < 2 && heldOut.count < 2
  }

  private var findings: Markup {
    let parts = runs.map { run -> Markup in
      let sentences = (Findings.sentences(of: run) + run.notes).map { sentence -> Markup in "<li>\(sentence)</li>" }
      let name: Markup = runs.count == 1 ? "" : "<h3>\(run.name)</h3>"
      return "<div class=\"panel\">\(name)<ul class=\"findings\">\(sentences)</ul></div>"
    }
    return "\(parts)"
  }
}

extension ReportedRun {
  /// The last step that anything tells of.
  var lastStep: Int? { [log.lastStep, checkpoint?.step].compactMap { $0 }.max() }
  /// Tokens trained on, by the log or the checkpoint.
  var trainedTokens: Double? {
    let logged = log.lastTraining?[.tokens].flatMap { $0.isFinite && $0 >= 0 ? $0 : nil }
    return [logged, checkpoint.map { Double($0.tokens) }].compactMap { $0 }.max()
  }
  /// Tokens trained on, divided by the whole time, validations included.
  var meanSpeed: Double? {
    guard let tokens = log.lastTraining?[.tokens], tokens.isFinite, let seconds = log.seconds, seconds > 0 else { return nil }
    return tokens / seconds
  }
}

/// Numbers for people to read.
enum Format {
  static func nats(_ value: Double) -> String { String(format: value.magnitude < 1e6 ? "%.4f" : "%.4g", value) }
  static func percent(_ share: Double) -> String { String(format: "%.1f%%", 100 * share) }

  /// Seconds as 1 h 02 min, 3 min 05 s or 12.3 s.
  static func time(_ seconds: Double) -> String {
    guard seconds.isFinite, seconds >= 0, seconds < 1e9 else { return "unknown" }
    if seconds < 60 { return String(format: "%.1f s", seconds) }
    let whole = Int(seconds.rounded())
    return whole < 3_600
      ? String(format: "%d min %02d s", whole / 60, whole % 60) : String(format: "%d h %02d min", whole / 3_600, whole / 60 % 60)
  }
}
