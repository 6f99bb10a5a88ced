internal import Kernels

/// One time step of a layer's cells, for b lanes: what a ``RecurrentLayer`` takes over and over along a window, and a ``SamplingNetwork``
/// once for each token.
///
/// ```swift
/// let step: CellStep = ...                                       // x Wx is in step.inputProduct
/// step.clearStateProducts()
/// multiply(h', Wh of each product, addingTo: step.stateProduct(product))
/// step.forward(vectors)                                          // h is in step.hidden
/// ```
/// The caller computes the products, since it knows how the weights are laid out and which threads share a product.
struct CellStep {
  let kind: any CellKind.Type
  /// The kind's products h' Wh.
  let products: [StateProduct]
  /// [b, parts H]: the products, then the activations, then the gradients of the products.
  let parts: Matrix
  /// [b, H]: h'.
  let previousHidden: MatrixView
  /// [b, H]: h. May be the memory of h', since each unit's old state is read before its new one is written.
  let hidden: Matrix
  /// [b, H] each, of cells that have c: c' and c, which may be the same memory too.
  let cells: (before: MatrixView, after: Matrix)?
  /// The products of normalised cells, which are kept apart from the parts.
  let normalized: NormalizedProducts?

  /// H
  private var units: Int { hidden.columns }

  // MARK: - Products

  /// Where x Wx goes: [b, G H]. After the backward step it holds the gradient of x Wx.
  var inputProduct: Matrix { normalized?.input ?? parts.columns(0..<kind.gates.count * units) }

  /// Where a product of h' is added: [b, rows of Wh]. After the backward step it holds the gradient of the product.
  func stateProduct(_ product: Int) -> Matrix {
    normalized?.state.columns(products[product].rows(units: units)) ?? parts.columns(products[product].columns(units: units))
  }

  /// Whether a product of h' is added to x Wx.
  private func isAddedToInput(_ product: Int) -> Bool {
    if let normalized { normalized.isSum } else { !products[product].isApart }
  }

  /// Whether x Wx and h' Wh are two products with one sum.
  var isSingleSum: Bool { products.count == 1 && isAddedToInput(0) }

  /// Sets the products of h' to zero where x Wx is not.
  func clearStateProducts() {
    for product in products.indices where !isAddedToInput(product) { stateProduct(product).fill(0) }
  }

  // MARK: - Forward and backward

  /// From the products to h and, of cells that have one, c.
  func forward(_ vectors: CellVectors<MatrixView>) {
    normalized?.forward(products, gains: vectors.normalized(), into: parts)
    kind.forward(self, vectors: vectors)
  }

  /// From the gradients of h and c to the gradients of the products. The products that h' is part of still have to be multiplied by Wh.
  func backward(_ vectors: CellVectors<MatrixView>, gradients: Gradients) {
    kind.backward(self, vectors: vectors, gradients: gradients)
    normalized?.backward(
      products, gains: vectors.normalized(), gradient: parts.view, gainGradients: gradients.vectors.normalized())
  }

  /// What the backward step reads and writes besides the memory of the forward step.
  struct Gradients {
    /// [b, H]: dL/dh, from above and from the step after.
    let hidden: MatrixView
    /// [b, H]: dL/dh', to which is added what goes past the products.
    let previousHidden: Matrix
    /// [b, H], of cells that have c: in dL/dc through the step after, out dL/dc'.
    let cell: Matrix?
    /// The gradients of the vectors, to which those of this step are added.
    let vectors: CellVectors<Matrix>
    /// [1, H], whose content is lost.
    let scratch: Matrix

    /// - Precondition: the cells have c.
    var cellState: Matrix {
      guard let cell else { preconditionFailure("these cells have no state c") }
      return cell
    }
  }

  /// c' and c.
  ///
  /// - Precondition: the cells have c.
  var cellStates: (before: MatrixView, after: Matrix) {
    guard let cells else { preconditionFailure("these cells have no state c") }
    return cells
  }
}
