public import Corpora
private import LanguageModel
public import Models
private import Scoring
public import Training

/// The sizes, rates and dropout for a corpus and a time, chosen by the losses that models of these sizes had in measured runs.
///
/// ```swift
/// let suggestion = try await SizeSuggestion(corpus: corpus, budget: TrainingBudget(minutes: 30))
/// let trainer = try Trainer(corpus: corpus, configuration: suggestion.chosen.configuration)
/// ```
/// The speed of every size is measured on this machine, which gives the number of epochs that fit into the time. The table
/// ``MeasuredCorpus/all`` says how far below an n-gram model a run of this size and length ends. The n-gram model is counted on the corpus
/// itself, so the expected loss is one of this corpus.
public struct SizeSuggestion: Sendable {
  /// A size that was considered.
  public struct Candidate: Sendable {
    /// All settings of the run, with its steps.
    public var configuration: TrainingConfiguration
    /// The length of the run: the time that was given, or less if measured runs of this size that were longer are no better.
    public var budget: TrainingBudget
    /// The mean time of a step on this machine, in seconds.
    public var secondsPerStep: Double
    /// How often the run reads the corpus.
    public var epochs: Double
    /// How far the loss is expected to be below that of the n-gram model, in nats a token; nil: the run is shorter than any measured one.
    public var gainNats: Double?
    /// The measured run from which dropout is taken.
    public var run: MeasuredRun
    /// The corpus of this run.
    public var corpus: MeasuredCorpus
  }

  /// The sizes, smallest first.
  public let candidates: [Candidate]
  /// The index of the suggested candidate.
  public let chosenIndex: Int
  /// The tokens of the smallest corpus of the table with tokens of this kind.
  public let smallestMeasuredTokens: Int
  /// The n-gram model of the corpus; nil if no songs are held out.
  public let ngram: NGram?

  /// An n-gram model that was counted on a corpus.
  public struct NGram: Sendable, Hashable {
    /// n.
    public var order: Int
    /// The loss on the held-out songs, in nats a token.
    public var lossNats: Double
    /// How many tokens were counted: all, or the first ones of a large corpus.
    public var countedTokens: Int
  }

  /// The suggested size.
  public var chosen: Candidate { candidates[chosenIndex] }

  /// The most bytes that the n-gram model may take.
  private static let mostNGramBytes = 600_000_000
  /// The most tokens that it predicts.
  private static let mostPredictedTokens = 1_000_000

  /// The loss that a candidate is expected to have on the held-out songs, in nats a token; nil if it is not known.
  public func expectedLossNats(of candidate: Candidate) -> Double? {
    guard let ngram, let gain = candidate.gainNats else { return nil }
    return max(0, ngram.lossNats - gain)
  }

  /// Measures the sizes of a table and chooses one.
  ///
  /// - Parameters:
  ///   - budget: the length of the run.
  ///   - workers: threads' worth of parallelism; nil: one for each core that the process may use.
  ///   - elapsed: seconds of the budget that go by before the run begins.
  ///   - table: measured runs.
  ///   - willMeasure: told of each size before its speed is measured.
  /// - Throws: `CorpusError` if the corpus is too small for any size or can no longer be read, `ResourceError` if no size fits the memory,
  ///   and what training throws.
  /// - Precondition: the table has runs on tokens of the corpus's kind.
  public init(
    corpus: Corpus, budget: TrainingBudget, workers: Int? = nil, elapsed: Double = 0, table: [MeasuredCorpus] = MeasuredCorpus.all,
    willMeasure: (_ hidden: Int) throws -> Void = { _ in }
  ) async throws {
    let tokenization = corpus.tokenizer.tokenization, tokens = corpus.training.count
    let table = SizeTable(table, of: tokenization)
    smallestMeasuredTokens = table.smallestTokens
    ngram = try Self.ngram(of: corpus)
    var measured: [(plan: TrainingPlan, speed: TrainingBudget.Speed)] = [], tooLarge: ResourceError?
    // The speed hardly depends on the dropout, so that of any run will do.
    for estimate in table.estimates(table.sizes(tokens: tokens).map { ($0, 1) }, tokens: tokens) {
      do {
        let configuration = estimate.run.configuration(for: tokenization, tokens: tokens)
        let plan = try TrainingPlan(corpus: corpus, configuration: configuration, workers: workers)
        try willMeasure(estimate.run.hidden)
        measured.append((plan, try await TrainingBudget.measure(plan, seconds: min(3, budget.seconds / 60))))
      } catch let error as ResourceError {
        tooLarge = error
      }
    }
    if measured.isEmpty, let tooLarge { throw tooLarge }
    let read = measured.map { plan, speed in
      Double(budget.configuration(for: plan, speed: speed, elapsed: elapsed).steps ?? 1) * plan.tokensPerStep
    }
    let models = zip(measured, read).map { ($0.plan.model.hiddenSizes[0], table.epochs(tokensRead: $1, of: tokens)) }
    candidates = zip(measured, table.estimates(models, tokens: tokens)).enumerated().map { index, pair in
      let (plan, speed) = pair.0, estimate = pair.1
      // A longer run was not better, or was not measured.
      let share = estimate.epochs / models[index].1
      let length = share < 1 ? budget.lasting(steps: share * read[index] / plan.tokensPerStep, speed, elapsed: elapsed) : budget
      var configuration = length.configuration(for: plan, speed: speed, elapsed: elapsed)
      configuration.regularization = estimate.run.regularization
      return Candidate(
        configuration: configuration, budget: length, secondsPerStep: speed.secondsPerStep,
        epochs: Double(configuration.steps ?? 1) * plan.tokensPerStep / Double(tokens), gainNats: estimate.gain, run: estimate.run,
        corpus: estimate.corpus)
    }
    chosenIndex = Self.choice(candidates.map(\.gainNats))
  }

  /// The index of the greatest gain, the first of two that are equal; 0 if no gain is known.
  package static func choice(_ gains: [Double?]) -> Int {
    gains.indices.reduce(0) { best, index in gains[index] ?? -.infinity > gains[best] ?? -.infinity ? index : best }
  }

  private static func ngram(of corpus: Corpus) throws -> NGram? {
    guard let heldOut = corpus.validation, heldOut.count > 1 else { return nil }
    let order = MeasuredCorpus.ngramOrder(of: corpus.tokenizer.tokenization)
    let counted = min(corpus.training.count, mostNGramBytes / (BaselineRecord.bytesPerNGram * order))
    let record = BaselineRecord(
      counting: try corpus.training.read(0..<counted), predicting: try heldOut.read(0..<min(heldOut.count, mostPredictedTokens)),
      vocabularySize: corpus.tokenizer.vocabulary.count, order: order, corpus: 0)
    return record.losses.last.map { NGram(order: order, lossNats: $0.lossNats, countedTokens: counted) }
  }
}

extension TrainingPlan {
  /// The tokens of a step.
  fileprivate var tokensPerStep: Double { Double(configuration.batchSize) * Double(configuration.windowLength) }
}
