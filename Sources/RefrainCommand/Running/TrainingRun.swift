internal import ArgumentParser
internal import Basics
internal import Files
internal import Foundation
internal import Refrain
internal import SystemPackage
internal import Training

/// A run from its first step here to its end: hands the trainer's events to the directory and the screen, and saves.
actor TrainingRun {
  let trainer: Trainer
  let directory: RunDirectory
  let reporter: ProgressReporter
  /// The directory as the user names it.
  let model: String
  private var isSkipping = false
  private var events: EventFiles
  /// What keeps a log from being written, if anything does.
  private var logFault: (any Error)?
  /// Whether the run's length was checked.
  private var isLengthKnown = false
  /// The checkpoint that is being written.
  private var saving: (step: Int, task: Task<FileError?, any Error>)?

  /// What the report shows of this run, and what of it is on the disk.
  private var facts: RunFacts?
  private var savedFacts: RunFacts?

  /// Shows how far the validations have come.
  private let measuring: MeasuringProgress
  /// The step at which this process began or resumed the run.
  private var firstStep = 0

  init(trainer: Trainer, directory: sending RunDirectory, reporter: ProgressReporter, model: String, tensorBoard: String?) {
    self.trainer = trainer
    events = EventFiles(tensorBoard)
    self.directory = directory
    self.reporter = reporter
    self.model = model
    measuring = MeasuringProgress("validating", isQuiet: reporter.isQuiet)
  }

  /// Trains, saves and reports.
  ///
  /// - Throws: `ExitCode` after a signal, once all is saved.
  func run(_ plan: TrainingPlan) async throws {
    let test = try plan.corpus.tokens(of: .test, conditions: plan.conditions)
    await reporter.say(plan.text)
    let first = await trainer.step
    firstStep = first
    beginFacts(plan, at: first)
    if first == 0, let warning = events.warningOfOthers { await reporter.warn(warning) }
    events.begin(after: first, isValidationDue: await trainer.isValidationDue)
    if events.isWanted { await trainer.collectHistograms() }
    if first > 0 {
      let place = directory.isReplacing ? " in \(directory.workingPath.string), which replaces \(model) when it ends" : ""
      await reporter.say("resumed at step \(first.grouped)\(place)")
    }
    await reporter.begin(after: first)
    let summary: TrainingSummary
    do {
      summary = try await Interruption.cancelling {
        try await self.train()
      } onSignal: { [reporter] in
        if Ranks.current != nil {
          // mpirun also sends a signal when a rank has died.
          return await reporter.say("stopping all ranks after this step, to save (unless a rank has died, which mpirun reports)")
        }
        await reporter.say("stopping after this step, to save and measure; a second signal stops at once")
      }
    } catch {
      await finishSaving()
      await reporter.finish()
      // Of several ranks, the others are in the middle of a step.
      if error is CorpusError, Ranks.current == nil { try await saveWithoutCorpus() }
      await finishEvents()
      finishLogs()
      directory.discard()
      throw error
    }
    await reporter.finish()
    await finishEvents()
    // Of several ranks, another one may have got the signal.
    if summary.isInterrupted, let code = Interruption.exitCode ?? (Ranks.current == nil ? nil : 128 + SIGTERM) {
      try await stop(summary)
      throw ExitCode(code)
    }
    var result = try await saveLast()
    // Where training was to end when it gets no better, what it had at its best is the result.
    var isBestKept = false
    if trainer.configuration.patience != nil, let best = summary.bestValidation, best.step < summary.steps,
      let model = try directory.saveModel(ofStep: best.step)
    {
      result = model
      isBestKept = true
    }
    finishLogs()
    facts?.endStep = summary.steps
    saveFacts()
    // If the new model is in place, the error comes after the report.
    var fault: ModelDirectoryError?
    do {
      try directory.finish()
    } catch let error as ModelDirectoryError {
      guard case .inPlace = error else { throw error }
      fault = error
    }
    await report(summary, first: first, isBestKept: isBestKept)
    await showResult(summary, plan)
    if test != nil {
      // A signal may end the measurement, and with it the run.
      if let fault { await reporter.warn(ErrorText.text(of: fault)) }
      if let logFault { await reporter.warn(LogError(fault: logFault).description) }
    }
    if let test {
      let weights = result.weights, evaluator = trainer.evaluator
      let evaluation = try await reporter.measure("testing", model: model) {
        try await evaluator.evaluate(test, weights: weights, progress: $0)
      }
      try Terminal.write(
        "test: loss \(evaluation.lossNats.fixed(4)) nats a token, perplexity \(evaluation.perplexity.shortened), "
          + "\(evaluation.tokens.counted("token"))\n")
      facts?.test = evaluation
      saveFacts()
    }
    if let fault { throw fault }
    if let logFault { throw LogError(fault: logFault) }
  }

  private func train() async throws -> TrainingSummary {
    try await trainer.train(
      rollingBackTo: { step in try await self.goBack(to: step) }, measuring: { [measuring] in measuring.show(done: $0, total: $1) }
    ) { event in try await self.handle(event) }
  }

  // MARK: - The end

  /// Saves first, so that a second signal finds all in place; then measures, unless that takes long.
  private func stop(_ summary: TrainingSummary) async throws {
    _ = try await saveLast()
    finishLogs()
    if let logFault { await reporter.warn(LogError(fault: logFault).description) }
    let place =
      directory.isReplacing ? "\(directory.workingPath.string), and the one that it is to replace still in \(model)" : model
    await reporter.say(
      "stopped after step \(summary.steps.grouped) of \(summary.totalSteps.grouped); the model so far is in \(place)")
    if summary.isValidationDue {
      await reporter.say("the validation after this step was interrupted; the resumed run makes it")
    } else if let evaluation = await shortValidation() {
      await reporter.say("validation: loss \(evaluation.lossNats.fixed(3)), perplexity \(evaluation.perplexity.shortened)")
    }
    await reporter.say("to go on: \(resumeCommand)")
  }

  /// Validates, unless that takes more than two seconds: somebody waits for the run to stop.
  private func shortValidation() async -> Evaluation? {
    let task = Task { [trainer] in try await trainer.currentValidation() }
    let limit = Task {
      try await Task.sleep(for: .seconds(2))
      task.cancel()
    }
    defer { limit.cancel() }
    return try? await task.value
  }

  // MARK: - Events

  private func handle(_ event: TrainingEvent) async throws {
    switch event {
    case .step(let report):
      isSkipping = false
      await reporter.step(report)
    case .metrics(let line):
      await log { try directory.append(line) }
      await writeEvent { try $0.append(line) }
      await reporter.metrics(line, totalSteps: trainer.totalSteps)
      // A validation before the first step takes none of the time of the steps.
      if line.kind == .validation, line.step == firstStep { await reporter.begin(after: line.step) }
      if line.kind == .train { await warnOfLength(line) }
    case .histograms(let histograms, let step):
      await writeEvent { try $0.append(histograms, step: step) }
    case .sample(let model, let report):
      // Each sample has its own stream of random numbers, fixed by seed and step.
      let seed = model.configuration.seed &+ UInt64(report.step)
      let text = try model.generate(length: model.configuration.sampleLength, seed: seed)
      await log { try directory.append(sample: text, at: report) }
      await writeEvent { try $0.append(sample: text, at: report) }
      await reporter.say(
        "\n--- sample at step \(report.step.grouped), loss \(report.runningLossNats.fixed(3)) ---\n\(text.withoutControls)\n"
      )
    case .checkpoint(let checkpoint):
      await save(checkpoint)
    case .skipped(let step, _, let norm):
      facts?.add(.init(.skipped, step: step))
      // The first of several in a row says enough.
      if !isSkipping {
        let what = norm.map { $0.isFinite ? "gradient's norm, \($0.shortened), is beyond all bounds" : "gradient is not finite" }
        await reporter.say("step \(step.grouped): the \(what ?? "loss is beyond all bounds"); this minibatch is left out")
      }
      isSkipping = true
    case .rolledBack(let from, let to, let rate):
      isSkipping = false
      facts?.add(.init(.rolledBack, step: from, to: to))
      let isDue = await trainer.isValidationDue
      await writeEvent { try $0.goBack(to: to, isValidationDue: isDue) }
      await reporter.begin(after: to)
      await reporter.say(
        """
        step \(from.grouped): minibatch after minibatch was left out; went back to step \(to.grouped), and on with the learning rate \
        \(rate)
        """
      )
    }
  }

  /// Warns once if the run takes months or more, such as with a mistyped number of steps.
  private func warnOfLength(_ line: Metrics) async {
    // The first steps are slower than others.
    guard !isLengthKnown, line.step >= firstStep + 3 else { return }
    isLengthKnown = true
    let tokens = Double(trainer.configuration.batchSize * trainer.configuration.windowLength), left = trainer.totalSteps - line.step
    if let warning = Self.warning(stepsLeft: left, secondsEach: tokens / line.tokensPerSecond) { await reporter.say("warning: " + warning) }
  }

  /// The warning about a run that takes more than thirty days; nil for shorter ones.
  static func warning(stepsLeft: Int, secondsEach: Double) -> String? {
    let days = Double(stepsLeft) * secondsEach / 86_400
    guard days > 30, days.isFinite else { return nil }
    let time = days < 730 ? "\(Int(days).grouped) days" : "\(Int(min(days / 365, 1e15)).grouped) years"
    return
      "at this speed the \(stepsLeft.counted("step")) that are left take about \(time); to end sooner, stop the run and resume it with "
      + "fewer --steps or --epochs"
  }

  /// Adds to a log. A full disk does not end the run: what cannot be written now is written with the next piece.
  private func log(_ write: () throws -> Void) async {
    do {
      try write()
      logFault = nil
    } catch {
      await warn(ofLog: error)
    }
  }

  /// Warns of the first of several faults in a row.
  private func warn(ofLog error: any Error) async {
    if logFault == nil { await reporter.warn("\(ErrorText.text(of: error)) Training continues, and the log is tried again.") }
    logFault = error
  }

  /// Adds to the event files, if they are wanted.
  private func writeEvent(_ write: (inout TensorBoardLog) throws -> Void) async {
    if let warning = events.write(write) { await reporter.warn(warning) }
  }

  /// Writes what the event files lack, for a run that ends.
  private func finishEvents() async {
    if let warning = events.finish() { await reporter.warn(warning) }
  }

  /// Writes what the logs lack, for a run that ends.
  private func finishLogs() {
    do {
      try directory.finishLogs()
      logFault = nil
    } catch {
      logFault = error
    }
  }

  // MARK: - Facts

  private func beginFacts(_ plan: TrainingPlan, at step: Int) {
    var facts = RunFacts(plan, fingerprint: trainer.corpus.fingerprint)
    if step > 0, let earlier = try? RunFacts(model: directory.workingPath) { facts.resume(earlier, at: step) }
    self.facts = facts
  }

  /// Writes the facts if they have changed. Only the report reads them, so a fault, such as a full disk, changes nothing: the next
  /// checkpoint writes them again.
  private func saveFacts() {
    guard let facts, facts != savedFacts else { return }
    do {
      try facts.write(model: directory.workingPath)
      savedFacts = facts
    } catch {}
  }

  // MARK: - Saving

  /// Begins to write a checkpoint, beside training; waits for the one before it, so that memory is taken for one only.
  private func save(_ checkpoint: TrainingCheckpoint) async {
    await finishSaving()
    let save = directory.save(of: checkpoint)
    saving = (checkpoint.step, Task { try await writing(save) })
  }

  /// Waits until the checkpoint that is being written is there. If it could not be written, training goes on: the next may be.
  private func finishSaving() async {
    guard let (step, task) = saving else { return }
    saving = nil
    do {
      if let fault = try await task.value { await warn(ofLog: fault) }
      saveFacts()
    } catch {
      await reporter.warn(
        "the checkpoint of step \(step.grouped) could not be saved: \(ErrorText.text(of: error)) Training continues, and saves again later."
      )
    }
  }

  /// Saves the run as it is; on a full or failing disk tries again for two minutes, since all is lost otherwise.
  private func saveLast() async throws -> Model {
    await finishSaving()
    let checkpoint = await trainer.checkpoint()
    let save = directory.save(of: checkpoint)
    let signal = Interruption.exitCode
    var pauses = [1, 2, 5, 10, 20, 40, 40][...]
    while true {
      do {
        _ = try await writing(save)
        return checkpoint.model
      } catch {
        let isWaitedFor = (error as? FileError)?.mayPass == true && signal == Interruption.exitCode
        guard isWaitedFor, let pause = pauses.popFirst() else {
          if let step = directory.checkpoints.newest().found?.checkpoint.step { await sayHowToGoOn(from: step) }
          throw error
        }
        await reporter.warn("\(ErrorText.text(of: error)) This is tried again in \(pause.counted("second")); Ctrl-C gives up.")
        for _ in 0..<10 * pause where signal == Interruption.exitCode { try? await Task.sleep(for: .milliseconds(100)) }
      }
    }
  }

  /// Saves what was learned before the corpus could no longer be read.
  private func saveWithoutCorpus() async throws {
    _ = try await saveLast()
    if let step = directory.checkpoints.steps.first { await sayHowToGoOn(from: step) }
  }

  /// The command that resumes the run. Event files belong to the call, so their flag is repeated.
  private var resumeCommand: String {
    Ranks.starter + "refrain train --model \(model.quotedForShell) --resume"
      + (events.path.map { " --tensorboard \($0.quotedForShell)" } ?? "")
  }

  private func sayHowToGoOn(from step: Int) async {
    await reporter.tell(
      "the run is safe up to step \(step.grouped), its newest checkpoint; once the fault is mended, go on from there: "
        + resumeCommand)
  }

  private func goBack(to step: Int) async throws -> TrainingCheckpoint? {
    await finishSaving()
    return try directory.goBack(to: step)
  }
}

/// A log that a run could not write to its end.
private struct LogError: Error, CustomStringConvertible {
  let fault: any Error
  var description: String { "\(fault) The model and its checkpoint are saved, and only the end of this log is lost." }
}

/// Writes on a thread of its own: the threads of tasks are for training.
///
/// - Returns: what was wrong with the logs.
private func writing(_ save: RunDirectory.Save) async throws -> FileError? {
  try await withCheckedThrowingContinuation { continuation in
    DispatchQueue.global(qos: .utility).async { continuation.resume(with: Result { try save.write() }) }
  }
}

extension String {
  /// The word as a shell takes it.
  var quotedForShell: String {
    allSatisfy { $0.isASCII && ($0.isLetter || $0.isNumber || "-_./+:@%,=".contains($0)) } && !isEmpty && !hasPrefix("=")
      ? self : "'" + replacing("'", with: "'\\''") + "'"
  }
}
