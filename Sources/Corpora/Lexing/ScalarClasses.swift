/// What each scalar is to the lexers, looked up in tables that are made as they are needed, 256 scalars at a time.
///
/// A scalar is simple if it is a character by itself whatever simple scalars stand beside it, and stays as it is in normal form C.
/// A line of simple scalars can be cut scalar by scalar; any other is left to Swift's characters.
struct ScalarClasses: Sendable {
  /// What byte-pair encoding's splitter asks.
  enum Kind: UInt8 {
    case letter, number, space, other
    /// A combining mark.
    case mark
    /// The zero width joiner or non-joiner, which stands inside words and emoji.
    case joiner

    /// Whether a scalar of this kind belongs to the piece of another kind before it.
    @inline(__always)
    func attaches(to kind: Kind) -> Bool {
      switch self {
      case .mark: kind != .space
      case .joiner: kind == .letter || kind == .other
      default: false
      }
    }
  }

  private static let complexBit: UInt8 = 0x80
  /// A class in the low bits, and the complex bit; empty pages are not made yet.
  private var pages = [[UInt8]](repeating: [], count: 256)
  private var kindPages = [[UInt8]](repeating: [], count: 256)
  private let ascii = (0..<0x80).map { CharacterClass(ascii: $0) }
  private let tellsMarks: Bool

  /// - Parameter tellsMarks: whether combining marks and joiners are kinds of their own; if not, they are like punctuation.
  init(tellsMarks: Bool = true) {
    self.tellsMarks = tellsMarks
  }

  /// The class of a simple scalar whose line was found simple, and where the next begins.
  @inline(__always)
  func character(_ text: Span<UInt8>, at index: Int) -> (kind: CharacterClass, next: Int) {
    let byte = text[index]
    if byte < 0x80 { return (ascii[Int(byte)], index + 1) }
    let (value, next) = scalar(text, at: index)
    let entry = pages[Int(value >> 8)][Int(value & 0xFF)] & ~Self.complexBit
    return (CharacterClass(rawValue: entry) ?? .other, next)
  }

  /// Whether all scalars are simple; makes the tables that this needs.
  mutating func isSimple(_ text: Span<UInt8>, _ range: Range<Int>) -> Bool {
    var index = range.lowerBound
    while index < range.upperBound {
      let byte = text[index]
      // A carriage return is one character with a newline.
      if byte < 0x80, byte != carriageReturn {
        index += 1
        continue
      }
      let (value, next) = scalar(text, at: index)
      guard value < 0x1_0000, value != 0x0D else { return false }
      let page = Int(value >> 8)
      if pages[page].isEmpty { pages[page] = classPage(page) }
      if pages[page][Int(value & 0xFF)] & Self.complexBit != 0 { return false }
      index = next
    }
    return true
  }

  private func classPage(_ page: Int) -> [UInt8] {
    (0..<256).map { low in
      guard let scalar = Unicode.Scalar(UInt32(page << 8 | low)) else { return Self.complexBit }
      let kind = CharacterClass(Character(scalar), rules: tellsMarks ? .second : .first)
      return kind.rawValue | (Self.isSimple(scalar) ? 0 : Self.complexBit)
    }
  }

  private static func isSimple(_ scalar: Unicode.Scalar) -> Bool {
    let properties = scalar.properties
    guard properties.generalCategory != .unassigned, properties.canonicalCombiningClass == .notReordered else { return false }
    switch scalar.value {
    // Jamo join with jamo, though not with letters.
    case 0x1100...0x11FF, 0xA960...0xA97F, 0xD7B0...0xD7FF: return false
    default: break
    }
    let text = String(scalar)
    return ("a" + text).count == 2 && (text + "a").count == 2 && text.inNormalFormC.unicodeScalars.elementsEqual([scalar])
  }

  /// The kind of the scalar at a place, and where the next begins; makes the table that this needs.
  @inline(__always)
  mutating func kind(_ text: Span<UInt8>, at index: Int) -> (kind: Kind, next: Int) {
    let (value, next) = scalar(text, at: index)
    guard value < 0x1_0000 else { return (Unicode.Scalar(value).map(kind) ?? .other, next) }
    let page = Int(value >> 8)
    if kindPages[page].isEmpty { kindPages[page] = kindPage(page) }
    return (Kind(rawValue: kindPages[page][Int(value & 0xFF)]) ?? .other, next)
  }

  private func kindPage(_ page: Int) -> [UInt8] {
    (0..<256).map { low in (Unicode.Scalar(UInt32(page << 8 | low)).map(kind) ?? .other).rawValue }
  }

  private func kind(_ scalar: Unicode.Scalar) -> Kind {
    switch scalar.properties.generalCategory {
    case .nonspacingMark where tellsMarks, .spacingMark where tellsMarks, .enclosingMark where tellsMarks: .mark
    case .format where tellsMarks && (scalar == "\u{200C}" || scalar == "\u{200D}"): .joiner
    case .uppercaseLetter, .lowercaseLetter, .titlecaseLetter, .modifierLetter, .otherLetter: .letter
    case .decimalNumber, .letterNumber, .otherNumber: .number
    default: scalar.properties.isWhitespace ? .space : .other
    }
  }
}
