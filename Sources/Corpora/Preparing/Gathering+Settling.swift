/// Between the passes: which songs stay, and what each is for.
extension Gathering {
  /// Where the songs' tokens go: the stretches of the numbers that make up each part.
  struct Settlement: Sendable {
    /// A stretch of the gathered numbers, with `<song>` before it or not.
    struct Stretch: Sendable {
      var start: Int
      var count: Int
      var hasBoundary: Bool
      var total: Int { count + (hasBoundary ? 1 : 0) }
    }

    /// Training, validation and test.
    var parts: [[Stretch]] = [[], [], []]
    var songs = CorpusReport.Parts()
    /// Whether the parts are pieces of one text.
    var isContiguous = false
  }

  /// - Throws: `CorpusError.allHeldOut` or `.noValidationSongs`; what `progress` throws.
  mutating func settle() throws(CorpusError) -> Settlement {
    try removeCopies()
    let corpus = songs.indices.filter { songs[$0].part == .corpus && songs[$0].fate == .kept }
    let isGiven = options.validation.isEmpty ? 0 : 1
    let validation = isGiven == 1 ? 0 : options.validationFraction
    let test = options.test.isEmpty ? options.testFraction : 0
    var settlement = Settlement()
    func add(_ song: Int, to part: Int) {
      append(song, to: &settlement.parts[part])
      settlement.songs[part] += 1
    }
    if validation > 0 || test > 0 {
      if let sides = CorpusSplit.sides(corpus.map { songs[$0].hash }, validation: validation, test: test) {
        for (song, side) in zip(corpus, sides) { add(song, to: Int(side.rawValue)) }
      } else {
        for song in corpus { add(song, to: 0) }
        try splitContiguous(&settlement, validation: validation, test: test)
      }
    } else {
      for song in corpus { add(song, to: 0) }
    }
    for song in songs.indices where songs[song].part != .corpus { add(song, to: songs[song].part == .validation ? 1 : 2) }
    // `<song>` after the last of each part; the parts of one text have it after the last part that is a piece of it.
    if hasBoundaries {
      for part in 0..<3 where !settlement.parts[part].isEmpty {
        if settlement.isContiguous, part == 0 { continue }
        settlement.parts[part].append(.init(start: 0, count: 0, hasBoundary: true))
      }
    }
    return settlement
  }

  private var hasBoundaries: Bool { !options.specials.isEmpty }

  private func append(_ song: Int, to stretches: inout [Settlement.Stretch]) {
    stretches.append(.init(start: songs[song].start, count: songs[song].count, hasBoundary: hasBoundaries))
  }

  // MARK: - Copies

  private mutating func removeCopies() throws(CorpusError) {
    var heldOut: Set<UInt64> = []
    for song in songs where song.part != .corpus { heldOut.insert(song.hash) }
    var seen: Set<UInt64> = []
    let isDeduplicated = options.deduplication != .none && options.tokenization != .whitespace
    var all = 0
    for index in songs.indices where songs[index].part == .corpus {
      all += 1
      // A model must not be measured on what it was trained on.
      if heldOut.contains(songs[index].hash) {
        setFate(.heldOut, of: index)
      } else if isDeduplicated, !seen.insert(songs[index].hash).inserted {
        setFate(.duplicate, of: index)
      }
    }
    if case .near(let threshold) = options.deduplication { try removeNearCopies(threshold) }
    guard songs.contains(where: { $0.part == .corpus && $0.fate == .kept }) else { throw .allHeldOut(songs: all) }
  }

  /// Compares the songs that are equal in a band of their signatures; of near copies the first stays, and one that is held out before
  /// all others.
  private mutating func removeNearCopies(_ threshold: Double) throws(CorpusError) {
    var pairs: Set<UInt64> = []
    let order = songs.indices.filter { songs[$0].signature >= 0 && songs[$0].fate == .kept }
      .sorted { (songs[$0].part == .corpus ? 1 : 0, $0) < (songs[$1].part == .corpus ? 1 : 0, $1) }
    let block = 1 << 16
    for band in 0..<MinHash.bands {
      var keys: [(key: UInt64, place: UInt32)] = []
      keys.reserveCapacity(order.count)
      var cached = 0..<0
      var values: [UInt16] = []
      for (place, song) in order.enumerated() {
        let signature = Int(songs[song].signature)
        if !cached.contains(signature) {
          cached = signature..<min(signature + block, signatures.count / MinHash.size)
          values = try signatures.read(cached.lowerBound * MinHash.size..<cached.upperBound * MinHash.size)
        }
        let first = (signature - cached.lowerBound) * MinHash.size + band * MinHash.bandSize
        let key = values[first..<first + MinHash.bandSize].reduce(0) { $0 << 16 | UInt64($1) }
        keys.append((key, UInt32(place)))
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
      if MinHash.similarity(first[...], second[...]) >= threshold {
        setFate(songs[earlier].part == .corpus ? .nearDuplicate : .heldOut, of: later)
      }
    }
  }

  private func signature(of song: Int) throws(CorpusError) -> [UInt16] {
    let start = Int(songs[song].signature) * MinHash.size
    return try signatures.read(start..<start + MinHash.size)
  }

  // MARK: - One text

  /// Few songs are one text, whose last tokens are held out.
  private func splitContiguous(_ settlement: inout Settlement, validation: Double, test: Double) throws(CorpusError) {
    let all = settlement.parts[0]
    let count = all.reduce(hasBoundaries ? 1 : 0) { $0 + $1.total }
    // One token is none to predict.
    let validationCount = validation > 0 ? max(2, Int(Double(count) * validation)) : 0
    let testCount = test > 0 ? max(2, Int(Double(count) * test)) : 0
    let cut = count - validationCount - testCount
    guard cut >= 2 else { throw .noValidationSongs(fraction: validation + test, tokens: count) }
    settlement.isContiguous = true
    var rest = all[...]
    settlement.parts[0] = Self.take(cut, of: &rest)
    if testCount > 0, validationCount > 0 { settlement.parts[1] = Self.take(validationCount, of: &rest) }
    settlement.parts[testCount > 0 ? 2 : 1] = Array(rest)
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
