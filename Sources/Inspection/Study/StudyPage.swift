internal import Basics
internal import Foundation
internal import LanguageModel
package import Pages

/// What the pages of both studies are made of: a header, plots over k, a table, and how it was measured.
struct StudyPage {
  var title: String
  /// What was asked, in a sentence or two.
  var question: String
  var findings: [String]
  var plots: [Plot]
  var table: Table
  /// How it was measured.
  var method: [String]
  /// The command that makes the page.
  var command: String
  var isLogarithmic: Bool

  /// A table of numbers, for the page and for people in a terminal.
  struct Table {
    var columns: [String]
    var rows: [[String]]

    /// The table in columns of a terminal, each aligned to the right.
    var text: String {
      let lines = [columns] + rows
      let widths = columns.indices.map { column in lines.map { $0[column].count }.max() ?? 0 }
      return lines.map { line in
        line.enumerated().map { String(repeating: " ", count: widths[$0] - $1.count) + $1 }.joined(separator: "  ") + "\n"
      }.joined()
    }

    var markup: Markup {
      let head = columns.map { column -> Markup in "<th class=\"n\">\(column)</th>" }
      let body = rows.map { row -> Markup in
        let cells = row.map { cell -> Markup in "<td class=\"n\">\(cell)</td>" }
        return "<tr>\(cells)</tr>"
      }
      return "<div class=\"panel scroll\"><table><thead><tr>\(head)</tr></thead><tbody>\(body)</tbody></table></div>"
    }
  }

  /// The page. There is at least one curve with a value.
  var document: PageDocument {
    let range = Plot.range(of: plots) ?? 0...1
    let body: Markup = """
      <header>
      <h1>\(title)</h1>
      <p class="muted">\(question)</p>
      </header>
      <main>
      <section aria-labelledby="findings">
      <h2 id="findings">What was found</h2>
      <div class="panel"><ul class="findings">\(findings.map { sentence -> Markup in "<li>\(sentence)</li>" })</ul></div>
      </section>
      <section aria-labelledby="curves">
      <h2 id="curves">Curves</h2>
      <p class="muted">Drag over a plot to enlarge a part of it; double-click, or press 0, to see all again. Keys in a plot: arrows, + and \
      &minus;, L for logarithmic values, S for a logarithmic k.</p>
      \(Plot.toolbar(quantities: "k", isLogarithmic: isLogarithmic))
      <div class="plots">
      \(plots.map { $0.markup(over: range) })
      </div>
      </section>
      <section aria-labelledby="table">
      <h2 id="table">Table</h2>
      \(table.markup)
      </section>
      <section aria-labelledby="method">
      <h2 id="method">How it was measured</h2>
      \(method.map { sentence -> Markup in "<p>\(sentence)</p>" })
      </section>
      </main>
      <footer><p>Made by <code>\(command)</code>.</p></footer>
      """
    return PageDocument(
      title: title, body: body, data: Plot.data(of: plots, over: range, quantity: "k", isLogarithmic: isLogarithmic),
      style: "td.n,th.n{white-space:nowrap;overflow-wrap:normal}\n")
  }

  /// The first plot as a picture in SVG.
  var picture: String { plots.first.map { $0.picture(over: Plot.range(of: plots) ?? 0...1) } ?? "" }

  /// The findings and the table, in at most 80 columns.
  var text: String {
    findings.map { Self.wrapped($0) }.joined() + "\n" + table.text
  }

  /// A sentence in lines of at most 80 columns.
  private static func wrapped(_ sentence: String) -> String {
    var lines = [""]
    for word in sentence.split(separator: " ") {
      if lines[lines.count - 1].count + word.count >= 80 { lines.append("") }
      lines[lines.count - 1] += (lines[lines.count - 1].isEmpty ? "" : " ") + word
    }
    return lines.joined(separator: "\n") + "\n"
  }

  /// A curve over k.
  static func series(_ name: String, colour: Int, weight: Plot.Series.Weight, _ points: [(k: Int, value: Double)]) -> Plot.Series {
    var curve = Pages.Curve(capacity: 900)
    for point in points { curve.add(point.value, at: point.k) }
    return Plot.Series(name: name, colour: colour, weight: weight, curve: curve)
  }

  /// The colour of a cell is the same in all plots.
  static func colour(_ number: Int) -> Int { [1, 2, 0][number] }
}

extension GradientFlow {
  /// The norms and what they say, for people.
  package var text: String { studyPage.text }
  /// The web page.
  package var page: PageDocument { studyPage.document }
  /// The plot of the page as a picture in SVG.
  package var picture: String { studyPage.picture }

  private var studyPage: StudyPage {
    func number(_ value: Double) -> String { String(format: "%.2e", value) }
    let distances = Distances.table(upTo: settings.window)
    let rows = distances.map { k in ["\(k)"] + curves.flatMap { [number($0.before[k]), number($0.after[k])] } }
    let plots = [true, false].map { isAfter in
      let series = curves.enumerated().map { index, curve in
        StudyPage.series(
          curve.cell.title, colour: StudyPage.colour(index), weight: .strong,
          (isAfter ? curve.after : curve.before).enumerated().map { ($0, $1) })
      }
      return Plot(
        id: isAfter ? "after" : "before", title: isAfter ? "After training" : "Before training",
        unit: "norm of the gradient with respect to the state k steps back, logarithmic", isLarge: true, series: series, levels: [],
        quantity: "k", isLogarithmic: true)
    }
    return StudyPage(
      title: "How far back does the gradient reach?",
      question: """
        The loss of one time step changes with the state k steps before it. Where that gradient is nearly zero, training cannot see \
        what the network should have remembered.
        """,
      findings: curves.map(sentence), plots: plots,
      table: StudyPage.Table(columns: ["k"] + curves.flatMap { ["\($0.cell.title) before", "after"] }, rows: rows),
      method: [
        """
        Each cell: \(settings.hiddenSize) units, embedding \(settings.embeddingSize), vocabulary \(vocabularySize.grouped); \
        \(settings.steps.grouped) steps of \(settings.batch) windows of \(settings.window) \(unit)s, RMSProp with learning rate \
        \(settings.learningRate), seed \(settings.seed).
        """,
        """
        The norm is of dL/ds, with L the loss of a window's last time step alone and s the state k steps before its end: h, and of an \
        LSTM h and c as one vector. It is the geometric mean over \(windows.counted("window")), each read from zeros. Norms below \
        \(number(Self.leastNorm)) count as that.
        """,
        """
        Sources: Hochreiter, "Untersuchungen zu dynamischen neuronalen Netzen", 1991; Bengio, Simard and Frasconi, "Learning long-term \
        dependencies with gradient descent is difficult", 1994; Pascanu, Mikolov and Bengio, "On the difficulty of training recurrent \
        neural networks", 2013.
        """,
      ], command: "refrain inspect", isLogarithmic: true)
  }

  private func sentence(_ curve: Curve) -> String {
    let loss = curve.heldOutNats ?? curve.trainingNats, kind = curve.heldOutNats == nil ? "training" : "held-out"
    let reach =
      curve.reach(0.01).map { "less than 1% of the gradient is left after \($0.counted("step"))" }
      ?? "more than 1% of the gradient is left after all \(settings.window) steps"
    return """
      \(curve.cell.title) (\(curve.parameterCount.grouped) weights, \(kind) loss \(String(format: "%.3f", loss)) nats a \(unit)): once \
      trained, \(reach).
      """
  }
}

extension RecallStudy {
  /// The accuracies and what they say, for people.
  package var text: String { studyPage.text }
  /// The web page.
  package var page: PageDocument { studyPage.document }
  /// The plot of the page as a picture in SVG.
  package var picture: String { studyPage.picture }

  private static func percent(_ share: Double) -> String { String(format: "%.1f%%", 100 * share) }

  private var studyPage: StudyPage {
    let shown = Distances.table(upTo: settings.farthest)
    let rows = zip(distances.indices, distances).filter { shown.contains($1) }.map { index, k in
      ["\(k)"] + curves.map { Self.percent($0.accuracies[index]) } + [Self.percent(chance)]
    }
    let series = curves.enumerated().map { index, curve in
      StudyPage.series(
        curve.cell.title, colour: StudyPage.colour(index), weight: .strong,
        zip(distances, curve.accuracies).map { ($0, 100 * $1) })
    }
    let plot = Plot(
      id: "recall", title: "Right answers", unit: "% of \(settings.sequences.grouped) new sequences", isLarge: true, series: series,
      levels: [Plot.Level(name: "chance", colour: 3, value: 100 * chance)], quantity: "k")
    return StudyPage(
      title: "Which cell remembers?",
      question: """
        One of \(settings.symbols) symbols is named, k other tokens follow, and at a query the model must say which symbol it was.
        """,
      findings: curves.map(sentence), plots: [plot],
      table: StudyPage.Table(columns: ["k"] + curves.map(\.cell.title) + ["chance"], rows: rows),
      method: [
        """
        Each cell: \(settings.hiddenSize) units, embedding \(settings.embeddingSize); \(settings.steps.grouped) steps of \
        \(settings.batch) sequences with random k from 0 to a random limit of at most \(settings.longest), RMSProp with learning rate \
        \(settings.learningRate), seed \(settings.seed). The other tokens are \(settings.fillers), drawn at random. Only the answer has a \
        loss.
        """,
        """
        Measured on \(settings.sequences.grouped) new sequences for each k, up to four times the longest of training. The answer is \
        the symbol with the highest probability of all symbols, so that guessing is right in \(Self.percent(chance)).
        """,
      ], command: "refrain inspect", isLogarithmic: false)
  }

  private func sentence(_ curve: Curve) -> String {
    func mean(_ isCounted: (Int) -> Bool) -> Double {
      let counted = zip(distances, curve.accuracies).filter { isCounted($0.0) }.map(\.1)
      return counted.reduce(0, +) / Double(max(1, counted.count))
    }
    let lost = zip(distances, curve.accuracies).first { $1 < 0.9 }.map { "first below 90% at k = \($0.0)" }
    return """
      \(curve.cell.title) (\(curve.parameterCount.grouped) weights): right in \(Self.percent(mean { $0 <= settings.longest })) of the \
      answers for k as in training, up to \(settings.longest), and in \(Self.percent(mean { $0 > settings.longest })) for k from \
      \(settings.longest + 1) to \(settings.farthest); \(lost ?? "never below 90%").
      """
  }
}
