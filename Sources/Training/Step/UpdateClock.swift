internal import LanguageModel

/// Counts the updates, and records the last one that touched each row of the embedding.
///
/// It is part of the optimizer's state. What RMSProp and the average keep of a row stands still while updates do not touch the row. The
/// next one that touches it makes up for all that it missed.
///
/// - Invariant for `@unchecked Sendable`: it belongs to one `SharedWeights`, which changes it only while no task of an update runs. The
///   tasks only read it.
final class UpdateClock: @unchecked Sendable {
  private(set) var updates: Int32 = 0
  /// [V + C]: for each token the last update that touched its row.
  private(set) var lastUpdate: [Int32]

  init(_ layout: ParameterLayout) {
    lastUpdate = Array(repeating: 0, count: layout[.embedding].shape[0])
  }

  /// How many updates went by without touching a token's row since the last one that did.
  func missedUpdates(_ token: Int) -> Int { Int(updates - lastUpdate[token]) }

  /// Counts an update.
  ///
  /// - Parameter tokens: those of the rows that it touched; nil: all of them.
  func noteUpdate(of tokens: [Int32]?) {
    updates += 1
    if let tokens {
      for token in tokens { lastUpdate[Int(token)] = updates }
    } else {
      for token in lastUpdate.indices { lastUpdate[token] = updates }
    }
  }

  /// Sets the clock to a saved state.
  func restore(updates: Int32, lastUpdate saved: [Int32]) {
    precondition(saved.count == lastUpdate.count, "the state is of another model")
    self.updates = updates
    lastUpdate = saved
  }
}
