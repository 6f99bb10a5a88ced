internal import SystemPackage

/// A song as it was gathered: where its tokens are, and what is to become of it.
struct SongRecord: Sendable, Hashable {
  enum Fate: UInt8, Sendable {
    case kept, duplicate, nearDuplicate, heldOut
  }

  /// Where its tokens begin among all, as numbered when they came; they end where the next song's begin.
  var start: Int
  var hash: UInt64
  var part: CorpusPart
  var fate = Fate.kept
  /// The part that it goes to, once that is settled: training (0), validation (1) or test (2); `none` for a song that is left out.
  var side = none

  static let none: UInt8 = 3

  /// Whether it is to be dealt out by the options.
  var isCorpus: Bool { part == .corpus && fate == .kept }
}

/// The records of all songs, in order, where the corpus's numbers are: on the disk, or in memory.
///
/// Only a block of them is in memory at a time, so that songs by the million take no more of it than a hundred.
struct SongRecords: Sendable {
  /// How many records are read, or written, at once.
  static let blockSize = 1 << 14
  /// A record is kept as four numbers: `start` in 56 bits, then `side`, `fate` and `part` in two bits each, then the hash.
  private static let numbers = 4

  private var store: NumberStore
  /// The last songs, which are not in the store yet.
  private var tail: [SongRecord] = []
  private(set) var count = 0

  init(in folder: FilePath?) throws(CorpusError) {
    store = try NumberStore(in: folder)
  }

  mutating func append(_ record: SongRecord) throws(CorpusError) {
    if tail.count == Self.blockSize { try seal() }
    tail.append(record)
    count += 1
  }

  /// Changes the hash of the song that came last.
  mutating func setLastHash(_ hash: UInt64) {
    precondition(!tail.isEmpty, "a song must have come")
    tail[tail.count - 1].hash = hash
  }

  /// Puts the last songs into the store; before this, records cannot be read.
  mutating func seal() throws(CorpusError) {
    try store.append(Self.packed(tail))
    tail.removeAll(keepingCapacity: true)
  }

  /// The records of a range.
  func read(_ range: Range<Int>) throws(CorpusError) -> [SongRecord] {
    precondition(tail.isEmpty, "records are read once all are in the store")
    let values = try store.read(range.lowerBound * Self.numbers..<range.upperBound * Self.numbers)
    var records: [SongRecord] = []
    records.reserveCapacity(range.count)
    for place in stride(from: 0, to: values.count, by: Self.numbers) {
      let high = values[place + 1]
      guard let part = CorpusPart(rawValue: UInt8(high >> 28 & 3)), let fate = SongRecord.Fate(rawValue: UInt8(high >> 26 & 3)) else {
        preconditionFailure("records are as they were written")
      }
      records.append(
        SongRecord(
          start: Int(values[place]) | Int(high & 0xFF_FFFF) << 32, hash: UInt64(values[place + 2]) | UInt64(values[place + 3]) << 32,
          part: part, fate: fate, side: UInt8(high >> 24 & 3)))
    }
    return records
  }

  /// One record.
  func read(_ song: Int) throws(CorpusError) -> SongRecord { try read(song..<song + 1)[0] }

  /// Calls `body` for each song in order.
  func forEach(_ body: (_ song: Int, _ record: SongRecord) throws(CorpusError) -> Void) throws(CorpusError) {
    for range in blocks {
      for (offset, record) in try read(range).enumerated() { try body(range.lowerBound + offset, record) }
    }
  }

  /// Calls `body` for each song in order, and keeps what it changes.
  mutating func update(_ body: (_ song: Int, _ record: inout SongRecord) throws(CorpusError) -> Void) throws(CorpusError) {
    for range in blocks {
      let before = try read(range)
      var after = before
      for offset in after.indices { try body(range.lowerBound + offset, &after[offset]) }
      if after != before { try store.replace(at: range.lowerBound * Self.numbers, with: Self.packed(after)) }
    }
  }

  /// Replaces one record.
  mutating func replace(_ song: Int, with record: SongRecord) throws(CorpusError) {
    try store.replace(at: song * Self.numbers, with: Self.packed([record]))
  }

  private var blocks: some Sequence<Range<Int>> {
    let count = count
    return stride(from: 0, to: count, by: Self.blockSize).lazy.map { $0..<Swift.min($0 + Self.blockSize, count) }
  }

  private static func packed(_ records: [SongRecord]) -> [UInt32] {
    var values: [UInt32] = []
    values.reserveCapacity(records.count * numbers)
    for record in records {
      precondition(record.start >> 56 == 0, "tokens are fewer than 2^56")
      let marks = UInt32(record.part.rawValue) << 28 | UInt32(record.fate.rawValue) << 26 | UInt32(record.side) << 24
      values.append(UInt32(truncatingIfNeeded: record.start))
      values.append(UInt32(truncatingIfNeeded: record.start >> 32) | marks)
      values.append(UInt32(truncatingIfNeeded: record.hash))
      values.append(UInt32(truncatingIfNeeded: record.hash >> 32))
    }
    return values
  }
}

extension CorpusReport.Removed {
  /// Counts a song that does not stay.
  mutating func add(_ fate: SongRecord.Fate) {
    switch fate {
    case .duplicate: duplicates += 1
    case .nearDuplicate: nearDuplicates += 1
    case .heldOut: heldOut += 1
    case .kept: break
    }
  }
}
