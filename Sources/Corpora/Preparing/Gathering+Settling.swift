internal import Basics

/// Between the passes: which songs stay, and what each is for.
extension Gathering {
  /// Where the songs' tokens go.
  struct Settlement: Sendable {
    /// A stretch of the gathered numbers, with `<song>` before it or not.
    struct Stretch: Sendable {
      var start: Int
      var count: Int
      var hasBoundary: Bool
      /// The number of the song among all that were gathered; of no meaning without tokens.
      var song = 0
      var total: Int { count + (hasBoundary ? 1 : 0) }
    }

    fileprivate let records: SongRecords
    fileprivate let end: Int
    fileprivate let hasBoundaries: Bool
    /// The stretches of the parts of one text.
    fileprivate var contiguous: [[Stretch]]?
    /// The songs to train on in their order, if it is not that of the files.
    fileprivate var order: [UInt32]?
    fileprivate(set) var songs = CorpusReport.Parts()
    /// Whether the songs to train on are not in the order of the files.
    var isShuffled: Bool { order != nil }
    /// How many gathered numbers all parts have.
    fileprivate(set) var total = 0

    /// The stretches of training (0), validation (1) or test (2), in order; `<song>` comes after the last too.
    func stretches(_ part: Int) -> Stretches { Stretches(settlement: self, part: part) }

    func isEmpty(_ part: Int) -> Bool { contiguous?[part].isEmpty ?? (songs[part] == 0) }
  }

  /// Made as they are asked for: a list of them would take more memory than the songs.
  struct Stretches: Sendable {
    fileprivate let settlement: Settlement
    fileprivate let part: Int
    private var song = 0
    private var hasEnded = false
    /// The records from this song on.
    private var first = 0
    private var block: [SongRecord] = []

    fileprivate init(settlement: Settlement, part: Int) {
      self.settlement = settlement
      self.part = part
    }

    mutating func next() throws(CorpusError) -> Settlement.Stretch? {
      if let contiguous = settlement.contiguous {
        guard song < contiguous[part].count else { return nil }
        defer { song += 1 }
        return contiguous[part][song]
      }
      if part == 0, let order = settlement.order {
        if song < order.count {
          defer { song += 1 }
          let number = Int(order[song])
          let records = try settlement.records.read(number..<min(number + 2, settlement.records.count))
          let end = records.count > 1 ? records[1].start : settlement.end
          return .init(start: records[0].start, count: end - records[0].start, hasBoundary: settlement.hasBoundaries, song: number)
        }
        return endBoundary()
      }
      let count = settlement.songs[part] == 0 ? 0 : settlement.records.count
      while song < count {
        defer { song += 1 }
        // A song ends where the one after it begins.
        if song + 1 >= first + block.count {
          first = song
          block = try settlement.records.read(song..<min(song + SongRecords.blockSize, count))
        }
        let record = block[song - first]
        if record.side == UInt8(part) {
          let end = song + 1 < count ? block[song + 1 - first].start : settlement.end
          return .init(start: record.start, count: end - record.start, hasBoundary: settlement.hasBoundaries, song: song)
        }
      }
      return endBoundary()
    }

    /// The `<song>` after the last song.
    private mutating func endBoundary() -> Settlement.Stretch? {
      if hasEnded || !settlement.hasBoundaries || settlement.songs[part] == 0 { return nil }
      hasEnded = true
      return .init(start: 0, count: 0, hasBoundary: true)
    }
  }

  /// - Throws: `CorpusError.allHeldOut` or `.noValidationSongs`.
  mutating func settle() throws(CorpusError) -> Settlement {
    try removeCopies()
    let validation = options.validation.isEmpty ? options.validationFraction : 0
    let test = options.test.isEmpty ? options.testFraction : 0
    var dealer = CorpusSplit.Dealer(validation: validation, test: test)
    var all = 0, kept = 0
    try songs.forEach { (_, song) throws(CorpusError) in
      if song.part == .corpus { all += 1 }
      guard song.isCorpus else { return }
      kept += 1
      dealer.add(song.hash)
    }
    guard kept > 0 else { throw .allHeldOut(songs: all) }

    let isDealt = (validation > 0 || test > 0) && dealer.isEnough
    var parts = CorpusReport.Parts()
    var total = 0
    // A song's tokens are counted when the next one tells where they end.
    var before: SongRecord?
    func end(_ place: Int) { if let before, before.side != SongRecord.none { total += place - before.start } }
    try songs.update { (_, song) throws(CorpusError) in
      switch song.part {
      case .corpus: song.side = song.fate != .kept ? SongRecord.none : isDealt ? dealer.side(song.hash).rawValue : 0
      case .validation: song.side = 1
      case .test: song.side = 2
      }
      if song.side != SongRecord.none { parts[Int(song.side)] += 1 }
      end(song.start)
      before = song
    }
    end(ids.count)
    var settlement = Settlement(records: songs, end: ids.count, hasBoundaries: !options.specials.isEmpty, songs: parts, total: total)
    if validation > 0 || test > 0, !isDealt { try splitContiguous(&settlement, validation: validation, test: test) }
    if let seed = options.shuffleSeed, settlement.contiguous == nil { settlement.order = try shuffledOrder(seed) }
    return settlement
  }

  /// The numbers of the songs to train on, in an order that is a function of the seed and the songs' texts.
  ///
  /// Memory: 16 bytes a song.
  private func shuffledOrder(_ seed: UInt64) throws(CorpusError) -> [UInt32] {
    var keys: [(key: UInt64, song: UInt32)] = []
    try songs.forEach { (song, record) throws(CorpusError) in
      guard record.side == 0 else { return }
      // Mixed, so that seeds next to each other give orders that have nothing in common.
      keys.append((mixed(record.hash ^ (seed &+ 1) &* goldenRatio), UInt32(song)))
    }
    keys.sort { ($0.key, $0.song) < ($1.key, $1.song) }
    return keys.map(\.song)
  }

  // MARK: - Copies

  /// Marks the copies of songs, the first of which stays, and the songs that are held out too.
  private mutating func removeCopies() throws(CorpusError) {
    let isDeduplicated = options.deduplication != .none && options.tokenization != .whitespace
    var hasHeldOut = false
    try songs.forEach { (_, song) throws(CorpusError) in if song.part != .corpus { hasHeldOut = true } }
    let sweeps = isDeduplicated || hasHeldOut ? (songs.count + limits.hashes - 1) / limits.hashes : 0
    var heldOut: Set<UInt64> = [], seen: Set<UInt64> = []
    var removed = report.removed
    for sweep in 0..<sweeps {
      // Hashes are spread evenly: each sweep takes its part of all that there can be.
      func isTaken(_ hash: UInt64) -> Bool { hash.multipliedFullWidth(by: UInt64(sweeps)).high == UInt64(sweep) }
      heldOut.removeAll(keepingCapacity: true)
      seen.removeAll(keepingCapacity: true)
      if hasHeldOut {
        try songs.forEach { (_, song) throws(CorpusError) in if song.part != .corpus, isTaken(song.hash) { heldOut.insert(song.hash) } }
      }
      try songs.update { (_, song) throws(CorpusError) in
        guard song.part == .corpus, isTaken(song.hash) else { return }
        // A model must not be measured on what it was trained on.
        if heldOut.contains(song.hash) {
          song.fate = .heldOut
        } else if isDeduplicated, !seen.insert(song.hash).inserted {
          song.fate = .duplicate
        }
        removed.add(song.fate)
      }
    }
    report.removed = removed
    if case .near(let threshold) = options.deduplication, isNear { try removeNearCopies(threshold) }
  }

  /// Compares the songs that are equal in a band of their signatures; of near copies the first stays, and one that is held out before
  /// all others.
  ///
  /// Memory: 16 bytes a song, and about as much for each pair that is compared.
  private mutating func removeNearCopies(_ threshold: Double) throws(CorpusError) {
    var pairs: Set<UInt64> = []
    // A song's place: its number, after those of all songs that are held out.
    let corpus: UInt32 = 1 << 31
    let block = 1 << 14
    for band in 0..<MinHash.bands {
      var keys: [(key: UInt64, place: UInt32)] = []
      keys.reserveCapacity(songs.count)
      var cached = 0..<0
      var values: [UInt32] = []
      try songs.forEach { (song, record) throws(CorpusError) in
        guard record.fate == .kept else { return }
        if !cached.contains(song) {
          cached = song..<min(song + block, songs.count)
          values = try signatures.read(cached.lowerBound * MinHash.numbers..<cached.upperBound * MinHash.numbers)
        }
        // Two numbers hold a band's four places.
        let first = (song - cached.lowerBound) * MinHash.numbers + band * 2
        let key = UInt64(values[first]) << 32 | UInt64(values[first + 1])
        // Nothing is like what has no words.
        if key != 0 { keys.append((key, UInt32(song) | (record.part == .corpus ? corpus : 0))) }
      }
      keys.sort { ($0.key, $0.place) < ($1.key, $1.place) }
      var start = 0
      while start < keys.count {
        var end = start + 1
        while end < keys.count, keys[end].key == keys[start].key { end += 1 }
        // Each is compared with the first few of its group: enough for copies of one song, and bounded for a common refrain.
        for place in start + 1..<max(end, start + 1) {
          for other in start..<min(place, start + 8) { pairs.insert(UInt64(keys[place].place) << 32 | UInt64(keys[other].place)) }
        }
        start = end
      }
    }
    for pair in pairs.sorted() {
      let later = Int(pair >> 32 & 0x7FFF_FFFF)
      let earlier = Int(pair & 0x7FFF_FFFF)
      var record = try songs.read(later)
      let other = try songs.read(earlier)
      guard record.part == .corpus, record.fate == .kept, other.fate == .kept else { continue }
      let first = try signature(of: earlier), second = try signature(of: later)
      if MinHash.similarity(first, second) >= threshold {
        record.fate = other.part == .corpus ? .nearDuplicate : .heldOut
        report.removed.add(record.fate)
        try songs.replace(later, with: record)
      }
    }
  }

  private func signature(of song: Int) throws(CorpusError) -> [UInt32] {
    try signatures.read(song * MinHash.numbers..<(song + 1) * MinHash.numbers)
  }

  // MARK: - One text

  /// Few songs are one text, whose last tokens are held out.
  private func splitContiguous(_ settlement: inout Settlement, validation: Double, test: Double) throws(CorpusError) {
    let all = try Self.list(settlement.stretches(0))
    let count = all.reduce(0) { $0 + $1.total }
    // One token is none to predict.
    let validationCount = validation > 0 ? max(2, Int(Double(count) * validation)) : 0
    let testCount = test > 0 ? max(2, Int(Double(count) * test)) : 0
    let cut = count - validationCount - testCount
    guard cut >= 2 else { throw .noValidationSongs(fraction: validation + test, tokens: count) }
    var rest = all[...]
    var parts: [[Settlement.Stretch]] = [Self.take(cut, of: &rest), [], []]
    parts[1] = Self.take(validationCount, of: &rest)
    parts[2] = Array(rest)
    // What was given for validation or test besides is a part of its own.
    for part in 1...2 where parts[part].isEmpty {
      parts[part] = try Self.list(settlement.stretches(part))
    }
    settlement.contiguous = parts
  }

  private static func list(_ stretches: Stretches) throws(CorpusError) -> [Settlement.Stretch] {
    var stretches = stretches
    var list: [Settlement.Stretch] = []
    while let stretch = try stretches.next() { list.append(stretch) }
    return list
  }

  /// The first tokens of stretches, which are cut where they have to be.
  private static func take(_ count: Int, of stretches: inout ArraySlice<Settlement.Stretch>) -> [Settlement.Stretch] {
    var taken: [Settlement.Stretch] = []
    var count = count
    while count > 0, let first = stretches.popFirst() {
      if first.total <= count {
        taken.append(first)
        count -= first.total
      } else {
        let kept = count - (first.hasBoundary ? 1 : 0)
        taken.append(.init(start: first.start, count: kept, hasBoundary: first.hasBoundary, song: first.song))
        let rest = Settlement.Stretch(start: first.start + kept, count: first.count - kept, hasBoundary: false, song: first.song)
        stretches.insert(rest, at: stretches.startIndex)
        count = 0
      }
    }
    return taken
  }
}
