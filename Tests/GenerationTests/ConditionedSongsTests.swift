import Corpora
import Generation
import LanguageModel
import Models
import Testing
import Verse

@Suite("Writing on a condition") struct ConditionedSongsTests {
  static let conditions = ControlVocabulary(columns: [
    .init(name: "artist", values: [.init(text: "Ann", songs: 7), .init(text: "Bo", songs: 5)], otherSongs: 3),
    .init(name: "genre", values: [.init(text: "folk", songs: 9)], otherSongs: 6),
  ])

  /// Random weights, by which control tokens change all that comes after.
  static func model(isTied: Bool = false, embedding: Int = 8) throws -> Model {
    let corpus = try Corpus(text: LyricGeneratorTests.verse, options: CorpusOptions(minimumCount: 1, validationFraction: 0))
    var configuration = TrainingConfiguration()
    configuration.embeddingSize = embedding
    configuration.hiddenSizes = 12
    configuration.isTied = isTied
    configuration.condition = ["artist", "genre"]
    let sizes = configuration.model(vocabularySize: corpus.tokenizer.vocabulary.count, controlCount: conditions.tokenCount)
    return Model(
      weights: Weights(sizes, seed: 5, range: 1), tokenizer: corpus.tokenizer, configuration: configuration, step: 0,
      conditions: conditions)
  }

  // With an embedding of 64, the first layer reads a table of all tokens.
  @Test("a song is what its seed writes alone, whatever is drawn for it", arguments: [false, true], [8, 64])
  func alone(isTied: Bool, embedding: Int) async throws {
    let model = try Self.model(isTied: isTied, embedding: embedding), sampling = Sampling(temperature: 1)
    for condition in [[:], ["artist": "Ann"], ["artist": "Bo", "genre": "folk"]] {
      for prompt in ["", "The heron keeps"] {
        let expected = try (0..<70).map {
          try model.generate(prompt: prompt, length: 20, sampling: sampling, condition: condition, seed: 7 + UInt64($0))
        }
        for workers in [1, 3] {
          var songs: [String] = []
          for await song in try model.songs(
            prompt: prompt, count: 70, length: 20, sampling: sampling, condition: condition, seed: 7, workers: workers)
          {
            songs.append(song)
          }
          #expect(songs == expected)
        }
      }
    }
  }

  @Test func `a value changes the text, and what is left out is one of the values`() throws {
    let model = try Self.model()
    func text(_ condition: [String: String], seed: UInt64) throws -> String {
      try model.generate(length: 20, sampling: Sampling(temperature: 1), condition: condition, seed: seed)
    }
    var seen: Set<Int> = [], different = 0
    for seed in 1...20 as ClosedRange<UInt64> {
      let written = try ["Ann", "Bo"].map { try text(["artist": $0, "genre": "folk"], seed: seed) }
      different += written[0] == written[1] ? 0 : 1
      #expect(try text(["ARTIST": "ann ", "genre": "Folk"], seed: seed) == written[0])
      if let index = written.firstIndex(of: try text([:], seed: seed)) { seen.insert(index) }
    }
    // A song of few words may be the same by chance.
    #expect(seen == [0, 1] && different > 12)
  }

  @Test func `a shaped song reads the condition too`() throws {
    let model = try Self.model(), shape = try SongShape(structure: "verse:2", syllables: nil, rhyme: nil)
    let lexicon = try PronunciationSources(usesEspeak: false).lexicon(of: model.tokenizer.spokenWords)
    let songs = try ["Ann", "Bo", "Ann"].map {
      try model.song(shape, lexicon: lexicon, condition: ["artist": $0, "genre": "folk"], seed: 3).text
    }
    #expect(songs[0] == songs[2] && songs[0] != songs[1])
  }

  @Test func `what the model does not know is told in a sentence`() throws {
    let model = try Self.model()
    func message(_ condition: [String: String], _ model: Model) -> String {
      let error = #expect(throws: GenerationError.self) { _ = try model.lyrics(condition: condition) }
      return error?.description ?? ""
    }
    #expect(
      message(["artist": "Anne"], model)
        == #"the model knows no artist "Anne"; the nearest of its values is "Ann". Give a value that the model knows in "condition"."#)
    #expect(
      message(["year": "1990"], model)
        == #"the model is not conditioned on year (its columns: artist, genre); name one of these in "condition"."#)
    #expect(
      message(["artist": "Ann"], try LyricGeneratorTests.random())
        == #"the model was trained without conditions, so it cannot be given one; leave "condition" out, or train a model with it."#)
  }
}
