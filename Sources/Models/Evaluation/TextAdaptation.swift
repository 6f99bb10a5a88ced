package import LanguageModel

/// Adapts a model's weights to a text while it is scored, for `TextScorer`.
///
/// Training makes it, since it needs gradients: see `Model.adaptation(rates:)`.
public struct TextAdaptation: Sendable {
  /// Tokens between two updates of the weights.
  package let segment: Int
  private let make: @Sendable (_ weights: Weights, _ window: Int, _ workers: Int, _ temperature: Float) -> any WindowScorer

  /// - Parameters:
  ///   - segment: tokens between two updates; positive.
  ///   - make: makes what reads one lane in windows of up to so many steps.
  package init(
    segment: Int,
    make: @escaping @Sendable (_ weights: Weights, _ window: Int, _ workers: Int, _ temperature: Float) -> any WindowScorer
  ) {
    precondition(segment > 0, "a segment has tokens")
    self.segment = segment
    self.make = make
  }

  package func makeScorer(_ weights: Weights, window: Int, workers: Int, temperature: Float) -> any WindowScorer {
    make(weights, window, workers, temperature)
  }
}
