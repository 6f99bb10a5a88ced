/// Finds and repeats the lines that a mark on a line of its own stands for: those since the last blank line, tag or such mark.
///
/// Marks in a row repeat the same lines: they do not multiply, and the largest number counts.
struct RepeatedStanza {
  /// The place in the output before which no line is repeated: the beginning of the song, or the end of the last mark or dropped tag.
  private var barrier: Int
  /// The lines that the last mark repeated, where their copies end, and how many there are.
  private var last: (lines: Range<Int>, end: Int, copies: Int)?
  /// Lines at the end that belong to one stanza, found for a mark that was kept: they are not searched again.
  private var known: Range<Int>?

  /// - Parameter start: where the song begins in the output.
  init(from start: Int) { barrier = start }

  /// Notes that the lines written so far belong to an earlier stanza.
  mutating func end(_ output: [UInt8]) {
    barrier = output.count
    known = nil
  }

  /// Writes copies of the stanza until there are `count` in all.
  ///
  /// - Parameter room: how many bytes may be added.
  /// - Returns: whether there was room; if not, nothing is written.
  mutating func repeats(_ count: Int, _ output: inout [UInt8], room: Int) -> Bool {
    var lines = begin(output)..<output.count
    var copies = 1
    if let last, last.end == output.count {
      lines = last.lines
      copies = last.copies
    }
    if !lines.isEmpty, count > copies {
      // A copy takes one more byte, for the line end before it. The count may be huge, so dividing avoids an overflow.
      guard count - copies <= room / (lines.count + 1) else {
        known = lines
        return false
      }
      let stanza = Array(output[lines])
      for _ in copies..<count {
        output.append(newlineByte)
        output += stanza
      }
      copies = count
    }
    if !lines.isEmpty { last = (lines, output.count, copies) }
    end(output)
    return true
  }

  /// Where the stanza at the end of the output begins.
  private func begin(_ output: [UInt8]) -> Int {
    let floor = known?.upperBound ?? barrier
    var begin = output.count
    while begin > floor {
      var line = begin - 1
      while line > floor, output[line - 1] != newlineByte { line -= 1 }
      let lineEnd = begin == output.count ? output.count : begin - 1
      // The line end after the known lines does not make a blank line.
      if line == known?.upperBound, line + 1 >= begin { break }
      if line >= lineEnd || output[line] == UInt8(ascii: "[") { return begin }
      begin = line
    }
    return known?.lowerBound ?? begin
  }
}
