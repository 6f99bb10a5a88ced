internal import Files
internal import Refrain

extension TrainingPlan {
  /// What a run is going to do, for people to read before it starts.
  var text: String {
    let c = configuration
    let shards = c.shards ?? 1
    let share = 100 * Double(corpus.trainingUnknownCount) / Double(max(1, corpus.training.count))
    let held = corpus.validation.map { ", \($0.count.grouped) to validate" } ?? ""
    let excluded = corpus.excludedSongCount == 0 ? "" : " (\(corpus.excludedSongCount.counted("song")) left out: held out too)"
    let length = c.steps == nil ? "\(c.epochs.counted("epoch")), \(totalSteps.counted("step"))" : totalSteps.counted("step")
    return """
      corpus     \(corpus.songCount.counted("song")): \(corpus.training.count.counted("token")) to train on\(excluded)\(held)
      vocabulary \(model.vocabularySize.grouped) \(corpus.tokenizer.tokenization) tokens, \(share.fixed(1))% of the text unknown
      model      \(model.cells): \(model.parameterCount.grouped) parameters
      minibatch  \(c.batchSize.counted("lane")) x \(c.windowLength.counted("token")) in \(shards.counted("shard")) on \(workers.counted("worker"))
      run        \(length), learning rate \(c.optimizer.learningRate), seed \(c.seed)
      memory     about \(estimatedMiB.grouped) MiB

      """
  }
}
