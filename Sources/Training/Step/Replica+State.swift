package import LanguageModel

extension Replica {
  /// The state that the next window starts from with `StateStart.asLast`.
  ///
  /// - Parameter carrying: whether the state after the last window is to be made that one first.
  func settledState(carrying: Bool) -> LaneState {
    if carrying { network.carryState() }
    return network.initialState
  }

  /// Makes a state the one that the next window starts from with `StateStart.asLast`.
  func restore(_ state: LaneState) { network.initialState = state }
}

extension ReplicaPool {
  /// The state of all lanes between two windows; the next one is then to be trained on with `lastWasApplied: false`.
  package func settledState(carrying: Bool) async -> LaneState {
    var parts: [LaneState] = []
    for replica in replicas { parts.append(await replica.settledState(carrying: carrying)) }
    return LaneState(joining: parts)
  }

  /// Restores the state of all lanes; the next window is then to be trained on with `lastWasApplied: false`.
  package func restore(_ state: LaneState, lanes: Int) async {
    let each = lanes / replicas.count
    for (shard, replica) in replicas.enumerated() {
      await replica.restore(state.part(lanes: shard * each..<(shard + 1) * each, of: lanes))
    }
  }
}
