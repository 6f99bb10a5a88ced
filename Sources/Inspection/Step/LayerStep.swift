internal import Foundation
internal import Kernels
package import LanguageModel

/// One time step of a layer, for all of its units.
package struct LayerStep: Sendable {
  /// What a gate's function is applied to, by where its parts come from: x Wx, h Wh and b. With layer normalisation the first two are
  /// normalised.
  package struct Preactivation: Sendable {
    package var input = 0.0, state = 0.0, bias = 0.0
    package var sum: Double { input + state + bias }
  }

  /// The layer's number, from 0.
  package let layer: Int
  /// What the layer's units are.
  package let cell: RecurrentCell
  /// Whether there is layer normalisation inside the cells.
  package let isNormalized: Bool
  /// Whether the input gates of an LSTM are at most 1 - f; ``gates`` has them after the cap.
  package let isInputCapped: Bool
  /// Of each gate, by unit. A GRU's candidate has the parts of x here, and those of h in ``recurrent``.
  package internal(set) var preactivations: [CellGate: [Preactivation]] = [:]
  /// m = h Wh + b of a GRU's candidate, by unit; empty of other cells.
  package internal(set) var recurrent: [Preactivation] = []
  /// The activations of each gate, by unit.
  package internal(set) var gates: [CellGate: [Double]] = [:]
  /// h before and after the step, by unit.
  package internal(set) var previousHidden: [Double] = [], hidden: [Double] = []
  /// c before and after the step, by unit; empty if the cells have none.
  package internal(set) var previousCell: [Double] = [], cellState: [Double] = []
  /// What an LSTM shows the tanh of: c, or with layer normalisation its normal form with gain and bias. By unit.
  package internal(set) var shownCell: [Double] = []

  /// The number of units.
  package var units: Int { hidden.count }

  /// What the step added to a unit's state: c where there is one, and else h.
  package func change(_ unit: Int) -> Double {
    cellState.isEmpty ? hidden[unit] - previousHidden[unit] : cellState[unit] - previousCell[unit]
  }

  /// The units whose state changed most, the first one most.
  package func mostChanged(_ count: Int) -> [Int] {
    Array((0..<units).sorted { (abs(change($1)), $0) < (abs(change($0)), $1) }.prefix(count))
  }

  /// The share of the token, or of the layer below, in what the gates' functions are applied to: the rest is of the state. By magnitude.
  package var inputShare: Double {
    var input = 0.0, state = 0.0
    for part in preactivations.values.joined() {
      input += abs(part.input)
      state += abs(part.state)
    }
    for part in recurrent { state += abs(part.state) }
    return input + state > 0 ? input / (input + state) : 0
  }
}

extension LayerStep {
  /// - Parameters:
  ///   - activations: those of a window of one lane, to whose last time step this is.
  ///   - x: what the layer read then.
  init(_ activations: LayerActivations, weights: Weights, x: [Double]) {
    layer = activations.layer
    cell = activations.cell
    isNormalized = weights.configuration.isNormalized
    isInputCapped = weights.configuration.isInputCapped
    let last = activations.steps - 1
    for gate in cell.gates { gates[gate] = activations.gate(gate).numbers(row: last) }
    previousHidden = activations.previousHidden.numbers(row: last)
    hidden = activations.hidden.numbers(row: last)
    previousCell = activations.previousCellState?.numbers(row: last) ?? []
    cellState = activations.cellState?.numbers(row: last) ?? []
    shownCell = cellState
    if isNormalized, cell.hasCellState {
      let gain = weights.matrix(.cellGain(layer: layer)).numbers(row: 0), bias = weights.matrix(.cellBias(layer: layer)).numbers(row: 0)
      shownCell = zip(ReferenceNormalization.forward(cellState, gain: gain), bias).map { $0 + $1 }
    }
    addPreactivations(weights, x: x)
  }

  /// Computes x Wx, h Wh and b in Double.
  private mutating func addPreactivations(_ weights: Weights, x: [Double]) {
    var input = weights.matrix(.inputWeight(layer: layer)).times(x)
    var state = weights.matrix(.recurrentWeight(layer: layer)).times(previousHidden)
    let bias = weights.matrix(.bias(layer: layer)).numbers(row: 0)
    if isNormalized { normalize(&input, &state, weights) }
    for (index, gate) in cell.gates.enumerated() {
      preactivations[gate] = (0..<units).map { unit in
        let row = index * units + unit, isApart = cell == .gru && gate == .candidate
        return Preactivation(input: input[row], state: isApart ? 0 : state[row], bias: bias[row])
      }
      if cell == .gru, gate == .candidate {
        recurrent = (0..<units).map { Preactivation(state: state[index * units + $0], bias: bias[(index + 1) * units + $0]) }
      }
    }
  }

  /// Normalises the products as the layer does: each by itself, or their sum; a GRU's candidate apart from its gates.
  private func normalize(_ input: inout [Double], _ state: inout [Double], _ weights: Weights) {
    let inputGain = weights.matrix(.inputGain(layer: layer)).numbers(row: 0)
    if cell == .rnn {
      // The mean of a sum is the sum of the means, so that each product keeps its share of the normal sum.
      let scale = ReferenceNormalization.normal(zip(input, state).map { $0 + $1 }).scale
      func share(_ product: [Double]) -> [Double] {
        let mean = product.reduce(0, +) / Double(product.count)
        return zip(product, inputGain).map { ($0 - mean) * scale * $1 }
      }
      input = share(input)
      state = share(state)
      return
    }
    let stateGain = weights.matrix(.recurrentGain(layer: layer)).numbers(row: 0)
    let groups = cell == .gru ? [0..<2 * units, 2 * units..<3 * units] : [0..<input.count]
    for rows in groups {
      input.replaceSubrange(rows, with: ReferenceNormalization.forward(Array(input[rows]), gain: Array(inputGain[rows])))
      state.replaceSubrange(rows, with: ReferenceNormalization.forward(Array(state[rows]), gain: Array(stateGain[rows])))
    }
  }
}

extension MatrixView {
  /// The numbers of a row.
  func numbers(row: Int) -> [Double] { block(rows: row..<row + 1).elements.map(Double.init) }

  /// The product of each row with a vector, in Double.
  func times(_ vector: [Double]) -> [Double] {
    precondition(vector.count == columns, "the vector is as long as a row")
    return (0..<rows).map { row in
      var sum = 0.0
      for column in 0..<columns { sum += Double(self[row, column]) * vector[column] }
      return sum
    }
  }
}
