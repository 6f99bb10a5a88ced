// iconv(3) moves raw pointers through both texts. They stay inside one call each, and point into arrays that this file owns meanwhile.
private import Glibc

/// Converts a text from an encoding that the system's iconv(3) knows to UTF-8, piece by piece.
///
/// A byte sequence that the encoding does not allow becomes the byte 0xFF, which no UTF-8 has, so that readers find it as they find one in
/// a file that claims to be UTF-8.
///
/// ```swift
/// let converter = TextConverter("KOI8-R")
/// converter?.convert([0xCB, 0xCF, 0xD4], isLast: true, into: &text) { _ in }  // "кот"
/// ```
@safe
package final class TextConverter {
  /// The byte that stands for a sequence that is not valid.
  static let mark: UInt8 = 0xFF

  /// A sequence that the encoding does not allow.
  package struct Fault: Sendable, Hashable {
    /// Where it begins in the source.
    var offset: Int
    /// Its first byte.
    var byte: UInt8
    /// Where its mark is in the converted text.
    var place: Int
  }

  private let handle: iconv_t
  /// How many bytes are skipped after a fault, so that the next character is found.
  private let unit: Int
  /// The beginning of a character that the next piece continues.
  private var carry: [UInt8] = []
  private var taken = 0
  private var given = 0
  /// Where iconv writes what one call converts.
  private var output = [UInt8](repeating: 0, count: 1 << 16)

  /// - Returns: nil if iconv does not know the encoding.
  package init?(_ name: String) {
    guard Self.isName(name), let handle = unsafe Self.open(Self.meanings[name.uppercased()] ?? name) ?? Self.open(name) else { return nil }
    unsafe self.handle = handle
    let upper = name.uppercased()
    unit = upper.hasPrefix("UTF-32") || upper.hasPrefix("UCS-4") ? 4 : upper.hasPrefix("UTF-16") || upper.hasPrefix("UCS-2") ? 2 : 1
  }

  /// What files that are said to have an encoding have in fact, as web browsers take the names
  /// (https://encoding.spec.whatwg.org/#names-and-labels): by Shift_JIS itself, for instance, a backslash would be a yen sign.
  private static let meanings = [
    "SHIFT_JIS": "CP932", "SHIFT-JIS": "CP932", "SJIS": "CP932", "MS_KANJI": "CP932", "EUC-KR": "CP949", "EUCKR": "CP949",
    "GB2312": "GB18030", "EUC-CN": "GB18030", "GBK": "GB18030", "ISO-8859-1": "WINDOWS-1252", "ISO_8859-1": "WINDOWS-1252",
    "ISO8859-1": "WINDOWS-1252", "LATIN1": "WINDOWS-1252", "ISO-8859-9": "WINDOWS-1254", "LATIN5": "WINDOWS-1254", "TIS-620": "CP874",
  ]

  /// - Returns: nil if iconv does not know the name.
  private static func open(_ name: String) -> iconv_t? {
    guard let handle = unsafe iconv_open("UTF-8", name), Int(bitPattern: handle) != -1 else { return nil }
    return unsafe handle
  }

  deinit { unsafe _ = iconv_close(handle) }

  /// Whether a text can be an encoding's name. What iconv adds to names, such as `//IGNORE`, is none.
  package static func isName(_ name: String) -> Bool {
    !name.isEmpty && name.utf8.count <= 64
      && name.utf8.allSatisfy { byte in
        UInt8(ascii: "a")...UInt8(ascii: "z") ~= byte | 0x20 || UInt8(ascii: "0")...UInt8(ascii: "9") ~= byte || "_.:-".utf8.contains(byte)
      }
  }

  /// Counts bytes before the text, such as a byte-order mark, as part of the source.
  func skip(_ count: Int) { taken += count }

  /// Adds the next piece of the text to `text`.
  ///
  /// - Parameters:
  ///   - isLast: whether the text ends with it.
  ///   - fault: is told of each sequence that is not valid.
  package func convert(_ bytes: [UInt8], isLast: Bool, into text: inout [UInt8], fault: (Fault) -> Void) {
    var input = carry + bytes
    carry = []
    let start = text.count
    var done = 0
    while done < input.count {
      let status = step(&input, &done, into: &text)
      switch status {
      case 0: break
      case E2BIG: continue
      case EINVAL where !isLast:
        carry = Array(input[done...])
        done = input.count
      default:
        // Some converters have taken the bytes that they refuse.
        let place = min(done, input.count - 1)
        fault(Fault(offset: taken + place, byte: input[place], place: given + text.count - start))
        text.append(Self.mark)
        done = status == EINVAL ? input.count : min(input.count, done + unit)
      }
    }
    // Some encodings hold a character back until they know what follows.
    if isLast { finish(into: &text) }
    taken += input.count - carry.count
    given += text.count - start
  }

  /// Converts as much as one call does, and returns its error or 0.
  private func step(_ input: inout [UInt8], _ done: inout Int, into text: inout [UInt8]) -> Int32 {
    let first = done
    let left = input.count - first
    var remaining = left
    var room = output.count
    let status: Int32 = unsafe input.withUnsafeMutableBytes { input in
      unsafe output.withUnsafeMutableBytes { output in
        var from = unsafe input.baseAddress?.advanced(by: first).assumingMemoryBound(to: CChar.self)
        var to = unsafe output.baseAddress?.assumingMemoryBound(to: CChar.self)
        return unsafe iconv(handle, &from, &remaining, &to, &room) == -1 ? errno : 0
      }
    }
    precondition(room >= 0 && room <= output.count && remaining <= left, "iconv keeps to its buffers")
    text += output[..<(output.count - room)]
    done += left - remaining
    return status
  }

  private func finish(into text: inout [UInt8]) {
    let start = text.count
    var room = 64
    text.append(contentsOf: repeatElement(0, count: room))
    unsafe text.withUnsafeMutableBytes { output in
      var to = unsafe output.baseAddress?.advanced(by: start).assumingMemoryBound(to: CChar.self)
      _ = unsafe iconv(handle, nil, nil, &to, &room)
    }
    text.removeLast(room)
  }
}
