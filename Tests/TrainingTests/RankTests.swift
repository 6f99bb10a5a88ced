import Corpora
import Kernels
import LanguageModel
import Models
import Testing
import Training

/// A run that is shared among ranks ends as on one rank, bit for bit.
@Suite("Ranks") struct RankTests {
  /// A kind of run, with what touches the all-reduce.
  struct Kind: Sendable, CustomTestStringConvertible {
    var testDescription: String
    var change: @Sendable (inout TrainingConfiguration) -> Void
    var tokenization = Tokenization.whitespace
  }

  static let kinds: [Kind] = [
    Kind(testDescription: "clipped") { $0.optimizer.clipNorm = 0.3 },
    Kind(testDescription: "tied") { $0.isTied = true },
    Kind(testDescription: "tied with a projection, wide") {
      $0.isTied = true
      $0.embeddingSize = 700
      $0.hiddenSizes = [40, 24]
      $0.layerCount = 2
      $0.regularization.layerDropout = 0.2
    },
    Kind(testDescription: "average, all regularization") {
      $0.optimizer.averageDecay = 0.9
      $0.regularization.layerDropout = 0.3
      $0.regularization.weightDrop = 0.2
      $0.regularization.embeddingDropout = 0.1
      $0.regularization.inputDropout = 0.2
      $0.optimizer.weightDecay = 0.01
    },
    Kind(testDescription: "momentum and centring") {
      $0.optimizer.momentum = 0.9
      $0.optimizer.isCentered = true
    },
    Kind(testDescription: "Adam, tied") {
      $0.optimizer.kind = .adam
      $0.isTied = true
    },
    Kind(testDescription: "characters, random windows") { $0.hasRandomWindows = true }.on(.char),
    Kind(testDescription: "byte pairs, learned initial state") { $0.isInitialStateLearned = true }.on(.bpe),
  ]

  static func configuration(_ kind: Kind, groups: Int = 4) -> TrainingConfiguration {
    var configuration = smallConfiguration(steps: 14, batch: 8, window: 4, shards: 8)
    configuration.groups = groups
    configuration.logEvery = 3
    configuration.checkpointEvery = 6
    configuration.validateEvery = 5
    kind.change(&configuration)
    return configuration
  }

  static func plan(_ kind: Kind, groups: Int = 4) throws -> TrainingPlan {
    let text = randomText(words: 900, vocabulary: 70, seed: 5)
    let corpus = try Corpus(
      text: text, options: CorpusOptions(tokenization: kind.tokenization, minimumCount: 1, validationFraction: 0.2))
    return try TrainingPlan(corpus: corpus, configuration: configuration(kind, groups: groups), workers: 2)
  }

  /// Trains on so many ranks, from a checkpoint if there is one; returns what rank 0 has at the end.
  static func run(
    _ plan: TrainingPlan, ranks count: Int, from checkpoint: TrainingCheckpoint? = nil, until stop: Int = .max
  ) async throws -> ResumeTests.Outcome {
    let group = LocalRanks(count), log = EventLog()
    let outcome = try await withThrowingTaskGroup(of: ResumeTests.Outcome?.self) { tasks in
      for communicator in group.communicators {
        tasks.addTask {
          let trainer =
            if let checkpoint {
              try await Trainer(plan, resuming: checkpoint, communicator: count == 1 ? nil : communicator)
            } else {
              try Trainer(plan, communicator: count == 1 ? nil : communicator)
            }
          let isFirst = communicator.rank == 0
          let summary = try await trainer.train { event in
            if isFirst { await log.add(event) }
            if isFirst, case .step(let report) = event, report.step == stop { unsafe withUnsafeCurrentTask { unsafe $0?.cancel() } }
          }
          guard isFirst else {
            await trainer.answerFirstRank()
            return nil
          }
          var outcome = ResumeTests.Outcome(checkpoint: await trainer.checkpoint())
          await trainer.endRanks()
          outcome.summary = summary
          return outcome
        }
      }
      var first: ResumeTests.Outcome?
      for try await outcome in tasks { first = outcome ?? first }
      return first
    }
    var result = try #require(outcome)
    await result.add(log)
    #expect(group.isSettled)
    return result
  }

  @Test("two, four and eight ranks end as one", arguments: kinds, [2, 4, 8])
  func sameAsOne(kind: Kind, ranks: Int) async throws {
    let plan = try Self.plan(kind, groups: ranks)
    let one = try await Self.run(plan, ranks: 1)
    try #require(one.summary?.skipped == 0 && one.metrics.count { $0.kind == .validation } >= 2)
    try await Self.run(plan, ranks: ranks).expectSame(as: one, "\(ranks) ranks")
  }

  @Test("a run of two ranks resumes on four and on one", arguments: [[2, 4, 1], [1, 2], [4, 1, 2]])
  func resumes(counts: [Int]) async throws {
    let plan = try Self.plan(Self.kinds[3])
    let whole = try await Self.run(plan, ranks: 1)
    var saved: TrainingCheckpoint?
    for (index, ranks) in counts.enumerated() {
      let stop = index == counts.count - 1 ? .max : 4 * (index + 1)
      let part = try await Self.run(plan, ranks: ranks, from: saved, until: stop)
      saved = part.checkpoint
    }
    #expect(try #require(saved).isSame(as: whole.checkpoint))
  }

  @Test("other numbers of ranks are refused", arguments: [(3, 4, 4), (2, 1, 4), (4, 2, 4), (2, 2, 6)])
  func refused(ranks: Int, groups: Int, shards: Int) throws {
    var configuration = smallConfiguration(steps: 3, batch: 12, window: 4, shards: shards)
    configuration.groups = groups
    let error = #expect(throws: RankError.self) { try RankPart.check(ranks: ranks, configuration) }
    let expected: RankError =
      ranks == 3
      ? .notPowerOfTwo(ranks: 3)
      : shards == 6 ? .shards(ranks: 2, shards: 6) : .groups(ranks: ranks, groups: groups, shards: shards, batch: 12)
    #expect(error == expected)
    #expect(throws: Never.self) { try RankPart.check(ranks: 1, configuration) }
  }
}

extension RankTests.Kind {
  fileprivate init(testDescription: String, _ change: @escaping @Sendable (inout TrainingConfiguration) -> Void) {
    self.init(testDescription: testDescription, change: change)
  }

  fileprivate func on(_ tokenization: Tokenization) -> Self {
    var kind = self
    kind.tokenization = tokenization
    return kind
  }
}
