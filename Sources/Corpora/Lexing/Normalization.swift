private import Foundation

extension String {
  /// The text in Unicode's normal form C, in which what looks the same is written the same.
  ///
  /// Every vocabulary is in this form: `café` is one word, however it was typed.
  var inNormalFormC: String {
    // Nothing below U+0300 combines or is composed otherwise.
    utf8.allSatisfy { $0 < 0xCC } ? self : precomposedStringWithCanonicalMapping
  }
}

extension String {
  /// The text in lower case, in which the Turkish `İ` is `i`.
  ///
  /// Unicode makes `i` and a combining dot (U+0307) of it, so that `İstanbul` and `istanbul` would be different words.
  var inLowerCase: String {
    let lower = lowercased()
    // 0xCC is the first byte of the combining dot.
    guard lower.utf8.contains(0xCC) else { return lower }
    var scalars = String.UnicodeScalarView()
    for scalar in lower.unicodeScalars where scalar != "\u{307}" || scalars.last != "i" { scalars.append(scalar) }
    return String(scalars)
  }
}
