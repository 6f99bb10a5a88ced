internal import ArgumentParser
internal import Basics
internal import Files
internal import Foundation
internal import Refrain
internal import SystemPackage
internal import Training

extension TrainCommand {
  /// Goes on with the run that is in the model directory.
  func resumeRun() async throws {
    let path = FilePath(model)
    if dryRun {
      let latest = try await shared(Ranks.isFirst ? RunDirectory.latest(path) : nil)
      let plan = try plan(latest)
      if let latest { _ = try await trainer(plan, resuming: latest) }
      return try Terminal.show(plan.text + (latest.map { "resume     from step \($0.checkpoint.step.grouped)\n" } ?? ""))
    }
    Interruption.keep()
    // Rank 0 alone has the directory.
    let directory = Ranks.isFirst ? try RunDirectory(resuming: path) : nil, locks = directory?.lockFiles ?? []
    Interruption.leaveAtOnce(saying: stopped) { for lock in locks { try? FileCalls.system.remove(lock) } }
    let latest = try await shared(directory?.latest)
    let plan = try await Ranks.afterFirst { try self.plan(latest) }
    if !quiet {
      Machine.warnOfKernels()
      warnOfIdleFlags(plan)
    }
    let reporter = ProgressReporter(isQuiet: quiet)
    for fault in directory?.faults ?? [] { await reporter.warn(ErrorText.text(of: fault)) }
    try await checkAgreement(plan, step: latest?.checkpoint.step ?? 0)
    let trainer: Trainer
    var isCorpusChanged = false
    if let latest {
      let checkpoint = latest.checkpoint
      trainer = try await self.trainer(plan, resuming: latest)
      isCorpusChanged = !checkpoint.corpus.isSameCorpus(as: trainer.corpus)
      let isHeldOutChanged = !checkpoint.corpus.hasSameHeldOutSet(as: trainer.corpus)
      if isCorpusChanged, !isHeldOutChanged || checkpoint.corpus.tokens != trainer.corpus.tokens {
        await reporter.say(
          "warning: the corpus has changed, from \(checkpoint.corpus.tokens.counted("token")) to train on to "
            + "\(trainer.corpus.tokens.grouped); words that the run does not know are read as <unk>")
      }
      if isHeldOutChanged, plan.corpus.validation != nil {
        await reporter.say(
          "warning: the held-out songs have changed; the model is validated on the new ones first, which counts as the best so far")
      }
      let kernels = KernelSet.current(products: plan.products)
      if !checkpoint.kernels.isSame(as: kernels) {
        await reporter.say(
          "warning: the run began on \(checkpoint.kernels.text) and resumes on \(kernels.text); its last digits will differ")
      }
    } else {
      let ranks = Ranks.current
      trainer =
        try FineTuning(from).map { try Trainer(plan, from: $0.model, communicator: ranks) } ?? Trainer(plan, communicator: ranks)
    }
    Interruption.keep()
    try await Ranks.checkSignals()
    guard let directory else { return try await follow(trainer) }
    directory.record = try source(latest?.run).record
    if corpora.isEmpty, let run = latest?.run { directory.record.folder = run.folder }
    directory.record.baseVocabulary = latest?.run?.baseVocabulary
    if latest != nil, allowChangedCorpus || latest?.run?.keepsVocabulary == true {
      directory.record.keepsVocabulary = true
    }
    try directory.record.checkSize()
    try directory.start()
    let run = TrainingRun(trainer: trainer, directory: directory, reporter: reporter, model: model, tensorBoard: tensorboard)
    try await lead(trainer) { try await run.run(plan) }
    // The model that the run began from may be gone by now.
    if let base = try? FineTuning(source(latest?.run).from) {
      try await report(base, plan, reporter)
    }
  }

  /// Returns the checkpoint that rank 0 resumes from, on every rank.
  private func shared(
    _ latest: (checkpoint: TrainingCheckpoint, run: RunRecord?)?
  ) async throws -> (checkpoint: TrainingCheckpoint, run: RunRecord?)? {
    guard let ranks = Ranks.current else { return latest }
    return try await TrainingCheckpoint.share(latest, among: ranks)
  }

  /// - Throws: `TrainingCheckpointError` or `ResumeError.otherCorpus` if the plan is not of this run.
  private func trainer(_ plan: TrainingPlan, resuming latest: (checkpoint: TrainingCheckpoint, run: RunRecord?)) async throws -> Trainer {
    do {
      return try await Trainer(
        plan, resuming: latest.checkpoint, allowsChangedCorpus: allowChangedCorpus, communicator: Ranks.current)
    } catch let error as TrainingCheckpointError where error.isOfCorpus {
      throw ResumeError.otherCorpus(paths: try source(latest.run).corpora, fault: error)
    }
  }

  /// What the run is to do: its checkpoint's settings, and what the flags change; its corpus, unless another is named.
  private func plan(_ latest: (checkpoint: TrainingCheckpoint, run: RunRecord?)?) throws -> TrainingPlan {
    let configuration = try configurationFlags.configuration(resuming: latest?.checkpoint.configuration ?? FineTuning(from)?.configuration)
    try configuration.validate()
    if let from, let run = latest?.run, let begun = try? Self.recorded(run), begun.from != from {
      throw ResumeError.otherStart(from: from, begun: begun.from)
    }
    try latest?.checkpoint.checkSettings(configuration)
    if let own = latest?.checkpoint.tokenizer.tokenization, let tokens = corpusFlags.tokens, tokens != own {
      throw TrainingCheckpointError.fixedSetting(key: "tokens", checkpoint: own.rawValue, given: tokens.rawValue)
    }
    if let own = latest?.checkpoint.tokenizer.lowercase, let lowercase = corpusFlags.lowercase, lowercase != own {
      func name(_ isOn: Bool) -> String { isOn ? "on" : "off" }
      throw TrainingCheckpointError.fixedSetting(key: "lowercase", checkpoint: name(own), given: name(lowercase))
    }
    var source = try source(latest?.run)
    if let tokenizer = latest?.checkpoint.tokenizer, !Corpus.isStore(source.corpora[0]) {
      // A run that began with a store records no flags.
      source.corpusFlags.tokens = tokenizer.tokenization
      source.corpusFlags.lowercase = tokenizer.lowercase
    }
    let reading = latest?.checkpoint.reading?.options
    let readingRevision = latest.map { $0.checkpoint.corpus.readingRevision ?? 1 }
    let corpus: Corpus
    do {
      let isKept = allowChangedCorpus || latest?.run?.keepsVocabulary == true
      corpus =
        try isKept
        ? source.loadCorpus(
          condition: configuration.condition, keeping: latest?.checkpoint.tokenizer, reading: reading, readingRevision: readingRevision)
        : source.loadCorpus(
          FineTuning(source.from, model: latest?.checkpoint.model, known: latest?.run?.baseVocabulary),
          condition: configuration.condition, reading: reading,
          readingRevision: readingRevision, rules: latest?.checkpoint.tokenizer.rules)
    } catch let error as CorpusError {
      guard case .missing(let missing) = error, !corpora.contains(missing), !heldOutFiles.contains(missing) else { throw error }
      throw ResumeError.corpusMissing(path: missing, folder: latest?.run?.folder ?? "")
    }
    // Like the settings, what computed the run stays, unless a flag says otherwise.
    let products = productsFlag.given ?? latest?.checkpoint.kernels.products ?? .packed
    let conditions = try latest.map(\.checkpoint.conditions) ?? FineTuning(source.from)?.model.conditions
    return try TrainingPlan(
      corpus: corpus, configuration: configuration, workers: source.workers, products: products, conditions: conditions)
  }

  /// Returns this command with the run's corpus if it names none, and with the run's value for each corpus flag that it does not give.
  ///
  /// The record comes with the model directory, perhaps from somebody else. So only the corpus and its flags are taken from it, and never a
  /// flag that makes this call write somewhere.
  private func source(_ run: RunRecord?) throws -> TrainCommand {
    guard let run, !run.arguments.isEmpty, let begun = try? Self.recorded(run) else {
      if corpora.isEmpty { throw ResumeError.noCorpus(path: model) }
      return self
    }
    var command = self
    command.from = from ?? begun.from
    if corpora.isEmpty {
      command.corpora = begun.corpora
    } else if Corpus.isStore(corpora[0]) {
      // The flags were settled when the store was prepared.
      return command
    }
    command.corpusFlags.fill(from: begun.corpusFlags)
    for path in Set(command.corpora).subtracting(corpora).union(command.heldOutFiles.subtracting(heldOutFiles)) {
      if Self.isStandardInput(path) {
        // A model from somebody else must not keep the user waiting for input.
        if isatty(STDIN_FILENO) == 1 { throw ResumeError.corpusPiped(path: model) }
      } else if FileKind.isInherited(FilePath(path)) {
        // The descriptor's number belonged to another process.
        throw ResumeError.corpusHandedOver(path: model, corpus: path)
      }
    }
    return command
  }

  /// Whether a path is standard input, by whatever name.
  static func isStandardInput(_ path: String) -> Bool { ["-", "/dev/stdin", "/dev/fd/0", "/proc/self/fd/0"].contains(path) }

  private var heldOutFiles: Set<String> { Set(corpusFlags.validation + corpusFlags.test) }

  /// Parses the command that began a run. Use only its corpus, the flags of the corpus and --from.
  static func recorded(_ run: RunRecord) throws -> TrainCommand { try TrainCommand.parse(run.arguments) }

  /// The record of this call that is saved with each checkpoint.
  var record: RunRecord {
    var record = RunRecord()
    let paths = corpora.contains { $0.hasPrefix("-") && $0 != "-" } ? ["--"] + corpora : corpora
    record.arguments = ["--model=\(model)"] + (from.map { ["--from=\($0)"] } ?? []) + corpusFlags.arguments + paths
    record.folder = FileManager.default.currentDirectoryPath
    return record
  }
}

/// Why a run's corpus cannot be found.
enum ResumeError: Error, Equatable, CustomStringConvertible {
  case noCorpus(path: String)
  case otherStart(from: String, begun: String?)
  case corpusMissing(path: String, folder: String)
  case corpusPiped(path: String)
  case corpusHandedOver(path: String, corpus: String)
  case otherCorpus(paths: [String], fault: TrainingCheckpointError)

  var description: String { sentence.text }

  private var sentence: Sentence {
    switch self {
    case .noCorpus(let path):
      "\(path): there is no run here that tells its corpus; name the corpus, as in `refrain train songs/ --model \(path) --resume`."
    case .otherStart(let from, let begun):
      "--from \(from): the run began \(begun.map { "from \($0)" } ?? "with new weights"); leave the flag out to go on with it."
    case .otherCorpus(let paths, let fault):
      "\(list: paths): \(whole: ErrorText.text(of: fault))"
    case .corpusPiped(let path):
      "\(path): the run's corpus came from standard input, which is a terminal now; pipe it in again, as in "
        + "`... | refrain train --model \(path) --resume`."
    case .corpusHandedOver(let path, let corpus):
      "\(path): the run's corpus was \(corpus), which the shell made for that run only; name the corpus, as in "
        + "`refrain train songs/ --model \(path) --resume`."
    case .corpusMissing(let path, let folder):
      "\(path): this is part of the run's corpus and is not there; go to the folder where the run began (\(folder)), bring it back, or "
        + "name the corpus in its new place."
    }
  }
}

extension KernelSet {
  /// For people to read.
  var text: String {
    let version = openblasVersion.map { " of OpenBLAS \($0.shown)" } ?? ""
    let threads = openblasThreads.map { " with \($0) threads per product" } ?? ""
    let code = products == .openblas ? ", with products by OpenBLAS alone" : ""
    return "\(openblas.shown) kernels\(version)\(threads), \(vector.shown) kernels and arithmetic revision \(arithmetic ?? 1)\(code)"
  }
}
