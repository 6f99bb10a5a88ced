internal import Foundation
package import Pages

/// The colours behind the tokens: from one hue for the most negative values by way of the panel's colour to another for the most positive.
/// On each of them the page's text has a contrast of at least 4.5 to 1, in both schemes.
package enum StateColours {
  /// Levels to each side of 0.
  package static let levels = 9

  /// The colours of a scheme, from the most negative level to the most positive one.
  package static func scale(_ palette: Palette, isDark: Bool) -> [String] {
    let negative = isDark ? "#8f4a08" : "#f4a35c"
    let positive = isDark ? "#1b5fb4" : "#7db4f5"
    return (-levels...levels).map { level in
      mixed(palette.panel, level < 0 ? negative : positive, Double(abs(level)) / Double(levels))
    }
  }

  /// The class of a level; empty for 0.
  static func name(_ level: Int) -> String { level < 0 ? "n\(-level)" : level > 0 ? "p\(level)" : "z" }

  /// The level of a value, where `largest` has the outermost one.
  static func level(_ value: Int, largest: Int) -> Int {
    guard largest > 0 else { return 0 }
    return value.signum() * min(levels, (2 * abs(value) * levels + largest) / (2 * largest))
  }

  static var style: String {
    func rules(_ palette: Palette, _ isDark: Bool) -> String {
      zip(-levels...levels, scale(palette, isDark: isDark)).filter { $0.0 != 0 }.map { ".\(name($0)){background:\($1)}" }.joined()
    }
    return """
      \(rules(.light, false))
      @media (prefers-color-scheme:dark){\(rules(.dark, true))}
      @media print{\(rules(.light, false))}

      """
  }

  private static func mixed(_ first: String, _ second: String, _ share: Double) -> String {
    func parts(_ colour: String) -> [Double] {
      let number = Int(colour.dropFirst(), radix: 16) ?? 0
      return [16, 8, 0].map { Double(number >> $0 & 255) }
    }
    let both = zip(parts(first), parts(second)).map { Int(($0 + ($1 - $0) * share).rounded()) }
    return "#" + both.map { String(format: "%02x", $0) }.joined()
  }
}
