internal import Basics
internal import Scoring

/// The plots of a report.
extension RunReport {
  private static let colours = Palette.light.curves.count

  var plots: [Plot] {
    let isOne = runs.count == 1
    func all(_ quantity: MetricsLog.Quantity) -> [Plot.Series] {
      runs.enumerated().compactMap { index, run in
        let curve = run.log[quantity]
        if curve.count == 0 { return nil }
        return Plot.Series(name: isOne ? "" : run.name, colour: index % Self.colours, weight: .plain, curve: curve)
      }
    }
    let losses = runs.enumerated().flatMap { index, run -> [Plot.Series] in
      let colour = index % Self.colours
      let parts: [(MetricsLog.Quantity, String, Int, Plot.Series.Weight)] = [
        (.trainingLoss, "training", colour, isOne ? .plain : .light), (.validationLoss, "validation", isOne ? 1 : colour, .strong),
      ]
      return parts.compactMap { quantity, name, colour, weight in
        let curve = run.log[quantity]
        if curve.count == 0 { return nil }
        return Plot.Series(name: isOne ? name : "\(run.name), \(name)", colour: colour, weight: weight, curve: curve)
      }
    }
    let levels = runs.enumerated().flatMap { index, run in
      run.baselines.enumerated().map { number, baseline in
        let name = isOne ? baseline.name : "\(run.name), \(baseline.name)"
        return Plot.Level(name: name, colour: isOne ? 2 + number : index % Self.colours, value: baseline.lossNats)
      }
    }
    return [
      Plot(id: "loss", title: "Loss", unit: "nats a token", isLarge: true, series: losses, levels: losses.isEmpty ? [] : levels),
      Plot(id: "rate", title: "Learning rate", unit: "step size", isLarge: false, series: all(.learningRate), levels: []),
      Plot(id: "norm", title: "Gradient norm", unit: "before clipping", isLarge: false, series: all(.gradientNorm), levels: []),
      Plot(id: "speed", title: "Speed", unit: "tokens per second", isLarge: false, series: all(.speed), levels: []),
    ].filter { !$0.series.isEmpty }
  }

  func curves(_ plots: [Plot], _ range: ClosedRange<Int>?) -> Markup {
    guard let range else { return "<p>There are no curves, since metrics.jsonl has no rows.</p>" }
    let widest = runs.map { $0.log[.trainingLoss].width }.max() ?? 1
    let thinned: Markup =
      widest == 1
      ? ""
      : """
      <p class="muted">Each point is the least or the greatest value of \(widest.grouped) steps, so no extreme is missing.</p>
      """
    return """
      <p class="muted">All plots share one step axis. Drag over a plot to enlarge a part of it; double-click, or press 0, to see all \
      again. Keys in a plot: arrows, + and &minus;, L for a logarithmic loss, S for logarithmic steps.</p>
      \(Plot.toolbar())
      <div class="plots">
      \(plots.map { $0.markup(over: range) })
      </div>
      \(thinned)
      """
  }
}
