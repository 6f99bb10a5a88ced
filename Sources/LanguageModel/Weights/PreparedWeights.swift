internal import Kernels

/// Weights with what is computed from them once for many windows: what a ``Network`` reads.
package struct PreparedWeights: Sendable {
  package var weights: Weights
  package var recurrent: RecurrentFactors
  /// Which code computes the products of a time step.
  package let products: ProductKernel

  /// How many updates these weights have seen: what the masks of dropout change with.
  package var updates: Int

  /// - Parameters:
  ///   - forTraining: false leaves out what only the backward pass needs.
  ///   - weightDrop: the probability of a recurrent weight to be dropped, and the seed of the masks.
  ///   - products: which code computes the products of a time step.
  package init(
    _ weights: Weights, updates: Int = 0, forTraining: Bool = true, weightDrop: (probability: Float, seed: UInt64) = (0, 0),
    products: ProductKernel = .packed
  ) {
    // Training and evaluation begin here, on one thread: set-up may switch kernels, which is not safe while a product runs.
    OpenBLAS.prepare()
    self.weights = weights
    self.updates = updates
    self.products = products
    recurrent = RecurrentFactors(weights.configuration, forTraining: forTraining, weightDrop: weightDrop, products: products)
    for part in 0..<recurrent.dropPartCount { recurrent.drop(weights, part: part, updates: updates) }
    recurrent.pack(weights, parts: 0..<recurrent.partCount)
  }

  /// The recurrent weights of a layer, as factors.
  package func recurrentFactors(layer: Int) -> LayerFactors { LayerFactors(factors: recurrent, weights: weights, layer: layer) }
}

/// The recurrent weights of all layers, laid out for the products of a time step: Wh^T for the forward pass and Wh for the backward one.
package struct RecurrentFactors: Sendable {
  /// The packed factors, those of the forward pass first, each pass by layer and product; none where OpenBLAS computes the products.
  private let shapes: [PackedShape]
  /// For each of them, which rows of its layer's weight it holds.
  private let rows: [Range<Int>]
  private let products: ProductKernel
  private let cell: RecurrentCell
  /// Products of a layer's time step, and of all layers'.
  private let productCount: Int, passCount: Int
  private var values: FloatBuffer
  private let weightDrop: (probability: Float, seed: UInt64)
  /// [G H, H] of each layer, one after the other: the recurrent weights after weight drop; empty without.
  private var dropped: FloatBuffer
  /// H of each layer.
  private let hiddenSizes: [Int]

  fileprivate init(
    _ configuration: ModelConfiguration, forTraining: Bool, weightDrop: (probability: Float, seed: UInt64), products: ProductKernel
  ) {
    self.products = products
    hiddenSizes = configuration.hiddenSizes
    cell = configuration.cell
    self.weightDrop = weightDrop
    dropped = FloatBuffer(count: weightDrop.probability > 0 ? hiddenSizes.reduce(0) { [cell] in $0 + cell.gateCount * $1 * $1 } : 0)
    productCount = cell.products.count
    passCount = hiddenSizes.count * productCount
    var shapes: [PackedShape] = [], ranges: [Range<Int>] = []
    for pass in 0..<(products == .openblas ? 0 : forTraining ? 2 : 1) {
      for h in hiddenSizes {
        for product in cell.products {
          let rows = product.rows(units: h)
          let sizes = pass == 0 ? (h, rows.count) : (rows.count, h)
          shapes.append(PackedShape(rows: sizes.0, columns: sizes.1, offset: shapes.last?.end ?? 0))
          ranges.append(rows)
        }
      }
    }
    self.shapes = shapes
    rows = ranges
    values = FloatBuffer(count: shapes.last?.end ?? 0)
  }

  fileprivate func forward(_ weights: Weights, layer: Int, product: Int) -> Factor {
    if products == .openblas { return .openblas(rows(weights, layer: layer, product: product).transposed) }
    return .packed(PackedFactor(values.storage, shapes[layer * productCount + product]))
  }

  fileprivate func backward(_ weights: Weights, layer: Int, product: Int) -> Factor {
    if products == .openblas { return .openblas(rows(weights, layer: layer, product: product)) }
    precondition(shapes.count == 2 * passCount, "these weights were not prepared for training")
    return .packed(PackedFactor(values.storage, shapes[passCount + layer * productCount + product]))
  }

  /// The rows of a layer's weight that a product has: [rows, H].
  private func rows(_ weights: Weights, layer: Int, product: Int) -> MatrixView {
    weight(weights, layer: layer).block(rows: cell.products[product].rows(units: hiddenSizes[layer]))
  }

  /// How many parts can be packed side by side.
  package var partCount: Int { shapes.reduce(0) { $0 + $1.panelCount } }

  /// Copies the memory if another value shares it, so that ``drop(_:part:updates:)`` and ``pack(_:parts:)`` may write.
  package mutating func makeUnique() {
    values.makeUnique()
    dropped.makeUnique()
  }

  /// How many parts weight drop has: a gate of a layer each, none without.
  package var dropPartCount: Int { dropped.count == 0 ? 0 : cell.gateCount * hiddenSizes.count }

  /// Drops weights of a part, before any of it is packed.
  ///
  /// - Precondition: as for ``pack(_:parts:)``.
  package func drop(_ weights: Weights, part: Int, updates: Int) {
    let (layer, gate) = part.quotientAndRemainder(dividingBy: cell.gateCount), h = hiddenSizes[layer], rows = gate * h..<(gate + 1) * h
    let weight = weights.matrix(.recurrentWeight(layer: layer)).block(rows: rows)
    var shape = weight.shape
    shape.offset = droppedStart(layer: layer) + rows.lowerBound * h
    mask(layer: layer, updates: updates)?.apply(to: weight, first: rows.lowerBound * h, into: Matrix(dropped.storage, shape))
  }

  /// The mask of a layer's recurrent weights, which their gradient goes through too; nil without weight drop.
  func mask(layer: Int, updates: Int) -> Dropout? {
    MaskSite.recurrent(layer: layer).mask(weightDrop.probability, seed: weightDrop.seed, updates: updates)
  }

  /// Where a layer's weight begins in ``dropped``.
  private func droppedStart(layer: Int) -> Int { hiddenSizes[..<layer].reduce(0) { $0 + cell.gateCount * $1 * $1 } }

  /// The recurrent weight of a layer as the forward pass sees it: [G H, H].
  private func weight(_ weights: Weights, layer: Int) -> MatrixView {
    let weight = weights.matrix(.recurrentWeight(layer: layer))
    if dropped.count == 0 { return weight }
    var shape = weight.shape
    shape.offset = droppedStart(layer: layer)
    return MatrixView(dropped.storage, shape)
  }

  /// Packs some parts anew, after the weights have changed.
  ///
  /// - Precondition: nobody reads these factors meanwhile, and no other value shares the memory.
  package func pack(_ weights: Weights, parts: Range<Int>) {
    var first = 0
    for (index, shape) in shapes.enumerated() {
      let panels = parts.clamped(to: first..<first + shape.panelCount)
      if !panels.isEmpty {
        // Nothing is allocated for a part, of which a step has as many as there are panels.
        let weight = weight(weights, layer: index % passCount / productCount).block(rows: rows[index])
        shape.pack(
          index < passCount ? weight.transposed : weight, panels: panels.lowerBound - first..<panels.upperBound - first,
          into: values.storage)
      }
      first += shape.panelCount
    }
  }
}

/// The recurrent weights of one layer, by the products of a time step: see ``StateProduct``.
package struct LayerFactors: Sendable {
  fileprivate let factors: RecurrentFactors
  fileprivate let weights: Weights
  fileprivate let layer: Int

  /// Wh^T of a product: [H, rows].
  func forward(_ product: Int) -> Factor { factors.forward(weights, layer: layer, product: product) }

  /// Wh of a product: [rows, H].
  func backward(_ product: Int) -> Factor { factors.backward(weights, layer: layer, product: product) }
}
