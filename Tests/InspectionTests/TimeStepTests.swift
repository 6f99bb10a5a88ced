import Corpora
import Foundation
import Inspection
import LanguageModel
import Models
import Scoring
import Testing

@Suite("One time step") struct TimeStepTests {
  struct Case: CustomTestStringConvertible, Sendable {
    var cell: RecurrentCell, isNormalized: Bool
    var range: Float = 0.8
    var isInputCapped = false
    var sumsOutputs = false
    var hidden: [Int] { sumsOutputs ? [8, 8] : [7, 9] }
    var testDescription: String {
      "\(cell)\(isNormalized ? ", normalised" : ""), weights up to \(range)\(isInputCapped ? ", capped" : "")\(sumsOutputs ? ", sum" : "")"
    }
  }
  static let cases =
    RecurrentCell.allCases.flatMap { cell in [false, true].map { Case(cell: cell, isNormalized: $0) } }
    + [false, true].map { Case(cell: .lstm, isNormalized: $0, isInputCapped: true, sumsOutputs: !$0) }
    + [Case(cell: .gru, isNormalized: false, sumsOutputs: true)]

  /// A model of random weights, and a text of more tokens than are computed at once.
  static func setup(_ test: Case) throws -> (model: Model, text: EncodedSongs) {
    let lines = (0..<12).map { "Line \($0) has so many words,\nand then some more.\n" }.joined()
    let corpus = try Corpus(text: lines, options: CorpusOptions(tokenization: .char))
    var configuration = ModelConfiguration(
      vocabularySize: corpus.tokenizer.vocabulary.count, embeddingSize: 6, hiddenSizes: test.hidden, cell: test.cell)
    configuration.isNormalized = test.isNormalized
    configuration.isInputCapped = test.isInputCapped
    configuration.sumsOutputs = test.sumsOutputs
    let model = Model(
      weights: Weights(configuration, seed: 5, range: test.range, forgetBias: 1), tokenizer: corpus.tokenizer,
      configuration: TrainingConfiguration(sizesOf: configuration), step: 1)
    return (model, EncodedSongs(of: [Song(text: lines, source: "a", line: 1)], tokenizer: corpus.tokenizer))
  }

  static func sigmoid(_ x: Double) -> Double { 1 / (1 + exp(-x)) }

  /// Gates of 32 bits against sums of some twenty products.
  static let tolerance = 0x1p-17

  @Test("gates and states are those of the formulas, from the step before on", arguments: cases, [0, 1, 63, 64, 149])
  func formulas(test: Case, number: Int) throws {
    let (model, text) = try Self.setup(test)
    let step = try TimeStep(number, of: text, model: model)
    let before = number > 0 ? try TimeStep(number - 1, of: text, model: model) : nil
    #expect(step.layers.map(\.units) == test.hidden && step.tokenCount == text.tokens.count)
    for layer in step.layers {
      for unit in 0..<layer.units {
        func gate(_ gate: CellGate) throws -> Double { try #require(layer.gates[gate])[unit] }
        func sum(_ gate: CellGate) throws -> Double { try #require(layer.preactivations[gate])[unit].sum }
        let old = before?.layers[layer.layer].hidden[unit] ?? 0
        #expect(abs(layer.previousHidden[unit] - old) <= Self.tolerance)
        for name in test.cell.gates where name != .candidate {
          let own = try Self.sigmoid(sum(name))
          let expected = try test.isInputCapped && name == .input ? min(own, 1 - gate(.forget)) : own
          #expect(try abs(gate(name) - expected) <= Self.tolerance)
        }
        switch test.cell {
        case .lstm:
          #expect(try abs(gate(.candidate) - tanh(sum(.candidate))) <= Self.tolerance)
          let c = try gate(.forget) * layer.previousCell[unit] + gate(.input) * gate(.candidate)
          #expect(abs(layer.cellState[unit] - c) <= Self.tolerance)
          #expect(abs(layer.previousCell[unit] - (before?.layers[layer.layer].cellState[unit] ?? 0)) <= Self.tolerance)
          #expect(try abs(layer.hidden[unit] - gate(.output) * tanh(layer.shownCell[unit])) <= Self.tolerance)
        case .gru:
          let n = try tanh(sum(.candidate) + gate(.reset) * layer.recurrent[unit].sum)
          #expect(try abs(gate(.candidate) - n) <= Self.tolerance)
          #expect(try abs(layer.hidden[unit] - ((1 - gate(.update)) * n + gate(.update) * layer.previousHidden[unit])) <= Self.tolerance)
        case .rnn: #expect(try abs(layer.hidden[unit] - tanh(sum(.candidate))) <= Self.tolerance)
        }
      }
    }
  }

  @Test("the expected tokens are those that the evaluation measures", arguments: cases)
  func predictions(test: Case) async throws {
    let (model, text) = try Self.setup(test)
    let scores = try await model.scores(of: text, reading: .whole)
    for number in [0, 62, 63, 64, 129] {
      let step = try TimeStep(number, of: text, model: model)
      let next = try #require(step.next)
      #expect(next == text.tokens[number + 1])
      #expect(abs(step.probabilities.reduce(0, +) - 1) < 1e-9)
      #expect(try abs(-log(step.probabilities[Int(next)]) - #require(scores.nats[number + 1])) < 1e-4)
      let best = step.predictions(5).map(\.probability)
      #expect(best == step.probabilities.sorted(by: >).prefix(5) + [])
    }
    #expect(try TimeStep(text.tokens.count - 1, of: text, model: model).next == nil)
  }

  @Test("the numbers that are printed give one another, to their last digits", arguments: cases)
  func printed(test: Case) throws {
    let (model, text) = try Self.setup(test)
    let lines = try TimeStep(100, of: text, model: model).text(units: 9).split(separator: "\n").map(String.init)
    var checked = 0
    for line in lines {
      if let found = line.firstMatch(of: /(sigmoid|tanh)\(([-+][0-9.]+) ([-+][0-9.]+) ([-+][0-9.]+)\) = (-?[0-9.]+)/) {
        let parts = [found.output.2, found.output.3, found.output.4].compactMap { Double($0) }
        let sum = parts.reduce(0, +), value = try #require(Double(found.output.5))
        // Three parts of two digits, and a result of three.
        #expect(abs((found.output.1 == "tanh" ? tanh(sum) : Self.sigmoid(sum)) - value) < 0.0156, "\(line)")
        checked += 1
      }
      if let found = line.firstMatch(of: /= (-?[0-9.]+) \* (-?[0-9.]+) \+ (-?[0-9.]+) \* (-?[0-9.]+) = (-?[0-9.]+)/) {
        let n = [found.output.1, found.output.2, found.output.3, found.output.4, found.output.5].compactMap { Double($0) }
        try #require(n.count == 5)
        #expect(abs(n[0] * n[1] + n[2] * n[3] - n[4]) < 0.0005 * (1 + n[..<4].map(abs).reduce(0, +)), "\(line)")
        checked += 1
      }
    }
    #expect(checked == (test.cell == .lstm ? 5 : test.cell == .gru ? 3 : 1) * 16)
  }

  @Test("no line is longer than 80 columns", arguments: RecurrentCell.allCases, [0.1, 3, 400, 1e6, 3e38] as [Float])
  func width(cell: RecurrentCell, range: Float) throws {
    for (isNormalized, isInputCapped) in [(false, false), (true, false)] + (cell == .lstm ? [(false, true), (true, true)] : []) {
      let (model, text) = try Self.setup(
        Case(cell: cell, isNormalized: isNormalized, range: range, isInputCapped: isInputCapped))
      for number in [0, 89, text.tokens.count - 1] {
        for line in try TimeStep(number, of: text, model: model).text(units: 9).split(separator: "\n") {
          #expect(line.count <= 80, "\(line)")
        }
      }
    }
  }

  @Test("units are those whose state changed most", arguments: cases)
  func mostChanged(test: Case) throws {
    let (model, text) = try Self.setup(test)
    let step = try TimeStep(40, of: text, model: model), layer = step.layers[1]
    let changes = layer.mostChanged(layer.units).map { abs(layer.change($0)) }
    #expect(changes == changes.sorted(by: >) && Set(layer.mostChanged(layer.units)) == Set(0..<layer.units))
    let all = step.text(units: 2), one = step.text(units: 2, layer: 1)
    #expect(all.contains("Layer 0 (of 2)") && !one.contains("Layer 0 (of") && one.contains("Layer 1 (of 2)"))
    #expect(one.split(separator: "\n").count { $0.hasPrefix("unit ") } == 2)
  }

  @Test("a token that the text lacks is refused", arguments: [-1, 1_000_000])
  func outside(number: Int) throws {
    let (model, text) = try Self.setup(Self.cases[0])
    #expect(throws: StudyError.stepOutsideText(step: number, tokens: text.tokens.count)) {
      _ = try TimeStep(number, of: text, model: model)
    }
  }
}
