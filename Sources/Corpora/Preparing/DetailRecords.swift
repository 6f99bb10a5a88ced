internal import SystemPackage

/// The details of gathered songs, in the order in which the songs came: on the disk or in memory, until it is known which songs stay.
///
/// Nothing is kept for the songs before the first that has details, so that a corpus without them costs nothing.
struct DetailRecords: Sendable {
  /// How many records are read at once where songs are read in their order.
  static let blockSize = 256
  private static let tailSize = 1 << 16

  /// Two numbers a song: where its record begins among ``numbers``.
  private var starts: NumberStore
  /// A record's number of bytes, and then four bytes in each; nothing for a song without details.
  private var numbers: NumberStore
  private var tails: (starts: [UInt32], numbers: [UInt32]) = ([], [])
  /// How many songs came before the first that has details.
  private var leading = 0
  private var place = 0
  private(set) var count = 0

  init(in folder: FilePath?) throws(CorpusError) {
    starts = try NumberStore(in: folder)
    numbers = try NumberStore(in: folder)
  }

  /// Whether no song has details.
  var isEmpty: Bool { leading == count }

  mutating func append(_ record: [UInt8]) throws(CorpusError) {
    defer { count += 1 }
    if isEmpty, record.isEmpty {
      leading += 1
      return
    }
    tails.starts += [UInt32(truncatingIfNeeded: place), UInt32(truncatingIfNeeded: place >> 32)]
    if !record.isEmpty {
      let before = tails.numbers.count
      tails.numbers.append(UInt32(record.count))
      for start in stride(from: 0, to: record.count, by: 4) {
        var number: UInt32 = 0
        for index in start..<min(start + 4, record.count) { number |= UInt32(record[index]) << UInt32(8 * (index - start)) }
        tails.numbers.append(number)
      }
      place += tails.numbers.count - before
    }
    if tails.starts.count + tails.numbers.count >= Self.tailSize { try seal() }
  }

  /// Puts the last records into the stores; before this, they cannot be read.
  mutating func seal() throws(CorpusError) {
    try starts.append(tails.starts)
    try numbers.append(tails.numbers)
    tails.starts.removeAll(keepingCapacity: true)
    tails.numbers.removeAll(keepingCapacity: true)
  }

  /// The records of a range of songs.
  private func read(_ songs: Range<Int>) throws(CorpusError) -> [[UInt8]] {
    precondition(tails.starts.isEmpty, "records are read once all are in the store")
    var records = [[UInt8]](repeating: [], count: max(0, min(leading, songs.upperBound) - songs.lowerBound))
    let first = max(0, songs.lowerBound - leading), last = songs.upperBound - leading
    guard last > first else { return records }
    let values = try starts.read(2 * first..<min(2 * (last + 1), starts.count))
    func start(_ song: Int) -> Int {
      let index = 2 * (song - first)
      return index < values.count ? Int(values[index]) | Int(values[index + 1]) << 32 : numbers.count
    }
    let base = start(first)
    let block = try numbers.read(base..<start(last))
    for song in first..<last {
      let range = start(song) - base..<start(song + 1) - base
      var record: [UInt8] = []
      if !range.isEmpty {
        record.reserveCapacity(4 * range.count)
        for number in block[range.dropFirst()] {
          for shift in [UInt32(0), 8, 16, 24] { record.append(UInt8(truncatingIfNeeded: number >> shift)) }
        }
        record.removeLast(record.count - Int(block[range.lowerBound]))
      }
      records.append(record)
    }
    return records
  }

  /// Reads records one by one, those of neighbouring songs at once.
  struct Reader {
    let records: DetailRecords
    /// 1 if songs are not read in their order.
    var blockSize = DetailRecords.blockSize
    private var first = 0
    private var block: [[UInt8]] = []

    init(_ records: DetailRecords, blockSize: Int = DetailRecords.blockSize) {
      self.records = records
      self.blockSize = blockSize
    }

    mutating func record(of song: Int) throws(CorpusError) -> [UInt8] {
      if song < first || song >= first + block.count {
        first = song
        block = try records.read(song..<min(song + blockSize, records.count))
      }
      return block[song - first]
    }
  }
}

/// What is carried of the songs that stay, part by part in the order of their tokens.
struct CarriedSongs: Sendable {
  let settlement: Gathering.Settlement
  let records: DetailRecords
  /// The names of the kept columns.
  let columns: [String]

  /// Hands on the records, each with its length before it, in pieces of some size.
  ///
  /// - Returns: what they are, and where every 64th begins.
  /// - Throws: `CorpusError`; what `take` throws.
  func write(_ take: ([UInt8]) throws -> Void) throws -> (summary: SongCatalog.Summary, index: [UInt8]) {
    var index: [UInt8] = []
    var counts = [Int](repeating: 0, count: DetailRecord.fixedColumns.count + columns.count)
    var songs = [0, 0, 0]
    var place = 0, total = 0
    var piece: [UInt8] = []
    for part in 0..<3 {
      var reader = DetailRecords.Reader(records, blockSize: part == 0 && settlement.isShuffled ? 1 : DetailRecords.blockSize)
      var stretches = settlement.stretches(part)
      while let stretch = try stretches.next() {
        guard stretch.count > 0 else { continue }
        if total.isMultiple(of: SongCatalog.indexStep) { index.append(littleEndian: UInt64(place + piece.count)) }
        let record = try reader.record(of: stretch.song)
        DetailRecord.append(record.count, to: &piece)
        piece += record
        DetailRecord.forEachColumn(record) { counts[$0] += 1 }
        songs[part] += 1
        total += 1
        if piece.count >= 1 << 16 {
          try take(piece)
          place += piece.count
          piece.removeAll(keepingCapacity: true)
        }
      }
    }
    try take(piece)
    let names = DetailRecord.fixedColumns + columns
    let summary = SongCatalog.Summary(columns: zip(names, counts).map { .init(name: $0, songs: $1) }, songs: songs)
    return (summary, index)
  }
}
