package import Kernels

/// Callbacks that receive a ``Network``'s activations and state gradients, window by window.
///
/// ```swift
/// network.observer = NetworkObserver(
///   forward: { layer in if layer.cell.gates.contains(.forget) { print(layer.gate(.forget)[0, 0]) } },
///   backward: { state in print(state.layer, state.time, state.hidden[0, 0]) })
/// ```
/// The functions are called on the task that runs the window. The views are of the network's own memory: they must be read, or copied,
/// before the function returns, and are not to be written to. Without an observer a window costs one test a layer and one a time step.
package struct NetworkObserver {
  /// Called with each layer, the first one first, once its forward pass is done; in training and in evaluation.
  package var forward: ((LayerActivations) -> Void)?
  /// Called in the backward pass with the states of each layer, the last layer first, and there from time T down to 0.
  package var backward: ((StateGradients) -> Void)?

  package init(forward: ((LayerActivations) -> Void)? = nil, backward: ((StateGradients) -> Void)? = nil) {
    self.forward = forward
    self.backward = backward
  }
}

/// What a layer computed over a window of T time steps by b lanes. Row `t * b + lane` belongs to a lane at time step t.
package struct LayerActivations {
  /// The layer's number, from 0.
  package let layer: Int
  /// What the layer's units are.
  package let cell: RecurrentCell
  /// T
  package let steps: Int
  /// b
  package let lanes: Int
  let memory: CellMemory

  private func rows(_ matrix: Matrix, from first: Int) -> MatrixView { matrix.view.block(rows: first..<first + steps * lanes) }

  /// The activation of a gate: [T b, H]. The candidate of a plain cell is its h; a capped input gate is shown after the cap.
  ///
  /// - Precondition: the cell has the gate; see `RecurrentCell.gates`.
  package func gate(_ gate: CellGate) -> MatrixView {
    guard let index = cell.gates.firstIndex(of: gate) else { preconditionFailure("the cells of \(cell) have no gate \(gate)") }
    guard memory.kind.keepsActivations else { return hidden }
    let units = memory.hidden.columns
    return rows(memory.parts, from: 0).columns(index * units..<(index + 1) * units)
  }

  /// h after each time step: [T b, H].
  package var hidden: MatrixView { rows(memory.hidden, from: lanes) }
  /// h before each time step: [T b, H].
  package var previousHidden: MatrixView { rows(memory.hidden, from: 0) }
  /// c after each time step, before any normalization: [T b, H]; nil if the cells have none.
  package var cellState: MatrixView? { memory.cell.map { rows($0, from: lanes) } }
  /// c before each time step: [T b, H]; nil if the cells have none.
  package var previousCellState: MatrixView? { memory.cell.map { rows($0, from: 0) } }
}

/// The gradient of the loss with respect to a layer's state at one time, where all time steps from then on are done.
///
/// Time t is that before time step t: 0 is the state that the window starts from, and T the one after its last step. h and c are two
/// variables here: the gradient of c is what time step t and later ones send back through c. It excludes the path through h at the same
/// time.
package struct StateGradients {
  /// The layer's number, from 0.
  package let layer: Int
  /// From T down to 0.
  package let time: Int
  /// [b, H]: dL/dh, from time step t and from the layer above and the decoder, as far as they read the same h. At time 0 nothing comes from
  /// above.
  package let hidden: MatrixView
  /// [b, H]: dL/dc; nil if the cells have none.
  package let cell: MatrixView?
  /// [b, parts H]: the gradients of what the gates' functions are applied to in time step t, gate after gate in the order of
  /// `RecurrentCell.gates`, of a capped input gate 0 where the cap decided; a GRU has a fourth part, that of h' Wh + b of its candidate.
  /// Nil at time T.
  package let preactivations: MatrixView?
}
