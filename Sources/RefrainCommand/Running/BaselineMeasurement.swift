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

  /// Adds the baselines to a run, or a note why there are none.
  ///
  /// The corpus is read and split as the run's checkpoint records it. From the record come flags only, and the files of `--validation` and
  /// `--test`; the corpus itself is the one that the user names.
  func measure(_ run: inout ReportedRun, model: String) throws {
    guard let checkpoint = run.checkpoint, let settings = run.settings else {
      run.notes.append("No n-gram baseline is measured, since only a checkpoint tells how the corpus was split.")
      return
    }
    guard let corpus = try load(checkpoint, settings, model: model) else {
      run.notes.append("No n-gram baseline is measured, since the run's held-out songs came from standard input.")
      return
    }
    guard try CorpusIdentity(corpus).fingerprint == checkpoint.corpus.fingerprint else {
      throw BaselineError.otherCorpus(files: corpora, model: model, expected: checkpoint.corpus.tokens, found: corpus.training.count)
    }
    guard let validation = corpus.validation, validation.count > 1 else {
      run.notes.append("No n-gram baseline is measured, since no songs are held out.")
      return
    }
    let heldOut = try validation.read()
    let training = try corpus.training.read()
    run.baselines = [1, order].map { order in
      let model = KneserNeyModel(order: order, tokens: training, vocabularySize: corpus.tokenizer.vocabulary.count)
      let nats = model.nats(of: heldOut, in: [0..<heldOut.count]).compactMap { $0 }
      return ReportedRun.Baseline(order: order, nats: nats.reduce(0, +) / Double(nats.count))
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

  var description: String { sentence.text }

  private var sentence: Sentence {
    switch self {
    case .otherCorpus(let files, let model, let expected, let found):
      """
      \(list: files): this is not the corpus that \(model) was trained on (\(found.counted("token")) to train on instead of \
      \(expected.grouped), or others); name that corpus with --baseline, or leave the flag out.
      """
    }
  }
}
