internal import SystemPackage

/// The cleaned texts of gathered songs, on the disk or in memory, until it is known which songs stay.
struct SongTexts: Sendable {
  /// A song, or a piece of a long one.
  struct Piece: Sendable {
    var song: Int
    var source: Int
    var line: Int
    var text: [UInt8]
  }

  /// A piece is kept as the song's number in two numbers, source, line and bytes in one each, and then four bytes in each.
  private static let headCount = 5
  private static let blockSize = 1 << 18

  private var store: NumberStore
  /// The last pieces, which are not in the store yet.
  private var tail: [UInt32] = []

  init(in folder: FilePath?) throws(CorpusError) { store = try NumberStore(in: folder) }

  mutating func append(_ piece: Piece) throws(CorpusError) {
    tail += [
      UInt32(truncatingIfNeeded: piece.song), UInt32(truncatingIfNeeded: piece.song >> 32), UInt32(piece.source),
      UInt32(clamping: piece.line),
      UInt32(piece.text.count),
    ]
    var index = 0
    while index < piece.text.count {
      var number: UInt32 = 0
      for place in 0..<min(4, piece.text.count - index) { number |= UInt32(piece.text[index + place]) << UInt32(8 * place) }
      tail.append(number)
      index += 4
    }
    if tail.count >= Self.blockSize { try seal() }
  }

  /// Puts the last pieces into the store; before this, they cannot be read.
  mutating func seal() throws(CorpusError) {
    try store.append(tail)
    tail.removeAll(keepingCapacity: true)
  }

  /// Calls `body` for each piece in order.
  func forEach(_ body: (Piece) throws -> Void) throws {
    precondition(tail.isEmpty, "texts are read once all are in the store")
    var block: [UInt32] = []
    var first = 0, place = 0
    /// The numbers of a range, which are read in large blocks.
    func numbers(_ range: Range<Int>) throws(CorpusError) -> ArraySlice<UInt32> {
      if range.upperBound > first + block.count || range.lowerBound < first {
        first = range.lowerBound
        block = try store.read(first..<min(max(range.upperBound, first + Self.blockSize), store.count))
      }
      return block[range.lowerBound - first..<range.upperBound - first]
    }
    while place < store.count {
      let head = Array(try numbers(place..<place + Self.headCount)), count = Int(head[4])
      place += Self.headCount
      let end = place + (count + 3) / 4
      var text: [UInt8] = []
      text.reserveCapacity(count + 3)
      for number in try numbers(place..<end) {
        for shift in [UInt32(0), 8, 16, 24] { text.append(UInt8(truncatingIfNeeded: number >> shift)) }
      }
      text.removeLast(text.count - count)
      try body(Piece(song: Int(head[0]) | Int(head[1]) << 32, source: Int(head[2]), line: Int(head[3]), text: text))
      place = end
    }
  }
}
