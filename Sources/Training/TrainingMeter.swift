internal import Basics
internal import Corpora
private import Foundation
internal import Models

/// Counts, averages and times a run; no part in its result.
struct TrainingMeter {
  private let configuration: TrainingConfiguration
  private let totalSteps: Int
  private let clock = ContinuousClock()
  private let start: ContinuousClock.Instant
  private var stepStart: ContinuousClock.Instant
  private var counts: TrainingTally
  /// The learning rate now.
  var learningRate: Float

  /// - Parameter tally: what was counted before, if the run goes on.
  init(configuration: TrainingConfiguration, totalSteps: Int, tally: TrainingTally) {
    self.configuration = configuration
    self.totalSteps = totalSteps
    counts = tally
    learningRate = configuration.optimizer.learningRate
    start = clock.now
    stepStart = start
  }

  /// Positions of a minibatch: B T.
  private var positions: Double { Double(configuration.batchSize) * Double(configuration.windowLength) }

  /// Seconds since the run began, without the time for which it was stopped.
  var elapsed: Double { counts.seconds + start.duration(to: clock.now).inSeconds }

  /// All that is to be kept if the run is stopped now.
  var tally: TrainingTally {
    var tally = counts
    tally.seconds = elapsed
    return tally
  }

  /// Starts the clock of a step: evaluation, samples and saves between steps are not training time.
  mutating func beginStep() { stepStart = clock.now }

  /// Counts a step.
  ///
  /// - Parameters:
  ///   - count: how many tokens the minibatch predicts.
  ///   - loss: nil if the minibatch was left out; the report then repeats the last one's figures.
  mutating func add(step: Int, epoch: Int, predicted count: Int, loss: Double?, gradientNorm: Double?) -> StepReport {
    if let loss {
      // Weights the losses: minibatches differ with control tokens and with random windows.
      let share = Double(count) / positions
      counts.tokens += count
      counts.line.loss += loss * share
      counts.line.steps += 1
      counts.line.tokens += count
      counts.line.seconds += stepStart.duration(to: clock.now).inSeconds
      counts.runningLoss = 0.98 * counts.runningLoss + loss * share
      counts.runningWeight = 0.98 * counts.runningWeight + share
      if count > 0 { counts.lastLoss = loss }
      counts.lastGradientNorm = gradientNorm ?? counts.lastGradientNorm
    } else {
      counts.skipped += 1
    }
    return report(step: step, epoch: epoch)
  }

  private func report(step: Int, epoch: Int) -> StepReport {
    let last = counts.lastLoss ?? .nan
    return StepReport(
      step: step, totalSteps: totalSteps, epoch: epoch, tokens: counts.tokens, lossNats: last,
      runningLossNats: counts.runningWeight > 0 ? counts.runningLoss / counts.runningWeight : last,
      gradientNorm: counts.lastGradientNorm ?? .nan)
  }

  /// The line for the steps since the last one; nil if there were none.
  mutating func metrics(at report: StepReport) -> Metrics? {
    let sum = counts.line
    guard sum.steps > 0, sum.tokens > 0 else { return nil }
    counts.line = .init()
    return line(
      .train, report, loss: sum.loss / (Double(sum.tokens) / positions), tokens: counts.tokens,
      tokensPerSecond: Double(sum.tokens) / max(sum.seconds, 1e-9))
  }

  /// The line for a validation after a step.
  func metrics(of evaluation: Evaluation, seconds: Double, step: Int, _ due: TrainingProgress.ValidationDue) -> Metrics {
    var line = line(
      .validation, report(step: step, epoch: due.epoch), loss: evaluation.lossNats, tokens: evaluation.tokens,
      tokensPerSecond: Double(evaluation.tokens) / max(seconds, 1e-9))
    line.learningRate = due.learningRate
    return line
  }

  /// Whether this step is one of every so many, or the first with a running loss under the threshold.
  mutating func isSampleDue(at report: StepReport) -> Bool {
    if let threshold = configuration.sampleBelowLoss, !counts.hasSampledBelowLoss, report.runningLossNats < threshold {
      counts.hasSampledBelowLoss = true
      return true
    }
    return configuration.sampleEvery.map { report.step % $0 == 0 } ?? false
  }

  private func line(_ kind: Metrics.Kind, _ report: StepReport, loss: Double, tokens: Int, tokensPerSecond: Double) -> Metrics {
    Metrics(
      kind: kind, step: report.step, epoch: report.epoch, tokens: tokens, lossNats: loss, perplexity: exp(loss),
      tokensPerSecond: tokensPerSecond, gradientNorm: report.gradientNorm, learningRate: learningRate, elapsedSeconds: elapsed)
  }
}
