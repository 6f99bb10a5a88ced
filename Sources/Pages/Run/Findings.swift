internal import Basics
internal import Foundation
internal import Scoring
internal import Training

/// What happened in a run, in words.
package enum Findings {
  /// A rise of validation loss by less than this share is taken for noise.
  package static let leastRise = 0.01

  /// The sentences about a run, the most important first; there is always one.
  package static func sentences(of run: ReportedRun) -> [String] {
    let found = end(of: run) + validation(of: run.log) + baselines(of: run) + faults(of: run)
    return found.isEmpty ? ["The log has no validation and no baseline to judge the run by."] : found
  }

  /// That the run has not ended, as far as run.json tells.
  private static func end(of run: ReportedRun) -> [String] {
    guard let facts = run.facts, facts.endStep == nil, let step = run.lastStep else { return [] }
    return ["The run has not ended: it is under way or was stopped at step \(step.grouped) of \(facts.totalSteps.grouped)."]
  }

  // MARK: - Validation

  private static func validation(of log: MetricsLog) -> [String] {
    guard let best = log.best, let last = log.last else { return [] }
    let start = "Validation loss was lowest at step \(best.step.grouped): \(nats(best.nats)) (perplexity \(perplexity(best.nats)))."
    if best.step == last.step { return [start + " That was the last validation, so longer training may lower it further."] }
    guard last.nats > best.nats * (1 + leastRise) else {
      return [start + " The last validation, at step \(last.step.grouped), is within \(Format.percent(leastRise)) of it."]
    }
    guard log.validationsSinceBest >= 2 else {
      return [start + " The one validation since, at step \(last.step.grouped), is worse: \(nats(last.nats))."]
    }
    guard let before = best.trainingNats, let after = log.trainingNats, after < before else {
      return [
        start
          + " It rose to \(nats(last.nats)) by step \(last.step.grouped), and the training loss did not fall: training became unstable."
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
      let difference = baseline.lossNats - best.nats
      return difference > 0
        ? "The model predicts the held-out songs better than a \(baseline.name), by \(nats(difference)) per token."
        : "The model predicts the held-out songs no better than a \(baseline.name), which reaches \(nats(baseline.lossNats)) per token."
    }
  }

  // MARK: - What went wrong

  private static func faults(of run: ReportedRun) -> [String] {
    var found: [String] = []
    let known = run.facts?.faults ?? []
    let skipped = run.checkpoint?.skipped ?? known.count { $0.kind == .skipped }
    if skipped > 0 {
      found.append(
        "\(skipped.counted("minibatch", "minibatches")) \(skipped == 1 ? "was" : "were") skipped, because the loss or the gradient norm "
          + "was not finite or was too large\(steps(of: run, .skipped)).")
    }
    let rollBacks = run.checkpoint?.rollBacks ?? known.count { $0.kind == .rolledBack }
    if rollBacks > 0 {
      let factor = run.checkpoint.map { " The learning rate has been multiplied by \(Ticks.text(Double($0.rateFactor)))." } ?? ""
      found.append(
        "The run diverged and rolled back to an earlier checkpoint \(rollBacks.counted("time"))\(steps(of: run, .rolledBack)).\(factor)")
    }
    if run.log.notFinite > 0 {
      found.append("\(run.log.notFinite.counted("row")) of metrics.jsonl \(run.log.notFinite == 1 ? "has" : "have") no finite loss.")
    }
    if run.log.unreadable > 0 {
      found.append(
        "\(run.log.unreadable.counted("line")) of metrics.jsonl "
          + (run.log.unreadable == 1 ? "is not a valid row and was ignored." : "are not valid rows and were ignored.")
      )
    }
    if found.isEmpty, run.checkpoint != nil || run.facts != nil {
      found.append("No minibatch was skipped, and the run never rolled back to an earlier checkpoint.")
    }
    return found
  }

  /// The steps of the first faults of a kind, as far as run.json has them.
  private static func steps(of run: ReportedRun, _ kind: RunFacts.Fault.Kind) -> String {
    let faults = run.facts?.faults.filter { $0.kind == kind } ?? []
    if faults.isEmpty { return "" }
    let named = faults.prefix(5).map { fault in
      fault.to.map { "from step \(fault.step.grouped) to step \($0.grouped)" } ?? "step \(fault.step.grouped)"
    }
    return " (\(named.joined(separator: ", "))\(faults.count > 5 ? " and others" : ""))"
  }

  private static func nats(_ value: Double) -> String { "\(Format.nats(value)) nats" }
  private static func perplexity(_ nats: Double) -> String { Ticks.text(exp(nats)) }
}
