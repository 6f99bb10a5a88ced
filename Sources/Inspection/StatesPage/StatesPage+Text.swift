internal import Basics
internal import Pages

/// The text, the choice of the unit that colours it, and the values at a token.
extension StatesPage {
  func colouredText(_ values: [Values]) -> Markup {
    let limit: Markup =
      shown < text.tokens.count
      ? """
      <p class="muted">The first \(shown.grouped) of \(text.tokens.count.grouped) tokens are shown; the tables below are of all.</p>
      """ : ""
    let options = units.map { place -> Markup in "<option>\(name(place))</option>" }
    return """
      <p>Each token has the colour of the unit's hidden state after the token was read. The number before a line is the position of its \
      first token, counted from 0.</p>
      \(limit)
      <div class="choose" hidden><label for="unit">Unit</label><select id="unit">\(options)</select></div>
      <p class="scale"><output id="low">\(extreme(values, -1))</output><span>\(legend)</span>\
      <output id="high">\(extreme(values, 1))</output></p>
      <div class="panel"><div class="text" id="text" tabindex="0" role="group" aria-describedby="token" \
      aria-label="The text; arrow keys move from token to token">
      \(lines(values))</div></div>
      \(readings(values))
      """
  }

  /// A unit and what it tracks.
  private func name(_ place: UnitPlace) -> String {
    guard let tracked = ranking.tracked(by: place) else { return "\(place), constant" }
    return "\(place), \(tracked.feature.title), r = \(Self.correlation(tracked.correlation))"
  }

  private func extreme(_ values: [Values], _ sign: Int) -> String { Self.number(sign * (values.first?.largest ?? 0), .hidden) }

  private var legend: [Markup] {
    (-StateColours.levels...StateColours.levels).map { "<u class=\"\(StateColours.name($0))\"></u>" }
  }

  // MARK: - The lines

  private func lines(_ values: [Values]) -> Markup {
    let hidden = values.first?.numbers.last ?? [], largest = values.first?.largest ?? 0
    let titles = Dictionary(zip(text.songs.map(\.lowerBound), text.titles), uniquingKeysWith: { first, _ in first })
    var markup: Markup = ""
    var isOpen = false
    func close() {
      if isOpen { markup += "</p>\n" }
      isOpen = false
    }
    for position in 0..<shown {
      if let found = titles[position], let title = found {
        close()
        markup += "<h3>\(title)</h3>\n"
      }
      if !isOpen {
        markup += "<p class=\"line\"><b>\(position)</b>"
        isOpen = true
      }
      let colour = StateColours.name(StateColours.level(hidden[position], largest: largest))
      let piece = text.pieces[position]
      let mark = !text.isText(position) ? "<song>" : piece == "\n" ? "\u{23CE}" : piece.isEmpty ? "\u{B7}" : nil
      if let mark {
        markup += "<i class=\"\(colour) mark\" data-m=\"1\">\(mark)</i>"
      } else {
        markup += "<i class=\"\(colour)\">\(piece.replacing("\n", with: "\u{23CE}"))</i>"
      }
      if !text.isText(position) || piece.contains(where: \.isNewline) { close() }
    }
    close()
    return markup
  }

  // MARK: - The values at a token

  private func readings(_ values: [Values]) -> Markup {
    let heads = states.quantities.map { quantity -> Markup in "<th scope=\"col\" class=\"n\">\(quantity.title)</th>" }
    let rows = zip(units, values).enumerated().map { index, unit -> Markup in
      let cells = zip(states.quantities, unit.1.numbers).map { quantity, numbers -> Markup in
        "<td class=\"n\">\(Self.number(numbers.first ?? 0, quantity))</td>"
      }
      return "<tr class=\"\(index == 0 ? "chosen" : "other")\"><th scope=\"row\">\(unit.0.description)</th>\(cells)</tr>\n"
    }
    let first = text.isText(0) ? text.pieces[0].trimmingSpaces : "<song>"
    return """
      <div class="panel reading" tabindex="0" role="region" aria-label="Values at a token">
      <p id="token" aria-live="polite">Token 0: \(first)</p>
      <table id="values"><thead><tr><th scope="col">Unit</th>\(heads)</tr></thead><tbody>
      \(rows)</tbody></table></div>
      """
  }
}

extension String {
  fileprivate var trimmingSpaces: String {
    let trimmed = drop(while: \.isWhitespace)
    return trimmed.isEmpty ? "space" : String(trimmed)
  }
}
