/// Makes a sentence for people, such as an error, in which text from files and arguments is escaped and cut.
///
/// ```swift
/// let sentence: Sentence = "\(path): \(key: "batch") must be at least 1, but is \(batch); choose another."
/// ```
/// Each interpolated piece goes through `String.shown`, which escapes what could command a terminal and cuts long text. A part that was
/// made in this way already is interpolated with `whole:`.
///
/// A setting is named by its key, since a sentence does not know where the setting comes from: ``text`` writes the key as in a file
/// (`"batch"`), and the command writes its flag (`--batch`), see ``text(naming:)``.
package struct Sentence: ExpressibleByStringInterpolation, Sendable {
  fileprivate enum Piece {
    case text(String)
    case key(String, value: String?)
  }
  private let pieces: [Piece]

  package init(stringLiteral text: String) { pieces = [.text(text)] }
  package init(stringInterpolation interpolation: StringInterpolation) { pieces = interpolation.pieces }
  private init(pieces: [Piece]) { self.pieces = pieces }

  /// The sentence, with keys as in a file: `"batch"`, or `"batch": 3` with a value.
  package var text: String { text { _ in nil } }

  /// The sentence, with the names that `name` gives to keys: `--batch`, or `--batch 3` with a value.
  ///
  /// - Parameter name: returns the flag of a key, or nil to write the key as in a file.
  package func text(naming name: (String) -> String?) -> String {
    pieces.map { piece in
      switch piece {
      case .text(let text): text
      case .key(let key, let value):
        if let flag = name(key) { value.map { "\(flag) \($0)" } ?? flag } else { "\"\(key)\"" + (value.map { ": \($0)" } ?? "") }
      }
    }.joined()
  }

  /// The keys that the sentence names.
  package var keys: [String] {
    pieces.compactMap { if case .key(let key, _) = $0 { key } else { nil } }
  }

  package struct StringInterpolation: StringInterpolationProtocol {
    fileprivate var pieces: [Piece] = []

    package init(literalCapacity: Int, interpolationCount: Int) {}
    package mutating func appendLiteral(_ literal: String) { pieces.append(.text(literal)) }
    /// Adds a value that may come from a file or an argument.
    package mutating func appendInterpolation(_ value: some Any) { pieces.append(.text("\(value)".shown)) }
    /// Adds a part that is escaped and cut already.
    package mutating func appendInterpolation(whole part: some Any) { pieces.append(.text("\(part)")) }
    /// Adds a sentence as a part of this one.
    package mutating func appendInterpolation(whole part: Sentence) { pieces += part.pieces }
    /// Adds the name of a setting.
    package mutating func appendInterpolation(key: String) { pieces.append(.key(key.shown, value: nil)) }
    /// Adds the name of a setting with the value that was given for it.
    package mutating func appendInterpolation(key: String, value: some Any) { pieces.append(.key(key.shown, value: "\(value)".shown)) }
    /// Adds the first thirty of a list of names that may come from a file or an argument.
    package mutating func appendInterpolation(list names: [String], separator: String = ", ") {
      let most = 30
      var text = names.prefix(most).map(\.shown).joined(separator: separator)
      if names.count > most { text += "\(separator)and \((names.count - most).grouped) more" }
      pieces.append(.text(text))
    }
  }

  package static func + (first: Sentence, second: Sentence) -> Sentence { Sentence(pieces: first.pieces + second.pieces) }
}

extension Sentence {
  /// The sentence about a setting whose value is out of range.
  package static func invalidSetting(key: String, found: String, expected: String) -> Sentence {
    "\(key: key) must be \(whole: expected), but is \(found); choose another value."
  }
}

/// An error whose description is a sentence that may name settings by their keys.
package protocol SentenceError: Error, CustomStringConvertible {
  var sentence: Sentence { get }
}

extension String {
  /// A sentence without its advice, the part after the last semicolon, and without its full stop: a fault to be told in another sentence.
  package var withoutAdvice: String {
    var fault = self[...]
    if let end = ranges(of: "; ").last { fault = fault[..<end.lowerBound] }
    if fault.hasSuffix(".") { fault.removeLast() }
    return String(fault)
  }

  /// A sentence with one more piece of advice at its end.
  package func addingAdvice(_ advice: String) -> String { "\(hasSuffix(".") ? String(dropLast()) : self); \(advice)." }
}

extension String {
  /// The most characters that are shown of a text from a file or an argument.
  package static var mostShown: Int { 200 }

  /// The text as a piece of one line: what could command a terminal or reorder the text is escaped, and a long text is cut to its beginning
  /// and its end.
  package var shown: String { shown(most: Self.mostShown, keepsLines: false) }

  /// - Parameters:
  ///   - most: the most characters of the result.
  ///   - keepsLines: whether line breaks, tabs and joiners stay, for text that is the product, such as a sample.
  package func shown(most: Int, keepsLines: Bool) -> String {
    let scalars = unicodeScalars
    // Each scalar gives at least one character, so this many from both ends are enough.
    if let limit = scalars.index(scalars.startIndex, offsetBy: most, limitedBy: scalars.endIndex), limit < scalars.endIndex {
      let start = scalars.prefix(most), end = scalars.suffix(most)
      return Self.cut(start.map { Self.shown($0, keepsLines) }, end.map { Self.shown($0, keepsLines) }, most)
    }
    let parts = scalars.map { Self.shown($0, keepsLines) }
    return parts.reduce(0) { $0 + $1.unicodeScalars.count } > most ? Self.cut(parts, parts, most) : parts.joined()
  }

  /// Joins as much of the beginning and the end as fits, two thirds of it from the beginning.
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
    // Persian words and many emoji need these two format characters, which reorder nothing.
    case "\u{200C}" where keepsLines, "\u{200D}" where keepsLines: return String(scalar)
    default: break
    }
    if scalar.isASCII, scalar.value >= 0x20, scalar.value != 0x7F { return String(scalar) }
    switch scalar.properties.generalCategory {
    // Format characters can reorder the text, or are invisible.
    case .control, .format, .lineSeparator, .paragraphSeparator, .privateUse, .unassigned, .surrogate:
      return "\\u{" + String(scalar.value, radix: 16) + "}"
    default: return String(scalar)
    }
  }
}
