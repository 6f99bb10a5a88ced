import Basics
import Corpora
import Foundation
import Kernels
import LanguageModel
import Models
import Synchronization
import Testing
import Training

@Suite("Evaluation") struct EvaluatorTests {
  static let weights = Weights(ModelConfiguration(vocabularySize: 30, embeddingSize: 7, hiddenSize: 10, layerCount: 2), seed: 3)

  static func tokens(_ count: Int) -> [TokenID] {
    var generator = SeededGenerator(seed: 4)
    return (0..<count).map { _ in TokenID.random(in: 0..<30, using: &generator) }
  }

  /// The sum over the predictions of one lane that reads `tokens` from a state of zeros, a token at a time.
  static func sum(_ tokens: ArraySlice<TokenID>) async -> Double {
    let pool = EvaluationPool(PreparedWeights(weights, forTraining: false), steps: 1, lanes: 1, shards: 1, workers: 1)
    var sum = 0.0
    for (number, (input, target)) in zip(tokens, tokens.dropFirst()).enumerated() {
      let nats = await pool.nats(from: number == 0 ? .initial : .afterLastWindow) { _ in
        ShardWindows(inputs: [input], targets: [target], lanes: 1, steps: 1)
      }
      sum += nats[0]
    }
    return sum
  }

  /// Ten products of up to ten terms lie between a token and its loss, which is about 3.4.
  static let tolerance = 0x1p-24 * 100 * 3.4

  @Test("every token but the first is predicted once", arguments: [2, 3, 65, 1_000, 1_024, 1_025, 2_049, 5_000, 8_192, 8_193])
  func counts(count: Int) async throws {
    let tokens = Self.tokens(count)
    let evaluation = try await Evaluator().evaluate(tokens, weights: Self.weights)
    #expect(evaluation.tokens == count - 1)
    // By hand: up to 16 lanes of at least 512 tokens, the first of them a token longer where the length is not a multiple.
    var expected = 0.0
    let lanes = [16, 8, 4, 2].first { (count - 1) / $0 >= 512 } ?? 1
    var start = 0
    for lane in 0..<lanes {
      let length = (count - 1) / lanes + (lane < (count - 1) % lanes ? 1 : 0)
      expected += await Self.sum(tokens[start...start + length])
      start += length
    }
    #expect(start == count - 1)
    #expect(abs(evaluation.lossNats - expected / Double(count - 1)) <= Self.tolerance)
  }

  @Test("one lane is the text read from beginning to end, whatever the window", arguments: [1, 5, 64, 2_000])
  func oneLane(window: Int) async throws {
    let tokens = Self.tokens(300)
    let evaluation = try await Evaluator(lanes: 1, window: window).evaluate(tokens, weights: Self.weights)
    let expected = await Self.sum(tokens[...]) / 299
    #expect(abs(evaluation.lossNats - expected) <= Self.tolerance)
  }

  @Test func `perplexity and bits follow from the nats`() async throws {
    let evaluation = try await Evaluator().evaluate(Self.tokens(100), weights: Self.weights)
    #expect(abs(log(evaluation.perplexity) - evaluation.lossNats) < 1e-12)
    #expect(abs(evaluation.bitsPerCharacter - evaluation.lossNats * 1.4426950408889634) < 1e-12)
    // A model of zeros knows nothing: all tokens are alike to it.
    let even = try await Evaluator().evaluate(Self.tokens(100), weights: Weights(zeros: Self.weights.configuration))
    #expect(abs(even.perplexity - 30) < 1e-4)
    #expect(abs(even.bitsPerCharacter - log2(30)) < 1e-6)
  }

  @Test("the number of shards changes nothing but the rounding, and that of workers no bit", arguments: [1, 4, 8, 16, 3, 5, 32])
  func shards(count: Int) async throws {
    // Long enough for 16 lanes.
    let tokens = Self.tokens(8_500)
    let expected = try await Evaluator().evaluate(tokens, weights: Self.weights)
    let found = try await Evaluator(shards: count).evaluate(tokens, weights: Self.weights)
    #expect(found.tokens == expected.tokens)
    #expect(abs(found.lossNats - expected.lossNats) <= Self.tolerance)
    for workers in [1, 2, 7] {
      let again = try await Evaluator(shards: count, workers: workers).evaluate(tokens, weights: Self.weights)
      #expect(again == found)
    }
    for workers in [1, 5] {
      let other = try await Evaluator(shards: count, workers: workers, products: .openblas).evaluate(tokens, weights: Self.weights)
      #expect(abs(other.lossNats - expected.lossNats) <= Self.tolerance)
    }
  }

  @Test("there must be something to predict", arguments: [0, 1])
  func tooShort(count: Int) async {
    let error = await #expect(throws: CorpusError.self) { try await Evaluator().evaluate(Self.tokens(count), weights: Self.weights) }
    #expect(error == .tooSmall(tokens: count, needed: 2, lanes: 1, window: 1))
  }

  @Test(
    "sizes that cannot be are refused",
    arguments: [
      (Evaluator(lanes: 0), "\"batch\" must be at least 1, but is 0; choose another value."),
      (Evaluator(lanes: -3), "\"batch\" must be at least 1, but is -3; choose another value."),
      (Evaluator(window: 0), "\"window\" must be at least 1, but is 0; choose another value."),
      (Evaluator(shards: 0), "\"shards\" must be at least 1, but is 0; choose another value."),
      (Evaluator(shards: -2), "\"shards\" must be at least 1, but is -2; choose another value."),
    ])
  func invalid(evaluator: Evaluator, message: String) async {
    let error = await #expect(throws: CorpusError.self) { try await evaluator.evaluate(Self.tokens(100), weights: Self.weights) }
    #expect(error?.description == message)
  }

  @Test("an evaluation ends within a window once it is cancelled", arguments: [1, 2, 7])
  func cancelled(part: Int) async throws {
    let tokens = Tokens(Self.tokens(5_000)), parts = Mutex<[Int]>([]), run = Mutex<Task<Evaluation, any Error>?>(nil)
    let task = Task {
      try await Evaluator(lanes: 2, window: 64).evaluate(tokens, weights: Self.weights) { done, total in
        #expect(total == 40)
        parts.withLock { $0.append(done) }
        while done == part, !run.withLock({ $0?.cancel() != nil }) {}
      }
    }
    run.withLock { $0 = task }
    await #expect(throws: CancellationError.self) { try await task.value }
    #expect(parts.withLock { $0.count } == part)
  }

  @Test func `progress is told of every window, and does not change the result`() async throws {
    let tokens = Tokens(Self.tokens(5_000)), parts = Mutex<[Int]>([])
    let evaluation = try await Evaluator(lanes: 2, window: 64).evaluate(tokens, weights: Self.weights) { done, _ in
      parts.withLock { $0.append(done) }
    }
    #expect(parts.withLock { $0 } == Array(1...40))
    #expect(try await Evaluator(lanes: 2, window: 64).evaluate(tokens, weights: Self.weights) == evaluation)
  }
}
