extension InspectedText {
  /// Checks that a span is one of the text, and returns it.
  ///
  /// - Parameter end: the token after the span's last.
  /// - Throws: `InspectionError.spanOutside`.
  package func span(start: Int, end: Int) throws(InspectionError) -> Range<Int> {
    guard start >= 0, start < end, end <= tokens.count else { throw .spanOutside(start: start, end: end, tokens: tokens.count) }
    return start..<end
  }
}

extension RecordedStates {
  /// The units that are on over a whole span, by their numbers among those of all layers, one layer after the other.
  ///
  /// - Throws: `InspectionError.nothingOn`.
  package func unitsOn(over span: Range<Int>, threshold: Float) throws(InspectionError) -> [Int] {
    guard let hidden = quantities.firstIndex(of: .hidden) else { preconditionFailure("every cell has a hidden state") }
    var units: [Int] = []
    var first = 0
    for (number, layer) in layers.enumerated() {
      for unit in 0..<layer.units {
        let place = UnitPlace(layer: number, unit: unit)
        if span.allSatisfy({ abs(value(hidden, place, token: $0)) > threshold }) { units.append(first + unit) }
      }
      first += layer.units
    }
    if units.isEmpty { throw .nothingOn(start: span.lowerBound, end: span.upperBound, threshold: "\(threshold)") }
    return units
  }

  /// The place of a unit from its number among those of all layers.
  package static func place(ofUnit number: Int, hiddenSizes: [Int]) -> UnitPlace {
    var rest = number
    for (layer, units) in hiddenSizes.enumerated() {
      if rest < units { return UnitPlace(layer: layer, unit: rest) }
      rest -= units
    }
    preconditionFailure("the model has no unit \(number)")
  }
}
