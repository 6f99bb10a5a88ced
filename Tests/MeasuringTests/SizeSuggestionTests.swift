import Corpora
import Foundation
import LanguageModel
import Measuring
import Models
import Testing
import Training

@Suite("Suggestions") struct SizeSuggestionTests {
  static func corpus(heldOut: Double) throws -> Corpus {
    let words = ["one", "river", "two", "rain", "three", "moon"]
    let songs = (0..<40).map { song in
      (0..<12).map { line in (0..<5).map { words[(song * 7 + line * 3 + $0 * (song % 5 + 1)) % words.count] }.joined(separator: " ") }
        .joined(separator: "\n") + "\nsong \(song)"
    }
    var options = CorpusOptions()
    options.validationFraction = heldOut
    return try Corpus(text: songs.joined(separator: "\n\n\n"), options: options)
  }

  /// A table in which the larger model has this loss, after very short runs and very long ones; longer runs end lower by `gain`.
  static func table(larger loss: Double, steps: [Int] = [1, 1_000_000_000], gain: Double = 0) -> [MeasuredCorpus] {
    let runs = steps.enumerated().flatMap { index, steps in
      [(8, 4.5, Float(0)), (16, loss, Float(0.3))].map { hidden, loss, drop in
        MeasuredRun(hidden: hidden, embedding: 4, steps: steps, lossNats: loss - Double(index) * gain, dropout: 0.1, weightDrop: drop)
      }
    }
    return [MeasuredCorpus(title: "table", tokenization: .word, trainingTokens: 1_000_000, ngramLossNats: 5, runs: runs)]
  }

  @Test("the size with the lowest expected loss is suggested", arguments: [(4.0, 1), (4.9, 0), (4.5, 0)])
  func lowest(larger: Double, chosen: Int) async throws {
    let corpus = try Self.corpus(heldOut: 0.2)
    let suggestion = try await SizeSuggestion(corpus: corpus, budget: TrainingBudget(minutes: 0.02), table: Self.table(larger: larger))
    #expect(suggestion.candidates.map(\.run.hidden) == [8, 16] && suggestion.chosenIndex == chosen)
    let ngram = try #require(suggestion.ngram)
    #expect(ngram.lossNats > 0 && ngram.order == 3 && ngram.countedTokens == corpus.training.count)
    for candidate in suggestion.candidates {
      let configuration = candidate.configuration, steps = try #require(configuration.steps)
      #expect(configuration.hiddenSizes == .all(candidate.run.hidden) && configuration.embeddingSize == candidate.run.embedding)
      #expect(configuration.regularization == candidate.run.regularization)
      #expect(candidate.epochs == Double(steps * configuration.batchSize * configuration.windowLength) / Double(corpus.training.count))
      // A run can be made of it.
      #expect(try TrainingPlan(corpus: corpus, configuration: configuration).totalSteps == steps)
    }
    let gain = try #require(suggestion.chosen.gainNats)
    #expect(abs(gain - (5 - min(4.5, larger))) < 1e-9)
    #expect(suggestion.expectedLossNats(of: suggestion.chosen) == max(0, ngram.lossNats - gain))
  }

  @Test func `without held-out songs, and with less time than any run took, no loss is expected`() async throws {
    let corpus = try Self.corpus(heldOut: 0)
    let suggestion = try await SizeSuggestion(corpus: corpus, budget: TrainingBudget(minutes: 0.02), table: Self.table(larger: 4))
    #expect(suggestion.ngram == nil && suggestion.chosenIndex == 1)
    #expect(suggestion.chosen.gainNats != nil && suggestion.expectedLossNats(of: suggestion.chosen) == nil)

    let long = MeasuredCorpus(
      title: "long", tokenization: .word, trainingTokens: 100, ngramLossNats: 5,
      runs: [64, 8].map { MeasuredRun(hidden: $0, embedding: 4, steps: 100_000_000, lossNats: 4, dropout: 0) })
    let short = try await SizeSuggestion(corpus: try Self.corpus(heldOut: 0.2), budget: TrainingBudget(minutes: 0.01), table: [long])
    #expect(short.chosen.run.hidden == 8 && short.chosen.gainNats == nil && short.ngram != nil)
    #expect(short.expectedLossNats(of: short.chosen) == nil)
  }

  @Test func `a run is no longer than the longest measured one`() async throws {
    let corpus = try Self.corpus(heldOut: 0.2), budget = TrainingBudget(minutes: 1_000_000)
    // 2,000 epochs of the measured corpus, which take some seconds.
    let suggestion = try await SizeSuggestion(
      corpus: corpus, budget: budget, table: Self.table(larger: 4, steps: [1, 1_785_714], gain: 0.2))
    for candidate in suggestion.candidates {
      #expect(candidate.budget.seconds < budget.seconds)
      // Steps and validations are whole, and the overhead is a share of the time.
      #expect(candidate.epochs > 1_000 && candidate.epochs < 3_000, "\(candidate.epochs)")
    }
    let longer = try await SizeSuggestion(corpus: corpus, budget: TrainingBudget(minutes: 0.02), table: Self.table(larger: 4, gain: 1))
    #expect(longer.candidates.allSatisfy { $0.budget.seconds == 60 * 0.02 })
  }

  @Test(
    "the greatest gain is chosen, or the smallest size if none is known",
    arguments: [([nil, nil], 0), ([0.1, 0.2, nil], 1), ([0.2, 0.2], 0), ([nil, -0.5], 1), ([-0.1, nil, 0.3], 2)] as [([Double?], Int)])
  func choice(gains: [Double?], expected: Int) {
    #expect(SizeSuggestion.choice(gains) == expected)
  }
}
