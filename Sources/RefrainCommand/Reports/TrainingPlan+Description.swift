internal import Basics
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
      model      \(model.cells): \(model.parameterCount.grouped) parameters\(conditionText)
      minibatch  \(c.batchSize.counted("lane")) x \(windowText) in \(shards.counted("shard")) on \
      \(workers.counted("worker"))
      run        \(length), \(c.optimizer.kind == .rmsprop ? "" : "\(c.optimizer.kind.rawValue), ")learning rate \
      \(c.optimizer.learningRate), seed \(c.seed)
      memory     about \(estimatedMiB.grouped) MiB

      """
  }

  /// The length of a window.
  private var windowText: String {
    let usual = configuration.windowLength.counted("token")
    return configuration.hasRandomWindows ? "about \(usual), at most \(configuration.longestWindow.grouped)," : usual
  }

  /// What songs are conditioned on, on a line of its own; empty if there is nothing.
  private var conditionText: String {
    guard let conditions else { return "" }
    let columns = conditions.columns.map { column in
      let songs = column.values.reduce(0) { $0 + $1.songs }, all = songs + column.otherSongs
      return "\(column.name.shown) (\(column.values.count.counted("value")) for \(songs.grouped) of \(all.counted("song")))"
    }
    return "\ncondition  \(columns.joined(separator: ", "))"
  }

  /// Which cores have nothing to do while the layers run, and the batch that would use them; nil if all have.
  var idleCores: String? {
    let shards = configuration.shards ?? 1, batch = configuration.batchSize
    guard workers > shards else { return nil }
    // The least power of two of shards that gives each worker one, with the lanes that a shard has by default.
    var wanted = 1
    while wanted < workers { wanted *= 2 }
    let larger = wanted * 8 > batch ? "--batch \(wanted * 8) would use all of them, and " : ""
    return """
      the layers run on \(min(shards, workers)) of \(workers.counted("core")), since a batch of \(batch.counted("lane")) has \
      \(shards.counted("shard")); \(larger)refrain tune finds the fastest shards
      """
  }

  /// The warning about a vocabulary that is too large for the model, with what smaller ones would keep; nil if it is not too large.
  ///
  /// - Parameter isPrepared: whether the corpus is a store, whose vocabulary is settled.
  /// - Throws: `CorpusError` if the store can no longer be read.
  func vocabularyAdvice(isPrepared: Bool) throws -> String? {
    guard let proportion = try vocabularyProportion() else { return nil }
    func percent(_ share: Double) -> String { "\((100 * share).fixed(1))%" }
    let most = proportion.mostFrequent
    var choices = ["--max-vocabulary \(most.setting) keeps \(percent(most.coverage)) of the training text"]
    if let frequent = proportion.frequent {
      choices.append(
        "--min-count \(frequent.setting) keeps \(frequent.tokens.grouped) tokens and \(percent(frequent.coverage)) of the text")
      choices.append("--tokens bpe keeps all of it, as pieces of words: \(8_000.grouped) tokens, or the number given with --max-vocabulary")
    } else {
      choices[0] = "a lower --max-vocabulary keeps all of the text, in shorter pieces"
    }
    let place = isPrepared ? " (prepare the store again with one of these)" : ""
    return "the decoder takes \(percent(proportion.decoderShare)) of a step, since a vocabulary of "
      + "\(model.vocabularySize.grouped) tokens is large for these sizes\(place): \(choices.joined(separator: "; "))"
  }
}
