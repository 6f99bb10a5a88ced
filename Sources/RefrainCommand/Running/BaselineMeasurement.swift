internal import ArgumentParser
internal import Basics
internal import Files
internal import Foundation
internal import Pages
internal import Refrain
internal import SystemPackage

/// Measures n-gram models on the held-out songs of a run, counted on the songs that it was trained on.
struct BaselineMeasurement {
  /// The corpus as the user names it.
  let corpora: [String]
  /// The n of the n-gram model.
  let order: Int
  /// What was counted, by the fingerprint of the corpus.
  private var records: [UInt64: BaselineRecord] = [:]
  /// Why the corpus is not that of a run, if it is not.
  private var mismatches: [BaselineError] = []
  private var isFound = false

  init(corpora: [String], order: Int) {
    self.corpora = corpora
    self.order = order
  }

  /// Checks that the corpus is that of a run at least.
  ///
  /// - Throws: `BaselineError`.
  func checkFound() throws(BaselineError) {
    if !isFound, let mismatch = mismatches.first { throw mismatch }
  }

  /// Adds the baselines to a run, or a note why there are none.
  ///
  /// The corpus is read and split as the run's checkpoint records it. From the record come flags only, and the files of `--validation` and
  /// `--test`; the corpus itself is the one that the user names.
  mutating func measure(_ run: inout ReportedRun, model: String) throws {
    guard let checkpoint = run.checkpoint, let settings = run.settings else {
      run.notes.append(
        "No n-gram model was counted, because the run has no readable checkpoint, which records how the corpus was split.")
      return
    }
    let fingerprint = checkpoint.corpus.fingerprint
    if let record = records[fingerprint] {
      run.baselines = record.losses
      return
    }
    guard let corpus = try load(checkpoint, settings, model: model) else {
      run.notes.append("No n-gram model was counted, because the run's held-out songs came from standard input.")
      return
    }
    guard try CorpusIdentity(corpus).fingerprint == fingerprint else {
      let mismatch = BaselineError.otherCorpus(
        files: corpora, model: model, expected: checkpoint.corpus.tokens, found: corpus.training.count)
      mismatches.append(mismatch)
      run.notes.append("No n-gram model was counted, because the songs of --baseline are not those of this run.")
      return
    }
    isFound = true
    guard let validation = corpus.validation, validation.count > 1 else {
      run.notes.append("No n-gram model was counted, because no songs are held out.")
      return
    }
    try check(memoryFor: corpus.training.count)
    let record = BaselineRecord(
      counting: try corpus.training.read(), predicting: try validation.read(), vocabularySize: corpus.tokenizer.vocabulary.count,
      order: order, corpus: fingerprint)
    records[fingerprint] = record
    run.baselines = record.losses
  }

  /// Checks that the n-grams of a corpus fit the memory, at about ``BaselineRecord/bytesPerNGram`` each.
  private func check(memoryFor tokens: Int) throws {
    let needed = Double(BaselineRecord.bytesPerNGram) * Double(tokens) * Double(order)
    guard tokens < Int(Int32.max), needed < Machine.usableMemory else {
      throw BaselineError.tooLarge(files: corpora, tokens: tokens, order: order, bytes: needed)
    }
  }

  private func load(_ checkpoint: CheckpointSummary, _ settings: ModelDirectory.Settings, model: String) throws -> Corpus? {
    if corpora.count == 1, Corpus.isStore(corpora[0]) { return try Corpus(store: corpora[0]) }
    var flags = try CorpusFlags.parse([])
    if let run = checkpoint.run, let begun = try? TrainCommand.recorded(run) { flags = begun.corpusFlags }
    if (flags.validation + flags.test).contains(where: { $0 == "-" || FileKind.isInherited(FilePath($0)) }) { return nil }
    flags.tokens = settings.tokenizer.tokenization
    flags.lowercase = settings.tokenizer.lowercase
    return try flags.load(
      corpora, condition: settings.training.condition?.names ?? [], reading: checkpoint.reading?.options, keeping: settings.tokenizer,
      cache: nil, readingRevision: checkpoint.corpus.readingRevision ?? 1, workers: nil, reporter: PreparationReporter(isQuiet: true))
  }
}

/// Why a baseline cannot be measured.
enum BaselineError: Error, Equatable, CustomStringConvertible {
  case otherCorpus(files: [String], model: String, expected: Int, found: Int)
  case tooLarge(files: [String], tokens: Int, order: Int, bytes: Double)

  var description: String { sentence.text }

  private var sentence: Sentence {
    switch self {
    case .otherCorpus(let files, let model, let expected, let found):
      """
      \(list: files): this is not the corpus that \(model) was trained on (expected: \(expected.counted("token")) to train on; found: \
      \(found == expected ? "as many, but other ones" : found.grouped)); name the corpus of \(model) with --baseline, or leave the flag out.
      """
    case .tooLarge(let files, let tokens, let order, let bytes):
      """
      \(list: files): the \(order)-grams of \(tokens.counted("token")) need up to \(Int(bytes).asBytes) of memory; name fewer songs, \
      or a smaller --ngram-order.
      """
    }
  }
}
