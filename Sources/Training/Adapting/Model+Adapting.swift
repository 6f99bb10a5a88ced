public import Corpora
package import Kernels
public import LanguageModel
public import Models
private import SystemPackage

extension Model {
  /// Returns what adapts the model to the texts that it scores: dynamic evaluation. The model stays as it is.
  ///
  /// ```swift
  /// let scores = try await model.scores(of: text, reading: .whole, adaptation: model.adaptation(AdaptationRates()))
  /// ```
  /// Each passage starts from the trained weights.
  ///
  /// - Parameters:
  ///   - directory: the model's directory, whose newest checkpoint has the sizes of the training's gradients; nil, or without a
  ///     checkpoint: those of the text's own gradients.
  ///   - products: which code computes the products of a time step.
  /// - Throws: `SettingError` for rates out of range.
  public func adaptation(
    _ rates: AdaptationRates, directory: String? = nil, products: ProductKernel = .packed
  ) throws(SettingError) -> TextAdaptation {
    try rates.validate()
    let squares = directory.flatMap { GradientStatistics.squares(of: FilePath($0), for: weights.configuration) }
    return TextAdaptation(rates) { rates, weights, workers, temperature in
      Adaptation(weights, rates: rates, squares: squares, temperature: temperature, workers: workers, products: products)
    }
  }

  /// Returns the model adapted to a text, which it reads in order and takes steps on: dynamic evaluation, whose weights are kept.
  ///
  /// ```swift
  /// let model = try await model.adapted(to: model.tokenizer.encode(poems))
  /// ```
  /// The result depends on the model, the tokens, the rates and the passes, bit for bit, and not on workers.
  ///
  /// - Parameters:
  ///   - tokens: the text; control tokens are read and not predicted.
  ///   - directory: the model's directory, whose newest checkpoint has the sizes of the training's gradients; nil, or without a
  ///     checkpoint: those of the text's own gradients.
  ///   - passes: how often the text is read, each time from the initial state and with the weights of the time before.
  ///   - workers: threads' worth of parallelism; nil: one for each core that the process may use.
  ///   - products: which code computes the products of a time step.
  ///   - progress: is called on any thread, with how many tokens are read, of all passes.
  /// - Precondition: the tokens are the model's, and there is at least one pass.
  /// - Throws: `SettingError` for rates outside their ranges, `CorpusError` for fewer than two tokens, or `CancellationError`.
  public func adapted(
    to tokens: [TokenID], rates: AdaptationRates = AdaptationRates(), directory: String? = nil, passes: Int = 1, workers: Int? = nil,
    products: ProductKernel = .packed, progress: @escaping @Sendable (_ done: Int, _ total: Int) -> Void = { _, _ in }
  ) async throws -> Model {
    let squares = directory.flatMap { GradientStatistics.squares(of: FilePath($0), for: weights.configuration) }
    return try await adapted(
      to: tokens, rates: rates, squares: squares, passes: passes, workers: workers, products: products, progress: progress)
  }

  /// The same with the statistics that training left.
  ///
  /// - Parameter squares: see ``GradientStatistics/squares(of:for:)``; nil: those of the text itself.
  package func adapted(
    to tokens: [TokenID], rates: AdaptationRates, squares: FloatBuffer?, passes: Int = 1, workers: Int? = nil,
    products: ProductKernel = .packed, progress: @escaping @Sendable (_ done: Int, _ total: Int) -> Void = { _, _ in }
  ) async throws -> Model {
    precondition(passes >= 1, "a text is read at least once")
    try rates.validate()
    guard tokens.count >= 2 else { throw CorpusError.tooSmall(tokens: tokens.count, needed: 2, lanes: 1, window: 1) }
    let adaptation = Adaptation(
      weights, rates: rates, squares: squares, restarts: false, workers: max(1, workers ?? Machine.usableCores), products: products)
    let firstControl = TokenID(weights.configuration.vocabularySize)
    for pass in 0..<passes {
      for first in stride(from: 0, to: tokens.count - 1, by: rates.segment) {
        // All threads of tasks may be busy here, and the task that handles a signal and cancels this needs one.
        await Task.yield()
        try Task.checkCancellation()
        let last = min(first + rates.segment, tokens.count - 1)
        _ = await adaptation.scores(from: first == 0 ? .initial : .afterLastWindow, keepsInputs: false) { _ in
          ShardWindows(
            inputs: Array(tokens[first..<last]),
            targets: tokens[first + 1...last].map { $0 < firstControl ? $0 : ShardWindows.noTarget }, lanes: 1, steps: last - first)
        }
        progress(pass * (tokens.count - 1) + last, passes * (tokens.count - 1))
      }
    }
    var model = self
    model.weights = await adaptation.weights
    return model
  }
}
