import Basics
import Corpora
import Foundation
import Generation
import Kernels
import LanguageModel
import Models
import Testing
import Training
import Verse

@Suite("Writing with a neural cache") struct WritingCacheTests {
  private static let sampling = Sampling(temperature: 1)

  /// A song of four words of the model's vocabulary.
  private static func song(_ model: Model) throws -> EncodedSongs {
    EncodedSongs(of: [Song(text: "heron keeps the river\nheron keeps the river", source: "song")], tokenizer: model.tokenizer)
  }

  @Test("the mixed logits are those of the mixed probabilities", arguments: [0.05, 0.5, 0.95], [0.0, 0.7, 6])
  func mixed(weight: Double, flatness: Double) throws {
    var generator = SeededGenerator(seed: 3)
    let settings = NeuralCache(size: 30, flatness: flatness, weight: weight)
    var cache = StreamCache(settings, CacheMemory(size: 30, width: 4)), twin = CacheMemory(size: 30, width: 4), last: [Float] = []
    for step in 0..<50 {
      let input = Matrix(rows: 1, columns: 4), token = Int32(step * step % 7)
      for column in 0..<4 { input[0, column] = Float.random(in: -1...1, using: &generator) }
      // Numbers from 7 on are control tokens.
      cache.read(step % 10 == 9 ? 8 : token, input.view, vocabularySize: 7)
      if step > 0, step % 10 != 9 { twin.append(last, followedBy: [token]) }
      last = input.view.elements
    }
    let logits = Matrix(rows: 1, columns: 7)
    for column in 0..<7 { logits[0, column] = Float.random(in: -9...9, using: &generator) }
    let own = logits.view.elements.map { exp(Double($0)) }, sum = own.reduce(0, +)
    var expected = own.map { (1 - weight) * $0 / sum }
    for (token, probability) in twin.distribution(last, flatness: flatness) { expected[Int(token)] += weight * probability }
    cache.mix(into: logits, scratch: Matrix(rows: 1, columns: 7))
    let mixed = logits.view.elements.map { exp(Double($0)) }, mixedSum = mixed.reduce(0, +)
    for (found, wanted) in zip(mixed, expected) { #expect(abs(log(found / mixedSum) - log(wanted)) < 1e-4) }
  }

  @Test("a cache of no weight changes nothing", arguments: Tokenization.allCases)
  func weightless(tokenization: Tokenization) async throws {
    let model = try LyricGeneratorTests.random(tokenization), cache = try model.writingCache(NeuralCache(weight: 0))
    for seed in UInt64(1)...3 {
      let plain = try model.generate(prompt: "The heron", length: 30, sampling: Self.sampling, seed: seed)
      #expect(try model.generate(prompt: "The heron", length: 30, sampling: Self.sampling, cache: cache, seed: seed) == plain)
    }
  }

  @Test("each song is what its seed writes alone", arguments: ["", "The heron "], [false, true])
  func alone(prompt: String, isConditioned: Bool) async throws {
    let model = try isConditioned ? ConditionedSongsTests.model() : LyricGeneratorTests.random()
    let cache = try model.writingCache(NeuralCache(size: 12, flatness: 2, weight: 0.4), filledWith: Self.song(model))
    let expected = try (0..<70).map {
      try model.generate(prompt: prompt, length: 20, sampling: Self.sampling, cache: cache, seed: 7 + UInt64($0))
    }
    #expect(Set(expected).count > 30)
    for workers in [1, 3] {
      var songs: [String] = []
      for await song in try model.songs(
        prompt: prompt, count: 70, length: 20, sampling: Self.sampling, cache: cache, seed: 7, workers: workers)
      {
        songs.append(song)
      }
      #expect(songs == expected)
    }
  }

  @Test func `a text takes up the words of the songs that the cache is filled with`() throws {
    let model = try LyricGeneratorTests.random()
    func share(_ cache: WritingCache?) throws -> Double {
      let words = try (1...30 as ClosedRange<UInt64>).flatMap { seed in
        try model.generate(length: 25, sampling: Self.sampling, cache: cache, seed: seed).split { $0.isWhitespace }
      }
      return Double(words.count { ["heron", "keeps", "the", "river"].contains($0) }) / Double(words.count)
    }
    let settings = NeuralCache(size: 500, flatness: 0, weight: 0.6)
    let filled = try share(model.writingCache(settings, filledWith: Self.song(model)))
    #expect(try filled > share(nil) + 0.2)
    #expect(try filled > share(model.writingCache(settings)) + 0.1)
  }

  @Test func `what is written is remembered`() throws {
    let model = try LyricGeneratorTests.random()
    let words = { (cache: WritingCache?) in
      Set(try model.generate(length: 60, sampling: Self.sampling, cache: cache, seed: 5).split { $0.isWhitespace }).count
    }
    #expect(try words(model.writingCache(NeuralCache(flatness: 0, weight: 0.9))) * 2 < words(nil))
  }

  @Test func `shaped songs use the cache, the same for any workers`() throws {
    let model = try LyricGeneratorTests.random(), lexicon = Lexicon()
    let shape = try SongShape(structure: "verse:3 chorus:2 chorus:=")
    let cache = try model.writingCache(NeuralCache(size: 40, flatness: 1, weight: 0.5), filledWith: Self.song(model))
    func song(_ cache: WritingCache?, workers: Int = 1) throws -> String {
      try model.song(shape, lexicon: lexicon, sampling: Self.sampling, cache: cache, seed: 4, candidates: 6, workers: workers).text
    }
    let written = try song(cache)
    #expect(try written != song(nil))
    #expect(try song(cache, workers: 3) == written)
    #expect(try song(model.writingCache(NeuralCache(weight: 0))) == song(nil))
  }

  @Test func `settings that cannot be are refused`() throws {
    let model = try LyricGeneratorTests.random()
    #expect(throws: SettingError.self) { _ = try model.writingCache(NeuralCache(size: 0)) }
  }
}
