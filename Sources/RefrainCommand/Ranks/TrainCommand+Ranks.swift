internal import ArgumentParser
internal import Foundation
internal import Refrain
internal import Training

extension TrainCommand {
  /// Checks that all ranks are about to do the same.
  func checkAgreement(_ plan: TrainingPlan, step: Int) async throws {
    guard let ranks = Ranks.current else { return }
    try await RankAgreement(plan, step: step).check(among: ranks)
  }

  /// Runs as rank 0, and lets the others go when all is saved.
  func lead(_ trainer: Trainer, _ run: () async throws -> Void) async throws {
    do {
      try await run()
    } catch let code as ExitCode {
      await trainer.endRanks()
      throw code
    }
    await trainer.endRanks()
  }

  /// Trains as a rank other than the first: without writing or saying anything.
  func follow(_ trainer: Trainer) async throws {
    if tensorboard != nil { await trainer.collectHistograms() }
    do {
      _ = try await Interruption.cancelling {
        try await trainer.train(rollingBackTo: { _ in nil }) { _ in }
      } onSignal: {
      }
    } catch is TrainingError {
      // Rank 0 has the same error, and reports it.
    }
    await trainer.answerFirstRank()
  }
}
