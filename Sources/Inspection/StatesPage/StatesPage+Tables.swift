internal import Basics
internal import Foundation
internal import LanguageModel
internal import Pages

/// Which units track what, and how often gates are saturated.
extension StatesPage {
  /// Units of each feature, and units of the second table.
  private static let bestOfFeature = 3, bestOfAll = 20

  var rankingTables: Markup {
    let features = TextFeature.allCases.map { feature -> Markup in
      let best = ranking.best(feature, most: Self.bestOfFeature)
      let cells = (0..<Self.bestOfFeature).map { index -> Markup in
        index < best.count
          ? "<td class=\"n\">\(best[index].place): \(Self.correlation(best[index].correlation))</td>" : "<td class=\"n\">none</td>"
      }
      return "<tr><th scope=\"row\">\(feature.title)</th>\(cells)</tr>\n"
    }
    let all = ranking.ranked(most: Self.bestOfAll).map { tracking -> Markup in
      """
      <tr><th scope="row">\(tracking.place.description)</th><td>\(tracking.feature.title)</td>\
      <td class="n">\(Self.correlation(tracking.correlation))</td></tr>

      """
    }
    let meanings = TextFeature.allCases.map { feature -> Markup in "<dt>\(feature.title)</dt><dd>\(feature.explanation)</dd>" }
    return """
      <p>The numbers are Pearson correlations, over all tokens but <code>&lt;song&gt;</code>, of a unit's hidden state with a feature of \
      the text. Among many units some correlate by chance.</p>
      <div class="panel scroll" tabindex="0" role="region" aria-label="The best units for each feature"><table>
      <thead><tr><th scope="col">Feature</th><th scope="col" class="n">Best unit: r</th><th scope="col" class="n">Second</th>\
      <th scope="col" class="n">Third</th></tr></thead><tbody>
      \(features)</tbody></table></div>
      <details><summary>What the features are</summary><dl>\(meanings)</dl></details>
      <h3>Units by the feature that they track best</h3>
      <div class="panel scroll ranks" tabindex="0" role="region" aria-label="Units by correlation"><table>
      <thead><tr><th scope="col">Unit</th><th scope="col">Feature</th><th scope="col" class="n">r</th></tr></thead><tbody>
      \(all)</tbody></table></div>
      """
  }

  // MARK: - Saturation

  var saturationSection: Markup {
    let rows = saturation.gates.map { gate -> Markup in
      let bounds = GateSaturation.bounds(of: gate.gate)
      return """
        <tr><th scope="row">layer \(gate.layer), \(RecordedStates.Quantity.gate(gate.gate).title)</th>\
        <td class="n">\(Self.percent(gate.low))</td><td class="n">\(Self.percent(gate.high))</td>\
        <td class="n">\(bounds.low) and \(bounds.high)</td></tr>

        """
    }
    return """
      <p>A gate is nearly shut below 0.1 and nearly open above 0.9; for the candidate, a tanh, the bounds are -0.9 and 0.9. The shares \
      are of all tokens and units.</p>
      <div class="panel scroll" tabindex="0" role="region" aria-label="Gate saturation"><table>
      <thead><tr><th scope="col">Gate</th><th scope="col" class="n">Below</th><th scope="col" class="n">Above</th>\
      <th scope="col" class="n">Bounds</th></tr></thead><tbody>
      \(rows)</tbody></table></div>
      <p>Each point is a unit: to the right, the share of tokens at which its gate is above the upper bound; upwards, the share at which \
      it is below the lower one.</p>
      <div class="gates">\(pictures)</div>
      <ul class="legend">\(legendOfLayers)</ul>
      """
  }

  private static let colours = 8

  /// One picture for each gate, with the units of all layers.
  private var pictures: [Markup] {
    states.quantities.compactMap { quantity -> Markup? in
      guard case .gate(let gate) = quantity else { return nil }
      let paths = saturation.gates.filter { $0.gate == gate }.map { found -> Markup in
        // Units at one place are one point, so that the picture stays small.
        let points = Set(found.units.map { "M\(Int((100 * $0.high).rounded())) \(100 - Int((100 * $0.low).rounded()))h0" }).sorted()
        return "<path class=\"dots c\(found.layer % Self.colours)\" d=\"\(Markup(safe: points.joined()))\"/>"
      }
      let name = quantity.title
      return """
        <figure><figcaption>\(name)</figcaption><svg viewBox="-4 -4 108 108" role="img" \
        aria-label="Saturation of the \(name) by unit"><rect class="box" x="-2" y="-2" width="104" height="104"/>\(paths)</svg></figure>
        """
    }
  }

  private var legendOfLayers: [Markup] {
    states.layers.indices.map { layer -> Markup in
      """
      <li class="c\(layer % Self.colours)"><svg width="12" height="12" viewBox="0 0 12 12" aria-hidden="true">\
      <circle cx="6" cy="6" r="5" fill="currentColor"/></svg><b>layer \(layer)</b></li>
      """
    }
  }
}
