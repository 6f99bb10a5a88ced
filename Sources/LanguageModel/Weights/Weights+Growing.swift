private import Foundation
private import Kernels

extension Weights {
  /// The weights of the same model with a larger vocabulary: the tokens that it knows keep their rows of the embedding and the decoder,
  /// and each new one starts from the mean of these rows.
  ///
  /// - Precondition: the vocabulary does not shrink.
  public func grown(toVocabulary size: Int) -> Weights {
    precondition(size >= configuration.vocabularySize, "a vocabulary of \(configuration.vocabularySize) cannot shrink to \(size)")
    var larger = configuration
    larger.vocabularySize = size
    var result = Weights(zeros: larger)
    for entry in result.layout.entries {
      let old = layout[entry.parameter].range
      // Control tokens stand behind all others, and have a row of the embedding only.
      let controls = entry.parameter == .embedding ? configuration.controlCount * configuration.embeddingSize : 0
      let known = old.lowerBound..<old.upperBound - controls
      let last = entry.range.upperBound - controls..<entry.range.upperBound
      result.add(values[known], to: entry.range.lowerBound..<entry.range.lowerBound + known.count)
      if old.count < entry.range.count {
        result.add(meanRows(of: entry.parameter, count: size), to: entry.range.lowerBound + known.count..<last.lowerBound)
      }
      if controls > 0 { result.add(values[known.upperBound..<old.upperBound], to: last) }
    }
    return result
  }

  /// The mean of a parameter's rows, once for each row from the vocabulary's size up to `count`. Summed in Double, in row order.
  private func meanRows(of parameter: Parameter, count: Int) -> [Float] {
    let rows = configuration.vocabularySize, all = layout[parameter]
    let columns = all.shape.count == 1 ? 1 : all.shape[1]
    let range = all.range.lowerBound..<all.range.lowerBound + rows * columns
    var sums = [Double](repeating: 0, count: columns)
    for (index, value) in values[range].enumerated() { sums[index % columns] += Double(value) }
    let mean = sums.map { Float($0 / Double(rows)) }
    return (rows..<count).flatMap { _ in mean }
  }

  /// How far the weights have moved from others of the same model: for the embedding, each layer, the projection and the decoder ‖w − w₀‖ /
  /// ‖w₀‖, in Euclidean norms.
  public func change(since start: Weights) -> [(part: String, relative: Double)] {
    precondition(configuration == start.configuration, "the weights are of another model")
    var parts: [(name: String, difference: Double, norm: Double)] = []
    for entry in layout.entries {
      let name = entry.parameter.part(isTied: configuration.isTied)
      if parts.last?.name != name { parts.append((name, 0, 0)) }
      for (value, before) in zip(values[entry.range], start.values[entry.range]) {
        let difference = Double(value) - Double(before)
        parts[parts.count - 1].difference += difference * difference
        parts[parts.count - 1].norm += Double(before) * Double(before)
      }
    }
    return parts.map { ($0.name, $0.norm == 0 ? ($0.difference == 0 ? 0 : .infinity) : sqrt($0.difference / $0.norm)) }
  }
}

extension Parameter {
  /// The part of the model that it belongs to, for people to read.
  fileprivate func part(isTied: Bool) -> String {
    switch self {
    case .embedding: isTied ? "embedding and decoder" : "embedding"
    case .inputWeight(let layer), .recurrentWeight(let layer), .bias(let layer), .inputGain(let layer), .recurrentGain(let layer),
      .cellGain(let layer), .cellBias(let layer), .initialHidden(let layer), .initialCell(let layer):
      "layer \(layer + 1)"
    case .projection: "projection"
    case .decoderWeight, .decoderBias: isTied ? "decoder bias" : "decoder"
    }
  }
}
