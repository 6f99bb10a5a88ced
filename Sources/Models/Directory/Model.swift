public import Corpora
public import LanguageModel

/// A trained language model with what is needed to read and write its language: a value that may be copied and sent anywhere.
public struct Model: Sendable {
  /// The weights, with the model's sizes.
  public var weights: Weights
  /// Turns text into the model's tokens and back.
  public var tokenizer: Tokenizer
  /// How it was trained.
  public var configuration: TrainingConfiguration
  /// How many steps it was trained for.
  public var step: Int
  /// How its corpus was read and cleaned; nil if that is not known, as in imported models and those that older versions saved.
  public var reading: ReadingRecord?
  /// The columns and values that its songs are conditioned on; nil: none.
  public var conditions: ControlVocabulary?
  /// Which code computed the products of its training: recorded with the kernels.
  package var products = ProductKernel.packed

  /// - Precondition: the weights are for as many tokens as the tokenizer knows, and as many control tokens as the conditions have.
  public init(
    weights: Weights, tokenizer: Tokenizer, configuration: TrainingConfiguration, step: Int, reading: ReadingRecord? = nil,
    conditions: ControlVocabulary? = nil
  ) {
    precondition(weights.configuration.controlCount == conditions?.tokenCount ?? 0, "weights and conditions differ in control tokens")
    precondition(weights.configuration.vocabularySize == tokenizer.vocabulary.count, "weights and tokenizer differ in vocabulary")
    self.weights = weights
    self.tokenizer = tokenizer
    self.configuration = configuration
    self.step = step
    self.reading = reading
    self.conditions = conditions
  }

  /// How to read and clean texts for the model: as its corpus was, or by the defaults if that is not known.
  public var readingOptions: ReadingOptions { reading?.options ?? ReadingOptions() }
}
