import Corpora
import Foundation
import SystemPackage
import Testing

/// The columns that songs are conditioned on.
@Suite("Control tokens") struct ControlVocabularyTests {
  let folder: TemporaryFolder

  init() throws { folder = try TemporaryFolder() }

  /// A table with a song for each artist, whose lyrics differ.
  static func table(_ artists: [String], genre: (Int) -> String = { _ in "folk" }) -> String {
    var text = "artist,genre,lyrics\n"
    for (number, artist) in artists.enumerated() {
      text += "\"\(artist)\",\(genre(number)),the \(String(number, radix: 26)) river runs to sea \(number)\n"
    }
    return text
  }

  func corpus(_ table: String, keeping: [String] = ["genre"], held: Double = 0, change: (inout CorpusOptions) -> Void = { _ in }) throws
    -> Corpus
  {
    var options = CorpusOptions(minimumCount: 1, validationFraction: held)
    options.keptColumns = keeping
    change(&options)
    return try Corpus(reading: [folder.write(table, to: "songs.csv")], options: options)
  }

  // MARK: - Values

  @Test func `values of fewer than five songs share a token, and spellings are one value`() throws {
    let artists =
      ["Ann", " ann ", "ANN", "Ann", "Bo", "Bo", "Bo", "Bo", "Ann", "Émile", "e\u{301}mile", "Émile", "Émile", "Émile", "", ""]
    let controls = try ControlVocabulary(columns: ["artist"], of: corpus(Self.table(artists)))
    let column = try #require(controls.columns.first)
    #expect(column.name == "artist" && column.values.map(\.text) == ["Ann", "Émile"] && column.values.map(\.songs) == [5, 5])
    #expect(column.otherSongs == 6 && controls.tokenCount == 3)
  }

  @Test func `a column has a thousand values at most, the most frequent ones, ties by text`() throws {
    // The last five are more frequent than the others, of which nine are too many.
    var artists = (0..<1_004).flatMap { number in (0..<5).map { _ in "artist \(1_000 + number)" } }
    for number in 1_004..<1_009 { artists += (0..<6).map { _ in "artist \(1_000 + number)" } }
    let controls = try ControlVocabulary(columns: ["artist"], of: corpus(Self.table(artists)))
    let column = try #require(controls.columns.first)
    #expect(column.values.count == ControlVocabulary.mostValues && controls.tokenCount == 1_001)
    #expect(column.values.prefix(5).map(\.text) == (2_004..<2_009).map { "artist \($0)" })
    #expect(column.values.dropFirst(5).map(\.text) == (1_000..<1_995).map { "artist \($0)" })
    #expect(column.otherSongs == 9 * 5)
  }

  @Test func `only the songs to train on are counted`() throws {
    let corpus = try corpus(Self.table(Array(repeating: "Ann", count: 40)), held: 0.3)
    let controls = try ControlVocabulary(columns: ["artist", "genre"], of: corpus)
    #expect(corpus.validationSongCount > 2)
    #expect(controls.columns.map { $0.values.map(\.songs) } == [[corpus.trainingSongCount], [corpus.trainingSongCount]])
  }

  @Test func `what cannot be counted is told in a sentence`() throws {
    let corpus = try corpus(Self.table(Array(repeating: "Ann", count: 6)) { "genre \($0)" })
    #expect(throws: ConditionError.columnNotCarried(name: "year", carried: ["artist", "genre"])) {
      _ = try ControlVocabulary(columns: ["artist", "year"], of: corpus)
    }
    #expect(throws: ConditionError.noFrequentValue(column: "genre", fewest: 5)) {
      _ = try ControlVocabulary(columns: ["artist", "genre"], of: corpus)
    }
    let plain = try Corpus(text: "la la\n\n\noh oh")
    #expect(throws: ConditionError.columnNotCarried(name: "artist", carried: [])) {
      _ = try ControlVocabulary(columns: ["artist"], of: plain)
    }
    let cut = try self.corpus(Self.table(Array(repeating: "Ann", count: 6))) { $0.tokenization = .whitespace }
    #expect(throws: ConditionError.needsSongs(tokens: "whitespace")) { _ = try ControlVocabulary(columns: ["artist"], of: cut) }
  }

  // MARK: - Choosing

  private func controls() -> ControlVocabulary {
    ControlVocabulary(columns: [
      .init(name: "artist", values: [.init(text: "Ann", songs: 60), .init(text: "Bo", songs: 30)], otherSongs: 10),
      .init(name: "genre", values: [.init(text: "folk", songs: 50)], otherSongs: 50),
    ])
  }

  @Test func `a value is found without case and spaces, and the nearest is suggested`() throws {
    let controls = controls()
    let choice = try controls.choice(["artist": " bo ", "Genre": "FOLK"])
    #expect(!choice.isDrawn && controls.tokens(choice, seed: 1) == [2, 4] && controls.tokens(choice, seed: 9) == [2, 4])
    #expect(throws: ConditionError.unknownValue(column: "artist", value: "Anna", nearest: "Ann")) {
      _ = try controls.choice(["artist": "Anna"])
    }
    #expect(throws: ConditionError.unknownColumn(name: "year", known: ["artist", "genre"])) { _ = try controls.choice(["year": "1990"]) }
  }

  @Test func `what is not given is drawn as often as the songs have it`() throws {
    let controls = controls()
    let all = try controls.choice([:]), some = try controls.choice(["artist": "Ann"])
    var counts = [Int](repeating: 0, count: controls.tokenCount)
    let draws = 4_000
    for seed in 0..<UInt64(draws) {
      let tokens = controls.tokens(all, seed: seed)
      #expect(tokens == controls.tokens(all, seed: seed))
      for token in tokens { counts[Int(token)] += 1 }
      // A value that is given does not change what is drawn for the other column.
      #expect(controls.tokens(some, seed: seed) == [1, tokens[1]])
    }
    for (count, share) in zip(counts, [0.1, 0.6, 0.3, 0.5, 0.5]) {
      // Five standard deviations of a binomial distribution.
      #expect(abs(Double(count) - share * Double(draws)) < 5 * (share * (1 - share) * Double(draws)).squareRoot())
    }
  }

  // MARK: - Tokens

  /// The tokens of a part with control tokens put in one by one.
  private func plain(_ corpus: Corpus, _ part: Corpus.Part, _ controls: ControlVocabulary) throws -> [TokenID] {
    let tokens = try #require(corpus.tokens(of: part)).read(), catalog = try #require(corpus.catalog)
    let details = try catalog.details(of: part, 0..<catalog.songCount(of: part))
    let first = TokenID(corpus.tokenizer.vocabulary.count), boundary = try #require(corpus.tokenizer.songBoundary)
    var song = tokens.first == boundary ? 0 : 1
    var result: [TokenID] = []
    for (index, token) in tokens.enumerated() {
      result.append(token)
      guard token == boundary, index + 1 < tokens.count else { continue }
      var offset = first
      for column in controls.columns {
        let value = (column.name == "artist" ? details[song].artist : details[song].columns[column.name])?.lowercased()
        let number = column.values.firstIndex { $0.text.lowercased() == value }
        result.append(offset + TokenID(number.map { $0 + 1 } ?? 0))
        offset += TokenID(column.values.count + 1)
      }
      song += 1
    }
    return result
  }

  private static let names = ["Ann", "Bo", "Cy", "Di"]

  /// Four artists, of whom the last has too few songs, and three genres.
  private static func mixed(_ count: Int) -> String {
    table((0..<count).map { names[min($0 % 7, 3) == 3 && $0 > 20 ? 0 : min($0 % 7, 3)] }) { ["folk", "pop", ""][$0 % 3] }
  }

  @Test("control tokens stand after the boundary of each song, in memory and in a store", arguments: [60, 8])
  func tokens(songs: Int) throws {
    let corpus = try corpus(Self.mixed(60), held: 0.2)
    let controls = try ControlVocabulary(columns: ["artist", "genre"], of: corpus)
    // Fewer than ten songs are one text, whose last tokens are held out.
    let table = try folder.write(Self.mixed(songs), to: "some.csv")
    var options = CorpusOptions(minimumCount: 1, validationFraction: 0.2)
    options.keptColumns = ["genre"]
    options.keep(corpus.tokenizer)
    options.maximumVocabulary = corpus.tokenizer.vocabulary.count
    let store = folder.path.appending("some.store").string
    try Corpus.prepare([table], options: options, to: store)
    for corpus in [try Corpus(reading: [table], options: options), try Corpus(store: store)] {
      for part in [Corpus.Part.training, .validation] {
        let tokens = try #require(try corpus.tokens(of: part, conditions: controls)), expected = try plain(corpus, part, controls)
        #expect(try tokens.read() == expected && tokens.count == expected.count && tokens == Tokens(expected))
        #expect(try corpus.tokens(of: part, conditions: nil) == corpus.tokens(of: part))
        for start in stride(from: 0, through: expected.count, by: 3) {
          for end in start...min(expected.count, start + 25) { #expect(try tokens.read(start..<end) == Array(expected[start..<end])) }
        }
      }
    }
  }

  @Test(
    "a position before a control token has nothing to predict, at the edges of windows too",
    arguments: [(1, 1, 1), (2, 3, 1), (4, 4, 2), (6, 5, 3), (3, 17, 3)])
  func windows(lanes: Int, window: Int, shards: Int) throws {
    let corpus = try corpus(Self.mixed(60)), controls = try ControlVocabulary(columns: ["artist", "genre"], of: corpus)
    let tokens = try #require(try corpus.tokens(of: .training, conditions: controls)), plain = try plain(corpus, .training, controls)
    let vocabulary = TokenID(corpus.tokenizer.vocabulary.count)
    var stream = try MinibatchStream(tokens, lanes: lanes, window: window, shards: shards)
    let length = (plain.count - 1) / lanes
    #expect(stream.windowsPerEpoch == length / window)
    var predicted = 0, lastControls = 0
    for number in 0..<stream.windowsPerEpoch {
      let batch = try stream.next()
      for (shard, windows) in batch.shards.enumerated() {
        for step in 0..<window {
          for lane in 0..<windows.lanes {
            let place = (shard * windows.lanes + lane) * length + number * window + step, index = step * windows.lanes + lane
            #expect(windows.inputs[index] == plain[place])
            #expect(windows.targets[index] == (plain[place + 1] < vocabulary ? plain[place + 1] : ShardWindows.noTarget))
            if windows.targets[index] >= 0 { predicted += 1 }
            if step == window - 1, windows.inputs[index] >= vocabulary { lastControls += 1 }
          }
        }
      }
    }
    // Some windows end with a control token, but for lengths by which none does.
    #expect(lastControls > 0 || lanes == 6)
    #expect(predicted > 0 && predicted <= corpus.training.count - 1)
  }

  @Test(
    "every token but the first is predicted once, in the same lane as without conditions", arguments: [(1, 9, 1), (4, 7, 2), (6, 64, 3)])
  func evaluation(lanes: Int, window: Int, shards: Int) throws {
    let corpus = try corpus(Self.mixed(60)), controls = try ControlVocabulary(columns: ["artist", "genre"], of: corpus)
    let vocabulary = TokenID(corpus.tokenizer.vocabulary.count)
    /// The targets of each lane.
    func targets(_ tokens: Tokens) throws -> [[TokenID]] {
      let windows = try EvaluationWindows(tokens, lanes: lanes, window: window, shards: shards)
      #expect(windows.predictionCount == corpus.training.count - 1)
      var found = [[TokenID]](repeating: [], count: lanes)
      for number in 0..<windows.windowCount {
        for shard in 0..<shards {
          let part = try windows.windows(ofShard: shard, window: number)
          for (index, target) in part.targets.enumerated() where target >= 0 {
            #expect(target < vocabulary)
            found[shard * part.lanes + index % part.lanes].append(target)
          }
        }
      }
      return found
    }
    let conditioned = try #require(try corpus.tokens(of: .training, conditions: controls))
    #expect(try targets(conditioned) == targets(corpus.training))
  }

  @Test func `a text without columns reads what songs without a value read`() throws {
    let own = try corpus(Self.mixed(60)), controls = try ControlVocabulary(columns: ["artist", "genre"], of: own)
    var options = CorpusOptions(validationFraction: 0)
    options.keep(own.tokenizer)
    options.maximumVocabulary = own.tokenizer.vocabulary.count
    let other = try Corpus(text: "the river\n\n\nthe sea", options: options)
    #expect(other.catalog == nil)
    let tokens = try #require(try other.tokens(of: .training, conditions: controls)).read()
    let first = TokenID(own.tokenizer.vocabulary.count), second = first + TokenID(controls.columns[0].values.count + 1)
    #expect(tokens.count == other.training.count + 4 && Array(tokens[1...2]) == [first, second])
  }
}
