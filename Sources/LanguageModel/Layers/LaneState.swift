internal import Kernels

/// The recurrent state of some lanes: h of every layer, and c of those that have one.
///
/// It is the same however the lanes were shared out and in whatever order a network keeps its activations, so that it can be saved by
/// one and restored to another.
package struct LaneState: Sendable, Hashable {
  /// For each layer h: [lanes, H], row-major.
  package var hidden: [[Float]]
  /// For each layer c, of cells that have one: [lanes, H], row-major.
  package var cell: [[Float]]

  package init(hidden: [[Float]], cell: [[Float]]) {
    self.hidden = hidden
    self.cell = cell
  }

  /// The states of neighbouring groups of lanes, as one.
  package init(joining parts: [LaneState]) {
    let layers = parts.first?.hidden.count ?? 0
    hidden = (0..<layers).map { layer in parts.flatMap { $0.hidden[layer] } }
    cell = (parts.first?.cell.indices ?? 0..<0).map { layer in parts.flatMap { $0.cell[layer] } }
  }

  /// The state of some of its lanes.
  ///
  /// - Parameter count: of how many lanes this is the state.
  package func part(lanes: Range<Int>, of count: Int) -> LaneState {
    func rows(_ elements: [Float]) -> [Float] {
      let columns = elements.count / count
      return Array(elements[lanes.lowerBound * columns..<lanes.upperBound * columns])
    }
    return LaneState(hidden: hidden.map(rows), cell: cell.map(rows))
  }
}

extension Network {
  /// The state that a window starts from, unless ``startNextWindow(from:)`` says otherwise.
  package var startingState: LaneState {
    get {
      let rows = 0..<lanes
      return LaneState(
        hidden: layers.map { $0.hidden.view.block(rows: rows).elements },
        cell: layers.compactMap { $0.cell?.view.block(rows: rows).elements })
    }
    set {
      precondition(
        newValue.hidden.count == layers.count && newValue.cell.count == layers.count { $0.cell != nil },
        "the state is of another model")
      startNextWindow(from: .ofLastWindow)
      for (index, layer) in layers.enumerated() {
        layer.hidden.setElements(newValue.hidden[index], rows: lanes)
        layer.cell?.setElements(newValue.cell[index], rows: lanes)
      }
    }
  }
}

extension Matrix {
  fileprivate func setElements(_ elements: [Float], rows: Int) {
    precondition(elements.count == rows * columns, "the state has \(elements.count) numbers, not \(rows) x \(columns)")
    for row in 0..<rows { for column in 0..<columns { self[row, column] = elements[row * columns + column] } }
  }
}
