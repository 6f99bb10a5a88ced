internal import ArgumentParser
internal import Basics
internal import Files
internal import Foundation
internal import Refrain

/// Shows on standard error how far a preparation has come: a live line where people watch, plain lines elsewhere.
///
/// The preparation calls it from one thread at a time.
final class PreparationReporter {
  private let isQuiet: Bool
  private let isLive: Bool
  private let clock = ContinuousClock()
  private let start: ContinuousClock.Instant
  private var phaseStart: ContinuousClock.Instant
  private var phase: PreparationProgress.Phase?
  private var lastDrawn: ContinuousClock.Instant
  private var hasDrawn = false

  init(isQuiet: Bool) {
    self.isQuiet = isQuiet
    isLive = !isQuiet && Terminal.isErrorInteractive
    start = clock.now
    phaseStart = start
    lastDrawn = start
  }

  var elapsed: Double { start.duration(to: clock.now) / .seconds(1) }

  /// - Throws: `ExitCode` after a signal, which ends the preparation.
  func show(_ progress: PreparationProgress) throws {
    if progress.phase == .writing { Interruption.keep() }
    if Interruption.exitCode != nil {
      // Another thread may wait in the middle of a read: that does not hold it up either.
      clearLine()
      try Interruption.check()
    }
    if isQuiet { return }
    if progress.phase != phase {
      phase = progress.phase
      phaseStart = clock.now
    }
    // A line every five seconds is enough for a log.
    guard lastDrawn.duration(to: clock.now) > (isLive ? .milliseconds(100) : .seconds(5)) else { return }
    lastDrawn = clock.now
    let line = Self.line(progress, seconds: phaseStart.duration(to: clock.now) / .seconds(1), columns: isLive ? Terminal.errorColumns : nil)
    hasDrawn = true
    if isLive { Terminal.redraw(line) } else { Terminal.writeError(line + "\n") }
  }

  /// - Parameters:
  ///   - seconds: the time since the phase began.
  ///   - columns: the most characters, one of which stays free; nil: no limit.
  static func line(_ progress: PreparationProgress, seconds: Double, columns: Int?) -> String {
    let rate = Double(progress.done) / max(seconds, 1e-3)
    var figures: [String] = []
    switch progress.phase {
    case .reading:
      let total = progress.total.map { " of \($0.asBytes)" } ?? ""
      figures = ["reading \(progress.done.asBytes)\(total)", progress.songs.counted("song"), "\(Int(rate).asBytes)/s"]
    case .counting, .writing:
      let share = progress.total.map { 100 * progress.done / max(1, $0) } ?? 0
      figures = ["\(progress.phase.rawValue) \(share)%", "\(Int(rate).grouped) tokens/s"]
    }
    if let total = progress.total, rate > 0 { figures.append("\((Double(max(0, total - progress.done)) / rate).asTime) left") }
    var line = ""
    for figure in figures where line.count + figure.count + 2 < columns ?? .max { line += line.isEmpty ? figure : "  " + figure }
    return line
  }

  func finish() {
    Interruption.keep()
    clearLine()
  }

  private func clearLine() {
    if isLive, hasDrawn { Terminal.redraw("") }
    hasDrawn = false
  }

  func say(_ text: String) {
    if !isQuiet { Terminal.writeError(text + "\n") }
  }

  /// Shows a warning, with `--quiet` too.
  func warn(_ text: String) { Terminal.warn(text) }

  /// Warns of what was left out, with the first reasons and every source in the report that could not be read whole.
  func warn(about report: CorpusReport) {
    if let count = report.scatteredSongs {
      warn(
        "rows of \(count.counted("song")) of --group-by stand in several places and are read as songs of their own; "
          + "sort the file by that column"
      )
    }
    Self.warn(report.problems, count: report.problemCount, damagedSources: report.damagedSources)
    if report.problems.contains(where: { $0.hasSuffix(CorpusError.lyricsAdvice + ".") }) {
      warn("--text-column or --text-field names the column or the key with the lyrics")
    }
    for warning in report.warnings { warn(warning) }
    if let files = report.passedOver {
      say("passed over \(files.values.reduce(0, +).counted("file")) in folders: \(CorpusReport.endings(files))")
    }
  }

  /// Warns of the faults of what was skipped in songs that are not a corpus.
  static func warn(about skipped: FaultList) {
    // Problems of whole sources say more than those of records.
    let problems = skipped.kept.filter(\.isUnreadable) + skipped.kept.filter { !$0.isUnreadable }
    warn(problems.map { ErrorText.text(of: $0) }, count: skipped.records + skipped.sources, damagedSources: skipped.sources)
  }

  private static func warn(_ problems: [String], count: Int, damagedSources: Int) {
    guard count > 0 else { return }
    let shown = problems.prefix(max(5, damagedSources))
    for problem in shown { Terminal.warn("\(problem)") }
    let more = count - shown.count
    if more > 0 { Terminal.warn("and \(more.counted("problem")) more; --strict stops at the first.") }
  }
}
