internal import Basics
internal import Corpora
internal import Foundation
internal import LanguageModel

/// The time step for people, in at most 80 columns.
extension TimeStep {
  /// - Parameters:
  ///   - units: how many units of each layer are shown, those whose state changed most.
  ///   - only: the one layer that is shown, from 0; nil: all.
  package func text(units: Int, layer only: Int? = nil) -> String {
    let before = context.shown
    let end = before.unicodeScalars.count > 40 ? "..." + Self.suffix(before, 40) : before
    var lines = ["Token \(position.grouped) (of \(tokenCount.grouped)): \(Self.quoted(token))\(isUnknown ? ", read as <unk>" : "")"]
    if !end.isEmpty { lines.append("after \"\(end)\"") }
    for layer in layers where only == nil || layer.layer == only {
      lines.append("")
      lines += layer.lines(units: units, of: layers.count)
    }
    lines.append("")
    lines.append("Most likely to come next")
    for prediction in predictions(5) { lines.append("  \(Self.percent(prediction.probability))  \(quoted(prediction.token))") }
    if let next {
      let probability = probabilities[Int(next)], rank = probabilities.count { $0 > probability } + 1
      lines.append("The text continues with \(quoted(next)):")
      lines.append("  \(Self.percent(probability))  rank \(rank.grouped), \(String(format: "%.3f", -log(probability))) nats")
    } else {
      lines.append("The text ends here.")
    }
    return lines.joined(separator: "\n") + "\n"
  }

  private func quoted(_ token: TokenID) -> String { Self.quoted(name(token)) }

  /// A token on one line, in at most 40 characters.
  private static func quoted(_ token: String) -> String { "\"\(token.shown(most: 40, keepsLines: false))\"" }

  private static func suffix(_ text: String, _ count: Int) -> String {
    String(String.UnicodeScalarView(text.unicodeScalars.suffix(count)))
  }

  private static func percent(_ share: Double) -> String { String(format: "%5.1f%%", 100 * share) }
}

extension LayerStep {
  /// What happened in the layer, and the formulas of the units whose state changed most.
  fileprivate func lines(units count: Int, of layers: Int) -> [String] {
    let source = layer == 0 ? "the token" : "the layer below"
    var lines = [
      "Layer \(layer) (of \(layers)), \(cell.title), \(units.counted("unit"))\(isNormalized ? ", layer normalisation" : "")"
        + (isInputCapped ? ", capped input gate" : ""),
      "  In brackets: \(source) x Wx, then the state h Wh, then the bias b.",
      "  Without b, x Wx makes up \(Self.percent(inputShare)) of the magnitudes, and h Wh the rest.",
    ]
    lines += summary
    for unit in mostChanged(count) {
      lines.append("")
      lines += formulas(unit)
    }
    return lines
  }

  private func gate(_ gate: CellGate, _ unit: Int) -> Double { gates[gate]?[unit] ?? 0 }
  private func mean(_ gate: CellGate) -> Double { (gates[gate]?.reduce(0, +) ?? 0) / Double(max(1, units)) }
  private func largest(_ value: (Int) -> Double) -> Int { (0..<units).max { abs(value($0)) < abs(value($1)) } ?? 0 }

  /// What was forgotten, what remembered, and what was paid attention to.
  private var summary: [String] {
    let shown = largest { hidden[$0] }
    switch cell {
    case .lstm:
      let lost = largest { (1 - gate(.forget, $0)) * previousCell[$0] }
      let added = largest { gate(.input, $0) * gate(.candidate, $0) }
      return [
        "  Forgotten: f keeps \(Self.percent(mean(.forget))) of c on average; unit \(lost) loses most, "
          + "\(Self.short((1 - gate(.forget, lost)) * previousCell[lost])).",
        "  Remembered: i lets in \(Self.percent(mean(.input))) of g on average; unit \(added) gains most, "
          + "\(Self.short(gate(.input, added) * gate(.candidate, added))).",
        "  Paid attention to: o shows \(Self.percent(mean(.output))) on average; unit \(shown) shows most, "
          + "\(Self.short(hidden[shown])).",
      ]
    case .gru:
      let lost = largest { (1 - gate(.update, $0)) * previousHidden[$0] }
      let added = largest { (1 - gate(.update, $0)) * gate(.candidate, $0) }
      return [
        "  Forgotten: z keeps \(Self.percent(mean(.update))) of h on average; unit \(lost) loses most, "
          + "\(Self.short((1 - gate(.update, lost)) * previousHidden[lost])).",
        "  Remembered: unit \(added) gains most, (1 - z) n = \(Self.short((1 - gate(.update, added)) * gate(.candidate, added))).",
        "  Paid attention to: n sees \(Self.percent(mean(.reset))) of the state on average.",
      ]
    case .rnn:
      return [
        "  A plain cell has no gates: all of h is computed anew from x and h.",
        "  Paid attention to: unit \(shown) shows most, \(Self.short(hidden[shown])).",
      ]
    }
  }

  /// The formulas of `LanguageModel/Layers/Cells` with the numbers of a unit. Here a prime marks the new state, and there the previous one.
  private func formulas(_ unit: Int) -> [String] {
    func parts(_ gate: CellGate) -> String { preactivations[gate].map { Self.sum($0[unit]) } ?? "" }
    func value(_ gate: CellGate) -> String { Self.short(self.gate(gate, unit)) }
    func percent(_ gate: CellGate) -> String { Self.percent(self.gate(gate, unit)) }
    let h = Self.short(previousHidden[unit]), newH = Self.short(hidden[unit])
    switch cell {
    case .lstm:
      let c = Self.short(previousCell[unit]), newC = Self.short(cellState[unit]), inner = Self.short(shownCell[unit])
      let shown = isNormalized ? "n" : "c'"
      var lines = [
        "unit \(unit): c \(c) -> \(newC), h \(h) -> \(newH)",
        "  forget     f  = sigmoid(\(parts(.forget))) = \(value(.forget))  keeps \(percent(.forget)) of c",
      ]
      if isInputCapped {
        let sum = preactivations[.input]?[unit].sum ?? 0, uncapped = Self.short(1 / (1 + exp(-sum)))
        lines.append("  remember   s  = sigmoid(\(parts(.input))) = \(uncapped)")
        let room = Self.short(1 - gate(.forget, unit))
        lines.append("             i  = min(s, 1 - f) = min(\(uncapped), \(room)) = \(value(.input))  lets in \(percent(.input)) of g")
      } else {
        lines.append("  remember   i  = sigmoid(\(parts(.input))) = \(value(.input))  lets in \(percent(.input)) of g")
      }
      lines.append("             g  = tanh(\(parts(.candidate))) = \(value(.candidate))")
      let sum = "\(value(.forget)) * \(c) + \(value(.input)) * \(value(.candidate))"
      lines.append("             c' = f c + i g = \(sum) = \(newC)")
      lines.append("  attention  o  = sigmoid(\(parts(.output))) = \(value(.output))  shows \(percent(.output))")
      if isNormalized { lines.append("             n  = c' normalised, with gain and bias = \(inner)") }
      lines.append("             h' = o tanh(\(shown)) = \(value(.output)) * tanh(\(inner)) = \(newH)")
      return lines
    case .gru:
      let m = recurrent[unit]
      let candidate = preactivations[.candidate]?[unit] ?? Preactivation()
      return [
        "unit \(unit): h \(h) -> \(newH)",
        "  attention  r  = sigmoid(\(parts(.reset))) = \(value(.reset))  n sees \(percent(.reset)) of m",
        "             m  = \(Self.term(m.state)) \(Self.term(m.bias)) = \(Self.short(m.sum))",
        "  remember   n  = tanh(x Wx + b + r m)",
        "                = tanh(\(Self.term(candidate.input)) \(Self.term(candidate.bias)) + \(value(.reset)) * \(Self.short(m.sum)))"
          + " = \(value(.candidate))",
        "  forget     z  = sigmoid(\(parts(.update))) = \(value(.update))  keeps \(percent(.update)) of h",
        "             h' = (1 - z) n + z h",
        "                = \(Self.short(1 - gate(.update, unit))) * \(value(.candidate)) + \(value(.update)) * \(h) = \(newH)",
      ]
    case .rnn:
      return ["unit \(unit): h \(h) -> \(newH)", "  h' = tanh(\(parts(.candidate))) = \(newH)"]
    }
  }

  private static func sum(_ parts: Preactivation) -> String { "\(term(parts.input)) \(term(parts.state)) \(term(parts.bias))" }

  /// A summand with its sign, in at most seven characters.
  private static func term(_ value: Double) -> String {
    if abs(value) < 999.5 { return String(format: "%+.2f", value) }
    return String(format: "%+.0e", value)
  }

  /// A number with three digits after the point, or in at most seven characters.
  private static func short(_ value: Double) -> String {
    if abs(value) < 99.5 { return String(format: "%.3f", value) }
    return abs(value) < 9_999.5 ? String(format: "%.1f", value) : String(format: "%.0e", value)
  }

  /// A model of huge weights has activations that are no numbers.
  private static func percent(_ share: Double) -> String { share.isFinite ? "\(Int((100 * share).rounded()))%" : "nan%" }
}
