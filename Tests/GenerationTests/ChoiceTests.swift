import Basics
import Corpora
import Foundation
import Generation
import Kernels
import Models
import Testing

@Suite("What may be chosen") struct ChoiceTests {
  private static let logits: [Float] = [2, 1, 0.5, 0, -1, -3, 1, -8]

  private static func row(_ values: [Float] = logits) -> MatrixView {
    let row = Matrix(rows: 1, columns: values.count)
    for (column, value) in values.enumerated() { row[0, column] = value }
    return row.view
  }

  /// How often each token is chosen.
  private static func counts(_ sampling: Sampling, draws: Int = 20_000, adjusting adjust: (Matrix) -> Void = { _ in }) -> [Int] {
    let sampler = Sampler(sampling, vocabularySize: logits.count)
    var generator = Sampler.generator(seed: 3), counts = [Int](repeating: 0, count: logits.count)
    for _ in 0..<draws { counts[Int(sampler.next(row(), using: &generator, adjusting: adjust))] += 1 }
    return counts
  }

  /// The same filters in plain arithmetic: the probability of each token.
  private static func reference(_ s: Sampling) -> [Double] {
    let scores = logits.map { exp(Double($0) / Double(s.temperature)) }, total = scores.reduce(0, +)
    var left = scores.indices.map { (token: $0, p: scores[$0] / total) }.sorted { ($1.p, $0.token) < ($0.p, $1.token) }
    func normalize() {
      let sum = left.reduce(0) { $0 + $1.p }
      left = left.map { ($0.token, $0.p / sum) }
    }
    func keep(share: Double) {
      var sum = 0.0
      left = Array(
        left.prefix { entry in
          defer { sum += entry.p }
          return sum < share
        })
      normalize()
    }
    left = Array(left.prefix(s.topK ?? .max))
    let largest = scores.max().map { $0 / total } ?? 0
    left = left.filter { $0.p >= Double(s.minP ?? 0) * largest }
    normalize()
    keep(share: Double(s.topP ?? 1))
    if let typical = s.typicalP {
      let entropy = left.reduce(0) { $0 - $1.p * log($1.p) }
      left.sort { (abs(-log($0.p) - entropy), $0.token) < (abs(-log($1.p) - entropy), $1.token) }
      keep(share: Double(typical))
    }
    var result = [Double](repeating: 0, count: logits.count)
    for (token, p) in left { result[token] = p }
    return result
  }

  struct Filters: Sendable, CustomTestStringConvertible {
    var temperature: Float = 1, topK: Int?, topP: Float?, minP: Float?, typicalP: Float?
    var testDescription: String { "\(temperature) \(topK ?? 0) \(topP ?? 0) \(minP ?? 0) \(typicalP ?? 0)" }
    var sampling: Sampling {
      var sampling = Sampling(temperature: temperature, topK: topK, topP: topP)
      sampling.minP = minP
      sampling.typicalP = typicalP
      return sampling
    }
  }

  @Test(
    "filters leave the tokens and the shares that plain arithmetic leaves",
    arguments: [
      Filters(minP: 0.1), Filters(temperature: 2, minP: 0.3), Filters(minP: 1), Filters(typicalP: 0.5), Filters(typicalP: 0.9),
      Filters(temperature: 0.7, typicalP: 0.2), Filters(topK: 4, minP: 0.05), Filters(topK: 3, typicalP: 0.8),
      Filters(topP: 0.8, minP: 0.1), Filters(topK: 5, topP: 0.9, minP: 0.02, typicalP: 0.7), Filters(topP: 0.6, typicalP: 0.9),
    ])
  func filters(filters: Filters) {
    let expected = Self.reference(filters.sampling), draws = 20_000, found = Self.counts(filters.sampling, draws: draws)
    for (token, p) in expected.enumerated() {
      // Five standard deviations.
      #expect(abs(Double(found[token]) - Double(draws) * p) <= 5 * (Double(draws) * p * (1 - p)).squareRoot() + 0.5, "token \(token)")
    }
  }

  @Test func `filters that leave everything change no text`() throws {
    let model = try LyricGeneratorTests.random()
    var open = Sampling(temperature: 1)
    open.minP = 0
    open.typicalP = 1
    for seed in 1...5 as ClosedRange<UInt64> {
      let text = try model.generate(length: 40, sampling: Sampling(temperature: 1), seed: seed)
      #expect(try model.generate(length: 40, sampling: open, seed: seed) == text)
    }
  }

  @Test("no sequence comes twice", arguments: [1, 2, 3], [Tokenization.word, .char, .bpe])
  func noRepeat(n: Int, tokenization: Tokenization) throws {
    let model = try LyricGeneratorTests.random(tokenization)
    var sampling = Sampling(temperature: 0.5)
    sampling.allowsUnknown = true
    sampling.noRepeatNgram = n
    let length = n == 1 ? 12 : 60
    for seed in 1...5 as ClosedRange<UInt64> {
      let tokens = model.tokenizer.encode(try model.generate(length: length, sampling: sampling, seed: seed))
      // A text of words is put together by rules, and cut again by them; only what is certain of it is asked.
      if tokenization != .char { continue }
      let sequences = (0...max(0, tokens.count - n)).filter { $0 + n <= tokens.count }.map { Array(tokens[$0..<$0 + n]) }
      #expect(Set(sequences).count == sequences.count, "seed \(seed)")
    }
    let words = try model.generate(length: length, sampling: sampling, seed: 1).split(whereSeparator: \.isWhitespace)
    if tokenization == .word, n == 1 { #expect(Set(words).count == words.count) }
  }

  @Test("a penalty makes tokens of the text rarer, and line ends are exempt", arguments: [(50 as Float, 0 as Float), (1, 1_000)])
  func penalties(repetition: Float, frequency: Float) throws {
    let model = try LyricGeneratorTests.random(.char)
    var sampling = Sampling(temperature: 1)
    sampling.repetitionPenalty = repetition
    sampling.frequencyPenalty = frequency
    func distinct(_ sampling: Sampling) throws -> Int {
      try (1...20).reduce(0) { sum, seed in sum + Set(try model.generate(length: 15, sampling: sampling, seed: UInt64(seed))).count }
    }
    #expect(try distinct(sampling) > distinct(Sampling(temperature: 1)))
    // So large a penalty forbids what is there already.
    if frequency > 100 {
      for seed in 1...5 as ClosedRange<UInt64> {
        let letters = try model.generate(length: 15, sampling: sampling, seed: seed).filter { !$0.isNewline }
        #expect(Set(letters).count == letters.count, "\(letters)")
      }
    }
  }

  @Test("a banned word is never written, in any case", arguments: Tokenization.allCases)
  func banned(tokenization: Tokenization) async throws {
    let model = try await LyricGeneratorTests.trained(tokenization)
    var sampling = Sampling(temperature: 0.3)
    sampling.bannedWords = ["CANDLES", "hour"]
    for seed in 1...4 as ClosedRange<UInt64> {
      let free = try model.generate(prompt: "The heron", length: 140, sampling: Sampling(temperature: 0.3), seed: seed)
      #expect(free.contains("candles"))
      let text = try model.generate(prompt: "The heron", length: 140, sampling: sampling, seed: seed)
      let words = text.lowercased().split { !$0.isLetter }
      #expect(!words.contains("candles") && !words.contains("hour"), "\(text)")
      #expect(text.hasPrefix("The heron keeps"))
    }
    // A phrase or a mark is banned wherever it stands, and a word that begins in the prompt too.
    sampling.bannedWords = ["his candles", ",", "evening"]
    let text = try model.generate(prompt: "The heron keeps the even", length: 140, sampling: sampling, seed: 5)
    #expect(!text.contains("his candles") && !text.contains(","), "\(text)")
    if tokenization == .char || tokenization == .bpe { #expect(!text.split { !$0.isLetter }.contains("evening"), "\(text)") }
  }

  @Test("a text ends before a stop string, wherever tokens are cut", arguments: Tokenization.allCases)
  func stops(tokenization: Tokenization) async throws {
    let model = try await LyricGeneratorTests.trained(tokenization)
    let whole = try model.generate(prompt: "The heron", length: 140, sampling: .greedy)
    for stop in ["miller", "ler cou", "\n", "weir", "x\n"] {
      var sampling = Sampling.greedy
      sampling.stops = ["never to come", stop]
      let text = try model.generate(prompt: "The heron", length: 140, sampling: sampling)
      let expected = whole.range(of: stop).map { String(whole[..<$0.lowerBound]) } ?? whole
      #expect(text == expected, "\(stop)")
    }
    // What may begin a stop string is written once it is known that it does not.
    var sampling = Sampling.greedy
    sampling.stops = [String(whole.suffix(6)) + "!"]
    #expect(try model.generate(prompt: "The heron", length: 140, sampling: sampling) == whole)
  }

  @Test("many songs are each what one alone is, whatever is chosen by", arguments: Tokenization.allCases)
  func together(tokenization: Tokenization) async throws {
    let model = try LyricGeneratorTests.random(tokenization)
    var sampling = Sampling(temperature: 1, topK: 20, topP: 0.95)
    sampling.minP = 0.01
    sampling.typicalP = 0.95
    sampling.repetitionPenalty = 1.2
    sampling.frequencyPenalty = 0.1
    sampling.noRepeatNgram = 4
    sampling.bannedWords = ["the"]
    sampling.stops = ["weir"]
    var number = 0
    for await song in try model.songs(prompt: "The", count: 6, length: 30, sampling: sampling, seed: 9, workers: 2) {
      #expect(try model.generate(prompt: "The", length: 30, sampling: sampling, seed: 9 + UInt64(number)) == song)
      number += 1
    }
    #expect(number == 6)
  }

  /// A setting that cannot be, with its key.
  struct Nonsense: Sendable, CustomTestStringConvertible {
    var key: String
    var change: @Sendable (inout Sampling) -> Void
    var testDescription: String { key }
  }

  @Test(
    "nonsense is refused",
    arguments: [
      Nonsense(key: "min_p") { $0.minP = 1.5 }, Nonsense(key: "min_p") { $0.minP = .nan }, Nonsense(key: "typical_p") { $0.typicalP = 0 },
      Nonsense(key: "repetition_penalty") { $0.repetitionPenalty = 0 },
      Nonsense(key: "repetition_penalty") { $0.repetitionPenalty = .infinity },
      Nonsense(key: "frequency_penalty") { $0.frequencyPenalty = .nan }, Nonsense(key: "no_repeat_ngram") { $0.noRepeatNgram = 0 },
      Nonsense(key: "ban") { $0.bannedWords = ["a", ""] }, Nonsense(key: "stop") { $0.stops = [""] },
    ])
  func nonsense(_ nonsense: Nonsense) throws {
    var sampling = Sampling()
    nonsense.change(&sampling)
    do {
      try sampling.validate()
      Issue.record("\(nonsense.key) was accepted")
    } catch {
      #expect(error.description.contains("\"\(nonsense.key)\""), "\(error)")
    }
  }
}
