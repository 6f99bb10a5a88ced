/// A sentence for people, such as an error, in which whatever comes from a file or an argument is made fit for a line of text.
///
/// ```swift
/// let sentence: Sentence = "\(path): this is not a model."
/// ```
/// Each piece that is put in is shown as `String.shown` has it: what could command a terminal is escaped, and the piece is cut. What was made
/// in this way already is put in with `whole:`.
package struct Sentence: ExpressibleByStringInterpolation, Sendable {
  /// The sentence.
  package let text: String

  package init(stringLiteral text: String) { self.text = text }
  package init(stringInterpolation pieces: StringInterpolation) { text = pieces.text }
  private init(text: String) { self.text = text }

  package struct StringInterpolation: StringInterpolationProtocol {
    fileprivate var text = ""

    package init(literalCapacity: Int, interpolationCount: Int) {}
    package mutating func appendLiteral(_ literal: String) { text += literal }
    /// Puts in a value from anywhere.
    package mutating func appendInterpolation(_ value: some Any) { text += "\(value)".shown }
    /// Puts in a part of a sentence that was made for people already.
    package mutating func appendInterpolation(whole part: some Any) { text += "\(part)" }
    /// Puts in names from anywhere, the first thirty of them.
    package mutating func appendInterpolation(list names: [String], separator: String = ", ") {
      let most = 30
      text += names.prefix(most).map(\.shown).joined(separator: separator)
      if names.count > most { text += "\(separator)and \((names.count - most).grouped) more" }
    }
  }

  package static func + (first: Sentence, second: Sentence) -> Sentence { Sentence(text: first.text + second.text) }
}

extension String {
  /// How many characters of a piece from elsewhere are shown.
  package static var mostShown: Int { 200 }

  /// A text from anywhere as a piece of one line: what could command a terminal, or show the text in another order, is escaped, and a long
  /// text is cut to its beginning and its end.
  package var shown: String { shown(most: Self.mostShown, keepsLines: false) }

  /// - Parameters:
  ///   - most: the most characters of the result.
  ///   - keepsLines: whether line breaks and tabs stay.
  package func shown(most: Int, keepsLines: Bool) -> String {
    let scalars = unicodeScalars
    // Where every scalar is a character at least, so many from both ends are enough.
    if let limit = scalars.index(scalars.startIndex, offsetBy: most, limitedBy: scalars.endIndex), limit < scalars.endIndex {
      let start = scalars.prefix(most), end = scalars.suffix(most)
      return Self.cut(start.map { Self.shown($0, keepsLines) }, end.map { Self.shown($0, keepsLines) }, most)
    }
    let parts = scalars.map { Self.shown($0, keepsLines) }
    return parts.reduce(0) { $0 + $1.unicodeScalars.count } > most ? Self.cut(parts, parts, most) : parts.joined()
  }

  /// As much of the beginning and the end as fits beside the mark of what is left out, two thirds of it from the beginning.
  private static func cut(_ start: [String], _ end: [String], _ most: Int) -> String {
    let mark = "..."
    func fitting(_ parts: some Sequence<String>, _ room: Int) -> [String] {
      var room = room
      return Array(
        parts.prefix {
          room -= $0.unicodeScalars.count
          return room >= 0
        })
    }
    let room = most - mark.count
    let first = fitting(start, room * 2 / 3)
    let last = fitting(end.reversed(), room - first.reduce(0) { $0 + $1.unicodeScalars.count })
    return first.joined() + mark + last.reversed().joined()
  }

  private static func shown(_ scalar: Unicode.Scalar, _ keepsLines: Bool) -> String {
    switch scalar {
    case "\n": return keepsLines ? "\n" : "\\n"
    case "\t": return keepsLines ? "\t" : "\\t"
    case "\r": return "\\r"
    default: break
    }
    if scalar.isASCII, scalar.value >= 0x20, scalar.value != 0x7F { return String(scalar) }
    switch scalar.properties.generalCategory {
    // Format characters turn the order of the text round, or hide in it.
    case .control, .format, .lineSeparator, .paragraphSeparator, .privateUse, .unassigned, .surrogate:
      return "\\u{" + String(scalar.value, radix: 16) + "}"
    default: return String(scalar)
    }
  }
}
