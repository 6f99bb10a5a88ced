/// A plot as a file of its own, for documents that show pictures.
extension Plot {
  /// The plot in SVG, light and dark, with its title and its legend. It has no script, and so no zoom.
  package func picture(over range: ClosedRange<Int>) -> String {
    guard let drawing = drawing(over: range) else { return "" }
    let size = Int(height), bottom = 56 + size
    var legend: Markup = ""
    var place = 62
    let items = series.map { ($0.name, "\($0.weight.rawValue) c\($0.colour)") } + levels.map { ($0.name, "level c\($0.colour)") }
    for (name, style) in items {
      legend +=
        "<path class=\"curve \(style)\" d=\"M\(place) \(bottom + 40)h26\"/><text x=\"\(place + 32)\" y=\"\(bottom + 44)\">\(name)</text>"
      place += 60 + 8 * name.count
    }
    let colours = Set(series.map(\.colour) + levels.map(\.colour)).sorted()
    func rules(_ palette: Palette) -> String {
      ".panel{fill:\(palette.panel)}.grid{stroke:\(palette.rule)}text{fill:\(palette.muted)}.title{fill:\(palette.ink)}"
        + colours.map { ".c\($0){color:\(palette.curves[$0])}" }.joined()
    }
    let style = """
      text{font:12px system-ui,sans-serif}.title{font-size:16px;font-weight:600}.grid{fill:none}.curve{fill:none;stroke:currentColor;\
      stroke-width:1.6}.strong{stroke-width:2.4}.level{stroke-dasharray:2 4}.grid,.curve{vector-effect:non-scaling-stroke}\
      \(rules(.light))@media (prefers-color-scheme:dark){\(rules(.dark))}
      """
    let picture: Markup = """
      <svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 760 \(bottom + 60)" role="img" aria-label="\(label)">
      <style>\(Markup(safe: style))</style>
      <rect class="panel" width="760" height="\(bottom + 60)" rx="8"/>
      <text class="title" x="16" y="24">\(title)</text>
      <text x="16" y="44">\(unit)</text>
      <svg x="6" y="56" width="54" height="\(size)">\(drawing.yTexts)</svg>
      <svg x="62" y="56" width="680" height="\(size)" viewBox="0 0 1000 \(size)" preserveAspectRatio="none">\(drawing.area)</svg>
      <svg x="62" y="\(bottom)" width="680" height="20">\(drawing.xTexts)</svg>
      <text x="742" y="\(bottom + 30)" text-anchor="end">\(quantity)</text>
      \(legend)
      </svg>

      """
    return picture.text
  }
}
