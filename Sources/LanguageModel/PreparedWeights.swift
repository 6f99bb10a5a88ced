internal import Kernels

/// Weights with what is computed from them once for many windows: what a ``Network`` reads.
package struct PreparedWeights: Sendable {
  package var weights: Weights
  package var recurrent: RecurrentFactors

  /// - Parameter forTraining: false leaves out what only the backward pass needs.
  package init(_ weights: Weights, forTraining: Bool = true) {
    self.weights = weights
    recurrent = RecurrentFactors(weights.configuration, forTraining: forTraining)
    recurrent.pack(weights, parts: 0..<recurrent.partCount)
  }
}

/// The recurrent weights of all layers, packed for the product of a time step: Wh^T for the forward pass and Wh for the backward one.
package struct RecurrentFactors: Sendable {
  /// The factors, those of the forward pass first.
  private let shapes: [PackedShape]
  private let layerCount: Int
  private var values: FloatBuffer

  fileprivate init(_ configuration: ModelConfiguration, forTraining: Bool) {
    let h = configuration.hiddenSize
    layerCount = configuration.layerCount
    var shapes: [PackedShape] = []
    for pass in 0..<(forTraining ? 2 : 1) {
      for _ in 0..<layerCount {
        shapes.append(PackedShape(rows: pass == 0 ? h : 4 * h, columns: pass == 0 ? 4 * h : h, offset: shapes.last?.end ?? 0))
      }
    }
    self.shapes = shapes
    values = FloatBuffer(count: shapes.last?.end ?? 0)
  }

  /// Wh^T: [H, 4H].
  func forward(layer: Int) -> PackedFactor { PackedFactor(values.storage, shapes[layer]) }

  /// Wh: [4H, H].
  func backward(layer: Int) -> PackedFactor {
    precondition(shapes.count == 2 * layerCount, "these weights were not prepared for training")
    return PackedFactor(values.storage, shapes[layerCount + layer])
  }

  /// How many parts can be packed side by side.
  package var partCount: Int { shapes.reduce(0) { $0 + $1.panelCount } }

  /// Copies the memory if another value shares it, so that ``pack(_:parts:)`` may write.
  package mutating func makeUnique() { values.makeUnique() }

  /// Packs some parts anew, after the weights have changed.
  ///
  /// - Precondition: nobody reads these factors meanwhile, and no other value shares the memory.
  package func pack(_ weights: Weights, parts: Range<Int>) {
    var first = 0
    for (index, shape) in shapes.enumerated() {
      let panels = parts.clamped(to: first..<first + shape.panelCount)
      if !panels.isEmpty {
        let weight = weights.matrix(.recurrentWeight(layer: index % layerCount))
        shape.pack(
          index < layerCount ? weight.transposed : weight, panels: panels.lowerBound - first..<panels.upperBound - first,
          into: values.storage)
      }
      first += shape.panelCount
    }
  }
}
