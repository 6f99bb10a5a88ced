internal import Basics
private import Corpora
public import LanguageModel
public import Models

extension Trainer {
  /// Begins a run with the weights of a model that is there: fine-tuning.
  ///
  /// The plan's vocabulary is the model's, with new tokens after it (see `CorpusOptions.knownTokens`); those start from the mean of the
  /// rows of the others. The conditions are the model's, with its values. The optimizer starts anew.
  ///
  /// - Throws: `TrainingError.otherSizes` or `.otherVocabulary` if the plan is for another model, and what `init(_:)` throws.
  public init(_ plan: TrainingPlan, from model: Model) throws { try self.init(plan, from: model, communicator: nil) }

  package init(_ plan: TrainingPlan, from model: Model, communicator: (any Communicator)?) throws {
    let plan = try plan.conditioned(on: model.conditions), start = try model.startWeights(for: plan)
    try self.init(plan, communicator: communicator) { _ in start }
  }
}

extension Model {
  /// The weights that fine-tuning starts from.
  ///
  /// - Throws: `TrainingError.otherSizes` or `.otherVocabulary` if the plan is for another model.
  public func startWeights(for plan: TrainingPlan) throws(TrainingError) -> Weights {
    let own = TrainingConfiguration(sizesOf: weights.configuration, conditions: conditions)
    let asked = TrainingConfiguration(sizesOf: plan.model, conditions: plan.conditions)
    if let difference = TrainingSetting.firstDifference(own, asked, of: [.model]) {
      throw .otherSizes(key: difference.key, found: difference.other, expected: difference.one)
    }
    if conditions != plan.conditions {
      throw .otherSizes(
        key: "condition", found: plan.model.controlCount.counted("control token"),
        expected: weights.configuration.controlCount.counted("control token"))
    }
    guard plan.corpus.tokenizer.vocabulary.tokens.starts(with: tokenizer.vocabulary.tokens) else { throw .otherVocabulary }
    return weights.grown(toVocabulary: plan.model.vocabularySize)
  }
}
