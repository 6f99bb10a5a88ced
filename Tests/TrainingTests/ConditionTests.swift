import Basics
import Corpora
import Files
import Foundation
import Generation
import Kernels
import LanguageModel
import Models
import Scoring
import SystemPackage
import Testing
import Training

/// Models whose songs are conditioned on columns of their corpus.
@Suite("Conditions") struct ConditionTests {
  static let words = [
    "Ann": ["red", "rose", "garden", "summer", "petal", "bloom"], "Bo": ["blue", "wave", "harbour", "winter", "sail", "storm"],
  ]

  /// Songs of two artists who share no words, and a few of others.
  static func table(songs: Int = 60, seed: UInt64 = 4) -> String {
    var generator = SeededGenerator(seed: seed)
    var text = "artist,genre,lyrics\n"
    for number in 0..<songs {
      let artist = number % 2 == 0 ? "Ann" : "Bo", words = words[artist] ?? []
      let lines = (0..<3).map { _ in (0..<5).map { _ in words[Int.random(in: 0..<words.count, using: &generator)] }.joined(separator: " ") }
      text += "\(number % 20 == 7 ? "Cy \(number)" : artist),\(number % 3 == 0 ? "folk" : ""),\"\(lines.joined(separator: "\n"))\"\n"
    }
    return text
  }

  static func corpus(_ folder: TemporaryFolder, held: Double = 0.2, table: String = table()) throws -> Corpus {
    try writeUnsynced(Array(table.utf8), to: folder.path("songs.csv"))
    var options = CorpusOptions(minimumCount: 1, validationFraction: held)
    options.keepColumns(of: ["artist", "genre"])
    return try Corpus(reading: [folder.path("songs.csv").string], options: options)
  }

  static func configuration(
    steps: Int, condition: ConditionColumns? = ["artist", "genre"], isTied: Bool = true
  ) -> TrainingConfiguration {
    var configuration = smallConfiguration(steps: steps, batch: 4, window: 6, shards: 2)
    configuration.condition = condition
    configuration.isTied = isTied
    configuration.embeddingSize = 10
    configuration.hiddenSizes = 14
    configuration.optimizer.averageDecay = 0.9
    configuration.logEvery = 5
    configuration.checkpointEvery = 7
    return configuration
  }

  // MARK: - Learning

  @Test("the model tells artists apart", arguments: [false, true])
  func learns(isTied: Bool) async throws {
    let folder = try TemporaryFolder(), corpus = try Self.corpus(folder)
    var configuration = Self.configuration(steps: 900, condition: ["artist"], isTied: isTied)
    configuration.optimizer.averageDecay = 0
    configuration.optimizer.learningRate = 0.01
    let trainer = try Trainer(corpus: corpus, configuration: configuration)
    try await trainer.train()
    let model = await trainer.model
    #expect(model.conditions?.columns.map(\.name) == ["artist"] && model.configuration.condition == ["artist"])
    for (artist, own) in Self.words {
      var count = 0, owned = 0
      for seed in 0..<10 {
        let text = try model.generate(length: 15, sampling: Sampling(temperature: 1), condition: ["artist": artist], seed: UInt64(seed))
        let words = text.split { $0.isWhitespace }.map(String.init)
        count += words.count
        owned += words.count { own.contains($0) }
      }
      #expect(count > 50 && Double(owned) > 0.9 * Double(count), "\(artist): \(owned) of \(count)")
    }
    // The held-out songs are predicted better with their artists' tokens than without.
    let evaluator = Evaluator(workers: 2)
    let tokens = try #require(try corpus.tokens(of: .validation, conditions: model.conditions))
    let own = try await evaluator.evaluate(tokens, weights: model.weights)
    let plain = try await evaluator.evaluate(try #require(corpus.validation), weights: model.weights)
    #expect(own.tokens == plain.tokens && own.lossNats < plain.lossNats)
  }

  @Test("as many tokens are counted as without conditions, and the loss is their mean", arguments: [1, 2])
  func counts(shards: Int) async throws {
    let folder = try TemporaryFolder(), corpus = try Self.corpus(folder)
    var configuration = Self.configuration(steps: 3)
    configuration.shards = shards
    let plan = try TrainingPlan(corpus: corpus, configuration: configuration)
    let controls = try #require(plan.conditions)
    var stream = try MinibatchStream(
      try #require(try corpus.tokens(of: .training, conditions: controls)), lanes: 4, window: 6, shards: shards)
    let events = EventLog()
    let trainer = try Trainer(plan)
    try await trainer.train { await events.add($0) }
    var counted = 0
    for step in await events.steps {
      let batch = try stream.next()
      let targets = batch.shards.flatMap(\.targets)
      counted += targets.count { $0 >= 0 }
      #expect(step.tokens == counted && targets.contains(-1))
    }
    // A fresh model predicts every token about alike: the mean is over what is predicted.
    let first = try #require(await events.steps.first)
    #expect(abs(first.lossNats - log(Double(corpus.tokenizer.vocabulary.count))) < 0.3)
    #expect(await events.metrics.allSatisfy { $0.kind == .validation || $0.tokens <= counted })
    let plain = try Trainer(corpus: corpus, configuration: Self.configuration(steps: 1, condition: nil))
    #expect(try await trainer.currentValidation()?.tokens == plain.currentValidation()?.tokens)
  }

  @Test("a step's norm and update have the rows of control tokens", arguments: [false, true], [0, 0.5] as [Float])
  func update(isTied: Bool, momentum: Float) async throws {
    let folder = try TemporaryFolder(), corpus = try Self.corpus(folder)
    let plan = try TrainingPlan(corpus: corpus, configuration: Self.configuration(steps: 1, isTied: isTied))
    var optimizer = OptimizerConfiguration()
    optimizer.clipNorm = nil
    optimizer.momentum = momentum
    let tokens = try #require(try corpus.tokens(of: .training, conditions: plan.conditions))
    var stream = try MinibatchStream(tokens, lanes: 4, window: 6, shards: 2)
    let start = Weights(plan.model, seed: 3), layout = start.layout
    let shared = SharedWeights(start)
    let pool = ReplicaPool(plan.model, steps: 6, lanes: 4, shards: 2, workers: 2)
    let batch = try stream.next()
    let step = await pool.train(on: batch, weights: await shared.prepared())
    let total = step.gradients.total(layout)
    let update = await shared.apply(step.gradients, optimizer, workers: 2), after = await shared.snapshot()
    let norm = total.reduce(0) { $0 + $1 * $1 }.squareRoot()
    #expect(abs(update.gradientNorm - norm) < 1e-5 * norm)
    let rates = Optimizer.Rates(learningRate: optimizer.learningRate, decay: optimizer.rmsDecay, epsilon: optimizer.epsilon)
    let touched = Set(batch.shards.flatMap(\.inputs)), vocabulary = plan.model.vocabularySize
    #expect(touched.contains { $0 >= vocabulary } && touched.count { $0 >= vocabulary } < plan.model.controlCount)
    for token in 0..<plan.model.inputCount {
      for index in token * 10..<(token + 1) * 10 {
        let expected = ReferenceOptimizer.rmsProp(.init(weight: Double(start.values[index])), gradient: total[index], rates: rates).weight
        #expect(abs(Double(after.values[index]) - expected) < 1e-5)
        // Nothing moves a control token that no song has.
        if token >= vocabulary, !touched.contains(Int32(token)) { #expect(after.values[index] == start.values[index]) }
      }
    }
  }

  @Test("rows of control tokens are decayed when they are next touched, as if it had been done at each update", arguments: [false, true])
  func lateRows(isTied: Bool) async throws {
    // With an average, whose result makes up for what a row missed. The momentum of the twin is 0, but for which all rows are updated.
    let folder = try TemporaryFolder(), corpus = try Self.corpus(folder)
    let plan = try TrainingPlan(corpus: corpus, configuration: Self.configuration(steps: 1, isTied: isTied))
    var optimizer = OptimizerConfiguration()
    optimizer.averageDecay = 0.8
    var dense = optimizer
    dense.momentum = .leastNonzeroMagnitude
    let tokens = try #require(try corpus.tokens(of: .training, conditions: plan.conditions))
    var results: [(weights: Weights, average: Weights)] = []
    for optimizer in [optimizer, dense] {
      var stream = try MinibatchStream(tokens, lanes: 4, window: 6, shards: 2)
      let shared = SharedWeights(Weights(plan.model, seed: 3))
      let pool = ReplicaPool(plan.model, steps: 6, lanes: 4, shards: 2, workers: 2)
      for _ in 0..<25 {
        let step = await pool.train(on: try stream.next(), weights: await shared.prepared())
        _ = await shared.apply(step.gradients, optimizer, workers: 2)
      }
      results.append((await shared.snapshot(), await shared.resultWeights(averageDecay: 0.8)))
    }
    for index in 0..<results[0].weights.values.count {
      #expect(abs(results[0].weights.values[index] - results[1].weights.values[index]) < 1e-4)
      #expect(abs(results[0].average.values[index] - results[1].average.values[index]) < 1e-4)
    }
  }

  // MARK: - The same result

  @Test("a run that is stopped and resumed ends as one that was not, with any workers", arguments: [false, true])
  func resumes(isTied: Bool) async throws {
    let folder = try TemporaryFolder(), corpus = try Self.corpus(folder), configuration = Self.configuration(steps: 30, isTied: isTied)
    let whole = try Trainer(corpus: corpus, configuration: configuration, workers: 1)
    try await whole.train()
    struct Stop: Error {}
    let stopped = try Trainer(corpus: corpus, configuration: configuration, workers: 3)
    do {
      try await stopped.train { if case .step(let report) = $0, report.step == 13 { throw Stop() } }
    } catch is Stop {}
    let file = folder.path("run").string
    try await stopped.checkpoint().write(to: file)
    let saved = try TrainingCheckpoint(contentsOf: file)
    let stood = await stopped.checkpoint()
    #expect(saved.conditions == stopped.conditions && saved.isSame(as: stood))
    let resumed = try await Trainer(TrainingPlan(corpus: corpus, configuration: saved.configuration, workers: 2), resuming: saved)
    try await resumed.train()
    let end = await resumed.checkpoint(), expected = await whole.checkpoint()
    #expect(end.isSame(as: expected) && end.model.isSame(as: expected.model))
    // The columns stay, and a corpus whose songs have other values is another one.
    var other = saved.configuration
    other.condition = ["artist"]
    await #expect(throws: TrainingCheckpointError.fixedSetting(key: "condition", checkpoint: "artist,genre", given: "artist")) {
      _ = try await Trainer(TrainingPlan(corpus: corpus, configuration: other), resuming: saved)
    }
    let renamed = try Self.corpus(folder, table: Self.table().replacing("\nAnn,folk", with: "\nBo,folk"))
    #expect(renamed.training == corpus.training)
    await #expect(throws: TrainingCheckpointError.self) {
      _ = try await Trainer(TrainingPlan(corpus: renamed, configuration: saved.configuration), resuming: saved)
    }
  }

  // MARK: - Files

  static func model() async throws -> Model {
    let trainer = try Trainer(corpus: corpus(TemporaryFolder()), configuration: configuration(steps: 2))
    try await trainer.train()
    return await trainer.model
  }

  @Test func `a model directory keeps the conditions, in a format that older versions refuse`() async throws {
    let folder = try TemporaryFolder(), path = folder.path("m"), model = try await Self.model()
    try ModelDirectory.save(model, to: path)
    #expect(try names(in: path) == ["conditions.json", "config.json", "model.safetensors", "tokenizer.json"])
    let read = try ModelDirectory.load(path)
    #expect(read.isSame(as: model) && read.conditions == model.conditions)
    let configuration = String(decoding: try readFile(path.appending("config.json")), as: UTF8.self)
    #expect(configuration.contains("\"format\" : 2") && configuration.contains("\"controls\" : \(model.conditions?.tokenCount ?? 0)"))
    // A model without conditions in its place has the older format, and nothing is left of the conditions.
    try ModelDirectory.save(.small(seed: 1), to: path)
    #expect(try names(in: path) == ["config.json", "model.safetensors", "tokenizer.json"])
    let older = String(decoding: try readFile(path.appending("config.json")), as: UTF8.self)
    #expect(older.contains("\"format\" : 1") && !older.contains("controls"))
  }

  @Test func `conditions that are missing or of another model are refused`() async throws {
    let folder = try TemporaryFolder(), path = folder.path("m"), model = try await Self.model()
    try ModelDirectory.save(model, to: path)
    let file = path.appending("conditions.json"), bytes = try readFile(file)
    try removeTree(file)
    #expect(throws: ModelDirectoryError.incomplete(path: path.string, missing: "conditions.json")) { _ = try ModelDirectory.load(path) }
    for (old, new) in [("\"artist\"", "\"singer\""), ("\"text\" : \"folk\"", "\"text\" : \"Folk\""), ("\"format\" : 1", "\"format\" : 2")] {
      let text = String(decoding: bytes, as: UTF8.self)
      try #require(text.contains(old))
      try writeUnsynced(Array(text.replacing(old, with: new).utf8), to: file)
      if new.contains("Folk") {
        _ = try ModelDirectory.load(path)
      } else {
        #expect(throws: (any Error).self) { _ = try ModelDirectory.load(path) }
      }
    }
    try writeUnsynced(bytes, to: file)
    let configuration = path.appending("config.json"), text = String(decoding: try readFile(configuration), as: UTF8.self)
    for (old, new) in [("\"format\" : 2", "\"format\" : 1"), ("\"format\" : 2", "\"format\" : 3")] {
      try writeUnsynced(Array(text.replacing(old, with: new).utf8), to: configuration)
      #expect(throws: ModelDirectoryError.self) { _ = try ModelDirectory.load(path) }
    }
  }

  @Test func `hostile conditions can fail to load, and nothing else`() async throws {
    let model = try await Self.model(), original = try #require(model.conditions).fileData()
    #expect(try ControlVocabulary(json: original, path: "c") == model.conditions)
    let accepted = readMutations(of: original, seed: 31) { bytes in
      let controls = try ControlVocabulary(json: bytes, path: "c")
      // What is accepted can be used.
      let tokens = controls.tokens(try controls.choice([:]), seed: 3)
      #expect(tokens.count == controls.columns.count && tokens.allSatisfy { (0..<Int32(controls.tokenCount)).contains($0) })
      _ = try controls.choice([controls.columns[0].name: controls.columns[0].values[0].text])
      #expect(try ControlVocabulary(json: controls.fileData(), path: "c") == controls)
    }
    #expect(accepted > 0 && accepted < mutationCount / 2)
    for count in ["9223372036854775807", "-1", "1e400"] {
      let text = String(decoding: original, as: UTF8.self).replacing(#/"other_songs" : \d+/#, with: "\"other_songs\" : \(count)")
      #expect(throws: ConditionError.self) { _ = try ControlVocabulary(json: Array(text.utf8), path: "c") }
    }
  }

  @Test func `hostile settings of a model with conditions`() async throws {
    let folder = try TemporaryFolder(), path = folder.path("m"), model = try await Self.model()
    try ModelDirectory.save(model, to: path)
    let file = path.appending("config.json"), original = try readFile(file)
    let accepted = readMutations(of: original, seed: 33) { bytes in
      try writeUnsynced(bytes, to: file)
      let read = try ModelDirectory.load(path)
      #expect(read.weights.configuration.controlCount == read.conditions?.tokenCount ?? 0)
      _ = try read.generate(length: 3)
    }
    #expect(accepted > 0)
  }

  @Test func `a hostile checkpoint with conditions`() async throws {
    let folder = try TemporaryFolder(), path = folder.path("c.safetensors")
    let trainer = try Trainer(corpus: Self.corpus(folder), configuration: Self.configuration(steps: 2))
    try await trainer.train()
    try await trainer.checkpoint().write(to: path.string)
    let original = try readFile(path)
    let end = await trainer.checkpoint()
    #expect(try TrainingCheckpoint(contentsOf: path.string).isSame(as: end))
    let accepted = readMutations(of: original, seed: 32) { bytes in
      try writeUnsynced(bytes, to: path)
      _ = try TrainingCheckpoint.read(path).checkpoint.model
    }
    #expect(accepted < mutationCount / 20)
  }

  // MARK: - Training further, scoring

  @Test func `fine-tuning keeps the conditions of the model, and new values count as others`() async throws {
    let folder = try TemporaryFolder(), model = try await Self.model()
    var options = CorpusOptions(minimumCount: 1, validationFraction: 0)
    options.keepColumns(of: ["artist", "genre"])
    options.keep(model.tokenizer)
    let table = "artist,genre,lyrics\n" + (0..<12).map { "\($0 < 6 ? "Di" : "Ann"),folk,the zeppelin \($0) wave\n" }.joined()
    try writeUnsynced(Array(table.utf8), to: folder.path("more.csv"))
    let corpus = try Corpus(reading: [folder.path("more.csv").string], options: options)
    var configuration = model.configuration
    configuration.steps = 3
    let trainer = try Trainer(TrainingPlan(corpus: corpus, configuration: configuration), from: model)
    #expect(trainer.conditions == model.conditions)
    let start = await trainer.model.weights, controls = try #require(model.conditions).tokenCount
    #expect(start.configuration.vocabularySize > model.weights.configuration.vocabularySize)
    let own = model.weights.values[model.weights.layout[.embedding].range].suffix(controls * 10)
    #expect(Array(start.values[start.layout[.embedding].range].suffix(controls * 10)) == Array(own))
    try await trainer.train()
    configuration.condition = ["artist"]
    #expect(throws: TrainingError.otherSizes(key: "condition", found: "artist", expected: "artist,genre")) {
      _ = try Trainer(TrainingPlan(corpus: corpus, configuration: configuration), from: model)
    }
    var plain = model.configuration
    plain.condition = nil
    let plainModel = await (try Trainer(TrainingPlan(corpus: corpus, configuration: plain))).model
    #expect(throws: TrainingError.otherSizes(key: "condition", found: "artist,genre", expected: "none")) {
      _ = try Trainer(TrainingPlan(corpus: corpus, configuration: model.configuration, conditions: model.conditions), from: plainModel)
    }
  }

  @Test("single scores agree with the evaluation of the held-out songs", arguments: [Reading.lanes(16), .lanes(2)])
  func scores(reading: Reading) async throws {
    let folder = try TemporaryFolder(), corpus = try Self.corpus(folder), model = try await Self.model(), path = folder.path("s").string
    var options = CorpusOptions(minimumCount: 1, validationFraction: 0.2)
    options.keepColumns(of: ["artist", "genre"])
    try Corpus.prepare([folder.path("songs.csv").string], options: options, to: path)
    let store = try Corpus(store: path)
    let text = try EncodedSongs(of: .validation, in: store, path: path, tokenizer: model.tokenizer)
    let scores = try await model.scores(of: text, reading: reading)
    guard case .lanes(let lanes) = reading else { return }
    var evaluator = Evaluator(lanes: lanes, shards: 1, workers: 2)
    evaluator.window = 7
    let tokens = try #require(try corpus.tokens(of: .validation, conditions: model.conditions))
    let evaluation = try await evaluator.evaluate(tokens, weights: model.weights)
    #expect(scores.evaluation.tokens == evaluation.tokens && evaluation.tokens == text.tokens.count - 1)
    #expect(abs(scores.evaluation.lossNats - evaluation.lossNats) < 1e-4)
    // The same songs from a file, and without their columns.
    var reader = SongReader(for: model.tokenizer.tokenization)
    reader.keptColumns = ["genre"]
    let songs = try reader.songs(at: [folder.path("songs.csv")])
    let own = try await model.scores(of: EncodedSongs(of: songs, tokenizer: model.tokenizer), reading: .songs)
    let bare = songs.map { Song(text: $0.text) }
    let other = try await model.scores(of: EncodedSongs(of: bare, tokenizer: model.tokenizer), reading: .songs)
    #expect(own.evaluation.tokens == other.evaluation.tokens && own.evaluation.lossNats != other.evaluation.lossNats)
  }
}
