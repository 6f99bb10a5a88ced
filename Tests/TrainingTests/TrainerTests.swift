import Basics
import Corpora
import Files
import Foundation
import Kernels
import LanguageModel
import Models
import SystemPackage
import Testing
import Training

@Suite("The trainer") struct TrainerTests {
  /// 4 lanes by windows of 5: 201 tokens are 10 windows an epoch.
  static let text = randomText(words: 184, vocabulary: 20, seed: 6)

  @Test func `events come in order, as often as they should`() async throws {
    let corpus = try corpus(Self.text + randomText(words: 40, vocabulary: 20, seed: 7), validationFraction: 0.15)
    var configuration = smallConfiguration(steps: 25)
    configuration.logEvery = 4
    configuration.sampleEvery = 6
    configuration.checkpointEvery = 10
    configuration.sampleBelowLoss = 100
    let trainer = try Trainer(corpus: corpus, configuration: configuration, workers: 1)
    let log = EventLog()
    let summary = try await trainer.train { await log.add($0) }

    let windows = (corpus.training.count - 1) / 4 / 5
    var expected: [String] = []
    for step in 1...25 {
      expected.append("step")
      if step % 4 == 0 || step == 25 { expected.append("train") }
      // The running loss is below 100 at once.
      if step % 6 == 0 || step == 1 { expected.append("sample") }
      if step % windows == 0 || step == 25 { expected.append("validation") }
      if step % 10 == 0 { expected.append("checkpoint") }
    }
    #expect(await log.names == expected)
    #expect(expected.filter { $0 == "validation" }.count >= 3)

    let steps = await log.steps
    #expect(steps.map(\.step) == Array(1...25))
    #expect(steps.map(\.tokens) == (1...25).map { $0 * 20 })
    #expect(steps.map(\.epoch) == (0..<25).map { $0 / windows })
    #expect(steps.allSatisfy { $0.totalSteps == 25 && $0.lossNats.isFinite && $0.gradientNorm > 0 })
    #expect(steps[0].runningLossNats == steps[0].lossNats)
    #expect(await log.samples.map(\.report.step) == [1, 6, 12, 18, 24])
    #expect(await log.samples.map(\.model.step) == [1, 6, 12, 18, 24])
    #expect(await log.checkpoints.map(\.step) == [10, 20])

    // A line of metrics is the mean since the last one.
    let lines = await log.metrics.filter { $0.kind == .train }
    for (index, line) in lines.enumerated() {
      let part = steps[4 * index..<min(4 * index + 4, 25)]
      #expect(abs(line.lossNats - part.map(\.lossNats).reduce(0, +) / Double(part.count)) < 1e-12)
      #expect(line.step == part.last?.step && line.tokens == part.last?.tokens && line.gradientNorm == part.last?.gradientNorm)
      #expect(
        line.perplexity == exp(line.lossNats) && line.tokensPerSecond > 0 && line.learningRate == configuration.optimizer.learningRate)
    }
    let validation = try #require(await log.metrics.last { $0.kind == .validation })
    let evaluation = try await Evaluator().evaluate(try #require(corpus.validation), weights: trainer.model.weights)
    #expect(validation.lossNats == evaluation.lossNats && validation.tokens == evaluation.tokens)
    #expect(summary.validation == evaluation)
    #expect(summary.steps == 25 && summary.totalSteps == 25 && summary.tokens == 500 && summary.skipped == 0 && !summary.isInterrupted)
  }

  @Test func `one sample is taken below the threshold, no matter how often the loss is`() async throws {
    var configuration = smallConfiguration(steps: 120)
    configuration.optimizer.learningRate = 0.01
    configuration.sampleBelowLoss = 1.5
    let cycle = String(repeating: (0..<10).map { "w\($0) " }.joined(), count: 20)
    let trainer = try Trainer(corpus: corpus(cycle), configuration: configuration)
    let log = EventLog()
    try await trainer.train { await log.add($0) }
    let first = try #require(await log.steps.first { $0.runningLossNats < 1.5 })
    #expect(first.step > 1 && first.step < 120)
    #expect(await log.samples.map(\.report) == [first])
  }

  @Test func `epochs count when steps do not`() async throws {
    var configuration = smallConfiguration(steps: 1)
    configuration.steps = nil
    configuration.epochs = 3
    let corpus = try corpus(Self.text)
    let trainer = try Trainer(corpus: corpus, configuration: configuration)
    #expect(trainer.totalSteps == 3 * ((corpus.training.count - 1) / 4 / 5))
    configuration.epochs = .max
    #expect(try Trainer(corpus: corpus, configuration: configuration).totalSteps == .max)
  }

  @Test func `cancelling ends after the step under way`() async throws {
    let trainer = try Trainer(corpus: corpus(Self.text), configuration: smallConfiguration(steps: 1_000_000))
    let log = EventLog()
    let (arrivals, arrival) = AsyncStream.makeStream(of: Void.self)
    let run = Task {
      try await trainer.train { event in
        await log.add(event)
        guard case .step(let report) = event, report.step == 7 else { return }
        arrival.finish()
        while !Task.isCancelled { await Task.yield() }
      }
    }
    for await _ in arrivals {}
    run.cancel()
    let summary = try await run.value
    #expect(summary.steps == 7 && summary.totalSteps == 1_000_000 && summary.isInterrupted)
    #expect(await log.steps.count == 7)
    #expect(await trainer.model.step == 7)
  }

  @Test func `what is interrupted and gone on with ends as what is not`() async throws {
    let corpus = try corpus(Self.text)
    let whole = try Trainer(corpus: corpus, configuration: smallConfiguration(steps: 30))
    try await whole.train()
    let parts = try Trainer(corpus: corpus, configuration: smallConfiguration(steps: 30))
    struct Stop: Error {}
    for stop in [4, 9, 21] {
      await #expect(throws: Stop.self) {
        try await parts.train { if case .step(let report) = $0, report.step == stop { throw Stop() } }
      }
    }
    #expect(try await parts.train().steps == 30)
    #expect(await parts.model.weights.values.isBitwiseEqual(to: whole.model.weights.values))
  }

  @Test("training that diverges stops with an error, and with weights that are numbers", arguments: [1_000, 1e30] as [Float])
  func divergence(rate: Float) async throws {
    var configuration = smallConfiguration(steps: 1_000)
    configuration.optimizer.learningRate = rate
    configuration.checkpointEvery = 1
    let trainer = try Trainer(corpus: corpus(Self.text), configuration: configuration)
    let log = EventLog()
    let error = await #expect(throws: TrainingError.self) { try await trainer.train { await log.add($0) } }
    let last = try #require(await log.skipped.last)
    #expect(error == .diverged(step: last, skipped: 20, learningRate: rate))
    #expect(
      error?.description
        == "training diverged at step \(last): 20 minibatches in a row had a loss or gradient beyond all bounds; "
        + "lower \"learning_rate\", which is \(rate) where 0.002 or 0.003 is usual, or \"clip_norm\".")
    #expect(await log.skipped.suffix(20) == Array(last - 19...last)[...])
    #expect(last < 100)
    // Every checkpoint could be saved, and so could what there is now.
    for model in await log.checkpoints.map(\.model) + [trainer.model] {
      #expect(model.weights.values.isFinite(in: 0..<model.weights.values.count))
    }
  }

  // MARK: - Settings that cannot be

  struct Fault: Sendable, CustomTestStringConvertible {
    var message: String
    var workers: Int?
    var change: @Sendable (inout TrainingConfiguration) -> Void

    init(_ message: String, workers: Int? = nil, _ change: @escaping @Sendable (inout TrainingConfiguration) -> Void = { _ in }) {
      self.message = message
      self.workers = workers
      self.change = change
    }
    var testDescription: String { message }
  }

  static let faults = [
    Fault("\"embedding\" must be at least 1, but is 0; choose another value.") { $0.embeddingSize = 0 },
    Fault("\"hidden\" must be at least 1, but is -4; choose another value.") { $0.hiddenSizes = -4 },
    Fault("\"layers\" must be from 1 to 64, but is 0; choose another value.") { $0.layerCount = 0 },
    Fault("\"batch\" must be at least 1, but is 0; choose another value.") { $0.batchSize = 0 },
    Fault("\"batch\" must be at least 1, but is -8; choose another value.") { $0.batchSize = -8 },
    Fault("\"window\" must be at least 1, but is 0; choose another value.") { $0.windowLength = 0 },
    Fault("\"epochs\" must be at least 1, but is 0; choose another value.") { $0.epochs = 0 },
    Fault("\"steps\" must be at least 1, but is -1; choose another value.") { $0.steps = -1 },
    Fault("\"shards\" must be at least 1, but is 0; choose another value.") { $0.shards = 0 },
    Fault("\"log_every\" must be at least 1, but is 0; choose another value.") { $0.logEvery = 0 },
    Fault("\"sample_every\" must be at least 1, but is 0; choose another value.") { $0.sampleEvery = 0 },
    Fault("\"sample_length\" must be at least 1, but is 0; choose another value.") { $0.sampleLength = 0 },
    Fault("\"checkpoint_every\" must be at least 1, but is -2; choose another value.") { $0.checkpointEvery = -2 },
    Fault("\"keep_checkpoints\" must be at least 1, but is 0; choose another value.") { $0.keepCheckpoints = 0 },
    Fault("\"spike_deviations\" must be a number of 0 or more, but is -1.0; choose another value.") { $0.spikeDeviations = -1 },
    Fault("\"spike_deviations\" must be a number of 0 or more, but is nan; choose another value.") { $0.spikeDeviations = .nan },
    Fault("\"learning_rate\" must be a number above 0, but is 0.0; choose another value.") { $0.optimizer.learningRate = 0 },
    Fault("\"learning_rate\" must be a number above 0, but is -0.1; choose another value.") { $0.optimizer.learningRate = -0.1 },
    Fault("\"learning_rate\" must be a number above 0, but is nan; choose another value.") { $0.optimizer.learningRate = .nan },
    Fault("\"learning_rate\" must be a number above 0, but is inf; choose another value.") { $0.optimizer.learningRate = .infinity },
    Fault("\"epsilon\" must be a number above 0, but is 0.0; choose another value.") { $0.optimizer.epsilon = 0 },
    Fault("\"epsilon\" must be a number above 0, but is nan; choose another value.") { $0.optimizer.epsilon = .nan },
    Fault("\"clip_norm\" must be a number above 0, but is 0.0; choose another value.") { $0.optimizer.clipNorm = 0 },
    Fault("\"clip_norm\" must be a number above 0, but is nan; choose another value.") { $0.optimizer.clipNorm = .nan },
    Fault("\"clip_value\" must be a number above 0, but is -6.0; choose another value.") { $0.optimizer.clipValue = -6 },
    Fault("\"rms_decay\" must be at least 0 and less than 1, but is 1.0; choose another value.") { $0.optimizer.rmsDecay = 1 },
    Fault("\"rms_decay\" must be at least 0 and less than 1, but is -0.5; choose another value.") { $0.optimizer.rmsDecay = -0.5 },
    Fault("\"rms_decay\" must be at least 0 and less than 1, but is nan; choose another value.") { $0.optimizer.rmsDecay = .nan },
    Fault("\"sample_below_loss\" must be a number above 0, but is nan; choose another value.") { $0.sampleBelowLoss = .nan },
    Fault("\"sample_below_loss\" must be a number above 0, but is 0.0; choose another value.") { $0.sampleBelowLoss = 0 },
    Fault("\"batch\": 4 cannot be divided evenly among \"shards\": 3; choose a batch that is a multiple of the shards.") { $0.shards = 3 },
    Fault("\"batch\": 4 cannot be divided evenly among \"shards\": 8; choose a batch that is a multiple of the shards.") { $0.shards = 8 },
    Fault("\"workers\" must be at least 1, but is 0; choose another value.", workers: 0),
    Fault("\"workers\" must be at least 1, but is -1; choose another value.", workers: -1),
    Fault("\"hidden\" must be from 1 to 1048576, but is 1048577; choose another value.") { $0.hiddenSizes = 1_048_577 },
    Fault("\"embedding\" must be from 1 to 1048576, but is \(Int.max); choose another value.") { $0.embeddingSize = .max },
    Fault("\"layers\" must be from 1 to 64, but is 65; choose another value.") { $0.layerCount = 65 },
    Fault("\"layers\" must be 2, the number of hidden sizes in the list, but is 3; choose another value.") {
      $0.hiddenSizes = [400, 300]
      $0.layerCount = 3
    },
    Fault("\"hidden\" must be at least 1, but is 0; choose another value.") { ($0.hiddenSizes, $0.layerCount) = ([400, 0], 2) },
    Fault("these sizes make 4,398,077,968,428 weights, more than 2^34; choose a smaller vocabulary, embedding or hidden size.") {
      $0.embeddingSize = 1
      $0.hiddenSizes = 1_048_576
    },
    Fault(
      """
      The text has 200 tokens and a minibatch of 4 lanes by 50 tokens needs at least 201; use a smaller "batch" or "window", or \
      add text.
      """
    ) { $0.windowLength = 50 },
    Fault(
      "The text has 200 tokens and a minibatch of 200 lanes by 5 tokens needs at least 1,001; "
        + "use a smaller \"batch\" or \"window\", or add text."
    ) { $0.batchSize = 200 },
    Fault(
      "The text has 200 tokens and a minibatch of 4 lanes by \(Int.max.grouped) tokens needs at least \(Int.max.grouped); "
        + "use a smaller \"batch\" or \"window\", or add text."
    ) { $0.windowLength = .max },
  ]

  @Test("a setting that cannot be is refused in one sentence before anything is trained", arguments: faults)
  func invalid(fault: Fault) throws {
    // 184 words and 16 line ends.
    let corpus = try corpus(Self.text)
    try #require(corpus.training.count == 200 && corpus.tokenizer.vocabulary.count == 22)
    var configuration = smallConfiguration(steps: 5)
    fault.change(&configuration)
    let error = #expect(throws: (any Error).self) { try Trainer(corpus: corpus, configuration: configuration, workers: fault.workers) }
    #expect(error is SettingError || error is ModelError || error is CorpusError)
    #expect(message(of: error) == fault.message)
  }

  @Test func `held-out songs too short to measure are found before training`() throws {
    let folder = try TemporaryFolder()
    let training = folder.path("training.txt").string, validation = folder.path("validation.txt").string
    try Data(Self.text.utf8).write(to: URL(filePath: training))
    try Data("\n".utf8).write(to: URL(filePath: validation))
    let corpus = try Corpus(reading: [training], options: CorpusOptions(tokenization: .whitespace, validation: [validation]))
    let error = #expect(throws: CorpusError.self) { try Trainer(corpus: corpus, configuration: smallConfiguration(steps: 5)) }
    #expect(error == .tooSmall(tokens: 1, needed: 2, lanes: 1, window: 1))
  }

  @Test func `a run that begins from frequencies starts as good as counting`() async throws {
    // Half of the words are one word, which a model of zeros cannot know.
    let corpus = try corpus((0..<400).map { $0 % 2 == 0 ? "the" : "w\($0 * 7 % 20)" }.joined(separator: " "))
    let tokens = try corpus.training.read(), vocabulary = corpus.tokenizer.vocabulary.count
    var configuration = smallConfiguration(steps: 1)
    configuration.initialRange = 1e-6
    func firstLoss() async throws -> Double {
      let log = EventLog()
      try await Trainer(corpus: corpus, configuration: configuration).train { await log.add($0) }
      return try #require(await log.steps.first).lossNats
    }
    #expect(abs(try await firstLoss() - log(Double(vocabulary))) < 1e-4)
    configuration.startsFromFrequencies = true
    var expected = 0.0
    for lane in 0..<4 {
      for step in 1...5 {
        let token = tokens[lane * ((tokens.count - 1) / 4) + step]
        expected -= log(Double(tokens.count { $0 == token } + 1) / Double(tokens.count + vocabulary)) / 20
      }
    }
    #expect(abs(try await firstLoss() - expected) < 1e-4)
  }
}
