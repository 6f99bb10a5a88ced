internal import ArgumentParser
internal import Basics
internal import Files
internal import Models
internal import Refrain
internal import Training

/// What `train --from MODEL` takes from a model, and what it reports.
struct FineTuning {
  /// The model as the user names it.
  let path: String
  let model: Model
  /// How many tokens the model knew before the run: a resumed run's checkpoint knows those of the corpus too.
  let known: Int

  /// - Parameters:
  ///   - model: the model, if it is not to be read.
  ///   - known: how many of its tokens were known before the run; nil: all.
  init?(_ path: String?, model: Model? = nil, known: Int? = nil) throws {
    guard let path else { return nil }
    if path.isEmpty { throw ValidationError("--from is empty; it must name a model directory.") }
    self.path = path
    self.model = try model ?? Model(directory: path)
    let count = self.model.tokenizer.vocabulary.count
    self.known = known.map { min(max($0, 0), count) } ?? count
  }

  /// The model's settings, to be changed by flags. Its shards and groups were found for another run.
  var configuration: TrainingConfiguration {
    var configuration = model.configuration
    configuration.shards = nil
    configuration.groups = 1
    return configuration
  }

  /// The options of the corpus: the flags, the model's reading options where the flags say nothing, and the model's tokens.
  ///
  /// - Throws: `FineTuningError` for flags that say otherwise.
  func options(_ flags: CorpusFlags) throws(FineTuningError) -> CorpusOptions {
    let own = model.tokenizer
    if let tokens = flags.tokens, tokens != own.tokenization {
      throw .otherTokens(path: path, own: own.tokenization.rawValue, asked: tokens.rawValue)
    }
    if flags.lowercase == true, !own.lowercase { throw .mixedCase(path: path) }
    if flags.lowercase == false, own.lowercase { throw .lowerCase(path: path) }
    if own.tokenization == .bpe, flags.maxVocabulary != nil || flags.minCount != nil { throw .bytePairs(path: path) }
    var options = flags.options(over: model.readingOptions)
    options.keep(own)
    // As when the run began: the corpus's own tokens follow again.
    options.knownTokens = Array(options.knownTokens.prefix(known))
    return options
  }

  /// Warns if a corpus was not read as the model's was, or if that is not known.
  func warnOfReading(_ paths: [String], _ corpus: Corpus) {
    if Corpus.isStore(paths[0]) {
      model.warnOfReading(ofStore: paths[0], corpus.reading, path: path)
    } else if model.reading == nil {
      let text: Sentence = "\(path) does not record how its corpus was read; this one is read by the default options and the given flags"
      Terminal.warn(text.text)
    } else {
      model.warnOfReading(corpus.reading, path: path)
    }
  }

  /// Checks that the settings have the model's conditions, before a corpus is read for others.
  ///
  /// - Throws: `TrainingError.otherSizes` if they have not.
  func check(_ configuration: TrainingConfiguration) throws(TrainingError) {
    let own = self.configuration.condition, asked = configuration.condition
    if own != asked { throw .otherSizes(key: "condition", found: asked.text, expected: own.text) }
  }

  /// Checks that the tokens of a prepared store are the model's.
  ///
  /// - Throws: `FineTuningError.store` if they are not.
  func check(_ corpus: Corpus, store: String) throws(FineTuningError) {
    guard corpus.tokenizer == model.tokenizer else { throw .store(path: store, model: path) }
  }

  /// Which tokens are known and new, for people to read before the run.
  func text(_ plan: TrainingPlan) throws -> String {
    let known = model.tokenizer.vocabulary.count
    let added = plan.model.vocabularySize - known
    // Counted block by block: a store may be larger than the memory.
    let idle = try plan.corpus.training.counts(vocabularySize: plan.model.vocabularySize).prefix(known).count { $0 == 0 }
    return """
      from       \(path), trained for \(model.step.counted("step")): \(known.counted("token")) known, \(idle.grouped) of them not in this \
      corpus, \(added.grouped) new

      """
  }

  /// How far the weights moved, and what became of the perplexity of the held-out songs.
  func report(
    _ plan: TrainingPlan, result: Model, progress: @escaping @Sendable (_ done: Int, _ total: Int) -> Void
  ) async throws -> String {
    let start = try model.startWeights(for: plan)
    let parts = result.weights.change(since: start).map { "\($0.part) \((100 * $0.relative).fixed(1))%" }
    let text = "change     \(parts.joined(separator: ", ")) of the weights' norm"
    guard let tokens = plan.validation else { return text }
    let evaluator = Evaluator(workers: plan.workers, products: plan.products)
    let before = try await evaluator.evaluate(tokens, weights: start, progress: progress).perplexity
    let after = try await evaluator.evaluate(tokens, weights: result.weights, progress: progress).perplexity
    return text + "\nvalidation perplexity \(before.shortened) before, \(after.shortened) after"
  }
}

/// Why a model cannot be trained further on a corpus.
enum FineTuningError: Error, Equatable, CustomStringConvertible {
  case bytePairs(path: String)
  case lowerCase(path: String)
  case mixedCase(path: String)
  case otherTokens(path: String, own: String, asked: String)
  case store(path: String, model: String)

  var description: String { sentence.text }

  private var sentence: Sentence {
    switch self {
    case .bytePairs(let path):
      "\(path): a model of byte pairs keeps its vocabulary as it is; leave out --max-vocabulary and --min-count."
    case .lowerCase(let path):
      "\(path): the model knows words in lower case only, so --no-lowercase cannot be used; leave it out, or train a new model."
    case .mixedCase(let path):
      "\(path): the model tells capitals from small letters, which --lowercase would not; leave it out, or train anew."
    case .otherTokens(let path, let own, let asked):
      "\(path): the model cuts texts by --tokens \(own), not \(asked); leave out --tokens."
    case .store(let path, let model):
      "\(path): this store was prepared with another vocabulary than that of \(model), which --from keeps; name the files that the store "
        + "was made of, or the store that the model was trained on."
    }
  }
}
