import Basics
import Foundation
import Generation
import Kernels
import Testing

@Suite("The sampler") struct SamplerTests {
  /// A sampler with the generator of one stream, for logits in an array.
  struct Stream {
    let sampler: Sampler
    var generator: SeededGenerator

    init(_ sampling: Sampling, vocabularySize: Int, seed: UInt64) {
      sampler = Sampler(sampling, vocabularySize: vocabularySize)
      generator = Sampler.generator(seed: seed)
    }

    mutating func next(_ logits: [Float], excluding: Set<Int32> = []) -> Int32 {
      let row = Matrix(rows: 1, columns: logits.count)
      for (column, logit) in logits.enumerated() { row[0, column] = logit }
      return sampler.next(row.view, excluding: excluding.sorted(), using: &generator)
    }
  }

  /// Draws of 20,000 tokens: how often each came.
  static func counts(_ logits: [Float], _ sampling: Sampling, excluding: Set<Int32> = [], draws: Int = 20_000, seed: UInt64 = 3) -> [Int] {
    var sampler = Stream(sampling, vocabularySize: logits.count, seed: seed)
    var counts = [Int](repeating: 0, count: logits.count)
    for _ in 0..<draws { counts[Int(sampler.next(logits, excluding: excluding))] += 1 }
    return counts
  }

  static func softmax(_ logits: [Float], temperature: Float, allowed: Set<Int>) -> [Double] {
    let weights = logits.indices.map { allowed.contains($0) ? exp(Double(logits[$0] / temperature)) : 0 }
    let sum = weights.reduce(0, +)
    return weights.map { $0 / sum }
  }

  /// Each count is binomial: within five standard deviations, which one in two million draws is not. None where none may be.
  static func check(_ counts: [Int], _ probabilities: [Double]) {
    let draws = counts.reduce(0, +)
    for (token, (count, probability)) in zip(counts, probabilities).enumerated() {
      let deviation = (Double(draws) * probability * (1 - probability)).squareRoot()
      #expect(abs(Double(count) - Double(draws) * probability) <= 5 * deviation, "token \(token) came \(count) times")
    }
  }

  static let logits: [Float] = [0.3, 2, -1, 1.4, 0, 1.99, -3]

  @Test func `greedy takes the largest, and of equals the lowest`() {
    func next(_ logits: [Float], excluding: Set<Int32> = []) -> Int32 {
      var sampler = Stream(.greedy, vocabularySize: logits.count, seed: 1)
      return sampler.next(logits, excluding: excluding)
    }
    #expect(next(Self.logits) == 1)
    #expect(next(Self.logits, excluding: [1]) == 5)
    #expect(next([1, 4, 4, 0, 4]) == 1)
    #expect(next([2, 2]) == 0)
    #expect(next([-.infinity, -1e30]) == 1)
  }

  @Test("frequencies are softmax(logits / temperature)", arguments: [0.25, 0.8, 1, 2, 20] as [Float])
  func frequencies(temperature: Float) {
    Self.check(
      Self.counts(Self.logits, Sampling(temperature: temperature)),
      Self.softmax(Self.logits, temperature: temperature, allowed: Set(0..<7)))
  }

  @Test("top-k leaves the k likeliest", arguments: [1, 2, 3, 6, 7, 100])
  func topK(count: Int) {
    let byRank = [1, 5, 3, 0, 4, 2, 6]
    let allowed = Set(byRank.prefix(count))
    let counts = Self.counts(Self.logits, Sampling(temperature: 1, topK: count))
    #expect(counts.indices.allSatisfy { allowed.contains($0) || counts[$0] == 0 })
    Self.check(counts, Self.softmax(Self.logits, temperature: 1, allowed: allowed))
  }

  @Test func `top-k of equals leaves the lowest ids`() {
    let counts = Self.counts([1, 1, 1, 1], Sampling(temperature: 1, topK: 2), draws: 500)
    #expect(counts[0] > 0 && counts[1] > 0 && counts[2] == 0 && counts[3] == 0)
  }

  /// Probabilities 0.5, 0.3, 0.15 and 0.05 at the ids 2, 0, 3 and 1.
  static let shares: [Float] = [log(0.3), log(0.05), log(0.5), log(0.15)]

  @Test(
    "top-p leaves the fewest likeliest that have the probability together",
    arguments: [
      (0.01, [2]), (0.49, [2]), (0.51, [2, 0]), (0.79, [2, 0]), (0.81, [2, 0, 3]), (0.94, [2, 0, 3]), (0.96, [2, 0, 3, 1]),
      (1, [2, 0, 3, 1]),
    ]
      as [(Float, Set<Int>)])
  func topP(share: Float, allowed: Set<Int>) {
    let counts = Self.counts(Self.shares, Sampling(temperature: 1, topP: share))
    #expect(Set(counts.indices.filter { counts[$0] > 0 }) == allowed)
    Self.check(counts, Self.softmax(Self.shares, temperature: 1, allowed: allowed))
  }

  @Test func `top-p is a share of what top-k leaves, and of what the temperature makes`() {
    // Of 0.5 and 0.3, the first has 0.625.
    #expect(Self.counts(Self.shares, Sampling(temperature: 1, topK: 2, topP: 0.6), draws: 300).filter { $0 > 0 }.count == 1)
    #expect(Self.counts(Self.shares, Sampling(temperature: 1, topK: 2, topP: 0.65), draws: 300).filter { $0 > 0 }.count == 2)
    // At 0.5 the shares are squared: 0.25, 0.09, ... of 0.365.
    #expect(Self.counts(Self.shares, Sampling(temperature: 0.5, topP: 0.68), draws: 300).filter { $0 > 0 }.count == 1)
  }

  @Test(
    "excluded tokens never come",
    arguments: [Sampling(temperature: 1), .greedy, Sampling(temperature: 1, topK: 3), Sampling(temperature: 2, topP: 0.9)])
  func excluded(sampling: Sampling) {
    let counts = Self.counts(Self.logits, sampling, excluding: [1, 5], draws: 2_000)
    #expect(counts[1] == 0 && counts[5] == 0 && counts[3] > 0)
    // All but one.
    #expect(Self.counts(Self.logits, sampling, excluding: Set(0..<6), draws: 10)[6] == 10)
  }

  @Test func `the seed decides the draws`() {
    func draws(seed: UInt64) -> [Int32] {
      var sampler = Stream(Sampling(temperature: 1), vocabularySize: Self.logits.count, seed: seed)
      return (0..<50).map { _ in sampler.next(Self.logits) }
    }
    #expect(draws(seed: 1) == draws(seed: 1))
    #expect(draws(seed: 1) != draws(seed: 2))
  }

  @Test(
    "extreme logits and temperatures choose as their limits do",
    arguments: [1e-3, 1e-30, .leastNormalMagnitude, .leastNormalMagnitude / 100, .leastNonzeroMagnitude] as [Float])
  func coldest(temperature: Float) {
    #expect(Self.counts(Self.logits, Sampling(temperature: temperature), draws: 50)[1] == 50)
    #expect(Self.counts([-3e38, 3e38, 0], Sampling(temperature: temperature), draws: 50)[1] == 50)
  }

  /// What is left to choose from, by sorting the whole vocabulary.
  static func allowed(_ logits: [Float], topK: Int?, topP: Float?) -> Set<Int32> {
    var order = logits.indices.sorted { (logits[$1], $0) < (logits[$0], $1) }
    if let topK { order = Array(order.prefix(topK)) }
    guard let topP else { return Set(order.map { Int32($0) }) }
    let shares = order.map { exp(Double(logits[$0])) }, total = shares.reduce(0, +)
    var sum = 0.0
    let count = shares.firstIndex { share in
      sum += share / total
      return sum >= Double(topP)
    }
    return Set(order.prefix((count ?? shares.count - 1) + 1).map { Int32($0) })
  }

  @Test(
    "of a large vocabulary the same tokens are left as by sorting it",
    arguments: [(1, nil), (5, nil), (40, nil), (999, nil), (nil, 0.02), (nil, 0.3), (nil, 0.9), (50, 0.7), (1_000, 0.5)]
      as [(Int?, Float?)])
  func largeVocabulary(topK: Int?, topP: Float?) {
    // With ties: of 1,000 logits there are 160 different ones.
    var random = SeededGenerator(seed: 5)
    let logits = (0..<1_000).map { _ in (random.uniform() * 160).rounded() / 16 }
    let allowed = Self.allowed(logits, topK: topK, topP: topP)
    var sampler = Stream(Sampling(temperature: 1, topK: topK, topP: topP), vocabularySize: 1_000, seed: 9)
    let drawn = Set((0..<20_000).map { _ in sampler.next(logits) })
    #expect(drawn.isSubset(of: allowed))
    if allowed.count <= 50 { #expect(drawn == allowed) }
  }

  @Test func `logits that are no numbers stop nothing`() {
    for sampling in [Sampling(temperature: 1), .greedy, Sampling(topK: 2), Sampling(topP: 0.5), Sampling(topK: 3, topP: 0.9)] {
      for bad in [Float.nan, .infinity, -.infinity] {
        var sampler = Stream(sampling, vocabularySize: 4, seed: 1)
        #expect((1..<4).contains(sampler.next([bad, bad, bad, bad], excluding: [0])))
        #expect((0..<4).contains(sampler.next([0, bad, 1, bad])))
      }
    }
  }

  @Test func `at the hottest all are alike`() {
    Self.check(
      Self.counts(Self.logits, Sampling(temperature: .greatestFiniteMagnitude)), Array(repeating: 1 / 7, count: 7))
  }

  @Test(
    "settings that cannot be are refused in one sentence",
    arguments: [
      (Sampling(temperature: -0.5), "\"temperature\" must be a finite number of 0 or more, but is -0.5; choose another value."),
      (Sampling(temperature: .nan), "\"temperature\" must be a finite number of 0 or more, but is nan; choose another value."),
      (Sampling(temperature: .infinity), "\"temperature\" must be a finite number of 0 or more, but is inf; choose another value."),
      (Sampling(topK: 0), "\"top_k\" must be at least 1, but is 0; choose another value."),
      (Sampling(topK: -2), "\"top_k\" must be at least 1, but is -2; choose another value."),
      (Sampling(topP: 0), "\"top_p\" must be above 0 and at most 1, but is 0.0; choose another value."),
      (Sampling(topP: 1.5), "\"top_p\" must be above 0 and at most 1, but is 1.5; choose another value."),
      (Sampling(topP: .nan), "\"top_p\" must be above 0 and at most 1, but is nan; choose another value."),
    ])
  func invalid(sampling: Sampling, message: String) {
    let error = #expect(throws: GenerationError.self) { try sampling.validate() }
    #expect(error?.description == message)
  }

  @Test func `settings at the border of what can be are taken`() throws {
    for sampling in [Sampling(temperature: 0), Sampling(topK: 1), Sampling(topP: 1), Sampling(topP: .leastNonzeroMagnitude)] {
      try sampling.validate()
    }
  }
}
