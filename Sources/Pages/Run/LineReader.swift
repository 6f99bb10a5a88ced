internal import Files
internal import SystemPackage

/// Reads a file line by line in bounded memory.
enum LineReader {
  /// A line, without its end.
  struct Line {
    var bytes: ArraySlice<UInt8>
    /// Whether the line is longer than the reader takes; its bytes are then its beginning.
    var isCut = false
    /// Whether a line feed ends it. The last line of a file that is being written may be half there.
    var isEnded = true
  }

  /// Calls `body` for each line.
  ///
  /// - Parameter longest: the most bytes of a line that are kept.
  /// - Throws: `FileError`, or what `body` throws.
  static func forEachLine(of path: FilePath, longest: Int, _ body: (Line) throws -> Void) throws {
    let file = try SequentialFile(path)
    let piece = 1 << 20
    var bytes: [UInt8] = []
    // The beginning of a line that is too long; its rest is passed over.
    var cut: [UInt8]?
    while true {
      let found = try file.read(appendingTo: &bytes, atMost: piece)
      var start = 0
      while let end = bytes[start...].firstIndex(of: UInt8(ascii: "\n")) {
        let line = bytes[start..<end]
        if let beginning = cut {
          try body(Line(bytes: beginning[...], isCut: true))
          cut = nil
        } else {
          try body(line.count > longest ? Line(bytes: line.prefix(longest), isCut: true) : Line(bytes: line))
        }
        start = end + 1
      }
      bytes.removeFirst(start)
      if cut != nil {
        bytes = []
      } else if bytes.count > longest {
        cut = Array(bytes.prefix(longest))
        bytes = []
      }
      if found < piece { break }
    }
    if let cut { try body(Line(bytes: cut[...], isCut: true, isEnded: false)) }
    if !bytes.isEmpty { try body(Line(bytes: bytes[...], isEnded: false)) }
  }
}
