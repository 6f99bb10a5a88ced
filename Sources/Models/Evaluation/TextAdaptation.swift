package import LanguageModel

/// Adapts a model's weights to a text while it is scored, for `TextScorer`.
///
/// Training makes it, since it needs gradients: see `Model.adaptation(_:directory:products:)`.
public struct TextAdaptation: Sendable {
  /// How fast the weights adapt, and how fast they return.
  public let rates: AdaptationRates
  private let make: @Sendable (AdaptationRates, Weights, _ workers: Int, _ temperature: Float) -> any WindowScorer

  /// - Parameter make: makes what reads one lane with given rates.
  package init(
    _ rates: AdaptationRates,
    make: @escaping @Sendable (AdaptationRates, Weights, _ workers: Int, _ temperature: Float) -> any WindowScorer
  ) {
    self.rates = rates
    self.make = make
  }

  /// The same with other rates.
  package func with(_ rates: AdaptationRates) -> TextAdaptation { TextAdaptation(rates, make: make) }

  package func makeScorer(_ weights: Weights, workers: Int, temperature: Float) -> any WindowScorer {
    make(rates, weights, workers, temperature)
  }
}
