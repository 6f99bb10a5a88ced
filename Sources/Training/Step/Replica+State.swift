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
  /// Makes the starting state of the next window that of `StartingState.ofLastWindow`, and returns it for all lanes, those of other ranks
  /// included.
  package func settle(_ start: StartingState) async -> LaneState {
    var parts: [LaneState] = []
    for replica in replicas { parts.append(await replica.settle(start)) }
    let own = LaneState(joining: parts)
    guard let communicator else { return own }
    return LaneState(joining: await communicator.gather(own.bytes).map { LaneState(like: own, bytes: $0) })
  }

  /// Restores the state of all lanes for `StartingState.ofLastWindow`.
  package func restore(_ state: LaneState, lanes: Int) async {
    let own = (communicator?.part ?? .whole).range(of: lanes), each = own.count / replicas.count
    for (number, replica) in replicas.enumerated() {
      let first = own.lowerBound + number * each
      await replica.restore(state.part(lanes: first..<first + each, of: lanes))
    }
  }
}

extension LaneState {
  /// All numbers, layer by layer.
  fileprivate var bytes: [UInt8] { RankBytes.bytes(of: (hidden + cell).joined().map(\.bitPattern)) }

  /// The state of as many lanes of the same layers.
  fileprivate init(like other: LaneState, bytes: [UInt8]) {
    var rest = RankBytes.numbers(bytes).map { Float(bitPattern: $0) }[...]
    func take(_ count: Int) -> [Float] {
      defer { rest = rest.dropFirst(count) }
      return Array(rest.prefix(count))
    }
    self.init(hidden: other.hidden.map { take($0.count) }, cell: other.cell.map { take($0.count) })
  }
}
