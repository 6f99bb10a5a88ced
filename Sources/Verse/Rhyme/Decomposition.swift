private import Foundation

extension String {
  /// The first scalar of the text in normal form D: a letter without its marks.
  var decomposedFirst: Unicode.Scalar? { decomposedStringWithCanonicalMapping.unicodeScalars.first }

  /// The text in normal form C.
  var composed: String { precomposedStringWithCanonicalMapping }
}
