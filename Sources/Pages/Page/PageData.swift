internal import Basics

/// The JSON inside a page: its strings cannot end the element that holds them.
package enum PageData {
  /// A JSON string without `<`, `>` and `&`, and without the line separators that older JavaScript forbids.
  package static func string(_ text: String) -> String {
    var escaped = "\""
    for scalar in text.unicodeScalars {
      switch scalar {
      case "\"": escaped += "\\\""
      case "\\": escaped += "\\\\"
      case "<", ">", "&", "\u{0}"..."\u{1F}", "\u{7F}"..."\u{9F}", "\u{200B}"..."\u{200F}", "\u{2028}"..."\u{202E}",
        "\u{2060}"..."\u{2069}":
        escaped += unicode(scalar)
      default: escaped.unicodeScalars.append(scalar)
      }
    }
    return escaped + "\""
  }

  private static func unicode(_ scalar: Unicode.Scalar) -> String {
    let digits = String(scalar.value, radix: 16)
    return "\\u" + String(repeating: "0", count: 4 - digits.count) + digits
  }

  /// A number that takes at most nine digits: the shortest that names the same Float. JSON has no infinity, so the value must be finite.
  ///
  /// - Precondition: the value is finite.
  package static func number(_ value: Double) -> String {
    precondition(value.isFinite, "JSON has no infinity")
    let short = Float(value)
    // What is beyond a Float's range keeps all of its digits.
    guard short.isFinite, short != 0 || value == 0 else { return trimmed("\(value)") }
    return trimmed("\(short)")
  }

  /// All digits of a number.
  ///
  /// - Precondition: the value is finite.
  package static func exact(_ value: Double) -> String {
    precondition(value.isFinite, "JSON has no infinity")
    return trimmed("\(value)")
  }

  private static func trimmed(_ text: String) -> String { text.hasSuffix(".0") ? String(text.dropLast(2)) : text }
}
