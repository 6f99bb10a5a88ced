internal import Basics
internal import Corpora
private import Foundation
internal import Kernels
internal import LanguageModel

/// Writes a line towards a goal: sequential Monte Carlo over the lanes of a network.
///
/// Each lane is a particle: a line under way. In a step each draws its next token among those with which the goal can still be met, and is
/// weighted by the probability that the model gives to what it drew, over the one by which it was drawn, the filters of the settings aside.
/// Where the weights of few lanes outweigh the others, lanes are drawn anew by weight. So the lines that come out are distributed as the
/// model's own lines that meet the goal, up to the number of lanes (Lew, Zhi-Xuan, Grand and Mansinghka, "Sequential Monte Carlo steering
/// of large language models using probabilistic programs", 2023).
final class LineSearch {
  private let network: SamplingNetwork
  private let sampler: Sampler
  private let sounds: TokenSounds
  private let temperature: Float
  /// Lines under way at most. Their lanes are followed by as many for the states of lines that are finished, and one for the state before
  /// the line.
  let particles: Int
  private var base: Int { 2 * particles }
  /// [1, V] each: the probabilities of the next token at the temperature, and those by which it is drawn.
  private let probabilities: Matrix, proposal: Matrix
  /// Tokens that may never come.
  private let excluded: Set<TokenID>
  /// The marks of the vocabulary, and the line end.
  private let marks: [Int], lineEnds: [Int]
  /// By what a line has, [1, V]: 1 for words with which its goal can still be met, for marks and the line end; else 0.
  private var masks: [MaskKey: Matrix] = [:]
  private var generator: SeededGenerator
  /// The neural cache before the line; nil: none.
  private var cache: StreamCache?

  /// What a line has: its syllables, and whether the next word may end it.
  private struct MaskKey: Hashable {
    var syllables: Int
    var mayEnd: Bool
  }

  /// A line with its end, as it was found.
  struct Line: Sendable {
    /// Its tokens, without the line end.
    var tokens: [TokenID] = []
    var syllables = 0
    /// The word that it ends with.
    var lastWord: TokenID?
    /// ln of the weight among the lines that were found.
    fileprivate var logWeight = 0.0
    /// The song with the line.
    fileprivate(set) var text: TextSoFar
    /// The neural cache with the line, but for its last token.
    fileprivate var cache: StreamCache?
    /// Marks since the last word.
    fileprivate var marks = 0
    /// Whether the last word follows a mark.
    fileprivate var isApart = false
    /// The lane that has read the line; nil while it is under way.
    fileprivate var lane: Int?

    /// A line without words.
    init(after text: TextSoFar, cache: StreamCache? = nil) {
      self.text = text
      self.cache = cache
    }
  }

  /// The most tokens of a line, and of marks one after the other.
  private static let mostTokens = 64, mostMarks = 2
  /// A mark right after another needs this probability, and more if it is the same: `,"` is usual, and `,,` fills a gap.
  private static let leastOfSecondMark: Float = 0.05, leastOfSameMark: Float = 0.3

  init(
    _ weights: SamplingWeights, _ sampling: Sampling, sounds: TokenSounds, excluded: Set<TokenID>, cache: StreamCache?,
    particles: Int, seed: UInt64, workers: Int
  ) {
    self.particles = particles
    self.sounds = sounds
    self.excluded = excluded
    self.cache = cache
    temperature = max(sampling.temperature, 0.01)
    network = SamplingNetwork(weights, lanes: 2 * particles + 1, workers: workers)
    sampler = Sampler(sampling, vocabularySize: weights.configuration.vocabularySize)
    let v = weights.configuration.vocabularySize
    probabilities = Matrix(rows: 1, columns: v)
    proposal = Matrix(rows: 1, columns: v)
    marks = sounds.kinds.indices.filter { sounds.kinds[$0] == .mark && !excluded.contains(TokenID($0)) }
    lineEnds = sounds.kinds.indices.filter { sounds.kinds[$0] == .lineEnd }
    generator = Sampler.generator(seed: seed)
  }

  // MARK: - The text so far

  /// Has the network read tokens before the next line.
  func read(_ tokens: [TokenID]) {
    network.copyState(from: base, to: 0)
    for token in tokens {
      network.read([token])
      if cache != nil { cache?.read(token, network.decoderInput(lanes: 1), vocabularySize: probabilities.columns) }
    }
    network.copyState(from: 0, to: base)
  }

  /// Makes the state after one of the lines that were found last the state before the next line.
  func accept(_ line: Line) {
    guard let lane = line.lane else { return }
    network.copyState(from: lane, to: base)
    cache = line.cache
  }

  // MARK: - A line

  /// The lines that were found for a goal, with their weights; none if no line can meet it.
  ///
  /// - Parameters:
  ///   - text: the song before the line.
  ///   - words: [1, V], to which the probability of each token as the next one is added, over all lanes and steps.
  func lines(_ goal: LineGoal, after text: TextSoFar, words: Matrix) -> [Line] {
    guard let budget = SyllableBudget(goal, sounds) else { return [] }
    masks.removeAll(keepingCapacity: true)
    var active = Array(repeating: Line(after: text, cache: cache), count: particles)
    var finished: [Line] = []
    network.copyState(from: base, to: 0)
    // All lanes begin with one state.
    var isFirst = true
    while !active.isEmpty {
      let logits = network.logits(lanes: isFirst ? 1 : active.count)
      var next: [Line] = [], lanes: [Int] = []
      for (number, line) in active.enumerated() {
        let lane = isFirst ? 0 : number
        guard let (token, longer) = extend(line, logits.block(rows: lane..<lane + 1), budget, words) else { continue }
        var extended = longer
        if sounds.kinds[Int(token)] == .lineEnd {
          extended.lane = keep(lane, besides: finished)
          finished.append(extended)
        } else if extended.tokens.count < Self.mostTokens {
          next.append(extended)
          lanes.append(lane)
        }
      }
      (active, lanes) = resampled(next, lanes, &finished)
      if active.isEmpty { break }
      move(lanes, isFirst: isFirst)
      isFirst = false
      network.read(active.map { $0.tokens[$0.tokens.count - 1] })
      if cache != nil {
        let inputs = network.decoderInput(lanes: active.count)
        for lane in active.indices {
          let token = active[lane].tokens[active[lane].tokens.count - 1]
          active[lane].cache?.read(token, inputs.block(rows: lane..<lane + 1), vocabularySize: probabilities.columns)
        }
      }
    }
    return finished
  }

  /// Keeps the state of a lane whose line is finished; returns the lane that has it.
  private func keep(_ lane: Int, besides finished: [Line]) -> Int {
    let taken = Set(finished.compactMap(\.lane))
    // Lines under way and finished ones are no more than there are particles.
    let free = (particles..<base).first { !taken.contains($0) } ?? particles
    network.copyState(from: lane, to: free)
    return free
  }

  /// Draws the next token of a line; nil if none is left with which the goal can be met.
  private func extend(
    _ line: Line, _ logits: MatrixView, _ budget: SyllableBudget, _ words: Matrix
  ) -> (token: TokenID, line: Line)? {
    probabilities.copy(from: logits)
    line.cache?.mix(into: probabilities, scratch: proposal)
    line.text.adjust(probabilities)
    TokenChoice.softmax(probabilities, temperature: temperature)
    Rows.add(probabilities.view, times: 1, to: words)
    propose(line, budget)
    var sum = TokenChoice.sum(atLeast: 0, in: proposal.view)
    while sum > 0, let token = draw() {
      let index = Int(token)
      // What cannot be listed beforehand, such as a phrase, is found by drawing. Such tokens that are not drawn stay in the sum, so that
      // the weight is a little too large; they are rare.
      if line.text.forbids(line.text.piece(token), isLast: false) {
        proposal[0, index] = 0
        sum = TokenChoice.sum(atLeast: 0, in: proposal.view)
        continue
      }
      var result = line
      result.logWeight += log(Double(probabilities[0, index]) * sum / Double(proposal[0, index]))
      if sounds.kinds[index] == .lineEnd { return (token, result) }
      result.tokens.append(token)
      result.text.append(token)
      if sounds.kinds[index] == .word {
        result.syllables += Int(sounds.syllables[index])
        result.lastWord = token
        result.isApart = line.marks > 0
        result.marks = 0
      } else {
        result.marks += 1
      }
      return (token, result)
    }
    return nil
  }

  /// Draws a token from the proposal, by the filters of the settings if there are any.
  private func draw() -> TokenID? {
    if !sampler.hasFilters, sampler.sampling.temperature >= .leastNormalMagnitude {
      return TokenChoice.draw(proposal.view, uniform: generator.uniformDouble()).map(TokenID.init)
    }
    let temperature = temperature, proposal = proposal
    let token = sampler.next(proposal.view, using: &generator) { row in
      for column in 0..<row.columns { row[0, column] = temperature * log(row[0, column]) }
    }
    return proposal[0, Int(token)] > 0 ? token : nil
  }

  /// Makes the shares by which the next token of a line is drawn: the probabilities of those with which the goal can be met.
  private func propose(_ line: Line, _ budget: SyllableBudget) {
    let key = MaskKey(syllables: line.syllables, mayEnd: line.marks == 0 || budget.mayEndAfterMark)
    Rows.multiply(probabilities.view, by: mask(key, budget).view, into: proposal)
    let isEnd = budget.allowsEnd(after: line.syllables) && line.lastWord.map { budget.mayEnd[Int($0)] } == true
    let mayEnd = isEnd && (budget.mayEndAfterMark || !line.isApart)
    if !mayEnd {
      for index in lineEnds { proposal[0, index] = 0 }
    }
    for token in line.text.copiedTokens { proposal[0, Int(token)] = 0 }
    // After a mark comes a token that must meet the goal, as one must now. So a mark is as likely as it is together with such a token;
    // otherwise lines would fill up with marks where words cannot come. The weights make up for it.
    var markShare: Float = 0
    for index in marks {
      markShare += probabilities[0, index]
      proposal[0, index] = 0
    }
    if line.tokens.isEmpty || line.marks >= Self.mostMarks || !mayEnd && !budget.allowsMark(after: line.syllables) { return }
    let others = Double(max(1 - markShare, .leastNormalMagnitude))
    let share = Float(min(max(TokenChoice.sum(atLeast: 0, in: proposal.view) / others, 1e-9), 1))
    let last = line.marks > 0 ? line.tokens.last.map(Int.init) : nil
    for index in marks {
      if last != nil, probabilities[0, index] < (index == last ? Self.leastOfSameMark : Self.leastOfSecondMark) { continue }
      proposal[0, index] = probabilities[0, index] * share
    }
  }

  /// The words that a line with this may go on with, as factors of their probabilities. Marks and the line end are open.
  private func mask(_ key: MaskKey, _ budget: SyllableBudget) -> Matrix {
    if let known = masks[key] { return known }
    let mask = Matrix(rows: 1, columns: sounds.kinds.count)
    for (index, kind) in sounds.kinds.enumerated() {
      let isAllowed =
        switch kind {
        case .word:
          !excluded.contains(TokenID(index))
            && budget.allows(Int(sounds.syllables[index]), after: key.syllables, isEnding: key.mayEnd && budget.mayEnd[index])
        case .mark, .lineEnd: true
        case .other: false
        }
      mask[0, index] = isAllowed ? 1 : 0
    }
    masks[key] = mask
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
