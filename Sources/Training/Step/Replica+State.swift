package import LanguageModel

extension Replica {
  /// Makes the starting state of the next window that of `StartingState.ofLastWindow`, and returns it.
  func settle(_ start: StartingState) -> LaneState {
    if case .afterLastWindow = start { network.startNextWindow(from: start) }
    return network.startingState
  }

  /// Restores the state of `StartingState.ofLastWindow`.
  func restore(_ state: LaneState) { network.startingState = state }
}

extension ReplicaPool {
  /// Makes the starting state of the next window that of `StartingState.ofLastWindow`, and returns it for all lanes.
  package func settle(_ start: StartingState) async -> LaneState {
    var parts: [LaneState] = []
    for replica in replicas { parts.append(await replica.settle(start)) }
    return LaneState(joining: parts)
  }

  /// Restores the state of all lanes for `StartingState.ofLastWindow`.
  package func restore(_ state: LaneState, lanes: Int) async {
    let each = lanes / replicas.count
    for (shard, replica) in replicas.enumerated() {
      await replica.restore(state.part(lanes: shard * each..<(shard + 1) * each, of: lanes))
    }
  }
}
