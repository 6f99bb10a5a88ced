/// Between the passes: how often each token comes, and how long lines and songs are.
struct Counting {
  /// How often each gathered number comes in the training part.
  private(set) var counts: [Int]
  private(set) var lines = 0
  private var lineLengths: [Int: Int] = [:]
  private var songLengths: [Int: Int] = [:]

  /// About how many numbers are read at once.
  static let blockSize = 1 << 19

  /// Reads the numbers of all parts once.
  ///
  /// - Throws: `CorpusError`; what `progress` throws.
  init(
    _ gathering: Gathering, _ settlement: Gathering.Settlement, workers: Int, progress: (PreparationProgress) throws -> Void
  ) throws {
    counts = [Int](repeating: 0, count: gathering.table.count + 1)
    let newline = gathering.table.id(
      of: gathering.options.tokenization == .bpe ? "\n" : Tokenizer.newlineToken(gathering.options.tokenization)
    )
    .map { UInt32($0) + 1 }
    let ids = gathering.ids
    let total = settlement.total
    var done = 0
    for part in 0..<3 {
      var stretches = settlement.stretches(part)
      while let stretch = try stretches.next() {
        if stretch.hasBoundary, stretch.count > 0 { songLengths[stretch.count, default: 0] += 1 }
      }
      var blocks = Blocks(settlement.stretches(part))
      // The tokens so far of a line that continues in the next block.
      var interrupted = 0
      try inOrder(
        workers: workers, next: { try blocks.next() }, state: { () },
        process: { (_, block) in try Numbers(block, from: ids, newline: newline) },
        take: { numbers in
          if part == 0 { for id in numbers.ids { self.counts[Int(id)] += 1 } }
          self.add(numbers, &interrupted)
          done += numbers.ids.count
          try progress(.init(phase: .counting, done: done, total: total, songs: gathering.songs.count))
        })
    }
  }

  /// Counts the lines of a block.
  ///
  /// - Parameter interrupted: the tokens so far of the line that continues from the block before; on return, of the line that continues in
  ///   the next block.
  private mutating func add(_ numbers: Numbers, _ interrupted: inout Int) {
    for (length, count) in numbers.lineLengths.enumerated() where count > 0 { end(length, count) }
    for length in numbers.longLines { end(length) }
    if let first = numbers.first {
      end(interrupted + first)
      interrupted = numbers.last
    } else {
      interrupted += numbers.last
    }
    if !numbers.isCut {
      end(interrupted)
      interrupted = 0
    }
  }

  /// Counts lines of one length. Blank lines do not count.
  private mutating func end(_ length: Int, _ count: Int = 1) {
    if length == 0 { return }
    lines += count
    lineLengths[length, default: 0] += count
  }

  func fill(_ report: inout CorpusReport) {
    report.lines = lines
    report.lineLengths = .init(lineLengths)
    report.songLengths = .init(songLengths)
  }

  /// The numbers of a block, and the lengths of its lines.
  private struct Numbers: Sendable {
    var ids: [UInt32]
    /// How many whole lines have each length, for lengths below the array's size.
    var lineLengths = [Int](repeating: 0, count: 1 << 10)
    /// The lengths of longer whole lines.
    var longLines: [Int] = []
    /// The tokens up to the first line end, which may be the rest of a line that began in the block before; nil: there is no line end.
    var first: Int?
    /// The tokens after the last end of a line or a song.
    var last = 0
    /// Whether the block ends in the middle of a song.
    var isCut: Bool

    init(_ block: Blocks.Block, from store: NumberStore, newline: UInt32?) throws(CorpusError) {
      ids = try block.stretches.read(from: store)
      isCut = block.isCut
      var index = 0
      for (position, stretch) in block.stretches.enumerated() where stretch.count > 0 {
        if position > 0 || !block.isContinuation { end() }
        for id in ids[index..<index + stretch.count] {
          if id == newline { end() } else { last += 1 }
        }
        index += stretch.count
      }
    }

    private mutating func end() {
      if first == nil {
        first = last
      } else if last < lineLengths.count {
        lineLengths[last] += 1
      } else {
        longLines.append(last)
      }
      last = 0
    }
  }
}

/// Deals stretches out in blocks of about equal size; a long one is cut.
struct Blocks {
  /// Stretches that are read at once.
  struct Block: Sendable {
    var stretches: [Gathering.Settlement.Stretch] = []
    /// Whether the first stretch is the rest of the last one of the block before.
    var isContinuation = false
    /// Whether the last stretch continues in the next block.
    var isCut = false
  }

  private var stretches: Gathering.Stretches
  /// What is left of a stretch that was cut.
  private var rest: Gathering.Settlement.Stretch?

  init(_ stretches: Gathering.Stretches) {
    self.stretches = stretches
  }

  mutating func next() throws(CorpusError) -> Block? {
    var block = Block(isContinuation: rest != nil)
    var count = 0
    while count < Counting.blockSize {
      var next = rest
      if next == nil { next = try stretches.next() }
      guard var stretch = next else { break }
      rest = nil
      let room = Counting.blockSize - count
      if stretch.count > room {
        rest = .init(start: stretch.start + room, count: stretch.count - room, hasBoundary: false)
        stretch.count = room
      }
      block.stretches.append(stretch)
      count += stretch.count + 1
    }
    block.isCut = rest != nil
    return block.stretches.isEmpty ? nil : block
  }
}

extension [Gathering.Settlement.Stretch] {
  /// The gathered numbers of these stretches, those that are neighbours read at once.
  func read(from store: NumberStore) throws(CorpusError) -> [UInt32] {
    var ids: [UInt32] = []
    ids.reserveCapacity(reduce(0) { $0 + $1.count })
    var range = 0..<0
    for stretch in self where stretch.count > 0 {
      if stretch.start == range.upperBound, !range.isEmpty {
        range = range.lowerBound..<stretch.start + stretch.count
      } else {
        if !range.isEmpty { ids += try store.read(range) }
        range = stretch.start..<stretch.start + stretch.count
      }
    }
    if !range.isEmpty { ids += try store.read(range) }
    return ids
  }
}
