extension ControlVocabulary {
  /// Counts the values of columns in a corpus's training songs.
  ///
  /// Of each column the ``mostValues`` most frequent values have a token of their own, ties by text, if ``fewestSongs`` songs or more have
  /// them. Spellings that differ in case and in spaces at their ends are one value.
  ///
  /// - Parameter names: the columns, which the corpus carries.
  /// - Throws: `ConditionError`, and `CorpusError` if a store can no longer be read.
  /// - Complexity: O(n) in the number of songs, whose details are read twice. It takes 8 bytes of memory a song and column.
  public init(columns names: [String], of corpus: Corpus) throws {
    let names = try Self.resolved(names, in: corpus)
    var counts = [ValueCount](repeating: ValueCount(), count: names.count)
    var songs = 0
    try corpus.forEachDetails(of: .training) { details in
      songs += 1
      for (column, name) in names.enumerated() { counts[column].note(details.value(of: name)) }
    }
    for column in counts.indices { counts[column].findFrequent() }
    try corpus.forEachDetails(of: .training) { details in
      for (column, name) in names.enumerated() { counts[column].count(details.value(of: name)) }
    }
    let columns = zip(names, counts).map { name, count in
      let values = count.values
      return Column(name: name, values: values, otherSongs: values.reduce(songs) { $0 - $1.songs })
    }
    if let column = columns.first(where: \.values.isEmpty) {
      throw ConditionError.noFrequentValue(column: column.name, fewest: Self.fewestSongs)
    }
    self.init(columns: columns)
  }

  /// The columns as the corpus names them.
  private static func resolved(_ names: [String], in corpus: Corpus) throws(ConditionError) -> [String] {
    guard corpus.tokenizer.songBoundary != nil else { throw .needsSongs(tokens: corpus.tokenizer.tokenization.rawValue) }
    let carried = corpus.catalog?.columns.map(\.name) ?? []
    var resolved: [String] = []
    for name in names {
      guard let found = carried.first(where: { $0 == name }) ?? carried.first(where: { key($0) == key(name) }) else {
        // A column that is also the title or the artist would be listed twice.
        throw .columnNotCarried(name: name, carried: carried.reduce(into: []) { if !$0.contains($1) { $0.append($1) } })
      }
      if !resolved.contains(found) { resolved.append(found) }
    }
    return resolved
  }
}

/// Counts the values of one column in two passes: the first finds what may be frequent, by hashes alone, so that a column in which every
/// song has another value takes 8 bytes a song.
private struct ValueCount {
  private var hashes: [Int] = []
  private var frequent: Set<Int> = []
  private var songs: [String: Int] = [:]
  private var spellings: [String: [String: Int]] = [:]

  private func keyed(_ value: String?) -> (text: String, key: String)? {
    guard let text = value?.trimmingSpaces, !text.isEmpty, text.utf8.count <= ControlVocabulary.longestValue,
      // A store from somebody else may have control characters, which take six bytes each in JSON.
      !text.utf8.contains(where: { $0 < 0x20 })
    else { return nil }
    return (text, ControlVocabulary.key(text))
  }

  mutating func note(_ value: String?) {
    if let (_, key) = keyed(value) { hashes.append(key.hashValue) }
  }

  /// Two values with one hash make both candidates only: the second pass counts texts.
  mutating func findFrequent() {
    hashes.sort()
    var start = 0
    while start < hashes.count {
      var end = start
      while end < hashes.count, hashes[end] == hashes[start] { end += 1 }
      if end - start >= ControlVocabulary.fewestSongs { frequent.insert(hashes[start]) }
      start = end
    }
    hashes = []
  }

  mutating func count(_ value: String?) {
    guard let (text, key) = keyed(value), frequent.contains(key.hashValue) else { return }
    songs[key, default: 0] += 1
    spellings[key, default: [:]][text, default: 0] += 1
  }

  /// The frequent values, the most frequent first.
  var values: [ControlVocabulary.Value] {
    let counted = songs.filter { $0.value >= ControlVocabulary.fewestSongs }.map { key, songs in
      let spelling = spellings[key]?.min { ($1.value, $0.key) < ($0.value, $1.key) }?.key ?? key
      return (key: key, value: ControlVocabulary.Value(text: spelling, songs: songs))
    }
    let sorted = counted.sorted { ($1.value.songs, $0.key) < ($0.value.songs, $1.key) }
    return sorted.prefix(ControlVocabulary.mostValues).map(\.value)
  }
}

extension Corpus {
  /// Calls `body` with the details of each song of a part, in the order of their tokens; not at all if nothing is carried.
  func forEachDetails(of part: Part, _ body: (SongDetails) -> Void) throws(CorpusError) {
    guard let catalog else { return }
    let count = catalog.songCount(of: part), block = 1 << 12
    var start = 0
    while start < count {
      for details in try catalog.details(of: part, start..<min(start + block, count)) { body(details) }
      start += block
    }
  }
}
