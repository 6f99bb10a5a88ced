import Corpora
import Files
import LanguageModel
import Measuring
import Models
import SystemPackage
import Testing
import Training

/// What is written can be read back: every bound of a reader is a bound of its writer.
@Suite("File limits")
struct FileLimitTests {
  let folder: TemporaryFolder

  init() throws {
    folder = try TemporaryFolder()
  }

  /// A tokenizer whose file is over the limit: in JSON, each of these characters takes six bytes.
  private func largeTokenizer() throws -> Corpora.Tokenizer {
    let token = String(repeating: "\u{1}", count: Corpora.Tokenizer.largestFile / 6 + 1)
    let vocabulary = try #require(Vocabulary(tokens: ["<unk>", "<song>", "\n", "la", token]))
    return Corpora.Tokenizer(tokenization: .word, vocabulary: vocabulary)
  }

  @Test("A vocabulary that could not be read back is refused before training and before a file of a model is written")
  func vocabulary() throws {
    let tokenizer = try largeTokenizer()
    func isTooLarge(_ error: any Error) -> Bool {
      if case CorpusError.vocabularyTooLarge(tokens: 5, _, limit: Corpora.Tokenizer.largestFile) = error { true } else { false }
    }
    var options = CorpusOptions(validationFraction: 0)
    options.keep(tokenizer)
    let corpus = try Corpus(text: String(repeating: "la la la\n", count: 40), options: options)
    #expect { try TrainingPlan(corpus: corpus, configuration: smallConfiguration(steps: 1)) } throws: { isTooLarge($0) }

    let sizes = smallConfiguration(steps: 1).model(vocabularySize: 5)
    let model = Model(weights: Weights(sizes, seed: 1), tokenizer: tokenizer, configuration: smallConfiguration(steps: 1), step: 0)
    let path = folder.path("m").string
    #expect { try model.save(to: path) } throws: { isTooLarge($0) }
    #expect(!fileExists(FilePath(path)))
    // A model that is there stays.
    let other = try Model.small(seed: 1)
    try other.save(to: path)
    #expect { try model.save(to: path) } throws: { isTooLarge($0) }
    #expect(try Model(directory: path).isSame(as: other))
  }

  @Test(
    "A command that would make a checkpoint's header too long is refused, and the longest that is not can be read back",
    arguments: ["a", "\"", "\u{1}"])
  func command(character: String) async throws {
    let checkpoint = try await TrainingCheckpoint.small(seed: 1)
    let limit = SafetensorsReader.longestHeader * 3 / 4
    // In JSON inside JSON: `a`, `\\\"` and `\\u0001`.
    let length = character == "a" ? 1 : character == "\"" ? 4 : 7
    var record = RunRecord()
    record.arguments = [String(repeating: character, count: (limit - 200) / length)]
    try checkpoint.write(to: folder.path("c"), run: record)
    #expect(try TrainingCheckpoint.read(folder.path("c")).run == record)
    record.arguments[0] += String(repeating: character, count: 300)
    #expect(throws: TrainingCheckpointError.self) { try record.checkSize() }
    #expect(throws: TrainingCheckpointError.self) { try checkpoint.write(to: folder.path("d"), run: record) }
    #expect(!fileExists(folder.path("d")))
  }

  @Test("The oldest tuned settings are dropped when the file would be too long to be read back")
  func tuned() throws {
    let file = TunedSettingsFile(path: folder.path("tuned.json").string)
    let model = ModelConfiguration(vocabularySize: 10, embeddingSize: 4, hiddenSize: 4, layerCount: 1)
    let settings = (1...4_000).map { number in
      TunedSetting(
        machine: "machine \(number)", model: model, window: 8, batch: 4, shards: 2, workers: 1, tokensPerSecond: 1, isPreferred: false)
    }
    try file.write(settings)
    let kept = try file.read()
    #expect(kept.count > 1_000 && kept.count < 4_000 && kept == Array(settings.suffix(kept.count)))
    try file.write(Array(settings.prefix(10)))
    #expect(try file.read().count == 10)
  }
}
