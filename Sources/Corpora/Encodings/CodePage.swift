/// An encoding of one byte a character in which UTF-8 is often read by mistake.
struct CodePage {
  /// The character of each byte from 0x80 to 0xBF, with which a sequence of UTF-8 continues; the control character where there is no other.
  private let continuations: [UInt32]
  /// The characters of bytes from 0xC2 to 0xF4, with which a sequence begins.
  private let leads: [UInt32: UInt8]

  /// The byte of a character with which a sequence begins; nil if there is none.
  func lead(_ value: UInt32) -> UInt8? { leads[value] }

  /// The byte from 0x80 to 0xBF that a character was read from; nil if there is none.
  func continuation(_ value: UInt32) -> UInt8? {
    if let place = continuations.firstIndex(of: value) { return UInt8(0x80 + place) }
    // In ISO-8859-1 these are control characters.
    return 0x80...0x9F ~= value ? UInt8(value) : nil
  }

  /// - Parameters:
  ///   - low: the characters from 0x80 to 0xBF; U+0000 where there is none.
  ///   - high: the characters from 0xC0 to 0xFF.
  ///   - leads: the bytes that may begin a sequence.
  private init(_ low: String, _ high: String, leads: [ClosedRange<UInt8>]) {
    continuations = low.unicodeScalars.enumerated().map { $1.value == 0 ? UInt32(0x80 + $0) : $1.value }
    var found: [UInt32: UInt8] = [:]
    for (place, scalar) in high.unicodeScalars.enumerated() where leads.contains(where: { $0.contains(UInt8(0xC0 + place)) }) {
      found[scalar.value] = UInt8(0xC0 + place)
    }
    self.leads = found
  }

  /// Windows-1252, and ISO-8859-1 by its control characters.
  static let western = CodePage(
    "€\0‚ƒ„…†‡ˆ‰Š‹Œ\0Ž\0\0‘’“”•–—˜™š›œ\0žŸ\u{A0}¡¢£¤¥¦§¨©ª«¬\u{AD}®¯°±²³´µ¶·¸¹º»¼½¾¿",
    "ÀÁÂÃÄÅÆÇÈÉÊËÌÍÎÏÐÑÒÓÔÕÖ×ØÙÚÛÜÝÞßàáâãäåæçèéêëìíîïðñòóôõö÷øùúûüýþÿ", leads: [0xC2...0xF4])

  /// Windows-1250.
  static let central = CodePage(
    "€\0‚\0„…†‡\0‰Š‹ŚŤŽŹ\0‘’“”•–—\0™š›śťžź\u{A0}ˇ˘Ł¤Ą¦§¨©Ş«¬\u{AD}®Ż°±˛ł´µ¶·¸ąş»Ľ˝ľż",
    "ŔÁÂĂÄĹĆÇČÉĘËĚÍÎĎĐŃŇÓÔŐÖ×ŘŮÚŰÜÝŢßŕáâăäĺćçčéęëěíîďđńňóôőö÷řůúűüýţ˙", leads: [0xC2...0xF4])

  /// Windows-1251. Of its letters, only those begin a sequence with which Cyrillic letters and the usual signs begin.
  static let cyrillic = CodePage(
    "ЂЃ‚ѓ„…†‡€‰Љ‹ЊЌЋЏђ‘’“”•–—\0™љ›њќћџ\u{A0}ЎўЈ¤Ґ¦§Ё©Є«¬\u{AD}®Ї°±Ііґµ¶·ё№є»јЅѕї",
    "АБВГДЕЖЗИЙКЛМНОПРСТУФХЦЧШЩЪЫЬЭЮЯабвгдежзийклмнопрстуфхцчшщъыьэюя", leads: [0xD0...0xD1, 0xE2...0xE2])
}
