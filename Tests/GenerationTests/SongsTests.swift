import Corpora
import Generation
import LanguageModel
import Measuring
import Models
import Testing
import Training

@Suite("Many songs at once") struct SongsTests {
  static func songs(_ model: Model, count: Int, workers: Int, sampling: Sampling, prompt: String = "") async throws -> [String] {
    var songs: [String] = []
    for await song in try model.songs(prompt: prompt, count: count, length: 30, sampling: sampling, seed: 7, workers: workers) {
      songs.append(song)
    }
    return songs
  }

  @Test("each song is what its seed writes alone, and they come in order", arguments: Tokenization.allCases, ["", "The heron "])
  func alone(tokenization: Tokenization, prompt: String) async throws {
    let model = try LyricGeneratorTests.random(tokenization)
    for sampling in [Sampling(temperature: 1), Sampling(temperature: 1, topK: 5), Sampling(topP: 0.6)] {
      let expected = try (0..<9).map {
        try model.generate(prompt: prompt, length: 30, sampling: sampling, seed: 7 + UInt64($0))
      }
      // Some end before their length, and their lanes are taken by others.
      if tokenization != .whitespace { #expect(Set(expected.map(\.count)).count > 1) }
      for workers in [1, 2, 5, 20] {
        #expect(try await Self.songs(model, count: 9, workers: workers, sampling: sampling, prompt: prompt) == expected)
      }
    }
  }

  @Test func `more songs than lanes wait for their turn`() async throws {
    let model = try LyricGeneratorTests.random()
    let songs = try await Self.songs(model, count: 150, workers: 2, sampling: Sampling(temperature: 1))
    #expect(songs.count == 150)
    for number in [0, 1, 63, 64, 65, 127, 128, 149] {
      #expect(try songs[number] == model.generate(length: 30, sampling: Sampling(temperature: 1), seed: 7 + UInt64(number)))
    }
  }

  @Test func `songs that are over with their first token are songs too`() async throws {
    let random = try LyricGeneratorTests.random()
    let model = try random.favouring(random.tokenizer.songBoundary)
    #expect(try await Self.songs(model, count: 5, workers: 2, sampling: .greedy, prompt: "the") == Array(repeating: "the", count: 5))
    var one: [String] = []
    for await song in try random.songs(count: 3, length: 1, workers: 1) { one.append(song) }
    #expect(one == (try (1...3).map { try random.generate(length: 1, seed: $0) }))
  }

  @Test func `who stops listening stops the writing`() async throws {
    let model = try LyricGeneratorTests.random(.whitespace)
    var first: String?
    for await song in try model.songs(count: 100_000, length: 5, seed: 3) {
      first = song
      break
    }
    #expect(first == (try model.generate(length: 5, seed: 3)))
  }

  @Test func `settings that cannot be are refused`() throws {
    let model = try LyricGeneratorTests.random()
    for (count, length, workers, key) in [(0, 5, 1, "count"), (-1, 5, 1, "count"), (2, 0, 1, "length"), (2, 5, 0, "workers")] {
      let error = #expect(throws: GenerationError.self) { _ = try model.songs(count: count, length: length, workers: workers) }
      #expect(error?.description.hasPrefix("\"\(key)\" must be at least 1, but is") == true)
    }
  }

  @Test("writing is measured", arguments: [1, 5])
  func benchmark(streams: Int) async throws {
    let model = ModelConfiguration(vocabularySize: 20, embeddingSize: 8, hiddenSize: 12, layerCount: 1)
    var benchmark = SamplingBenchmark(name: "tiny", model: model, streams: streams, workers: 2)
    benchmark.repetitions = 3
    benchmark.length = 8
    let result = try await benchmark.run()
    #expect(result.tokensPerSecond > 0 && result.tokensPerSecond.isFinite && result.workers == 2)
    benchmark.streams = 0
    await #expect(throws: GenerationError.self) { try await benchmark.run() }
  }
}
