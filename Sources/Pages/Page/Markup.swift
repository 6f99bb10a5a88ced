internal import Basics

/// A piece of HTML in which every interpolated text is escaped, so that no text from a file or an argument becomes an element.
///
/// ```swift
/// let row: Markup = "<tr><th>\(name)</th><td>\(value)</td></tr>"
/// ```
/// An interpolated ``Markup``, or a list of them, goes in as it is. Texts may stand between tags and inside quoted attributes; never put
/// them into a style, a script or an event handler.
package struct Markup: ExpressibleByStringInterpolation, Sendable {
  /// The HTML.
  package private(set) var text: String

  package init(stringLiteral text: String) { self.text = text }
  package init(stringInterpolation interpolation: StringInterpolation) { text = interpolation.text }
  /// Takes HTML that the program itself has made, such as the data of a plot.
  package init(safe text: String) { self.text = text }

  package static func += (markup: inout Markup, other: Markup) { markup.text += other.text }

  package struct StringInterpolation: StringInterpolationProtocol {
    fileprivate var text = ""

    package init(literalCapacity: Int, interpolationCount: Int) { text.reserveCapacity(literalCapacity) }
    package mutating func appendLiteral(_ literal: String) { text += literal }
    /// Adds a text that may come from a file or an argument.
    package mutating func appendInterpolation(_ value: some Any) { text += Markup.escaped("\(value)") }
    package mutating func appendInterpolation(_ part: Markup) { text += part.text }
    package mutating func appendInterpolation(_ parts: [Markup]) {
      for part in parts { text += part.text }
    }
  }

  /// The text with the characters of HTML as entities. Control and format characters, which could reorder a line or are not allowed in
  /// HTML, become visible.
  package static func escaped(_ text: String) -> String {
    var escaped = ""
    for character in text.shown(most: .max, keepsLines: true).unicodeScalars {
      switch character {
      case "&": escaped += "&amp;"
      case "<": escaped += "&lt;"
      case ">": escaped += "&gt;"
      case "\"": escaped += "&quot;"
      case "'": escaped += "&#39;"
      default: escaped.unicodeScalars.append(character)
      }
    }
    return escaped
  }
}
