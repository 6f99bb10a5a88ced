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
