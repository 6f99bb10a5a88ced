internal import Kernels

/// Dropout after each layer, with one mask for all time steps of a window, and the penalties on what the decoder reads.
///
/// Where the decoder reads the sum of all layers' outputs, the last layer's mask and the penalties are on this sum.
final class OutputRegularizer {
  private let source: MaskSource
  private let lanes: Int
  /// For each layer after which something is dropped: the mask, [b, H], and the outputs after it, [T b, H].
  private let places: [(mask: Matrix, dropped: Matrix)?]

  init(_ source: MaskSource, configuration: ModelConfiguration, steps: Int, lanes: Int) {
    self.source = source
    self.lanes = lanes
    places = configuration.hiddenSizes.enumerated().map { layer, h in
      source.regularization.dropout(afterLayer: layer, of: configuration.layerCount) == 0
        ? nil : (Matrix(rows: lanes, columns: h), Matrix(rows: steps * lanes, columns: h))
    }
  }

  /// What the next layer, or the decoder, reads of a layer's outputs: [T b, H].
  func drop(_ outputs: MatrixView, afterLayer layer: Int, updates: Int) -> MatrixView {
    let probability = source.regularization.dropout(afterLayer: layer, of: places.count)
    guard let place = places[layer],
      let mask = MaskSite.output(layer: layer).mask(probability, seed: source.seed, updates: updates)
    else { return outputs }
    mask.fill(place.mask, first: source.firstLane * place.mask.columns)
    let dropped = place.dropped.block(rows: 0..<outputs.rows)
    Rows.multiply(outputs, by: place.mask.view, into: dropped)
    return dropped.view
  }

  /// What ``drop(_:afterLayer:updates:)`` gave for this window, of `outputs`.
  func dropped(_ outputs: MatrixView, afterLayer layer: Int) -> MatrixView {
    places[layer]?.dropped.view.block(rows: 0..<outputs.rows) ?? outputs
  }

  /// Turns the gradient of what was read of a layer's outputs into that of the outputs, penalties included: [T b, H].
  ///
  /// - Parameter scale: 1 / (positions of the whole minibatch), whether or not they have something to predict: the penalties are means
  ///   over all of them.
  func backward(_ gradient: Matrix, outputs: MatrixView, layer: Int, scale: Float) {
    let isLast = layer == places.count - 1, regularization = source.regularization
    let width = Float(outputs.columns), steps = outputs.rows / lanes
    if isLast, regularization.activationPenalty > 0 {
      Rows.add(dropped(outputs, afterLayer: layer), times: 2 * regularization.activationPenalty * scale / width, to: gradient)
    }
    if let place = places[layer] { Rows.multiply(gradient.view, by: place.mask.view, into: gradient) }
    if isLast, regularization.temporalPenalty > 0, steps > 1 {
      // The mean is over the T - 1 changes of each lane, where the scale is for T tokens.
      let factor = 2 * regularization.temporalPenalty * scale * Float(steps) / (Float(steps - 1) * width)
      let earlier = 0..<outputs.rows - lanes
      let later = lanes..<outputs.rows
      Rows.add(outputs.block(rows: later), times: factor, to: gradient.block(rows: later))
      Rows.add(outputs.block(rows: earlier), times: -factor, to: gradient.block(rows: later))
      Rows.add(outputs.block(rows: earlier), times: factor, to: gradient.block(rows: earlier))
      Rows.add(outputs.block(rows: later), times: -factor, to: gradient.block(rows: earlier))
    }
  }
}
