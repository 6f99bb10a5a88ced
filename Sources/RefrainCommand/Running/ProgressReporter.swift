internal import ArgumentParser
internal import Basics
internal import Files
internal import Foundation
package import Refrain

/// Shows a run on standard error: a live bar where people watch, plain lines elsewhere, nothing if asked to be quiet.
package actor ProgressReporter {
  nonisolated let isQuiet: Bool
  private let isLive: Bool
  private let clock = ContinuousClock()
  private var start: ContinuousClock.Instant
  private var lastDrawn: ContinuousClock.Instant
  /// The step after which this process began.
  private var firstStep = 0
  private var tokensPerSecond = 0.0
  private var bar: String?

  init(isQuiet: Bool) {
    self.isQuiet = isQuiet
    isLive = !isQuiet && Terminal.isErrorInteractive
    start = clock.now
    lastDrawn = start - .seconds(1)
  }

  /// Starts the clock before the first step of this process: the time left is estimated from the steps that this process takes.
  func begin(after step: Int) {
    firstStep = step
    start = clock.now
  }

  /// After each step; the bar is drawn ten times a second at most.
  func step(_ report: StepReport) {
    guard isLive, report.step == report.totalSteps || lastDrawn.duration(to: clock.now) > .milliseconds(100) else { return }
    lastDrawn = clock.now
    let line = Self.bar(report, tokensPerSecond: tokensPerSecond, secondsLeft: secondsLeft(report), columns: Terminal.errorColumns)
    bar = line
    Terminal.redraw(line)
  }

  /// After each line of metrics.
  func metrics(_ line: Metrics, totalSteps: Int) {
    if line.kind == .train { tokensPerSecond = line.tokensPerSecond }
    if isQuiet || (isLive && line.kind == .train) { return }
    say(Self.line(line, totalSteps: totalSteps, columns: isLive ? Terminal.errorColumns : nil))
  }

  /// A line of its own, above the bar.
  func say(_ text: String) {
    if !isQuiet { tell(text) }
  }

  /// What is wrong and does not end the run, such as a full disk.
  func warn(_ text: String) {
    if isLive { Terminal.redraw("") }
    Terminal.warn(text)
    if isLive { Terminal.writeError(bar ?? "") }
  }

  /// A line that even those want to see who asked for quiet.
  func tell(_ text: String) {
    if isLive { Terminal.redraw("") }
    Terminal.writeError(text + "\n" + (isLive ? bar ?? "" : ""))
  }

  /// The table at the end of a run.
  func result(_ result: TrainingResult) {
    let text = result.text(columns: isLive ? Terminal.errorColumns : nil)
    if !text.isEmpty { say("\n" + text) }
  }

  /// Ends the bar's line.
  func finish() {
    if isLive, bar != nil { Terminal.writeError("\n") }
    bar = nil
  }

  /// Runs a measurement after a run has ended and its model is in place. It shows its progress, and a signal ends it.
  ///
  /// - Throws: `ExitCode` after a signal; what the measurement throws.
  nonisolated func measure<Result: Sendable>(
    _ name: String, model: String,
    _ body: @escaping @Sendable (_ progress: @escaping @Sendable (_ done: Int, _ total: Int) -> Void) async throws -> Result
  ) async throws -> Result {
    let progress = MeasuringProgress(name, isQuiet: isQuiet)
    do {
      return try await Interruption.cancelling {
        try await body { progress.show(done: $0, total: $1) }
      } onSignal: {
      }
    } catch let error as CancellationError {
      guard let code = Interruption.exitCode else { throw error }
      await say("stopped while \(name); the model is in \(model)")
      throw ExitCode(code)
    }
  }

  private func secondsLeft(_ report: StepReport) -> Double {
    Self.secondsLeft(report, firstStep: firstStep, elapsed: start.duration(to: clock.now) / .seconds(1))
  }

  /// Estimates the seconds left from the steps that this process took; infinity if there were none.
  ///
  /// - Parameters:
  ///   - firstStep: the step after which this process began.
  ///   - elapsed: seconds since then.
  package static func secondsLeft(_ report: StepReport, firstStep: Int, elapsed: Double) -> Double {
    // Right after a step back to a checkpoint, this process has taken none since.
    let taken = report.step - firstStep
    return taken > 0 ? elapsed / Double(taken) * Double(report.totalSteps - report.step) : .infinity
  }

  /// A line of metrics for people to read.
  ///
  /// - Parameter columns: the terminal's width, for which figures other than step and loss are left out; nil: all are shown.
  package static func line(_ line: Metrics, totalSteps: Int, columns: Int?) -> String {
    let kind = line.kind == .train ? "step" : "validation at step"
    // In the order in which they are shown, with the order in which a narrow terminal leaves them out: loss and perplexity last.
    var figures: [(text: String, priority: Int)] = [
      ("\(kind) \(line.step)/\(totalSteps)", 6), ("epoch \(line.epoch + 1)", 3), ("loss \(line.lossNats.fixed(3))", 5),
      ("perplexity \(line.perplexity.shortened)", 4), ("\(Int(line.tokensPerSecond).grouped) tokens/s", 2), (line.elapsedSeconds.asTime, 1),
    ]
    func joined() -> String { figures.map(\.text).joined(separator: "  ") }
    while figures.count > 2, joined().count > columns ?? .max, let least = figures.map(\.priority).min() {
      figures.removeAll { $0.priority == least }
    }
    return joined()
  }

  /// As much as fits: the figures first, then a bar in what is left; one column stays free, so that the line never wraps.
  package static func bar(_ report: StepReport, tokensPerSecond: Double, secondsLeft: Double, columns: Int) -> String {
    let figures = [
      "step \(report.step)/\(report.totalSteps)", "loss \(report.runningLossNats.fixed(3))",
      "perplexity \(exp(report.runningLossNats).shortened)", "\(Int(tokensPerSecond).grouped) tokens/s", "\(secondsLeft.asTime) left",
    ]
    var line = ""
    for figure in figures where line.count + figure.count + 2 < columns { line += line.isEmpty ? figure : "  " + figure }
    let room = min(columns - line.count - 6, 30)
    if room >= 5 {
      let done = room * report.step / max(1, report.totalSteps)
      line = "[" + String(repeating: "#", count: done) + String(repeating: "-", count: room - done) + "]  " + line
    }
    return line
  }
}
