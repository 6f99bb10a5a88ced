internal import Basics
internal import Foundation

/// Curves over the steps of runs, or over another whole number, drawn as SVG paths; the page's script draws them again for zoom and
/// logarithmic axes.
package struct Plot: Sendable {
  package struct Series: Sendable {
    /// How the curve is drawn.
    package enum Weight: String, Sendable {
      case plain, strong, light
    }
    package var name: String
    /// The number of its colour.
    package var colour: Int
    package var weight: Weight
    package var curve: Curve

    package init(name: String, colour: Int, weight: Weight, curve: Curve) {
      self.name = name
      self.colour = colour
      self.weight = weight
      self.curve = curve
    }
  }

  /// A value that does not change, such as a baseline.
  package struct Level: Sendable {
    package var name: String
    package var colour: Int
    package var value: Double

    package init(name: String, colour: Int, value: Double) {
      self.name = name
      self.colour = colour
      self.value = value
    }
  }

  /// A name for the page's elements.
  package var id: String
  package var title: String
  package var unit: String
  package var isLarge: Bool
  package var series: [Series]
  package var levels: [Level]
  /// What the horizontal axis counts. The data of the page names it for the script too: see ``data(of:over:quantity:isLogarithmic:)``.
  package var quantity: String
  /// Whether the values are drawn by their logarithms. They must be positive.
  package var isLogarithmic: Bool

  package init(
    id: String, title: String, unit: String, isLarge: Bool, series: [Series], levels: [Level], quantity: String = "step",
    isLogarithmic: Bool = false
  ) {
    self.id = id
    self.title = title
    self.unit = unit
    self.isLarge = isLarge
    self.series = series
    self.levels = levels
    self.quantity = quantity
    self.isLogarithmic = isLogarithmic
  }

  private static let width = 1_000.0
  var height: Double { isLarge ? 300 : 150 }

  /// The steps that all plots of a page show.
  package static func range(of plots: [Plot]) -> ClosedRange<Int>? {
    let steps = plots.flatMap { $0.series.flatMap { $0.curve.points.map(\.step) } }
    guard let first = steps.min(), let last = steps.max() else { return nil }
    return first...max(last, first + 1)
  }

  // MARK: - HTML

  /// The buttons that the page's script needs: for all plots of a page, once.
  ///
  /// - Parameters:
  ///   - quantities: what the horizontal axis counts, in the plural.
  ///   - isLogarithmic: whether the values are drawn by their logarithms at first.
  package static func toolbar(quantities: String = "steps", isLogarithmic: Bool = false) -> Markup {
    """
    <div class="toolbar" role="group" aria-label="Axes">
    <button type="button" id="log-y" aria-pressed="\(isLogarithmic)">Logarithmic values</button>
    <button type="button" id="log-x" aria-pressed="false">Logarithmic \(quantities)</button>
    <button type="button" id="zoom-in">Zoom in</button>
    <button type="button" id="zoom-out">Zoom out</button>
    <button type="button" id="zoom-reset">Show all</button>
    </div>
    """
  }

  /// What is drawn: the texts of the vertical axis, grid and curves in 1,000 columns, and the texts of the horizontal axis.
  struct Drawing {
    var yTexts: [Markup]
    var area: Markup
    var xTexts: [Markup]
  }

  /// Draws the curves; nil if there is no value.
  func drawing(over range: ClosedRange<Int>) -> Drawing? {
    let values = (series.flatMap { $0.curve.points.map(\.value) } + levels.map(\.value)).map(axis)
    guard let low = values.min(), let high = values.max() else { return nil }
    // Halves, since a difference of two huge numbers may be no number.
    let spread = high / 2 - low / 2
    let room = (spread > 0 ? spread : high.magnitude > 0 ? high.magnitude / 2 : 0.5) * 0.1
    let bottom = max(low - room, -Double.greatestFiniteMagnitude / 4)
    let top = min(high + room, Double.greatestFiniteMagnitude / 4)
    let height = height
    func x(_ step: Int) -> Double { Double(step - range.lowerBound) / Double(range.upperBound - range.lowerBound) * Self.width }
    func y(_ value: Double) -> Double {
      let share = (axis(value) / 2 - bottom / 2) / (top / 2 - bottom / 2)
      return height - min(1, max(0, share)) * height
    }
    let curves = series.map { series -> Markup in
      let points = series.curve.points
      var path = ""
      for point in points { path += (path.isEmpty ? "M" : "L") + Self.place(x(point.step)) + " " + Self.place(y(point.value)) }
      // One point has no line: it gets a short one.
      if points.count == 1 { path = "M\(Self.place(max(0, x(points[0].step) - 5))) \(Self.place(y(points[0].value)))h10" }
      return "<path class=\"curve \(series.weight.rawValue) c\(series.colour)\" d=\"\(path)\"/>"
    }
    let lines = levels.map { level -> Markup in
      "<path class=\"curve level c\(level.colour)\" d=\"M0 \(Self.place(y(level.value)))H1000\"/>"
    }
    let positions = bottom < top && (top - bottom).isFinite ? Ticks.positions(bottom, top, most: isLarge ? 6 : 4) : []
    let marks = isLogarithmic ? positions.filter { $0 == $0.rounded() }.map { pow(10, $0) } : positions
    let grid = marks.map { "M0 \(Self.place(y($0)))H1000" }.joined()
    let yTexts = marks.map { mark -> Markup in
      "<text x=\"48\" y=\"\(Self.place(min(height - 1, max(9, y(mark) + 4))))\" text-anchor=\"end\">\(Ticks.text(mark))</text>"
    }
    let xTexts = Ticks.positions(Double(range.lowerBound), Double(range.upperBound), most: 4).map { mark -> Markup in
      let place = (mark - Double(range.lowerBound)) / Double(range.upperBound - range.lowerBound) * 100
      let anchor = place < 4 ? "start" : place > 96 ? "end" : "middle"
      return "<text x=\"\(String(format: "%.2f", place))%\" y=\"16\" text-anchor=\"\(anchor)\">\(Ticks.text(mark))</text>"
    }
    return Drawing(yTexts: yTexts, area: "<path class=\"grid\" d=\"\(grid)\"/>\(curves)\(lines)", xTexts: xTexts)
  }

  /// What a screen reader says.
  var label: String { "\(title): \(series.map(summary).joined(separator: "; "))" }

  /// The figure with its curves.
  package func markup(over range: ClosedRange<Int>) -> Markup {
    guard let drawing = drawing(over: range) else { return "" }
    let size = String(Int(height))
    return """
      <figure id="plot-\(id)" class="\(isLarge ? "large" : "small")">
      <figcaption><h3>\(title)</h3><small>\(unit)</small></figcaption>
      <div class="readout" aria-live="polite">\(hint)</div>
      <div class="frame">
      <svg class="ys" height="\(size)" aria-hidden="true">\(drawing.yTexts)</svg>
      <svg class="area" height="\(size)" viewBox="0 0 1000 \(size)" preserveAspectRatio="none" tabindex="0" role="img" \
      aria-label="\(label)">\(drawing.area)<path class="cursor" d=""/></svg>
      <svg class="xs" height="20" aria-hidden="true">\(drawing.xTexts)</svg>
      </div>
      \(legend)
      </figure>
      """
  }

  /// Where a value is on the vertical axis.
  private func axis(_ value: Double) -> Double { isLogarithmic ? log10(value) : value }

  private var hint: String { isLarge ? "Point at the curves, or focus them and press an arrow key, to read values." : "" }

  /// What a screen reader says of a curve.
  private func summary(_ series: Series) -> String {
    guard let least = series.curve.least, let greatest = series.curve.greatest, let last = series.curve.last else { return series.name }
    return
      "\(series.name.isEmpty ? "" : series.name + " ")lowest \(Ticks.text(least.value)) at \(quantity) \(least.step.grouped), highest "
      + "\(Ticks.text(greatest.value)) at \(quantity) \(greatest.step.grouped), last \(Ticks.text(last.value))"
  }

  private var legend: Markup {
    guard isLarge || series.count > 1 else { return "" }
    let items =
      series.map { ($0.name, "\($0.weight.rawValue) c\($0.colour)") }
      + levels.map { ("\($0.name) \(String(format: "%.3f", $0.value))", "level c\($0.colour)") }
    return """
      <ul class="legend">\(items.map { item -> Markup in
        "<li><svg width=\"26\" height=\"8\" aria-hidden=\"true\"><path class=\"curve \(item.1)\" d=\"M0 4H26\"/></svg><b>\(item.0)</b></li>"
      })</ul>
      """
  }

  /// A coordinate with one digit after the point at most.
  private static func place(_ value: Double) -> String {
    let tenths = Int((value * 10).rounded())
    return tenths % 10 == 0 ? "\(tenths / 10)" : "\(tenths < 0 ? "-" : "")\(tenths.magnitude / 10).\(tenths.magnitude % 10)"
  }

  // MARK: - Data

  /// The JSON of a page with plots.
  ///
  /// - Parameters:
  ///   - quantity: what the horizontal axis counts.
  ///   - isLogarithmic: whether the values are drawn by their logarithms at first.
  package static func data(
    of plots: [Plot], over range: ClosedRange<Int>, quantity: String, isLogarithmic: Bool
  ) -> String {
    "{\"range\":[\(range.lowerBound),\(range.upperBound)],\"quantity\":\(PageData.string(quantity)),\"log\":\(isLogarithmic),\"plots\":["
      + "\(plots.map(\.json).joined(separator: ","))]}"
  }

  /// The curves as JSON for the script: values with nine digits, and the two extremes with all of them.
  var json: String {
    let series = series.map { series in
      let points = series.curve.points
      let extremes = [series.curve.least, series.curve.greatest].compactMap { $0 }.map { "[\($0.step),\(PageData.exact($0.value))]" }
      return
        "{\"n\":\(PageData.string(series.name)),\"c\":\"c\(series.colour)\",\"x\":[\(points.map { "\($0.step)" }.joined(separator: ","))],"
        + "\"y\":[\(points.map { PageData.number($0.value) }.joined(separator: ","))],\"extremes\":[\(extremes.joined(separator: ","))]}"
    }
    let levels = levels.map { "{\"n\":\(PageData.string($0.name)),\"y\":\(PageData.exact($0.value))}" }
    return "{\"id\":\(PageData.string(id)),\"series\":[\(series.joined(separator: ","))],\"lines\":[\(levels.joined(separator: ","))]}"
  }
}
