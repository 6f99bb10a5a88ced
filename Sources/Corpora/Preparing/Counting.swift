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
      try inOrder(
        workers: workers, next: { try blocks.next() }, state: { () },
        process: { (_, block) in try Numbers(block, from: ids, newline: newline) },
        take: { numbers in
          if part == 0 { for id in numbers.ids { self.counts[Int(id)] += 1 } }
          for (length, count) in numbers.lineLengths.enumerated() where count > 0 { self.lineLengths[length, default: 0] += count }
          self.lines += numbers.lines
          done += numbers.ids.count
          try progress(.init(phase: .counting, done: done, total: total, songs: gathering.songs.count))
        })
    }
  }

  func fill(_ report: inout CorpusReport) {
    report.lines = lines
    report.lineLengths = .init(lineLengths)
    report.songLengths = .init(songLengths)
  }

  /// The numbers of a block, and the lengths of its lines.
  private struct Numbers: Sendable {
    var ids: [UInt32]
    var lines = 0
    /// By length; the last place is for all that are longer.
    var lineLengths = [Int](repeating: 0, count: 1 << 10)

    init(_ block: [Gathering.Settlement.Stretch], from store: NumberStore, newline: UInt32?) throws(CorpusError) {
      ids = try block.read(from: store)
      var index = 0
      for stretch in block where stretch.count > 0 {
        var length = 0
        for id in ids[index..<index + stretch.count] {
          if id == newline {
            end(length)
            length = 0
          } else {
            length += 1
          }
        }
        if length > 0 { end(length) }
        index += stretch.count
      }
    }

    private mutating func end(_ length: Int) {
      // A blank line is none.
      if length == 0 { return }
      lines += 1
      lineLengths[min(length, lineLengths.count - 1)] += 1
    }
  }
}

/// Deals stretches out in blocks of about equal size; a long one is cut.
struct Blocks {
  private var stretches: Gathering.Stretches
  /// What is left of a stretch that was cut.
  private var rest: Gathering.Settlement.Stretch?

  init(_ stretches: Gathering.Stretches) {
    self.stretches = stretches
  }

  mutating func next() throws(CorpusError) -> [Gathering.Settlement.Stretch]? {
    var block: [Gathering.Settlement.Stretch] = []
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
      block.append(stretch)
      count += stretch.count + 1
    }
    return block.isEmpty ? nil : block
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
