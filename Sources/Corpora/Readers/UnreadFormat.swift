/// Formats that are recognized and not read: as text they would be songs of numbers and marks.
enum UnreadFormat: String {
  case ttml = "TTML"
  case musicXML = "MusicXML"
  case ultraStar = "an UltraStar song"
  case subStation = "SubStation Alpha subtitles"
  case rtf = "RTF"
  case pdf = "a PDF file"

  /// The most bytes that are looked at.
  private static let longestBeginning = 4_096

  /// Nil for a text of no such format.
  init?(_ text: Span<UInt8>, _ range: Range<Int>) {
    var start = CSVScanner.afterMark(text, range)
    while start < range.upperBound, text[start] <= 0x20 { start += 1 }
    guard start < range.upperBound else { return nil }
    let end = min(range.upperBound, start + Self.longestBeginning)
    func begins(_ pattern: String) -> Bool { Residue.has(Array(pattern.utf8), text, start, end) }
    func has(_ pattern: String) -> Bool { Residue.first(Array(pattern.utf8), text, start..<end) != nil }
    switch text[start] {
    case UInt8(ascii: "<"):
      guard begins("<?xml") || begins("<tt") || begins("<!DOCTYPE score") || begins("<score-") else { return nil }
      if has("<score-partwise") || has("<score-timewise") {
        self = .musicXML
      } else if has("<tt ") || has("<tt>") || has("<tt:tt") {
        // HTML has a tag of this name too.
        guard begins("<?xml") || has("ttml") || has("<body") else { return nil }
        self = .ttml
      } else {
        return nil
      }
    case UInt8(ascii: "#"):
      guard has("#TITLE:") || has("#ARTIST:"), has("#BPM:") || has("#GAP:") || has("#MP3:") || has("#AUDIO:") else { return nil }
      self = .ultraStar
    case UInt8(ascii: "["):
      guard begins("[Script Info]") else { return nil }
      self = .subStation
    case UInt8(ascii: "{"):
      guard begins("{\\rtf") else { return nil }
      self = .rtf
    case UInt8(ascii: "%"):
      guard begins("%PDF-") else { return nil }
      self = .pdf
    default: return nil
    }
  }
}
