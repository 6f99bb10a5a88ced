/// Between the passes: which songs stay, and what each is for.
extension Gathering {
  /// Where the songs' tokens go.
  struct Settlement: Sendable {
    /// A stretch of the gathered numbers, with `<song>` before it or not.
    struct Stretch: Sendable {
      var start: Int
      var count: Int
      var hasBoundary: Bool
      var total: Int { count + (hasBoundary ? 1 : 0) }
    }

    fileprivate let records: [SongRecord]
    fileprivate let end: Int
    fileprivate let hasBoundaries: Bool
    /// Each song's part, or `none`.
    fileprivate var sides: [UInt8] = []
    /// The stretches of the parts of one text.
    fileprivate var contiguous: [[Stretch]]?
    fileprivate(set) var songs = CorpusReport.Parts()

    fileprivate static let none: UInt8 = 3

    /// The stretches of the songs that were given for a part.
    fileprivate func given(_ part: Int) -> Stretches {
      var given = self
      for side in sides where side == UInt8(part) { given.songs[part] += 1 }
      return given.stretches(part)
    }

    /// The stretches of training (0), validation (1) or test (2), in order; `<song>` comes after the last too.
    func stretches(_ part: Int) -> Stretches { Stretches(settlement: self, part: part) }

    func isEmpty(_ part: Int) -> Bool { contiguous?[part].isEmpty ?? (songs[part] == 0) }

    /// How many gathered numbers all parts have.
    var total: Int { (0..<3).reduce(0) { sum, part in stretches(part).reduce(sum) { $0 + $1.count } } }
  }

  /// Made as they are asked for: a list of them would take more memory than the songs.
  struct Stretches: Sequence, IteratorProtocol, Sendable {
    fileprivate let settlement: Settlement
    fileprivate let part: Int
    private var song = 0
    private var hasEnded = false

    fileprivate init(settlement: Settlement, part: Int) {
      (self.settlement, self.part) = (settlement, part)
    }

    mutating func next() -> Settlement.Stretch? {
      if let contiguous = settlement.contiguous {
        guard song < contiguous[part].count else { return nil }
        defer { song += 1 }
        return contiguous[part][song]
      }
      let records = settlement.records
      while song < records.count {
        defer { song += 1 }
        if settlement.sides[song] == UInt8(part) {
          let end = song + 1 < records.count ? records[song + 1].start : settlement.end
          return .init(start: records[song].start, count: end - records[song].start, hasBoundary: settlement.hasBoundaries)
        }
      }
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
    var settlement = Settlement(records: songs, end: ids.count, hasBoundaries: !options.specials.isEmpty)
    settlement.sides = songs.map { song in
      switch song.part {
      case .corpus: song.fate == .kept ? 0 : Settlement.none
      case .validation: 1
      case .test: 2
      }
    }
    if validation > 0 || test > 0 {
      let kept = songs.lazy.filter { $0.part == .corpus && $0.fate == .kept }.map(\.hash)
      if let dealt = CorpusSplit.sides(Array(kept), validation: validation, test: test) {
        var next = 0
        for song in songs.indices where songs[song].part == .corpus && songs[song].fate == .kept {
          settlement.sides[song] = dealt[next].rawValue
          next += 1
        }
      } else {
        try splitContiguous(&settlement, validation: validation, test: test)
      }
    }
    for side in settlement.sides where side != Settlement.none { settlement.songs[Int(side)] += 1 }
    return settlement
  }

  // MARK: - Copies

  private mutating func removeCopies() throws(CorpusError) {
    let isDeduplicated = options.deduplication != .none && options.tokenization != .whitespace
    var all = 0
    // Songs with one hash come together, the first of them first, and one that is held out before all others.
    var order = songs.indices.map { UInt32($0) }
    order.sort { first, second in
      let (a, b) = (songs[Int(first)], songs[Int(second)])
      if a.hash != b.hash { return a.hash < b.hash }
      if (a.part == .corpus) != (b.part == .corpus) { return a.part != .corpus }
      return first < second
    }
    var kept: SongRecord?
    for number in order {
      let song = songs[Int(number)]
      if song.part == .corpus {
        all += 1
        // A model must not be measured on what it was trained on.
        if let kept, kept.hash == song.hash {
          if kept.part != .corpus {
            setFate(.heldOut, of: Int(number))
          } else if isDeduplicated {
            setFate(.duplicate, of: Int(number))
          }
          continue
        }
      }
      kept = song
    }
    if case .near(let threshold) = options.deduplication, isNear { try removeNearCopies(threshold) }
    guard songs.contains(where: { $0.part == .corpus && $0.fate == .kept }) else { throw .allHeldOut(songs: all) }
  }

  /// Compares the songs that are equal in a band of their signatures; of near copies the first stays, and one that is held out before
  /// all others.
  private mutating func removeNearCopies(_ threshold: Double) throws(CorpusError) {
    var pairs: Set<UInt64> = []
    let order = songs.indices.filter { songs[$0].fate == .kept }
      .sorted { (songs[$0].part == .corpus ? 1 : 0, $0) < (songs[$1].part == .corpus ? 1 : 0, $1) }
    let block = 1 << 16
    for band in 0..<MinHash.bands {
      var keys: [(key: UInt64, place: UInt32)] = []
      keys.reserveCapacity(order.count)
      var cached = 0..<0
      var values: [UInt32] = []
      for (place, song) in order.enumerated() {
        if !cached.contains(song) {
          cached = song..<min(song + block, songs.count)
          values = try signatures.read(cached.lowerBound * MinHash.numbers..<cached.upperBound * MinHash.numbers)
        }
        // Two numbers hold a band's four places.
        let first = (song - cached.lowerBound) * MinHash.numbers + band * 2
        let key = UInt64(values[first]) << 32 | UInt64(values[first + 1])
        // Nothing is like what has no words.
        if key != 0 { keys.append((key, UInt32(place))) }
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
      let (later, earlier) = (order[Int(pair >> 32)], order[Int(pair & 0xFFFF_FFFF)])
      guard songs[later].part == .corpus, songs[later].fate == .kept, songs[earlier].fate == .kept else { continue }
      let first = try signature(of: earlier), second = try signature(of: later)
      if MinHash.similarity(first, second) >= threshold {
        setFate(songs[earlier].part == .corpus ? .nearDuplicate : .heldOut, of: later)
      }
    }
  }

  private func signature(of song: Int) throws(CorpusError) -> [UInt32] {
    try signatures.read(song * MinHash.numbers..<(song + 1) * MinHash.numbers)
  }

  // MARK: - One text

  /// Few songs are one text, whose last tokens are held out.
  private func splitContiguous(_ settlement: inout Settlement, validation: Double, test: Double) throws(CorpusError) {
    var all: [Settlement.Stretch] = []
    for song in songs.indices where songs[song].part == .corpus && songs[song].fate == .kept {
      all.append(.init(start: songs[song].start, count: tokenCount(song), hasBoundary: settlement.hasBoundaries))
    }
    if settlement.hasBoundaries { all.append(.init(start: 0, count: 0, hasBoundary: true)) }
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
      parts[part] = Array(settlement.given(part))
    }
    settlement.contiguous = parts
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
        taken.append(.init(start: first.start, count: kept, hasBoundary: first.hasBoundary))
        stretches.insert(.init(start: first.start + kept, count: first.count - kept, hasBoundary: false), at: stretches.startIndex)
        count = 0
      }
    }
    return taken
  }
}
