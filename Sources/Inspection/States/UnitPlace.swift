/// A unit of a model: its layer and its number in it, both counted from 0. Layer 0 reads the embeddings.
package struct UnitPlace: Hashable, Sendable, CustomStringConvertible {
  package var layer: Int
  package var unit: Int

  package init(layer: Int, unit: Int) {
    self.layer = layer
    self.unit = unit
  }

  /// `layer:unit`, as in `0:17`.
  package var description: String { "\(layer):\(unit)" }

  /// Checks that a model has these units.
  ///
  /// - Parameter hiddenSizes: the number of units of each layer.
  /// - Throws: `InspectionError.noLayer`, `.noUnit`, or `.tooManyUnits` for more than `most`.
  package static func check(_ units: [UnitPlace], hiddenSizes: [Int], most: Int) throws(InspectionError) {
    if units.count > most { throw .tooManyUnits(given: units.count, most: most) }
    for place in units {
      guard hiddenSizes.indices.contains(place.layer) else { throw .noLayer(layer: place.layer, layers: hiddenSizes.count) }
      guard (0..<hiddenSizes[place.layer]).contains(place.unit) else {
        throw .noUnit(layer: place.layer, unit: place.unit, units: hiddenSizes[place.layer])
      }
    }
  }
}
