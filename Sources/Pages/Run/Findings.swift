internal import Basics
internal import Foundation
internal import Training

/// What happened in a run, in words.
package enum Findings {
  /// A rise of validation loss by less than this share is taken for noise.
  package static let leastRise = 0.01

  /// The sentences about a run, the most important first; there is always one.
  package static func sentences(of run: ReportedRun) -> [String] {
    let found = validation(of: run.log) + baselines(of: run) + faults(of: run)
    return found.isEmpty ? ["The log has no validation and no baseline to judge the run by."] : found
  }

  // MARK: - Validation

  private static func validation(of log: MetricsLog) -> [String] {
    guard let best = log.best, let last = log.last else { return [] }
    let start = "Validation loss was lowest at step \(best.step.grouped): \(nats(best.nats)) (perplexity \(perplexity(best.nats)))."
    if best.step == last.step { return [start + " That was the last validation, so longer training may lower it further."] }
    guard last.nats > best.nats * (1 + leastRise) else {
      return [start + " The last validation, at step \(last.step.grouped), is within \(percent(leastRise)) of that: the run has converged."]
    }
    guard log.validationsSinceBest >= 2 else {
      return [start + " The one validation since, at step \(last.step.grouped), is worse: \(nats(last.nats))."]
    }
    guard let before = best.trainingNats, let after = log.trainingNats, after < before else {
      return [
        start
          + " It rose to \(nats(last.nats)) by step \(last.step.grouped), and training loss did not fall meanwhile: the run became worse."
      ]
    }
    return [
      start,
      "The model overfits from step \(best.step.grouped) on: by step \(last.step.grouped) validation loss rose to \(nats(last.nats)), "
        + "while training loss fell from \(nats(before)) to \(nats(after)). More songs, more dropout or a smaller model would help.",
    ]
  }

  private static func baselines(of run: ReportedRun) -> [String] {
    guard let best = run.log.best else { return [] }
    return run.baselines.map { baseline in
      let difference = baseline.nats - best.nats
      return difference > 0
        ? "It predicts the held-out songs better than a \(baseline.name) by \(nats(difference)) a token."
        : "It predicts the held-out songs no better than a \(baseline.name), which reaches \(nats(baseline.nats)) a token."
    }
  }

  // MARK: - What went wrong

  private static func faults(of run: ReportedRun) -> [String] {
    var found: [String] = []
    if let checkpoint = run.checkpoint {
      if checkpoint.skipped > 0 {
        found.append(
          "\(checkpoint.skipped.counted("minibatch", "minibatches")) had a loss or gradient beyond all bounds and "
            + "\(checkpoint.skipped == 1 ? "was" : "were") left out.")
      }
      if checkpoint.rollBacks > 0 {
        found.append(
          "The run diverged and went back to an earlier checkpoint \(checkpoint.rollBacks.counted("time")); its learning rate is "
            + "multiplied by \(Ticks.text(Double(checkpoint.rateFactor))) since.")
      }
    }
    if run.log.notFinite > 0 {
      found.append("\(run.log.notFinite.counted("row")) of metrics.jsonl \(run.log.notFinite == 1 ? "has" : "have") no finite loss.")
    }
    if run.log.unreadable > 0 {
      found.append(
        "\(run.log.unreadable.counted("line")) of metrics.jsonl \(run.log.unreadable == 1 ? "is no row and is" : "are no rows and are") "
          + "left out."
      )
    }
    if found.isEmpty, run.checkpoint != nil {
      found.append("No minibatch was skipped, and the run never went back to an earlier checkpoint.")
    }
    return found
  }

  private static func nats(_ value: Double) -> String { "\(String(format: "%.3f", value)) nats" }
  private static func perplexity(_ nats: Double) -> String { Ticks.text(exp(nats)) }
  private static func percent(_ share: Double) -> String { "\(Int((100 * share).rounded()))%" }
}
