internal import Basics
internal import Corpora
private import Foundation
internal import Kernels
internal import LanguageModel

/// Writes a line towards a goal: sequential Monte Carlo over the lanes of a network.
///
/// Each lane is a particle: a line under way. In a step each draws its next token among those with which the goal can still be met, and is
/// weighted by the probability that the model gives to these together. Where the weights of few lanes outweigh the others, lanes are drawn
/// anew by weight. So the lines that come out are distributed as the model's own lines that meet the goal (Lew, Zhi-Xuan, Grand and
/// Mansinghka, "Sequential Monte Carlo steering of large language models using probabilistic programs", 2023), up to the number of lanes.
final class LineSearch {
  private let network: SamplingNetwork
  private let sampler: Sampler
  private let sounds: TokenSounds
  private let temperature: Float
  /// Lines under way at most.
  let particles: Int
  /// Where the state before the line is.
  private var base: Int { particles }
  /// [1, V] each: the probabilities of the next token at the temperature, of the tokens that are allowed alone, and at temperature 1.
  private let probabilities: Matrix, masked: Matrix, plain: Matrix
  /// Tokens that may never come.
  private let excluded: Set<TokenID>
  /// The marks of the vocabulary, and the line end.
  private let marks: [Int], lineEnds: [Int]
  /// By the syllables of a line, [1, V]: 0 for words with which its goal can still be met, else -infinity.
  private var masks: [Int: Matrix] = [:]
  private var generator: SeededGenerator

  /// A line with its end, as it was found.
  struct Line: Sendable {
    /// Its tokens, without the line end.
    var tokens: [TokenID]
    var syllables: Int
    /// The word that it ends with.
    var lastWord: TokenID?
    /// -ln of the model's probability of the line and its end, at temperature 1.
    var nats: Double
    /// ln of the weight among the lines that were found.
    fileprivate var logWeight = 0.0
    fileprivate var history: TokenHistory
    fileprivate var marks = 0
  }

  /// The most tokens of a line, and of marks one after the other.
  private static let mostTokens = 64, mostMarks = 2

  init(
    _ weights: SamplingWeights, _ sampling: Sampling, sounds: TokenSounds, excluded: [TokenID], particles: Int, seed: UInt64, workers: Int
  ) {
    self.particles = particles
    self.sounds = sounds
    self.excluded = Set(excluded)
    temperature = max(sampling.temperature, 0.01)
    network = SamplingNetwork(weights, lanes: particles + 1, workers: workers)
    sampler = Sampler(sampling, vocabularySize: weights.configuration.vocabularySize)
    let v = weights.configuration.vocabularySize
    probabilities = Matrix(rows: 1, columns: v)
    masked = Matrix(rows: 1, columns: v)
    plain = Matrix(rows: 1, columns: v)
    marks = sounds.kinds.indices.filter { sounds.kinds[$0] == .mark && !excluded.contains(TokenID($0)) }
    lineEnds = sounds.kinds.indices.filter { sounds.kinds[$0] == .lineEnd }
    generator = Sampler.generator(seed: seed)
  }

  // MARK: - The text so far

  /// Has the network read tokens before the next line.
  func read(_ tokens: [TokenID]) {
    network.copyState(from: base, to: 0)
    for token in tokens { network.read([token]) }
    network.copyState(from: 0, to: base)
  }

  // MARK: - A line

  /// The lines that were found for a goal, with their weights; none if no line can meet it.
  ///
  /// - Parameters:
  ///   - history: of the text before the line.
  ///   - words: [1, V], to which the probability of each token as the next one is added, over all lanes and steps.
  func lines(_ goal: LineGoal, after history: TokenHistory, words: Matrix) -> [Line] {
    guard let budget = SyllableBudget(goal, sounds) else { return [] }
    masks.removeAll(keepingCapacity: true)
    var active = Array(repeating: Line(tokens: [], syllables: 0, lastWord: nil, nats: 0, history: history), count: particles)
    var finished: [Line] = []
    network.copyState(from: base, to: 0)
    // All lanes begin with one state.
    var isFirst = true
    while !active.isEmpty {
      let logits = network.logits(lanes: isFirst ? 1 : active.count)
      var next: [Line] = [], lanes: [Int] = []
      for (lane, line) in active.enumerated() {
        let row = logits.block(rows: isFirst ? 0..<1 : lane..<lane + 1)
        guard let (token, extended) = extend(line, row, budget, words) else { continue }
        if sounds.kinds[Int(token)] == .lineEnd {
          finished.append(extended)
        } else if extended.tokens.count < Self.mostTokens {
          next.append(extended)
          lanes.append(isFirst ? 0 : lane)
        }
      }
      (active, lanes) = resampled(next, lanes, &finished)
      if active.isEmpty { break }
      move(lanes, isFirst: isFirst)
      isFirst = false
      network.read(active.map { $0.tokens[$0.tokens.count - 1] })
    }
    return finished
  }

  /// Draws the next token of a line; nil if none is left with which the goal can be met.
  private func extend(
    _ line: Line, _ logits: MatrixView, _ budget: SyllableBudget, _ words: Matrix
  ) -> (token: TokenID, line: Line)? {
    let mask = mask(after: line.syllables, budget)
    let mayEnd = budget.allowsEnd(after: line.syllables) && line.lastWord.map { budget.mayEnd[Int($0)] } == true
    func restrict(_ row: Matrix) {
      line.history.apply(to: row)
      Rows.add(mask.view, times: 1, to: row)
      // Marks and the line end come and go with the line.
      if line.marks >= Self.mostMarks || line.tokens.isEmpty { for index in marks { row[0, index] = -.infinity } }
      if !mayEnd { for index in lineEnds { row[0, index] = -.infinity } }
    }
    probabilities.copy(from: logits)
    line.history.apply(to: probabilities)
    TokenChoice.softmax(probabilities, temperature: temperature)
    Rows.add(probabilities.view, times: 1, to: words)
    masked.copy(from: logits)
    restrict(masked)
    guard TokenChoice.largest(masked.view) > -.infinity else { return nil }
    TokenChoice.softmax(masked, temperature: temperature)
    let token = sampler.next(logits, using: &generator, adjusting: restrict), index = Int(token)
    guard masked[0, index] > 0, probabilities[0, index] > 0 else { return nil }
    plain.copy(from: logits)
    TokenChoice.softmax(plain, temperature: 1)
    var result = line
    // What all allowed tokens have together: the share of one among all tokens, by its share among these.
    result.logWeight += log(Double(probabilities[0, index])) - log(Double(masked[0, index]))
    result.nats -= log(max(Double(plain[0, index]), .leastNormalMagnitude))
    if sounds.kinds[index] == .lineEnd { return (token, result) }
    result.tokens.append(token)
    result.history.append(token)
    if sounds.kinds[index] == .word {
      result.syllables += Int(sounds.syllables[index])
      result.lastWord = token
      result.marks = 0
    } else {
      result.marks += 1
    }
    return (token, result)
  }

  /// The words that a line of so many syllables may go on with, as a mask for their logits. Marks and the line end are open.
  private func mask(after syllables: Int, _ budget: SyllableBudget) -> Matrix {
    if let known = masks[syllables] { return known }
    let mask = Matrix(rows: 1, columns: sounds.kinds.count)
    for (index, kind) in sounds.kinds.enumerated() {
      let isAllowed =
        switch kind {
        case .word:
          !excluded.contains(TokenID(index))
            && budget.allows(Int(sounds.syllables[index]), after: syllables, isEnding: budget.mayEnd[index])
        case .mark: !excluded.contains(TokenID(index))
        case .lineEnd: true
        case .other: false
        }
      if !isAllowed { mask[0, index] = -.infinity }
    }
    masks[syllables] = mask
    return mask
  }

  /// Draws the lines under way and those that are finished anew by weight, if few of them have most of it. Returns the lines under way, and
  /// the lane that each was in.
  private func resampled(_ lines: [Line], _ lanes: [Int], _ finished: inout [Line]) -> ([Line], [Int]) {
    let all = lines + finished
    guard let largest = all.map(\.logWeight).max() else { return ([], []) }
    let weights = all.map { exp($0.logWeight - largest) }, sum = weights.reduce(0, +)
    let effective = sum * sum / weights.reduce(0) { $0 + $1 * $1 }
    if effective >= Double(particles) / 2 || all.count < 2 { return (lines, lanes) }
    // Systematic resampling: one random number for all.
    let start = generator.uniformDouble(), logMean = largest + log(sum / Double(particles))
    var chosen: [Line] = [], chosenLanes: [Int] = [], ended: [Line] = []
    var cumulative = 0.0, drawn = 0
    for (index, weight) in weights.enumerated() {
      cumulative += weight / sum * Double(particles)
      while drawn < particles, Double(drawn) + start < cumulative {
        var line = all[index]
        line.logWeight = logMean
        if index < lines.count {
          chosen.append(line)
          chosenLanes.append(lanes[index])
        } else {
          ended.append(line)
        }
        drawn += 1
      }
    }
    finished = ended
    return (chosen, chosenLanes)
  }

  /// Brings the states of the given lanes, which are in ascending order and may come several times, to the first lanes.
  private func move(_ lanes: [Int], isFirst: Bool) {
    if isFirst {
      for lane in lanes.indices.dropFirst() { network.copyState(from: 0, to: lane) }
      return
    }
    // Of lines that come once or first, those that move down go first, from the front: their target's own state is no longer needed.
    var first: [Int: Int] = [:]
    for (target, lane) in lanes.enumerated() where first[lane] == nil { first[lane] = target }
    // A lane that moves up would overwrite one that has not moved yet, so those move from the back.
    let moves = first.sorted { $0.key < $1.key }
    for (lane, target) in moves where target < lane { network.copyState(from: lane, to: target) }
    for (lane, target) in moves.reversed() where target > lane { network.copyState(from: lane, to: target) }
    for (target, lane) in lanes.enumerated() {
      if let source = first[lane], source != target { network.copyState(from: source, to: target) }
    }
  }

  /// A line without words, where none can be found.
  func emptyLine(after history: TokenHistory) -> Line {
    Line(tokens: [], syllables: 0, lastWord: nil, nats: 0, history: history)
  }

  /// Draws one of some lines by their weights, each multiplied by a potential.
  func choose(_ lines: [Line], potential: (Line) -> Double = { _ in 1 }) -> Line? {
    guard let largest = lines.map(\.logWeight).max() else { return nil }
    let weights = lines.map { exp($0.logWeight - largest) * potential($0) }, sum = weights.reduce(0, +)
    guard sum > 0 else { return nil }
    var rest = generator.uniformDouble() * sum
    for (line, weight) in zip(lines, weights) {
      rest -= weight
      if rest < 0 { return line }
    }
    return lines.last
  }
}
