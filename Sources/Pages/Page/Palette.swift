/// The colours of pages. Every text, and every curve, has a contrast of at least 4.5 to 1 with what is behind it.
package struct Palette: Sendable {
  package var background: String
  package var panel: String
  package var ink: String
  package var muted: String
  package var rule: String
  package var accent: String
  /// The colours of curves, one for each model.
  package var curves: [String]

  package static let light = Palette(
    background: "#f7f5f0", panel: "#ffffff", ink: "#1c2028", muted: "#555c68", rule: "#dcd8cd", accent: "#1c57b0",
    curves: ["#1c57b0", "#a8480a", "#17703c", "#9a2b77", "#0a6a7c", "#623ab0", "#735410", "#b5202f"])
  package static let dark = Palette(
    background: "#12151a", panel: "#1a1e25", ink: "#e8eaee", muted: "#a8b0bd", rule: "#343b46", accent: "#86b6ff",
    curves: ["#86b6ff", "#ffb27a", "#74d99e", "#f3a0d5", "#68d5e5", "#c3abff", "#e4c670", "#ff9f9f"])

  /// The colours as custom properties of CSS.
  var properties: String {
    let names = [
      "Background": background, "Panel": panel, "Ink": ink, "Muted": muted, "Rule": rule, "Accent": accent,
    ]
    let curves = curves.enumerated().map { "--Curve\($0):\($1)" }
    return (names.sorted { $0.key < $1.key }.map { "--\($0):\($1)" } + curves).joined(separator: ";")
  }
}
