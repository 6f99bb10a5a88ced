import Basics
import Corpora
import Files
import Foundation
import Inspection
import Kernels
import LanguageModel
import Models
import SystemPackage
import Testing

@Suite("Where else the same units are on") struct LikeTests {
  /// Random bits, most of them on, and songs of random lengths with gaps between them.
  static func bits(units: Int, seed: UInt64, songs count: Int = 40, longest: Int = 150) -> (bits: StateBits, songs: [Range<Int>]) {
    var generator = SeededGenerator(seed: seed)
    var songs: [Range<Int>] = []
    var end = 0
    for _ in 0..<count {
      let start = end + Int.random(in: 0...2, using: &generator)
      end = start + Int.random(in: 1...longest, using: &generator)
      songs.append(start..<end)
    }
    let tokens = end
    let columns = (0..<units).map { _ in
      var column = [UInt64](repeating: 0, count: StateBits.words(tokens))
      // Runs of any length.
      var token = 0
      while token < tokens {
        let length = Int.random(in: 1...90, using: &generator)
        if Bool.random(using: &generator) { for on in token..<min(tokens, token + length) { column[on / 64] |= 1 << UInt64(on % 64) } }
        token += length
      }
      return column
    }
    return (StateBits(tokens: tokens, columns: columns), songs)
  }

  /// The same by loops over songs, places, units and tokens.
  static func plainPlaces(_ bits: StateBits, units: [Int], length: Int, songs: [Range<Int>], most: Int) -> [StateBits.Place] {
    var places: [StateBits.Place] = []
    for (number, song) in songs.enumerated() where song.count >= length {
      var best: StateBits.Place?
      for start in song.lowerBound...song.upperBound - length {
        let count = units.count { unit in (start..<start + length).allSatisfy { bits[unit, $0] } }
        if count > (best?.units ?? 0) { best = StateBits.Place(song: number, start: start, units: count) }
      }
      if let best { places.append(best) }
    }
    return Array(places.sorted { ($1.units, $0.start) < ($0.units, $1.start) }.prefix(most))
  }

  @Test("the search finds what plain loops find", arguments: [1, 2, 3, 5, 31, 63, 64, 65, 130], [1, 2, 13, 40])
  func search(length: Int, units: Int) async {
    let (bits, songs) = Self.bits(units: units, seed: UInt64(length * 100 + units))
    let chosen = (0..<units).filter { $0 % 3 != 1 || units < 3 }
    let expected = Self.plainPlaces(bits, units: chosen, length: length, songs: songs, most: 20)
    for workers in [1, 2, 5] {
      #expect(await bits.places(units: chosen, length: length, songs: songs, most: 20, workers: workers) == expected)
    }
    if length < 64 { #expect(expected.count > 5) }
  }

  @Test("songs of several groups are searched alike by any number of workers", arguments: [1, 7])
  func groups(length: Int) async {
    let (bits, songs) = Self.bits(units: 3, seed: 9, songs: 2_000, longest: 150)
    #expect(bits.tokens > 2 * 65_536)
    let expected = Self.plainPlaces(bits, units: [0, 2], length: length, songs: songs, most: 20)
    for workers in [1, 3] {
      #expect(await bits.places(units: [0, 2], length: length, songs: songs, most: 20, workers: workers) == expected)
    }
  }

  // MARK: - The bits of a model

  static let songs = (1...70).map { number in
    sampleText.components(separatedBy: "\n").prefix(1 + number % 9).joined(separator: "\n") + "\nnumber \(number)"
  }.joined(separator: "\n\n\n")

  @Test("a bit is that of the song read by itself", arguments: RecurrentCell.allCases)
  func bits(cell: RecurrentCell) async throws {
    let model = try makeModel(cell), text = try encoded(Self.songs, by: model)
    #expect(text.songs.count >= 70)
    let bits = try await model.stateBits(of: text, threshold: 0.3, path: "s", workers: 2)
    var differences = 0
    var on = 0
    for song in text.songs {
      let lyrics = InspectedText.pieces(of: song.range, in: text, tokenizer: model.tokenizer).joined()
      let own = try inspected(lyrics, by: model), states = try model.states(of: own)
      let hidden = states.quantities.count - 1
      // The first <song> is read, and is no token of the song.
      for (index, token) in song.range.enumerated() {
        for unit in 0..<12 {
          let value = states.value(hidden, RecordedStates.place(ofUnit: unit, hiddenSizes: [7, 5]), token: index + 1)
          if abs(abs(value) - 0.3) < 1e-5 { continue }
          if (abs(value) > 0.3) != bits[unit, token] { differences += 1 }
          if bits[unit, token] { on += 1 }
        }
      }
    }
    #expect(differences == 0 && on > 100 && on < 12 * text.tokens.count - 100)
  }

  @Test("the bits do not depend on the workers", arguments: [1, 2, 3, 8])
  func workers(workers: Int) async throws {
    let model = try makeModel(), text = try encoded(Self.songs, by: model)
    let one = try await model.stateBits(of: text, threshold: 0.2, path: "s", workers: 1)
    #expect(try await model.stateBits(of: text, threshold: 0.2, path: "s", workers: workers) == one)
  }

  @Test("a long song is cut into pieces, each from the initial state", arguments: [5, 64, 70])
  func pieces(longest: Int) async throws {
    let line = "the river is a silver line so is this old wine\n"
    let model = try makeModel(), text = try encoded(String(repeating: line, count: 20), by: model)
    let cut = try await model.stateBits(of: text, threshold: 0.3, path: "s", longestPiece: longest, workers: 2)
    let whole = try await model.stateBits(of: text, threshold: 0.3, path: "s", workers: 2)
    let first = try #require(text.songs.first?.range.lowerBound)
    #expect(cut != whole)
    for unit in 0..<12 {
      for token in first..<first + longest { #expect(cut[unit, token] == whole[unit, token]) }
    }
  }

  // MARK: - The file

  private static func folder() throws -> FilePath {
    let folder = FilePath(NSTemporaryDirectory()).appending("like-\(UUID().uuidString)")
    try makeDirectories(folder)
    return folder
  }

  @Test("the columns of a file are read alone", arguments: [1, 63, 64, 65, 1_000])
  func file(tokens: Int) throws {
    let folder = try Self.folder(), path = folder.appending("a.states").string
    defer { try? removeTree(folder) }
    var generator = SeededGenerator(seed: 3)
    let columns = (0..<5).map { _ in
      (0..<StateBits.words(tokens)).map { word in
        let bits = UInt64.random(in: 0 ... .max, using: &generator), left = tokens - 64 * word
        return left < 64 ? bits & (1 << UInt64(left) - 1) : bits
      }
    }
    try StatesFile.write(StateBits(tokens: tokens, columns: columns), key: 7, to: path)
    let found = try #require(StatesFile.read([4, 0, 2], key: 7, tokens: tokens, units: 5, from: path))
    #expect(found.columns == [columns[4], columns[0], columns[2]])
    #expect(StatesFile.read([0], key: 8, tokens: tokens, units: 5, from: path) == nil)
    #expect(StatesFile.read([0], key: 7, tokens: tokens + 64, units: 5, from: path) == nil)
    #expect(StatesFile.read([0], key: 7, tokens: tokens, units: 4, from: path) == nil)
    #expect(StatesFile.read([0], key: 7, tokens: tokens, units: 5, from: path + "x") == nil)
  }

  @Test func `a changed file is never taken for another`() throws {
    let folder = try Self.folder(), path = folder.appending("a.states")
    defer { try? removeTree(folder) }
    let bits = Self.bits(units: 4, seed: 5).bits
    try StatesFile.write(bits, key: 7, to: path.string)
    let original = try readFile(path)
    var mutator = Mutator(seed: 6)
    var refused = 0
    for _ in 0..<400 {
      let bytes = mutator.mutated(original)
      try AtomicFile.write(bytes, to: path)
      if let found = StatesFile.read([0, 1, 2, 3], key: 7, tokens: bits.tokens, units: 4, from: path.string) {
        #expect(found == bits)
      } else {
        refused += 1
      }
    }
    #expect(refused > 300)
    for count in [0, 7, 8, 127, 128, original.count - 1] {
      try AtomicFile.write(Array(original[..<count]), to: path)
      #expect(StatesFile.read([0], key: 7, tokens: bits.tokens, units: 4, from: path.string) == nil)
    }
  }

  @Test("a search takes the bits from the cache, and makes damaged ones anew", arguments: [0.1, 0.3] as [Float])
  func cache(threshold: Float) async throws {
    let folder = try Self.folder()
    defer { try? removeTree(folder) }
    let model = try makeModel(), text = try encoded(Self.songs, by: model), read = try inspected(by: model)
    let states = try model.states(of: read)
    let search = LikeSearch(model, in: text, path: "s", threshold: threshold, workers: 2)
    let cache = CorpusCache(folder: folder.appending("c").string)
    let without = try await search.places(like: 3..<6, of: states, cache: nil)
    #expect(without.origin == .run(kept: nil) && !fileExists(folder.appending("c")))
    let first = try await search.places(like: 3..<6, of: states, cache: cache)
    guard case .run(let kept) = first.origin, let path = kept else { return #expect(Bool(false), "the bits are kept") }
    #expect(path.hasSuffix(".states"))
    let second = try await search.places(like: 3..<6, of: states, cache: cache)
    #expect(second.origin == .cached(path: path))
    #expect(first.places == without.places && second.places == first.places && second.units == first.units)
    #expect(first.places.first?.units ?? 0 > 0 && first.places.count == 20)
    var bytes = try readFile(FilePath(path))
    bytes[StatesFile.headerSize + 8 * 12 + 8 * StateBits.words(text.tokens.count) * first.units[0] + 3] ^= 1
    try AtomicFile.write(bytes, to: FilePath(path))
    let third = try await search.places(like: 3..<6, of: states, cache: cache)
    #expect(third.origin == .run(kept: path) && third.places == first.places)
    #expect(try await search.places(like: 3..<6, of: states, cache: cache).origin == .cached(path: path))
    // Other weights, and another threshold, have bits of their own.
    var other = model
    other.weights.values[0] += 1
    let changed = try await LikeSearch(other, in: text, path: "s", threshold: threshold, workers: 1).places(
      like: 3..<6, of: states, cache: cache)
    #expect(changed.origin != .cached(path: path))
    let stricter = try await LikeSearch(model, in: text, path: "s", threshold: threshold + 0.01, workers: 1).places(
      like: 3..<6, of: states, cache: cache)
    #expect(stricter.origin != .cached(path: path))
  }

  @Test func `the limit of the cache holds for bits, and what is foreign stays`() async throws {
    let folder = try Self.folder()
    defer { try? removeTree(folder) }
    let model = try makeModel(), text = try encoded(Self.songs, by: model), read = try inspected(by: model)
    let states = try model.states(of: read), cache = CorpusCache(folder: folder.string, limit: 1)
    try AtomicFile.write(Array("mine".utf8), to: folder.appending("0123456789abcdef.states"))
    var kept: [String] = []
    for threshold: Float in [0.1, 0.2, 0.3] {
      let search = LikeSearch(model, in: text, path: "s", threshold: threshold, workers: 1)
      guard case .run(let path?) = try await search.places(like: 3..<5, of: states, cache: cache).origin else { continue }
      kept.append(path)
    }
    #expect(Set(kept).count == 3 && kept.map { fileExists(FilePath($0)) } == [false, false, true])
    #expect(fileExists(folder.appending("0123456789abcdef.states")))
  }

  @Test("a text without songs has a place for each piece", arguments: [16, 40])
  func longText(longest: Int) async throws {
    let model = try makeModel(), read = try inspected(by: model), states = try model.states(of: read)
    let text = try encoded(String(repeating: "the river is a silver line so is this old wine\n", count: 30), by: model)
    let found = try await LikeSearch(model, in: text, path: "s", threshold: 0.05, longestPiece: longest, workers: 2).places(
      like: 3..<6, of: states, cache: nil)
    let range = try #require(text.songs.first?.range)
    #expect(text.songs.count == 1 && found.places.count > 5 && found.places.allSatisfy { $0.song == 0 })
    // Each is in a piece of its own.
    #expect(Set(found.places.map { ($0.start - range.lowerBound) / longest }).count == found.places.count)
    #expect(found.places.allSatisfy { ($0.start - range.lowerBound) % longest <= longest - 3 })
  }

  @Test("a span that is none of the text is refused", arguments: [(5, 5), (6, 5), (-1, 4), (0, 1_000)])
  func spans(start: Int, end: Int) throws {
    let read = try inspected(by: try makeModel())
    #expect(throws: InspectionError.spanOutside(start: start, end: end, tokens: read.tokens.count)) {
      _ = try read.span(start: start, end: end)
    }
  }

  @Test func `a span over which nothing is on, or longer than all songs, is refused`() async throws {
    let model = try makeModel(), read = try inspected(by: model), states = try model.states(of: read)
    let songs = try encoded("the river\nis", by: model)
    let error = await #expect(throws: InspectionError.self) {
      _ = try await LikeSearch(model, in: songs, path: "s", threshold: 0.99999, workers: 1).places(like: 0..<20, of: states, cache: nil)
    }
    #expect(error?.description.contains("no unit has an absolute hidden state above") == true)
    let long = await #expect(throws: InspectionError.self) {
      _ = try await LikeSearch(model, in: songs, path: "s", threshold: 0, workers: 1).places(like: 0..<20, of: states, cache: nil)
    }
    #expect(long?.description.contains("the longest song has 5") == true, "\(String(describing: long))")
  }
}
