internal import ArgumentParser
internal import Files
internal import Foundation
internal import Refrain
internal import SystemPackage

extension TrainCommand {
  /// Goes on with the run that is in the model directory.
  func resumeRun() async throws {
    let path = FilePath(model)
    if dryRun {
      let latest = try RunDirectory.latest(path)
      let (plan, _) = try plan(latest)
      if let latest { _ = try await trainer(plan, resuming: latest) }
      return try Terminal.write(plan.text + (latest.map { "resume     from step \($0.checkpoint.step.grouped)\n" } ?? ""))
    }
    Interruption.keep()
    let directory = try RunDirectory(resuming: path), locks = directory.lockFiles
    Interruption.leaveAtOnce(saying: stopped) { for lock in locks { try? FileCalls.system.remove(lock) } }
    let (plan, corpus) = try plan(directory.latest)
    if !quiet { warnOfIdleFlags(plan) }
    let reporter = ProgressReporter(isQuiet: quiet)
    for fault in directory.faults { await reporter.warn("\(fault)") }
    let trainer: Trainer
    var isCorpusChanged = false
    if let latest = directory.latest {
      let checkpoint = latest.checkpoint
      trainer = try await self.trainer(plan, resuming: latest)
      isCorpusChanged = checkpoint.corpus != trainer.corpus
      if isCorpusChanged {
        await reporter.say(
          "warning: the corpus has changed, from \(checkpoint.corpus.tokens.counted("token")) to train on to "
            + "\(trainer.corpus.tokens.grouped); words that the run does not know are read as <unk>")
      }
      if checkpoint.kernels != .current {
        await reporter.say(
          "warning: the run began on \(checkpoint.kernels.text) and goes on on \(KernelSet.current.text); its last digits will differ")
      }
    } else {
      trainer = try FineTuning(from).map { try Trainer(plan, from: $0.model) } ?? Trainer(plan)
    }
    directory.record = directory.latest?.run.flatMap { corpora.isEmpty ? $0 : nil } ?? .ofThisProcess
    if isCorpusChanged || directory.latest?.run?.keepsVocabulary == true { directory.record.keepsVocabulary = true }
    try directory.record.checkSize()
    Interruption.keep()
    try Interruption.check()
    try directory.start()
    try await TrainingRun(trainer: trainer, directory: directory, reporter: reporter, model: model).run(plan, test: corpus.test)
    // The model that the run began from may be gone by now.
    if let base = try? FineTuning(source(directory.latest?.run).from) {
      await reporter.say(try await base.report(plan, result: Model(directory: model)))
    }
  }

  /// - Throws: `TrainingCheckpointError` or `ResumeError.otherCorpus` if the plan is not of this run.
  private func trainer(_ plan: TrainingPlan, resuming latest: (checkpoint: TrainingCheckpoint, run: RunRecord?)) async throws -> Trainer {
    do {
      return try await Trainer(plan, resuming: latest.checkpoint, allowsChangedCorpus: allowChangedCorpus)
    } catch let error as TrainingCheckpointError where error.isOfCorpus {
      throw ResumeError.otherCorpus(paths: try source(latest.run).corpora, fault: error)
    }
  }

  /// What the run is to do: its checkpoint's settings, and what the flags change; its corpus, unless another is named.
  private func plan(_ latest: (checkpoint: TrainingCheckpoint, run: RunRecord?)?) throws -> (TrainingPlan, Corpus) {
    let configuration = try configurationFlags.configuration(resuming: latest?.checkpoint.configuration ?? FineTuning(from)?.configuration)
    try configuration.validate()
    if let from, let run = latest?.run, let begun = try? TrainCommand.parse(run.arguments), begun.from != from {
      throw ResumeError.otherStart(from: from, begun: begun.from)
    }
    try latest?.checkpoint.checkSettings(configuration)
    let source = try source(latest?.run)
    let corpus: Corpus
    do {
      // The checkpoint's vocabulary has grown by this corpus already.
      let isKept = allowChangedCorpus || latest?.run?.keepsVocabulary == true
      corpus =
        try isKept
        ? source.loadCorpus(keeping: latest?.checkpoint.tokenizer)
        : source.loadCorpus(FineTuning(source.from, model: latest?.checkpoint.model))
    } catch let error as CorpusError {
      guard corpora.isEmpty, case .missing(let missing) = error else { throw error }
      throw ResumeError.corpusMissing(path: missing, folder: latest?.run?.folder ?? "")
    }
    return (try TrainingPlan(corpus: corpus, configuration: configuration, workers: source.workers), corpus)
  }

  /// The command that tells the corpus: this one if it names any, or else the one that began the run, with the flags of this one.
  private func source(_ run: RunRecord?) throws -> TrainCommand {
    guard corpora.isEmpty else { return self }
    guard let run, !run.arguments.isEmpty else { throw ResumeError.noCorpus(path: model) }
    do {
      var command = try TrainCommand.parse(run.arguments + Array(CommandLine.arguments.dropFirst(2)))
      // Who has a model from elsewhere must not be kept waiting for what it wants to read.
      if (command.corpora + command.corpusFlags.validation + command.corpusFlags.test).contains("-"), isatty(STDIN_FILENO) == 1 {
        throw ResumeError.corpusPiped(path: model)
      }
      if workers == nil, let saved = command.workers { command.workers = min(saved, Machine.physicalCores) }
      return command
    } catch let error as ResumeError {
      throw error
    } catch {
      throw ResumeError.noCorpus(path: model)
    }
  }
}

/// Why a run's corpus cannot be found.
enum ResumeError: Error, Equatable, CustomStringConvertible {
  case noCorpus(path: String)
  case otherStart(from: String, begun: String?)
  case corpusMissing(path: String, folder: String)
  case corpusPiped(path: String)
  case otherCorpus(paths: [String], fault: TrainingCheckpointError)

  var description: String {
    switch self {
    case .noCorpus(let path):
      "\(path): there is no run here that tells its corpus; name the corpus, as in `refrain train songs/ --model \(path) --resume`."
    case .otherStart(let from, let begun):
      "--from \(from): the run began \(begun.map { "from \($0)" } ?? "with new weights"); leave the flag out to go on with it."
    case .otherCorpus(let paths, let fault):
      "\(paths.joined(separator: ", ")): \(fault)"
    case .corpusPiped(let path):
      "\(path): the run's corpus came from standard input, which is a terminal now; pipe it in again, as in "
        + "`... | refrain train --model \(path) --resume`."
    case .corpusMissing(let path, let folder):
      "\(path): this is part of the run's corpus and is not there; go to the folder where the run began (\(folder)), bring it back, or name "
        + "the corpus in its new place."
    }
  }
}

extension RunRecord {
  /// How this process was called: what comes after `refrain train`, without what is for one call only.
  static var ofThisProcess: RunRecord {
    var record = RunRecord()
    let once = ["--overwrite", "--resume", "--allow-changed-corpus", "--quiet"]
    record.arguments = CommandLine.arguments.dropFirst(2).filter { !once.contains($0) }
    record.folder = FileManager.default.currentDirectoryPath
    return record
  }
}

extension KernelSet {
  /// For people to read.
  var text: String { "\(openblas) and \(vector) kernels" }
}
