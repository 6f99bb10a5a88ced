/// How many characters of texts show that somebody read them in a wrong encoding and saved them.
package struct MisreadCharacters: Sendable, Hashable {
  /// The encodings in which UTF-8 was read, as iconv names them.
  enum Encoding: String, CaseIterable, Sendable {
    case western = "WINDOWS-1252"
    case central = "WINDOWS-1250"
    case cyrillic = "WINDOWS-1251"
    case macintosh = "MACINTOSH"
  }

  private var western = 0
  private var central = 0
  private var cyrillic = 0
  private var macintosh = 0
  /// Replacement characters (U+FFFD), each of which stands for what is lost.
  package var replacements = 0

  /// Creates counts of zero.
  package init() {}

  /// Characters that were UTF-8 once, were read in another encoding, and were saved again.
  package var total: Int { western + central + cyrillic + macintosh }

  /// The encoding in which most of them were read; nil if there are none.
  package var encoding: String? {
    let counts = Encoding.allCases.map { ($0, self[$0]) }
    return counts.max { $0.1 < $1.1 }.flatMap { $0.1 > 0 ? $0.0.rawValue : nil }
  }

  subscript(encoding: Encoding) -> Int {
    get {
      switch encoding {
      case .western: western
      case .central: central
      case .cyrillic: cyrillic
      case .macintosh: macintosh
      }
    }
    set {
      switch encoding {
      case .western: western = newValue
      case .central: central = newValue
      case .cyrillic: cyrillic = newValue
      case .macintosh: macintosh = newValue
      }
    }
  }

  static func += (sum: inout MisreadCharacters, other: MisreadCharacters) {
    for encoding in Encoding.allCases { sum[encoding] += other[encoding] }
    sum.replacements += other.replacements
  }
}
