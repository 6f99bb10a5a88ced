internal import Corpora
internal import Kernels
package import LanguageModel
package import Models

extension Model {
  /// Runs the model over a text, from its first token to its last, and keeps the states of all units.
  ///
  /// The text is one lane: the state is carried over the ends of songs, as they were in training, and is the initial state at the first
  /// token. The same values come for windows of any length, but for rounding.
  ///
  /// - Parameters:
  ///   - window: time steps computed at once.
  ///   - mostBytes: the most memory that the states may take.
  ///   - progress: is called after each window.
  /// - Throws: `InspectionError.textTooLong`.
  package func states(
    of text: InspectedText, window: Int = 64, products: ProductKernel = .packed, mostBytes: Int = RecordedStates.mostBytes,
    progress: (_ done: Int, _ total: Int) -> Void = { _, _ in }
  ) throws(InspectionError) -> RecordedStates {
    precondition(window > 0, "a window has a time step")
    let configuration = weights.configuration
    let most = mostBytes / RecordedStates.bytesPerToken(configuration)
    if text.tokens.count > most { throw .textTooLong(tokens: text.tokens.count, most: most, mebibytes: mostBytes >> 20) }
    let quantities = RecordedStates.quantities(of: configuration.cell)
    let collector = StateCollector(configuration.hiddenSizes, quantities, count: text.tokens.count)
    let steps = max(1, min(window, text.inputs.count))
    let network = Network(configuration, steps: steps, lanes: 1)
    network.observer = NetworkObserver(forward: { collector.add($0) })
    let prepared = PreparedWeights(weights, forTraining: false, products: products)
    var isKept = [Bool](repeating: false, count: text.inputs.count)
    for place in text.places { isKept[place] = true }
    network.startNextWindow(from: .initial)
    for first in stride(from: 0, to: text.inputs.count, by: steps) {
      let range = first..<min(first + steps, text.inputs.count)
      if first > 0 { network.startNextWindow(from: .afterLastWindow) }
      collector.rows = range.indices.filter { isKept[$0] }.map { $0 - first }
      let inputs = Array(text.inputs[range])
      _ = network.forward(
        inputs: inputs, targets: inputs.map { _ in ShardWindows.noTarget }, weights: prepared, isTraining: false)
      progress(range.upperBound, text.inputs.count)
    }
    return RecordedStates(
      quantities: quantities, layers: zip(configuration.hiddenSizes, collector.values).map { (units: $0, values: $1) },
      count: text.tokens.count)
  }
}

/// Copies what a network shows of some rows of each window.
private final class StateCollector {
  private let quantities: [RecordedStates.Quantity]
  /// By layer and quantity [tokens, H].
  private(set) var values: [[[Float]]]
  /// The rows of the next window to keep.
  var rows: [Int] = []

  init(_ hiddenSizes: [Int], _ quantities: [RecordedStates.Quantity], count: Int) {
    self.quantities = quantities
    values = hiddenSizes.map { units in
      quantities.map { _ in
        var values: [Float] = []
        values.reserveCapacity(units * count)
        return values
      }
    }
  }

  func add(_ layer: LayerActivations) {
    for (index, quantity) in quantities.enumerated() {
      let view: MatrixView
      switch quantity {
      case .gate(let gate): view = layer.gate(gate)
      case .hidden: view = layer.hidden
      case .cell:
        guard let state = layer.cellState else { preconditionFailure("the cells have a cell state") }
        view = state
      }
      for row in rows {
        for unit in 0..<view.columns { values[layer.layer][index].append(view[row, unit]) }
      }
    }
  }
}
