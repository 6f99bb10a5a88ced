/// Which units track which features: the Pearson correlation of each unit's hidden state with each feature over the tokens of a text.
///
/// The hidden state is what the layers above and the decoder see, and every kind of cell has it. A correlation says that two numbers go
/// together in this text; it is no proof that the model uses them so. With many units some correlate by chance.
package struct UnitRanking: Sendable {
  /// A unit and a feature that it tracks.
  package struct Tracking: Sendable, Hashable {
    package var place: UnitPlace
    package var feature: TextFeature
    /// Pearson's r, from -1 to 1.
    package var correlation: Double
  }

  /// By layer, then by feature, then by unit; nil where the unit or the feature is constant, so that r is not defined.
  private let correlations: [[TextFeature: [Double?]]]

  /// - Complexity: O(tokens x units x features), in Double.
  package init(_ states: RecordedStates, _ features: FeatureTable) {
    guard let hidden = states.quantities.firstIndex(of: .hidden) else { preconditionFailure("every cell has a hidden state") }
    correlations = states.layers.map { layer in
      Dictionary(
        uniqueKeysWithValues: zip(
          TextFeature.allCases,
          Self.correlations(
            layer.values[hidden], units: layer.units, rows: features.counted,
            with: TextFeature.allCases.map { features.values[$0] ?? [] })))
    }
  }

  /// Pearson's r of each column of a matrix with each feature; nil where one of the two is constant.
  ///
  /// - Parameters:
  ///   - values: [tokens, units], row-major.
  ///   - rows: the tokens that count.
  package static func correlations(_ values: [Float], units: Int, rows: [Int], with features: [[Double]]) -> [[Double?]] {
    guard let first = rows.first else { return features.map { _ in [Double?](repeating: nil, count: units) } }
    let count = Double(rows.count)
    // Sums of up to 2^29 equal Floats are exact in Double, so that a constant unit has squares of exactly 0.
    var means = [Double](repeating: 0, count: units)
    for row in rows { for unit in 0..<units { means[unit] += Double(values[row * units + unit]) } }
    for unit in 0..<units { means[unit] /= count }
    var squares = [Double](repeating: 0, count: units)
    for row in rows {
      for unit in 0..<units {
        let distance = Double(values[row * units + unit]) - means[unit]
        squares[unit] += distance * distance
      }
    }
    return features.map { feature in
      // Distances from the first value are exactly 0 for a constant feature, which a mean may miss by rounding.
      let origin = feature[first]
      let mean = rows.reduce(0) { $0 + (feature[$1] - origin) } / count
      var sums = [Double](repeating: 0, count: units)
      var square = 0.0
      for row in rows {
        let distance = feature[row] - origin - mean
        if distance == 0 { continue }
        square += distance * distance
        for unit in 0..<units { sums[unit] += distance * (Double(values[row * units + unit]) - means[unit]) }
      }
      return (0..<units).map { unit in
        guard square > 0, squares[unit] > 0 else { return nil }
        let correlation = sums[unit] / (square.squareRoot() * squares[unit].squareRoot())
        return correlation.isFinite ? max(-1, min(1, correlation)) : nil
      }
    }
  }

  /// Pearson's r of a unit with a feature; nil if one of the two is constant.
  package func correlation(_ place: UnitPlace, _ feature: TextFeature) -> Double? { correlations[place.layer][feature]?[place.unit] }

  /// The units that track a feature best, the largest |r| first.
  package func best(_ feature: TextFeature, most: Int) -> [Tracking] {
    let all = correlations.enumerated().flatMap { layer, features in
      (features[feature] ?? []).enumerated().compactMap { unit, correlation in
        correlation.map { Tracking(place: UnitPlace(layer: layer, unit: unit), feature: feature, correlation: $0) }
      }
    }
    return Self.sorted(all, most: most)
  }

  /// The feature that a unit tracks best; nil if it is constant, or all features are.
  package func tracked(by place: UnitPlace) -> Tracking? {
    let all = TextFeature.allCases.compactMap { feature in
      correlation(place, feature).map { Tracking(place: place, feature: feature, correlation: $0) }
    }
    // The first of several that are equal.
    return all.enumerated().max { first, second in
      let one = abs(first.element.correlation), other = abs(second.element.correlation)
      return one != other ? one < other : first.offset > second.offset
    }?.element
  }

  /// All units, each with the feature that it tracks best, the largest |r| first.
  package func ranked(most: Int) -> [Tracking] {
    let all = correlations.enumerated().flatMap { layer, features in
      (features[.linePosition] ?? []).indices.compactMap { tracked(by: UnitPlace(layer: layer, unit: $0)) }
    }
    return Self.sorted(all, most: most)
  }

  /// The units to show unless others are chosen: the best for each feature, each once.
  package var defaultUnits: [UnitPlace] {
    var units: [UnitPlace] = []
    for feature in TextFeature.allCases {
      if let place = best(feature, most: 1).first?.place, !units.contains(place) { units.append(place) }
    }
    return units.isEmpty ? [UnitPlace(layer: 0, unit: 0)] : units
  }

  private static func sorted(_ all: [Tracking], most: Int) -> [Tracking] {
    Array(
      all.sorted { first, second in
        let one = abs(first.correlation), other = abs(second.correlation)
        if one != other { return one > other }
        return (first.place.layer, first.place.unit) < (second.place.layer, second.place.unit)
      }.prefix(most))
  }
}
