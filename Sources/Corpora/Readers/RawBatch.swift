/// Bytes to work on at once: pieces of sources, each of whole records.
struct RawBatch: Sendable {
  var bytes: [UInt8] = []
  var pieces: [RawPiece] = []
  /// Bytes read from all sources so far, for progress.
  var bytesRead = 0
}

/// A stretch of one source, cut where no record is cut, except the text of a song that is too long.
struct RawPiece: Sendable {
  /// The source's number in the list.
  var source: Int
  /// Which bytes of the batch.
  var range: Range<Int>
  /// Where the piece begins in the source.
  var offset: Int
  /// Whether the source begins here.
  var isFirst: Bool
  /// Whether the source ends here.
  var isLast: Bool
  /// Whether the piece begins inside a song that the piece before left open.
  var continues = false
  /// Whether it even begins inside a line.
  var continuesLine = false
  /// Whether the piece after it begins inside a song that this one leaves open.
  var isContinued = false
  /// Whether a quoted field that begins before the piece is known not to end in it.
  var quotesHaveNoEnd = false
  /// The encoding that was converted to UTF-8; nil: the source is UTF-8.
  var encoding: String?
  /// What was not valid in that encoding; places are those of the marks in the batch.
  var conversionFaults: [TextConverter.Fault] = []
  /// How the source's table is made up, for CSV.
  var table: CSVTable?
  /// The values of a JSON text that are read one by one.
  var units: [JSONUnit] = []
  /// Lines before the piece and after it that belong to no piece.
  var linesBefore = 0
  var linesAfter = 0
  /// What was wrong with the source as a whole; the line is counted from the piece's first.
  var faults = FaultList()
  /// The songs of the piece, if they were found when it was read: rows that are joined may stand in several pieces.
  var parsed: RecordParser?
  /// What is wrong with the source if it turns out to have no songs and no other faults.
  var faultWithoutSongs: CorpusError?
}
