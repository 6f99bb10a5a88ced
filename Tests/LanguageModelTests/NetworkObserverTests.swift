import Foundation
import Kernels
import LanguageModel
import Testing

@Suite("The observer of a network") struct NetworkObserverTests {
  typealias Case = GradientTests.Case
  typealias Setup = GradientTests.Setup

  static let cases =
    RecurrentCell.allCases.flatMap { cell in
      [false, true].map { Case(hidden: [7, 9], steps: 5, lanes: 3, cell: cell, isNormalized: $0) }
    } + [false, true].map { Case(hidden: [7, 9], steps: 5, lanes: 3, isNormalized: $0, isInputCapped: true) }

  /// Copies of what a layer showed.
  private struct Seen {
    var gates: [CellGate: [Float]] = [:]
    var hidden: [Float], previousHidden: [Float]
    var cell: [Float]?, previousCell: [Float]?

    init(_ layer: LayerActivations) {
      for gate in layer.cell.gates { gates[gate] = layer.gate(gate).elements }
      hidden = layer.hidden.elements
      previousHidden = layer.previousHidden.elements
      cell = layer.cellState?.elements
      previousCell = layer.previousCellState?.elements
    }

    subscript(gate: CellGate, index: Int) -> Double { gates[gate].map { Double($0[index]) } ?? .nan }
  }

  @Test("gates, h and c are those of the cell's formulas, in training and evaluation", arguments: cases, [true, false])
  func activations(test: Case, isTraining: Bool) throws {
    let setup = Setup(test)
    var seen: [Seen] = []
    setup.network.observer = NetworkObserver(forward: { layer in
      #expect(layer.layer == seen.count && layer.steps == test.steps && layer.lanes == test.lanes && layer.cell == test.cell)
      seen.append(Seen(layer))
    })
    let start = setup.network.startingState
    let output = setup.network.forward(
      inputs: setup.inputs, targets: setup.targets, weights: setup.prepared, isTraining: isTraining)
    #expect(seen.count == test.hidden.count)
    #expect(seen.last?.hidden == output.output.elements)
    for (index, layer) in seen.enumerated() {
      let units = test.hidden[index], first = test.lanes * units
      #expect(layer.hidden.count == test.steps * first && layer.gates.count == test.cell.gates.count)
      #expect(Array(layer.previousHidden[..<first]) == start.hidden[index])
      #expect(layer.previousHidden[first...] == layer.hidden[..<(layer.hidden.count - first)])
      #expect((layer.cell != nil) == (test.cell == .lstm) && (layer.previousCell != nil) == (test.cell == .lstm))
      for place in layer.hidden.indices {
        let h = Double(layer.hidden[place]), before = Double(layer.previousHidden[place])
        switch test.cell {
        case .lstm:
          let c = try Double(#require(layer.cell)[place]), old = try Double(#require(layer.previousCell)[place])
          #expect(abs(c - (layer[.forget, place] * old + layer[.input, place] * layer[.candidate, place])) < 1e-6)
          // With layer normalization, h comes from the normalized c, while c is shown before it.
          if !test.isNormalized { #expect(abs(h - layer[.output, place] * tanh(c)) < 1e-6) }
          for gate in [CellGate.input, .forget, .output] { #expect(layer[gate, place] > 0 && layer[gate, place] < 1) }
        case .gru:
          let z = layer[.update, place]
          #expect(abs(h - ((1 - z) * layer[.candidate, place] + z * before)) < 1e-6)
          #expect(layer[.reset, place] > 0 && layer[.reset, place] < 1)
        case .rnn: #expect(layer[.candidate, place] == h && abs(h) < 1)
        }
      }
    }
  }

  /// A state's gradient is that of the rest of the window, which starts from it.
  @Test(
    "gradients at a time are those of a window that starts there",
    arguments: RecurrentCell.allCases.flatMap { cell in
      [false, true].map { Case(hidden: [7], steps: 5, lanes: 3, cell: cell, isNormalized: $0) }
    })
  func gradients(test: Case) async {
    for time in 0..<test.steps {
      let setup = Setup(test), cut = time * test.lanes
      // What comes before is not to be predicted, so that nothing of the loss is in it.
      let targets = setup.targets.enumerated().map { $0 < cut ? -1 : $1 }
      var state: (hidden: [Float], cell: [Float]?)?
      var gradient: (hidden: [Float], cell: [Float]?)?
      var times: [Int] = []
      setup.network.observer = NetworkObserver(
        forward: { layer in
          func rows(_ before: MatrixView) -> [Float] { before.block(rows: cut..<cut + test.lanes).elements }
          state = (rows(layer.previousHidden), layer.previousCellState.map(rows))
        },
        backward: { gradients in
          times.append(gradients.time)
          #expect((gradients.preactivations == nil) == (gradients.time == test.steps))
          if let products = gradients.preactivations { #expect(products.columns == test.cell.partCount * 7 && products.rows == test.lanes) }
          if gradients.time == time { gradient = (gradients.hidden.elements, gradients.cell?.elements) }
        })
      _ = await setup.training.lossAndGradients(inputs: setup.inputs, targets: targets, weights: setup.prepared, scale: 1)
      #expect(times == (0...test.steps).reversed())

      let rest = Network(setup.network.configuration, steps: test.steps - time, lanes: test.lanes)
      rest.startingState = LaneState(hidden: [state?.hidden ?? []], cell: state?.cell.map { [$0] } ?? [])
      var expected: (hidden: [Float], cell: [Float]?)?
      rest.observer = NetworkObserver(backward: { if $0.time == 0 { expected = ($0.hidden.elements, $0.cell?.elements) } })
      _ = await TrainingNetwork(rest).lossAndGradients(
        inputs: Array(setup.inputs[cut...]), targets: Array(targets[cut...]), weights: setup.prepared, scale: 1)
      #expect((gradient?.cell == nil) == (test.cell != .lstm))
      func check(_ found: [Float]?, _ expected: [Float]?) {
        guard let found, let expected else { return }
        let largest = expected.map(abs).max() ?? 0
        #expect(largest > 0 && found.count == expected.count)
        for (one, other) in zip(found, expected) { #expect(abs(one - other) <= 1e-5 * largest) }
      }
      #expect(gradient != nil && expected != nil)
      check(gradient?.hidden, expected?.hidden)
      check(gradient?.cell, expected?.cell)
    }
  }

  @Test("the gradient of the bias is the sum of those before the gates' functions", arguments: cases)
  func preactivations(test: Case) async {
    let setup = Setup(test)
    var sums = test.hidden.map { [Double](repeating: 0, count: test.cell.partCount * $0) }
    let observer = NetworkObserver(backward: { state in
      guard let products = state.preactivations else { return }
      for row in 0..<products.rows { for column in 0..<products.columns { sums[state.layer][column] += Double(products[row, column]) } }
    })
    let gradients = await setup.gradients(observer)
    for (layer, sum) in sums.enumerated() {
      let expected = gradients[setup.weights.layout[.bias(layer: layer)].range], largest = expected.map(abs).max() ?? 0
      #expect(largest > 0)
      for (one, other) in zip(sum, expected) { #expect(abs(one - Double(other)) <= 1e-5 * Double(largest)) }
    }
  }

  @Test("listening changes no bit of the gradients", arguments: GradientTests.cases)
  func sameGradients(test: Case) async {
    let alone = Setup(test), observed = Setup(test)
    var calls = 0
    let gradients = await observed.gradients(NetworkObserver(forward: { _ in calls += 1 }, backward: { _ in calls += 1 }))
    #expect(await alone.gradients().map(\.bitPattern) == gradients.map(\.bitPattern))
    #expect(calls == test.hidden.count * (test.steps + 2))
  }
}

extension MatrixView {
  /// The elements, row by row.
  fileprivate var elements: [Float] { (0..<rows).flatMap { row in (0..<columns).map { self[row, $0] } } }
}
