/// GPT-2's way of writing bytes as characters that can be seen, so that a vocabulary of bytes is a list of strings: bytes that are
/// printable Latin-1 stand for themselves, the others for U+0100 and up, in order. A space is `Ġ`, a newline `Ċ`.
enum ByteAlphabet {
  /// The character of each byte.
  static let characters: [String] = {
    var next: UInt32 = 0x100
    return (0..<256).map { (byte: UInt32) in
      switch byte {
      case 0x21...0x7E, 0xA1...0xAC, 0xAE...0xFF: return Unicode.Scalar(byte).map { String($0) } ?? ""
      default:
        defer { next += 1 }
        return Unicode.Scalar(next).map { String($0) } ?? ""
      }
    }
  }()

  private static let bytes: [Unicode.Scalar: UInt8] = Dictionary(
    uniqueKeysWithValues: characters.enumerated().compactMap { byte, text in text.unicodeScalars.first.map { ($0, UInt8(byte)) } })

  /// The bytes that a token is written for, or nil if it has other characters.
  static func bytes(of token: String) -> [UInt8]? {
    var result: [UInt8] = []
    for scalar in token.unicodeScalars {
      guard let byte = bytes[scalar] else { return nil }
      result.append(byte)
    }
    return result
  }

  /// A newline's token.
  static let newline = characters[Int(newlineByte)]
}
