import Corpora
import LanguageModel
import Models
import Testing
import Training

/// A run that resumes with other held-out songs: perplexities on different songs cannot be compared.
@Suite("Other held-out songs") struct ChangedHeldOutSetTests {
  /// The same words: the first corpus repeats one sentence and is learned by heart, the second is random.
  static let easy = String(repeating: "w0 w1 w2 w3 w4 w5 w6 w7 w8 w9\n", count: 60)
  static let hard = randomText(words: 600, vocabulary: 10, perLine: 10, seed: 3)

  static func configuration(steps: Int) -> TrainingConfiguration {
    var configuration = smallConfiguration(steps: steps)
    configuration.hiddenSizes = 16
    configuration.optimizer.learningRate = 0.01
    configuration.patience = 2
    return configuration
  }

  /// The tokenizer of both corpora has to be the same: tokens are numbered by frequency and text.
  static func corpora() throws -> (easy: Corpus, hard: Corpus) {
    let first = try corpus(easy, validationFraction: 0.2)
    var options = CorpusOptions(tokenization: .whitespace, validationFraction: 0.2)
    options.keep(first.tokenizer)
    options.maximumVocabulary = first.tokenizer.vocabulary.count
    return (first, try Corpus(text: hard, options: options))
  }

  private func checkpoint(of corpus: Corpus, _ configuration: TrainingConfiguration) async throws -> TrainingCheckpoint {
    let trainer = try Trainer(corpus: corpus, configuration: configuration)
    try await trainer.train()
    return await trainer.checkpoint()
  }

  @Test func `the resumed weights are validated first, and that is the best until a better one comes`() async throws {
    let (easy, hard) = try Self.corpora()
    let saved = try await checkpoint(of: easy, Self.configuration(steps: 300))
    let before = try await Evaluator().evaluate(try #require(easy.validation), weights: saved.model.weights)
    let plan = try TrainingPlan(corpus: hard, configuration: Self.configuration(steps: 900))
    let trainer = try await Trainer(plan, resuming: saved, allowsChangedCorpus: true)
    let log = EventLog()
    let summary = try await trainer.train { await log.add($0) }

    let validations = await log.metrics.filter { $0.kind == .validation }
    let first = try #require(validations.first)
    #expect(first.step == 300)
    let expected = try await Evaluator().evaluate(try #require(hard.validation), weights: saved.model.weights)
    #expect(first.lossNats == expected.lossNats && first.lossNats > before.lossNats + 1)
    // It trained on instead of stopping after the first validations, none of which comes near the old best.
    let best = try #require(summary.bestValidation)
    #expect(best.step > 300 && best.evaluation.lossNats == validations.map(\.lossNats).min())
    #expect(best.evaluation.lossNats < first.lossNats)
    // The checkpoint to return to is written at once.
    let written = try #require(await log.checkpoints.first)
    #expect(written.step == 300 && written.bestStep == 300)
  }

  @Test func `an unchanged held-out set keeps its best validation`() async throws {
    let (easy, _) = try Self.corpora()
    let saved = try await checkpoint(of: easy, Self.configuration(steps: 300))
    let plan = try TrainingPlan(corpus: easy, configuration: Self.configuration(steps: 320))
    let trainer = try await Trainer(plan, resuming: saved, allowsChangedCorpus: true)
    let log = EventLog()
    try await trainer.train { await log.add($0) }
    #expect(await log.metrics.allSatisfy { $0.step > 300 })
  }

  @Test func `a resume in the middle of the first validations gives the same run`() async throws {
    let (easy, hard) = try Self.corpora()
    let saved = try await checkpoint(of: easy, Self.configuration(steps: 300))
    let plan = try TrainingPlan(corpus: hard, configuration: Self.configuration(steps: 400))
    let whole = try await Trainer(plan, resuming: saved, allowsChangedCorpus: true)
    try await whole.train()
    // Stopped before the first validation was told, and once more in the middle.
    struct Stop: Error {}
    let first = try await Trainer(plan, resuming: saved, allowsChangedCorpus: true)
    await #expect(throws: Stop.self) { try await first.train { _ in throw Stop() } }
    let second = try await Trainer(plan, resuming: first.checkpoint())
    await #expect(throws: Stop.self) { try await second.train { if case .step(let report) = $0, report.step == 350 { throw Stop() } } }
    let third = try await Trainer(plan, resuming: second.checkpoint())
    try await third.train()
    let found = await third.checkpoint(), expected = await whole.checkpoint()
    #expect(found.isSame(as: expected) && found.bestStep == expected.bestStep)
  }

  @Test(
    "a handler that throws does not lose the validation of its step",
    arguments: ["step", "train", "sample"])
  func throwingHandler(event: String) async throws {
    let (easy, _) = try Self.corpora()
    var configuration = Self.configuration(steps: 12)
    configuration.logEvery = 1
    configuration.sampleEvery = 1
    configuration.sampleLength = 2
    let whole = try await checkpoint(of: easy, configuration)
    struct Stop: Error {}
    let trainer = try Trainer(corpus: easy, configuration: configuration)
    let last = configuration.steps ?? 0
    await #expect(throws: Stop.self) {
      try await trainer.train { told in
        switch told {
        case .step(let report) where event == "step" && report.step == last: throw Stop()
        case .metrics(let line) where event == "train" && line.kind == .train && line.step == last: throw Stop()
        case .sample(_, let report) where event == "sample" && report.step == last: throw Stop()
        default: break
        }
      }
    }
    let log = EventLog()
    let summary = try await trainer.train { await log.add($0) }
    #expect(await log.metrics.contains { $0.kind == .validation && $0.step == last })
    #expect(await trainer.checkpoint().isSame(as: whole) && summary.validation != nil)
  }

  @Test func `a handler that throws on a validation does not lose the checkpoint of the best one`() async throws {
    let (easy, _) = try Self.corpora()
    struct Stop: Error {}
    let trainer = try Trainer(corpus: easy, configuration: Self.configuration(steps: 300))
    let log = EventLog()
    await #expect(throws: Stop.self) {
      try await trainer.train { told in
        await log.add(told)
        if case .metrics(let line) = told, line.kind == .validation { throw Stop() }
      }
    }
    let checkpoints = await log.checkpoints, validations = await log.metrics.filter { $0.kind == .validation }
    #expect(validations.count == 1 && validations.map(\.step) == checkpoints.map(\.step))
    #expect(checkpoints.first?.bestStep == checkpoints.first?.step)
  }

  @Test func `the learning rate stays as plateaus have lowered it`() async throws {
    let (easy, hard) = try Self.corpora()
    var configuration = Self.configuration(steps: 400)
    configuration.patience = nil
    configuration.schedule.kind = .plateau
    configuration.optimizer.learningRate = 0.05
    configuration.logEvery = 1
    // Random words cannot be predicted, so that validations soon get no better.
    let trainer = try Trainer(corpus: hard, configuration: configuration)
    let log = EventLog()
    try await trainer.train { await log.add($0) }
    let rates = await log.metrics.filter { $0.kind == .train }.map(\.learningRate)
    configuration.steps = 410
    let saved = await trainer.checkpoint()
    func firstRate(on corpus: Corpus) async throws -> Float? {
      let plan = try TrainingPlan(corpus: corpus, configuration: configuration)
      let resumed = try await Trainer(plan, resuming: saved, allowsChangedCorpus: true)
      let log = EventLog()
      try await resumed.train { await log.add($0) }
      return await log.metrics.first { $0.kind == .train }?.learningRate
    }
    let unchanged = try #require(try await firstRate(on: hard))
    #expect(unchanged < rates[0])
    #expect(try await firstRate(on: easy) == unchanged)
  }
}
