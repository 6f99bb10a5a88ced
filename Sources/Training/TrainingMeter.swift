internal import Corpora
private import Foundation

/// Counts and averages over a run; no part in its result.
struct TrainingMeter {
  private let configuration: TrainingConfiguration
  private let totalSteps: Int
  private let clock = ContinuousClock()
  private let start: ContinuousClock.Instant
  private(set) var tokens = 0
  private(set) var skipped = 0
  private var running = (sum: 0.0, weight: 0.0)
  private var last = (loss: Double.nan, gradientNorm: Double.nan)
  private var hasSampledBelowLoss = false
  /// Since the last line of metrics.
  private var sinceLine = (loss: 0.0, steps: 0, tokens: 0, seconds: 0.0)
  private var stepStart: ContinuousClock.Instant

  init(configuration: TrainingConfiguration, totalSteps: Int) {
    self.configuration = configuration
    self.totalSteps = totalSteps
    start = clock.now
    stepStart = start
  }

  var elapsed: Double { start.duration(to: clock.now).inSeconds }

  /// Starts the clock of a step: evaluation, samples and saves between steps are not training time.
  mutating func beginStep() { stepStart = clock.now }

  /// Counts a step.
  ///
  /// - Parameter loss: nil if the minibatch was left out; the report then repeats the last one's figures.
  mutating func add(step: Int, minibatch: Minibatch, loss: Double?, gradientNorm: Double?) -> StepReport {
    if let loss {
      let count = minibatch.shards.reduce(0) { $0 + $1.inputs.count }
      tokens += count
      sinceLine.loss += loss
      sinceLine.steps += 1
      sinceLine.tokens += count
      sinceLine.seconds += stepStart.duration(to: clock.now).inSeconds
      running = (0.98 * running.sum + loss, 0.98 * running.weight + 1)
      last = (loss, gradientNorm ?? last.gradientNorm)
    } else {
      skipped += 1
    }
    return StepReport(
      step: step, totalSteps: totalSteps, epoch: minibatch.epoch, tokens: tokens, lossNats: last.loss,
      runningLossNats: running.weight > 0 ? running.sum / running.weight : last.loss, gradientNorm: last.gradientNorm)
  }

  /// The line for the steps since the last one; nil if there were none.
  mutating func metrics(at report: StepReport) -> Metrics? {
    guard sinceLine.steps > 0 else { return nil }
    let loss = sinceLine.loss / Double(sinceLine.steps)
    let line = line(.train, report, loss: loss, tokens: tokens, tokensPerSecond: Double(sinceLine.tokens) / max(sinceLine.seconds, 1e-9))
    sinceLine = (0, 0, 0, 0)
    return line
  }

  func metrics(of evaluation: Evaluation, seconds: Double, at report: StepReport) -> Metrics {
    line(
      .validation, report, loss: evaluation.lossNats, tokens: evaluation.tokens,
      tokensPerSecond: Double(evaluation.tokens) / max(seconds, 1e-9))
  }

  /// Whether this step is one of every so many, or the first with a running loss under the threshold.
  mutating func isSampleDue(at report: StepReport) -> Bool {
    if let threshold = configuration.sampleBelowLoss, !hasSampledBelowLoss, report.runningLossNats < threshold {
      hasSampledBelowLoss = true
      return true
    }
    return configuration.sampleEvery.map { report.step % $0 == 0 } ?? false
  }

  private func line(_ kind: Metrics.Kind, _ report: StepReport, loss: Double, tokens: Int, tokensPerSecond: Double) -> Metrics {
    Metrics(
      kind: kind, step: report.step, epoch: report.epoch, tokens: tokens, lossNats: loss, perplexity: exp(loss),
      tokensPerSecond: tokensPerSecond, gradientNorm: report.gradientNorm, learningRate: configuration.optimizer.learningRate,
      elapsedSeconds: elapsed)
  }
}

extension Duration {
  var inSeconds: Double { Double(components.seconds) + Double(components.attoseconds) * 1e-18 }
}
