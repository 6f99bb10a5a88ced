import Corpora
import Foundation
import LanguageModel
import Measuring
import Testing

@Suite("The table of sizes") struct SizeTableTests {
  /// A step of words has 1,120 tokens, and one of characters 1,024.
  static let small = MeasuredCorpus(
    title: "small", tokenization: .word, trainingTokens: 1_120, ngramLossNats: 5,
    runs: [
      MeasuredRun(hidden: 8, embedding: 4, steps: 16, lossNats: 4.2, dropout: 0.5),
      MeasuredRun(hidden: 8, embedding: 4, steps: 4, lossNats: 4.6, dropout: 0.1),
      MeasuredRun(hidden: 16, embedding: 8, steps: 4, lossNats: 4.5, dropout: 0.2),
    ])
  static let large = MeasuredCorpus(
    title: "large", tokenization: .whitespace, trainingTokens: 112_000, ngramLossNats: 6,
    runs: [
      MeasuredRun(hidden: 8, embedding: 4, steps: 400, lossNats: 5, dropout: 0),
      MeasuredRun(hidden: 32, embedding: 16, steps: 400, lossNats: 4.8, dropout: 0),
    ])
  static let characters = MeasuredCorpus(
    title: "characters", tokenization: .char, trainingTokens: 1_024, ngramLossNats: 2,
    runs: [MeasuredRun(hidden: 64, embedding: 8, steps: 1, lossNats: 1.5, dropout: 0)])
  static let table = SizeTable([large, small, characters], of: .word)

  struct Query: Sendable {
    var tokens: Int
    var epochs: Double
    /// nil: no run was as short.
    var gain: Double?
    /// The dropout of the nearest run.
    var dropout: Float
    var title: String
  }

  @Test(
    "gains are interpolated over the logarithms of epochs and tokens",
    arguments: [
      // As measured.
      Query(tokens: 1_120, epochs: 4, gain: 0.4, dropout: 0.1, title: "small"),
      Query(tokens: 1_120, epochs: 16, gain: 0.8, dropout: 0.5, title: "small"),
      // Between two lengths, below the shortest and above the longest.
      Query(tokens: 1_120, epochs: 8, gain: 0.6, dropout: 0.1, title: "small"),
      Query(tokens: 1_120, epochs: 9, gain: 0.4 + 0.4 * log(2.25) / log(4), dropout: 0.5, title: "small"),
      Query(tokens: 1_120, epochs: 3.3, gain: 0.4, dropout: 0.1, title: "small"),
      Query(tokens: 1_120, epochs: 3, gain: nil, dropout: 0.1, title: "small"),
      Query(tokens: 1_120, epochs: 1_000, gain: 0.8, dropout: 0.5, title: "small"),
      // Smaller and larger than any corpus.
      Query(tokens: 100, epochs: 16, gain: 0.8, dropout: 0.5, title: "small"),
      Query(tokens: 1_000_000, epochs: 4, gain: 1, dropout: 0, title: "large"),
      // Between two corpora.
      Query(tokens: 11_200, epochs: 4, gain: 0.7, dropout: 0.1, title: "small"),
      Query(tokens: 35_418, epochs: 4, gain: 0.25 * 0.4 + 0.75, dropout: 0, title: "large"),
      Query(tokens: 35_418, epochs: 3.3, gain: 0.25 * 0.4 + 0.75, dropout: 0, title: "large"),
      Query(tokens: 35_418, epochs: 2, gain: nil, dropout: 0, title: "large"),
    ])
  func interpolated(query: Query) throws {
    let estimate = try #require(Self.table.estimates([(8, query.epochs)], tokens: query.tokens).first)
    switch (estimate.gain, query.gain) {
    case (let found?, let expected?): #expect(abs(found - expected) < 1e-4, "\(found)")
    default: #expect(estimate.gain == query.gain)
    }
    #expect(estimate.run.regularization.layerDropout == query.dropout)
    #expect(estimate.corpus.title == query.title)
    #expect(estimate.epochs == (query.epochs > 100 ? 16 : query.title == "large" ? min(4, query.epochs) : query.epochs))
  }

  @Test(
    "where longer runs end higher, the shorter one is suggested", arguments: [(4.0, 0.4, 4.0), (6, 0.4, 4), (16, 0.4, 4), (100, 0.4, 4)])
  func overfitted(epochs: Double, gain: Double, expected: Double) throws {
    var corpus = Self.small
    corpus.runs = [
      MeasuredRun(hidden: 8, embedding: 4, steps: 4, lossNats: 4.6, dropout: 0.1),
      MeasuredRun(hidden: 8, embedding: 4, steps: 16, lossNats: 4.597, dropout: 0.5),
    ]
    let estimate = try #require(SizeTable([corpus], of: .word).estimates([(8, epochs)], tokens: 1_120).first)
    #expect(abs((estimate.gain ?? 0) - gain) < 1e-9 && estimate.epochs == expected && estimate.run.steps == 4)
  }

  @Test func `sizes are compared on one corpus if the other lacks one of them`() {
    // 8 alone has runs on both corpora.
    func gains(_ models: [(Int, Double)], tokens: Int) -> [Double?] { Self.table.estimates(models, tokens: tokens).map(\.gain) }
    func isNear(_ found: [Double?], _ expected: [Double]) -> Bool {
      found.count == expected.count && zip(found, expected).allSatisfy { abs(($0 ?? .nan) - $1) < 1e-4 }
    }
    #expect(isNear(gains([(8, 4), (16, 4)], tokens: 3_542), [0.4, 0.5]))
    #expect(isNear(gains([(8, 4), (32, 4)], tokens: 35_418), [1, 1.2]))
    #expect(isNear(gains([(8, 4)], tokens: 3_542), [0.75 * 0.4 + 0.25]))
    // A model without a gain does not keep the others from being compared on both.
    #expect(gains([(8, 4), (16, 0.1)], tokens: 3_542)[1] == nil)
    #expect(isNear([gains([(8, 4), (16, 0.1)], tokens: 3_542)[0]], [0.75 * 0.4 + 0.25]))
  }

  @Test func `sizes are those of the nearest corpus of the same kind of tokens`() {
    #expect(Self.table.sizes(tokens: 500) == [8, 16])
    #expect(Self.table.sizes(tokens: 11_000) == [8, 16])
    #expect(Self.table.sizes(tokens: 12_000) == [8, 32])
    #expect(Self.table.sizes(tokens: 1_000_000) == [8, 32])
    #expect(SizeTable([Self.large, Self.small, Self.characters], of: .char).sizes(tokens: 5) == [64])
    #expect(SizeTable([Self.large], of: .word).sizes(tokens: 5) == [8, 32])
  }

  @Test func `a corpus larger than all measured ones counts as the largest`() {
    #expect(Self.table.epochs(tokensRead: 2_240, of: 1_120) == 2)
    #expect(Self.table.epochs(tokensRead: 112_000, of: 112_000) == 1)
    #expect(Self.table.epochs(tokensRead: 448_000, of: 1_000_000_000) == 4)
  }

  @Test("the measured table has what a suggestion needs", arguments: Tokenization.allCases)
  func measured(tokenization: Tokenization) throws {
    let table = SizeTable(MeasuredCorpus.all, of: tokenization)
    let measured = MeasuredCorpus.all.map(\.trainingTokens)
    for tokens in [1_000, 1_000_000_000] + measured + measured.map({ 2 * $0 }) {
      let sizes = table.sizes(tokens: tokens)
      #expect(sizes.count > 1)
      // A long run of some size is better than the n-gram model.
      let gains = table.estimates(sizes.map { ($0, 1_000) }, tokens: tokens).map(\.gain)
      #expect(gains.allSatisfy { $0 != nil } && gains.contains { $0 ?? 0 > 0.05 }, "\(tokens): \(gains)")
    }
    for corpus in MeasuredCorpus.all {
      for run in corpus.runs {
        #expect(run.lossNats > 0.5 && run.lossNats < 10 && corpus.epochs(of: run) > 0.1, "\(corpus.title), \(run)")
      }
    }
  }

  /// The settings in `Benchmarks/sizes.json`, with which the runs were made, are those that are suggested.
  @Test func `runs are suggested with the settings that they were measured with`() throws {
    let file = URL(filePath: #filePath).deletingLastPathComponent().appending(path: "../../Benchmarks/sizes.json").standardized
    let object = try #require(try JSONSerialization.jsonObject(with: Data(contentsOf: file)) as? [String: Any])
    let settings = try #require(object["settings"] as? [String: [String: Any]])
    let planned: Set = ["shards", "schedule", "patience"]
    for corpus in MeasuredCorpus.all {
      let expected = try #require(settings["all"]).merging(try #require(settings[corpus.tokenization.rawValue])) { $1 }
      let run = try #require(corpus.runs.first)
      let data = try JSONEncoder().encode(run.configuration(for: corpus.tokenization, tokens: corpus.trainingTokens))
      let found = try #require(try JSONSerialization.jsonObject(with: data) as? [String: Any])
      for (key, value) in expected where !planned.contains(key) {
        let value = try #require(value as? NSNumber), own = try #require(found[key] as? NSNumber, "\(key)")
        #expect(abs(value.doubleValue - own.doubleValue) <= 1e-6 * abs(value.doubleValue), "\(key)")
      }
    }
  }
}
