internal import Refrain

/// What a run is going to do, for people to read before it starts.
struct TrainPlan: CustomStringConvertible {
  let corpus: Corpus
  let configuration: TrainingConfiguration
  let workers: Int
  let totalSteps: Int

  var model: ModelConfiguration { configuration.model(vocabularySize: corpus.tokenizer.vocabulary.count) }

  var description: String {
    let c = configuration
    let shards = c.shards ?? 1
    let share = 100 * Double(corpus.trainingUnknownCount) / Double(max(1, corpus.training.count))
    let held = corpus.validation.map { ", \($0.count.grouped) to validate" } ?? ""
    let length = c.steps == nil ? "\(c.epochs) epochs, \(totalSteps.grouped) steps" : "\(totalSteps.grouped) steps"
    return """
      corpus     \(corpus.songCount.grouped) songs: \(corpus.training.count.grouped) tokens to train on\(held)
      vocabulary \(model.vocabularySize.grouped) \(corpus.tokenizer.tokenization) tokens, \(share.fixed(1))% of the text unknown
      model      \(model.layerCount) x \(model.hiddenSize.grouped) LSTM, embedding \(model.embeddingSize): \(model.parameterCount.grouped) parameters
      minibatch  \(c.batchSize) lanes x \(c.windowLength) tokens in \(shards) shards on \(workers) workers
      run        \(length), learning rate \(c.optimizer.learningRate), seed \(c.seed)
      memory     about \((estimatedBytes / 1_048_576 + 1).grouped) MiB

      """
  }

  /// Weights and running squares; a gradient a shard, without the embedding; activations; a block of logits a shard; the tokens.
  private var estimatedBytes: Int {
    let m = model, shards = configuration.shards ?? 1
    let positions = configuration.batchSize * configuration.windowLength
    let embedding = m.vocabularySize * m.embeddingSize
    let parameters = 2 * m.parameterCount + shards * (m.parameterCount - embedding)
    let activations = positions * m.hiddenSize * (6 * m.layerCount + 1)
    let projection = min(positions, m.vocabularySize * shards) * (m.embeddingSize + 4 * m.hiddenSize)
    let logits = shards * 256 * m.vocabularySize
    return 4 * (parameters + activations + projection + logits + corpus.training.count) + 12 * 1_048_576
  }
}
