internal import Basics
internal import Files
internal import Foundation
internal import Refrain
internal import SystemPackage

/// What a run says at its end.
extension TrainingRun {
  /// Says what the run did.
  func report(_ summary: TrainingSummary, first: Int, isBestKept: Bool) async {
    let perSecond = Double(summary.tokens) / max(summary.seconds, 1e-9)
    if first == summary.steps {
      await reporter.say(
        summary.isStoppedEarly
          ? "the run had ended at step \(first.grouped) before; to train further, give more --patience, or --patience 0"
          : "the run had taken its last step, \(first.grouped), before; to train further, give more --steps or --epochs")
    } else {
      await reporter.say(
        """
        trained \(summary.steps.counted("step")) in \(summary.seconds.asTime), \(Int(perSecond).grouped) tokens/s; the model is in \
        \(model)
        """
      )
    }
    if summary.isStoppedEarly, let patience = trainer.configuration.patience {
      await reporter.say(
        "stopped early: \(patience.counted("validation")) in a row \(patience == 1 ? "was" : "were") no better than the best (--patience)")
    }
    if let best = summary.bestValidation, best.step < summary.steps {
      await reporter.say(
        "validation was best at step \(best.step.grouped), perplexity \(best.evaluation.perplexity.shortened); "
          + (isBestKept ? "the model is that of this step" : "to stop there, train again with --steps \(best.step)"))
    }
    if summary.skipped > 0 {
      await reporter.say(
        "skipped \(summary.skipped.counted("minibatch", "minibatches")), whose loss or gradient norm was not finite or was too large")
    }
    if summary.rollBacks > 0 { await reporter.say("went back to a checkpoint \(summary.rollBacks.counted("time"))") }
  }

  /// Shows the best validation beside n-gram models, and keeps these for `refrain report`.
  func showResult(_ summary: TrainingSummary, _ plan: TrainingPlan) async {
    await reporter.result(TrainingResult(summary, baselines: await baselines(plan)?.losses ?? []))
  }

  /// The n-gram models of the run's corpus; nil if no songs are held out, or there are too many to count.
  private func baselines(_ plan: TrainingPlan) async -> BaselineRecord? {
    guard let heldOut = plan.corpus.validation, heldOut.count > 1 else { return nil }
    let directory = directory.path, fingerprint = trainer.corpus.fingerprint
    if let known = try? BaselineRecord(model: directory), known.isOf(corpus: fingerprint) { return known }
    guard plan.corpus.training.count <= TrainingResult.mostCountedTokens else { return nil }
    do {
      let record = BaselineRecord(
        counting: try plan.corpus.training.read(), predicting: try heldOut.read(),
        vocabularySize: plan.corpus.tokenizer.vocabulary.count, corpus: fingerprint)
      try record.write(model: directory)
      return record
    } catch {
      // The model is saved: that its n-gram models are not is no reason to fail.
      await reporter.warn(ErrorText.text(of: error))
      return nil
    }
  }
}
