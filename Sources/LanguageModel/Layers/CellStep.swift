internal import Kernels

/// One time step of a layer's cells, for b lanes: what a ``RecurrentLayer`` takes over and over along a window, and a ``SamplingNetwork``
/// once for each token.
///
/// ```swift
/// let step = CellStep(memory, rows: 0..<lanes, next: lanes..<2 * lanes)    // x Wx is in step.inputProduct
/// step.clearStateProducts()
/// multiply(step.previousHidden, Wh of each product, addingTo: step.stateProduct(product))
/// step.forward(vectors)                                                    // h is in step.hidden
/// ```
/// The caller computes the products, since it knows how the weights are laid out and which threads share a product.
struct CellStep {
  private let memory: CellMemory
  /// The rows of the products, and of h' and c'.
  private let rows: Range<Int>
  /// The rows of h and c. They may be those of h' and c', since each unit's old state is read before its new one is written.
  private let next: Range<Int>

  init(_ memory: CellMemory, rows: Range<Int>, next: Range<Int>) {
    self.memory = memory
    self.rows = rows
    self.next = next
  }

  /// [b, parts H]: the products, then the activations, then the gradients of the products.
  var parts: Matrix { memory.parts.block(rows: rows) }
  /// [b, H]: h'.
  var previousHidden: MatrixView { memory.hidden.view.block(rows: rows) }
  /// [b, H]: h.
  var hidden: Matrix { memory.hidden.block(rows: next) }

  /// Whether the input gates of an LSTM are at most 1 - f.
  var isInputCapped: Bool { memory.isInputCapped }

  /// The memory of c' and c.
  ///
  /// - Precondition: the cells have c.
  private var cells: Matrix {
    guard let cell = memory.cell else { preconditionFailure("these cells have no state c") }
    return cell
  }
  /// [b, H]: c'.
  var previousCell: MatrixView { cells.view.block(rows: rows) }
  /// [b, H]: c.
  var cell: Matrix { cells.block(rows: next) }

  // MARK: - Products

  /// Where x Wx goes: [b, G H]. After the backward step it holds the gradient of x Wx.
  var inputProduct: Matrix { memory.input.block(rows: rows) }

  /// Where a product of h' is added: [b, rows of Wh]. After the backward step it holds the gradient of the product.
  func stateProduct(_ index: Int) -> Matrix {
    let product = memory.products[index], units = memory.hidden.columns
    if let normalized = memory.normalized { return normalized.state.block(rows: rows).columns(product.rows(units: units)) }
    return parts.columns(product.columns(units: units))
  }

  /// Whether a product of h' is added to x Wx.
  private func isAddedToInput(_ index: Int) -> Bool { memory.normalized?.isSum ?? !memory.products[index].isApart }

  /// Whether x Wx and h' Wh are two products with one sum.
  var isSingleSum: Bool { memory.products.count == 1 && isAddedToInput(0) }

  /// Sets the products of h' to zero where x Wx is not.
  func clearStateProducts() {
    for index in memory.products.indices where !isAddedToInput(index) { stateProduct(index).fill(0) }
  }

  // MARK: - Forward and backward

  /// From the products to h and, of cells that have one, c.
  func forward(_ vectors: CellVectors<MatrixView>) {
    memory.normalized?.block(rows: rows).forward(memory.products, gains: vectors.normalized(), into: parts)
    memory.kind.forward(self, vectors: vectors)
  }

  /// From the gradients of h and c to the gradients of the products. The gradients of the products of h' still have to be multiplied by Wh.
  func backward(_ vectors: CellVectors<MatrixView>, gradients: Gradients) {
    memory.kind.backward(self, vectors: vectors, gradients: gradients)
    memory.normalized?.block(rows: rows).backward(
      memory.products, gains: vectors.normalized(), gradient: parts.view, gainGradients: gradients.vectors.normalized())
  }

  /// What the backward steps of a window read and write besides the memory of the forward steps.
  struct Gradients {
    /// In the rows of the memory's `hidden`, [states, H]: dL/dh.
    let hidden: Matrix
    /// [b, H], of cells that have c: in dL/dc through the step after, out dL/dc'.
    let cell: Matrix?
    /// The gradients of the vectors, to which those of a step are added.
    let vectors: CellVectors<Matrix>
    /// [1, H], whose content is lost.
    let scratch: Matrix

    /// - Precondition: the cells have c.
    var cellState: Matrix {
      guard let cell else { preconditionFailure("these cells have no state c") }
      return cell
    }
  }

  /// [b, H]: dL/dh, from above and from the step after.
  func hiddenGradient(_ gradients: Gradients) -> MatrixView { gradients.hidden.view.block(rows: next) }

  /// [b, H]: dL/dh', to which is added what this step sends back.
  func previousHiddenGradient(_ gradients: Gradients) -> Matrix { gradients.hidden.block(rows: rows) }
}
