private import Corpora
public import LanguageModel

extension Trainer {
  /// Begins a run with the weights of a model that is there: fine-tuning.
  ///
  /// The plan's vocabulary is the model's, with new tokens after it (see `CorpusOptions.knownTokens`); those start from the mean of the rows
  /// of the others. The optimizer starts anew.
  ///
  /// - Throws: `TrainingError.otherSizes` if the plan is for another model, and what `init(_:)` throws.
  public init(_ plan: TrainingPlan, from model: Model) throws {
    let start = try model.startWeights(for: plan)
    try self.init(plan) { _ in start }
  }
}

extension Model {
  /// The weights that fine-tuning starts from.
  ///
  /// - Throws: `TrainingError.otherSizes` if the plan is for another model.
  public func startWeights(for plan: TrainingPlan) throws(TrainingError) -> Weights {
    var sizes = weights.configuration
    sizes.vocabularySize = plan.model.vocabularySize
    let known = tokenizer.vocabulary.tokens
    guard sizes == plan.model, plan.corpus.tokenizer.vocabulary.tokens.starts(with: known) else { throw .otherSizes }
    return weights.grown(toVocabulary: sizes.vocabularySize)
  }
}
