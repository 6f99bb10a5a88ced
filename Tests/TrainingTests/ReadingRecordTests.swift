import Corpora
import Files
import LanguageModel
import Models
import SystemPackage
import Testing
import Training

@Suite("A model keeps how its corpus was read") struct ReadingRecordTests {
  private static func options(_ change: (inout CorpusOptions) -> Void = { _ in }) -> CorpusOptions {
    var options = CorpusOptions(minimumCount: 1, validationFraction: 0)
    change(&options)
    return options
  }

  @Test func `model, checkpoint and the model of a checkpoint have the corpus's record, in memory and in files`() async throws {
    let folder = try TemporaryFolder()
    let options = Self.options {
      $0.cleaning.tags = .drop
      $0.separator = .line("***")
      $0.readsWindows1252 = true
    }
    let record = ReadingRecord(options: options.reading)
    let corpus = try Corpus(text: randomText(words: 200, vocabulary: 9, seed: 1) + "\n***\na", options: options)
    let trainer = try Trainer(corpus: corpus, configuration: smallConfiguration(steps: 5))
    let model = await trainer.model, checkpoint = await trainer.checkpoint()
    #expect(model.reading == record && model.readingOptions == options.reading)
    #expect(checkpoint.reading == record && checkpoint.model.reading == record)
    try model.save(to: folder.path("m").string)
    #expect(try Model(directory: folder.path("m").string).reading == record)
    try checkpoint.write(to: folder.path("c").string)
    #expect(try TrainingCheckpoint(contentsOf: folder.path("c").string).reading == record)
    // A resumed run keeps it too.
    let plan = try TrainingPlan(corpus: corpus, configuration: checkpoint.configuration)
    #expect(try await Trainer(plan, resuming: checkpoint).model.reading == record)
  }

  @Test func `a model without a record has the default options, before and after it is saved`() throws {
    let folder = try TemporaryFolder()
    let model = try Model.small(seed: 1)
    #expect(model.reading == nil && model.readingOptions == ReadingOptions())
    try model.save(to: folder.path("m").string)
    #expect(try Model(directory: folder.path("m").string).reading == nil)
    #expect(try !String(decoding: readFile(folder.path("m/config.json")), as: UTF8.self).contains("reading"))
  }

  @Test(
    "A record that is not valid is an error of the file",
    arguments: [
      (#""revision" : 0"#, "\"revision\" must be"), (#""revision" : 3000000000"#, "\"revision\" must be"),
      (#""revision" : 2, "separator" : "line", "separator_line" : "a\nb""#, "separator"),
      (#""revision" : 2, "tags" : "burn""#, "reading.tags"),
    ])
  func malformed(keys: String, message: String) throws {
    let folder = try TemporaryFolder()
    var model = try Model.small(seed: 1)
    model.reading = ReadingRecord(options: .init(), revision: 2)
    try model.save(to: folder.path("m").string)
    let file = folder.path("m/config.json")
    let text = String(decoding: try readFile(file), as: UTF8.self)
    let start = try #require(text.firstRange(of: #""reading" : {"#)), end = try #require(text[start.upperBound...].firstIndex(of: "}"))
    try AtomicFile.write(Array((text[..<start.upperBound] + keys + text[end...]).utf8), to: file)
    let error = try #require(throws: ModelDirectoryError.self) { try Model(directory: folder.path("m").string) }
    #expect(error.description.contains(message) && error.description.contains("config.json"), "\(error)")
  }
}
