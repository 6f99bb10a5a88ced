internal import Basics
internal import Foundation
internal import LanguageModel
package import Pages

/// The page of `inspect`: a text coloured by the states of units, and which units track what.
///
/// It takes at most 8 KB a token: the values are rounded, those of gates and h to 0.001 and those of c to 0.01.
package struct StatesPage: Sendable {
  /// The most tokens that a page shows.
  package static let mostTokens = 3_000
  /// The most units that a page shows the values of.
  package static let mostUnits = 64

  let title: String
  let model: String
  let text: InspectedText
  let states: RecordedStates
  let ranking: UnitRanking
  let saturation: GateSaturation
  let units: [UnitPlace]
  /// How many tokens are shown.
  let shown: Int

  /// - Parameters:
  ///   - model: the model's name.
  ///   - units: the units to show; nil: the best for each feature.
  ///   - mostTokens: only so many tokens are shown, from the first one on.
  /// - Precondition: the model has the units, there is at least one, and there is a token.
  package init(
    title: String, model: String, text: InspectedText, states: RecordedStates, ranking: UnitRanking, units: [UnitPlace]? = nil,
    mostTokens: Int = mostTokens
  ) {
    self.title = title
    self.model = model
    self.text = text
    self.states = states
    self.ranking = ranking
    saturation = GateSaturation(states)
    self.units = units ?? ranking.defaultUnits
    shown = min(mostTokens, text.tokens.count)
    precondition(!self.units.isEmpty && self.units.count <= Self.mostUnits && shown > 0, "a page shows a token and some units")
  }

  package var document: PageDocument {
    let values = units.map(values)
    var body: Markup = """
      <header>
      <h1>\(title)</h1>
      <p class="muted">The states of \(model) over \(states.count.grouped) tokens</p>
      <nav aria-label="Sections"><ul><li><a href="#states">Text</a></li><li><a href="#ranking">What units track</a></li>\
      <li><a href="#saturation">Gate saturation</a></li></ul></nav>
      </header>
      <main>

      """
    for (id, name, content) in [
      ("states", "The text, coloured by a unit", colouredText(values)), ("ranking", "What units track", rankingTables),
      ("saturation", "Gate saturation", saturationSection),
    ] {
      body += "<section aria-labelledby=\"\(id)\">\n<h2 id=\"\(id)\">\(name)</h2>\n\(content)\n</section>\n"
    }
    body += """
      </main>
      <footer><p>Made by <code>refrain inspect</code>. Layers and units count from 0; layer 0 reads the embeddings.</p></footer>
      """
    return PageDocument(title: title, body: body, data: data(values), script: StatesScript.text, style: StatesStyle.text)
  }

  // MARK: - The values

  /// The values of a unit, rounded: by quantity, then by token.
  struct Values {
    var numbers: [[Int]]
    /// The largest |h|.
    var largest: Int
  }

  /// What a number is divided by, and the digits after its point.
  static func scale(_ quantity: RecordedStates.Quantity) -> (divisor: Int, digits: Int) { quantity == .cell ? (100, 2) : (1_000, 3) }

  private func values(_ place: UnitPlace) -> Values {
    let numbers = states.quantities.enumerated().map { index, quantity in
      let divisor = Float(Self.scale(quantity).divisor)
      return (0..<shown).map { token -> Int in
        let value = (states.value(index, place, token: token) * divisor).rounded()
        // A cell state has no bounds.
        return value.isFinite ? Int(max(-1e9, min(1e9, value))) : 0
      }
    }
    return Values(numbers: numbers, largest: numbers.last?.lazy.map { abs($0) }.max() ?? 0)
  }

  private func data(_ values: [Values]) -> String {
    let units = values.map { unit in
      "{\"m\":\(unit.largest),\"v\":[" + unit.numbers.map { "[" + $0.map(String.init).joined(separator: ",") + "]" }.joined(separator: ",")
        + "]}"
    }
    let scales = states.quantities.map { "\(Self.scale($0).divisor)" }.joined(separator: ",")
    let digits = states.quantities.map { "\(Self.scale($0).digits)" }.joined(separator: ",")
    return "{\"levels\":\(StateColours.levels),\"scales\":[\(scales)],\"digits\":[\(digits)],\"units\":[\(units.joined(separator: ","))]}"
  }

  // MARK: - Numbers for people

  static func number(_ value: Int, _ quantity: RecordedStates.Quantity) -> String {
    let scale = scale(quantity)
    return String(format: "%.\(scale.digits)f", Double(value) / Double(scale.divisor))
  }

  static func correlation(_ value: Double) -> String { String(format: "%+.3f", value) }
  static func percent(_ share: Double) -> String { String(format: "%.1f%%", 100 * share) }
}
