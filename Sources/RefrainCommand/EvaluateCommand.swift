public import ArgumentParser
internal import Basics
internal import Files
internal import Foundation
public import Refrain

extension Corpus.Part: ExpressibleByArgument {}

struct EvaluateCommand: AsyncParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "evaluate", abstract: "Measure how well a model predicts held-out songs, or count the rhymes of songs.",
    discussion: """
      Every token but the first is predicted once, line breaks and song ends included. A word that the vocabulary lacks is predicted, and \
      then read, as <unk>; the perplexity of known tokens leaves these predictions out.

      The text is cut into --batch lanes, or fewer if they would be shorter than \(EvaluationWindows.shortestLane) tokens, each read from \
      a state of zeros. With --dynamic there is one, and the state is carried over the \
      whole text; with --songs or --words every song is read by itself, unless --dynamic is given too.

      --cache, --adapt and --fit-temperature lower the perplexity of a trained model. With --cache or --adapt the text is read as with \
      --dynamic, unless --songs or --words (or, for the cache, --batch) is given. Report on another text than the one that \
      the values were fitted to: fitted values are kept with the model for this. A kept temperature is always used; a kept cache and kept \
      rates are used with --cache and --adapt.

      Files are read and cleaned as the model's corpus was; the flags for reading override its options, and each difference is reported. \
      A prepared store is evaluated as it was prepared.

      With --lyrics no model is needed: rhymes, syllables, variety and repetition are counted, alike for written and generated songs. A \
      line rhymes if its last word rhymes with that of one of the four lines before in its song. The rhyme factor is the mean over words \
      of the longest vowel sequence shared with one of the 15 words before.
      """)

  @OptionGroup var model: ModelArgument
  @Flag(help: "Print one JSON object.")
  var json = false
  @Flag(help: "Carry the state over the whole text: all context, at the price of one time step after the other.")
  var dynamic = false
  @Flag(help: "Show each song's perplexity too, the worst predicted first.")
  var songs = false
  @Option(
    parsing: .unconditional,
    help: ArgumentHelp("Write each token and its score to a file, a line a token, tab-separated; - for standard output.", valueName: "file")
  )
  var words: String?
  @Option(
    parsing: .unconditionalSingleValue,
    help: ArgumentHelp(
      "Songs that the model was trained on, to count a unigram and an n-gram model on for comparison; may be repeated.", valueName: "file"))
  var baseline: [String] = []
  @Option(parsing: .unconditional, help: "The n of the n-gram model of --baseline, from 2 to 8 (default: 3).")
  var ngramOrder: Int?
  @Option(parsing: .unconditional, help: "Lanes that the text is cut into at most, or songs that are read at once (default: 16).")
  var batch: Int?
  @Option(parsing: .unconditional, help: "Time steps computed at once; no part of the result but for rounding.")
  var window = 64
  @Option(
    parsing: .unconditional,
    help: ArgumentHelp(
      """
      The part of a prepared store to evaluate on: training, validation or test (default: validation if it has songs, else test or \
      training).
      """,
      valueName: "part"))
  var part: Corpus.Part?
  @Option(
    name: [.customLong("workers"), .customShort("t")], parsing: .unconditional,
    help: "Threads' worth of parallelism (default: one for each core that the process may use); never part of the result.")
  var workers: Int?
  @OptionGroup var productsFlag: ProductsFlag
  @OptionGroup(title: "Predicting better without training") var scoringFlags: ScoringFlags
  @Option(
    parsing: .upToNextOption,
    help: ArgumentHelp("Songs to count the rhymes and syllables of, instead of evaluating a model.", valueName: "file"))
  var lyrics: [String] = []
  @Option(
    parsing: .unconditionalSingleValue,
    help: ArgumentHelp(
      "Songs to compare those of --lyrics with: the share of sequences of five words that they have too; may be repeated.",
      valueName: "file"))
  var against: [String] = []
  @OptionGroup(title: "Pronunciation, with --lyrics") var pronunciationFlags: PronunciationFlags
  @OptionGroup(title: "Reading") var readingFlags: ReadingFlags
  @Flag(inversion: .prefixedNo, help: "Put words in lower case (default: as the model does).")
  var lowercase: Bool?

  func validate() throws {
    if batch ?? 1 < 1 || window < 1 { throw ValidationError("--batch and --window must be at least 1.") }
    if let workers, workers < 1 { throw ValidationError("--workers must be at least 1, but is \(workers).") }
    if let ngramOrder {
      if !(2...8).contains(ngramOrder) { throw ValidationError("--ngram-order must be from 2 to 8, but is \(ngramOrder).") }
      if baseline.isEmpty { throw ValidationError("--ngram-order counts the songs of --baseline, which is not given.") }
    }
    if scoringFlags.isAdapting, batch != nil { throw ValidationError("--adapt reads the text in order; leave out --batch.") }
    if dynamic, batch != nil { throw ValidationError("--dynamic reads the whole text as one; leave out --batch.") }
    try validateLyrics()
    if words?.isEmpty == true { throw ValidationError("--words is empty; it must name a file.") }
    if json, Terminal.isOutput(words) {
      throw ValidationError("--json and --words both write to standard output; give --words a file.")
    }
  }

  func run() async throws {
    if !lyrics.isEmpty { return try runOnLyrics() }
    let (path, files) = try model.resolved()
    if files.isEmpty { throw ValidationError("Missing the files to evaluate on.") }
    try scoringFlags.cacheFlags.chosen(kept: nil).validate()
    try scoringFlags.adaptationFlags.chosen(kept: nil).validate()
    Machine.warnOfKernels()
    try Machine.checkProducts()
    let model = try Model(directory: path)
    let tokenizer = tokenizer(of: model, path: path)
    // A store was read when it was prepared.
    let readsFiles = [files, baseline].contains { !$0.isEmpty && !($0.count == 1 && Corpus.isStore($0[0])) }
    let options = readsFiles ? model.warnedReadingOptions(readingFlags, path: path) : ReadingOptions()
    func texts(_ files: [String], _ part: Corpus.Part?) throws -> EvaluationTexts {
      try EvaluationTexts(files, for: model, at: path, tokenizer: tokenizer, options: options, flags: readingFlags, part: part)
    }
    if !readsFiles, let flag = readingFlags.given.first?.flag { throw SettledError(path: files[0], flag: flag) }
    let heldOut = try texts(files, part), text = heldOut.encoded
    if let part = heldOut.part { Terminal.writeError("evaluating on the \(part.rawValue) part: \(text.songs.count.counted("song"))\n") }
    let batch = batch ?? 16
    var scoring = try Scoring(
      TextScorer(lanes: batch, window: window, workers: workers, products: productsFlag.given ?? .packed), flags: scoringFlags,
      model: model,
      path: path)
    // What is wrong with the baseline's files is to be known before the long part.
    let others = try baseline.isEmpty ? nil : texts(baseline, baseline.count == 1 && Corpus.isStore(baseline[0]) ? .training : nil)
    let counted = others.map { $0.distinct(excluding: heldOut, tokenizer: tokenizer) }
    if let counted, counted.tokens.isEmpty { throw EvaluationError.nothingLeft(files: baseline) }
    if let words, !Terminal.isOutput(words) {
      try OutputCheck.check(words, flag: "--words", model: path, sources: heldOut.sources + (others?.sources ?? []))
    }
    try await scoring.fit(to: text, reading: reading)
    let scores = try await scoring.scores(of: text, reading: reading)
    let baselines = counted.map {
      Baseline.scores(on: scores, countedOn: $0, vocabularySize: model.tokenizer.vocabulary.count, order: ngramOrder ?? 3)
    }
    if let words { try WordScores(scores, model.tokenizer).write(to: words) }
    let report = EvaluationReport(scores, part: heldOut.part, songs: songs, baselines: baselines ?? [], scoring: scoring.report)
    if json { return try Terminal.write(Terminal.json(report) + "\n") }
    // The words alone are what goes through a pipe.
    if !Terminal.isOutput(words) { try Terminal.show(report.table(unit: model.tokenizer.tokenization.unit)) }
  }

  /// What the model has read when it predicts a token.
  private var reading: Reading {
    if dynamic { return .whole }
    if songs || words != nil { return .songs }
    // A cache and an adaptation look back over the text, which lanes would cut.
    return (scoringFlags.hasCache && batch == nil) || scoringFlags.isAdapting ? .whole : .lanes(batch ?? 16)
  }

  /// The model's tokenizer, with the case of words as the flag says; warns of a difference.
  private func tokenizer(of model: Model, path: String) -> Tokenizer {
    guard let lowercase, lowercase != model.tokenizer.lowercase else { return model.tokenizer }
    let (given, own) = lowercase ? ("--lowercase", "--no-lowercase") : ("--no-lowercase", "--lowercase")
    let text: Sentence = "the texts are not read as the corpus of \(path) was: \(given), not \(own)"
    Terminal.warn(text.text)
    return model.tokenizer.lowercasing(lowercase)
  }
}
