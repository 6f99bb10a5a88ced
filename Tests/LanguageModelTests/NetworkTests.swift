import Basics
import Kernels
import LanguageModel
import Testing

@Suite("Network") struct NetworkTests {
  static let configuration = ModelConfiguration(vocabularySize: 300, embeddingSize: 9, hiddenSize: 16, layerCount: 2)

  func tokens(_ count: Int, seed: UInt64) -> [Int32] {
    var generator = SeededGenerator(seed: seed)
    return (0..<count).map { _ in Int32.random(in: 0..<300, using: &generator) }
  }

  @Test func `two windows with the state carried over are one window of their length`() async {
    let weights = PreparedWeights(Weights(Self.configuration, seed: 4), forTraining: false)
    let lanes = 3, inputs = tokens(10 * lanes, seed: 5), targets = tokens(10 * lanes, seed: 6)
    let whole = TrainingNetwork(Network(Self.configuration, steps: 10, lanes: lanes))
    let halves = TrainingNetwork(Network(Self.configuration, steps: 6, lanes: lanes))
    let expected = await whole.loss(inputs: inputs, targets: targets, weights: weights)
    let cut = 6 * lanes
    let first = await halves.loss(inputs: Array(inputs[..<cut]), targets: Array(targets[..<cut]), weights: weights)
    let second = await halves.loss(inputs: Array(inputs[cut...]), targets: Array(targets[cut...]), weights: weights)
    #expect(abs(first + second - expected) <= 0x1p-22 * expected)
    // Without the state the second half is another sequence.
    halves.network.startNextWindow(from: .initial)
    #expect(await halves.loss(inputs: Array(inputs[cut...]), targets: Array(targets[cut...]), weights: weights) != second)
  }

  @Test func `a loss over many lanes is the sum of those of each lane`() async {
    let weights = PreparedWeights(Weights(Self.configuration, seed: 7), forTraining: false)
    let inputs = tokens(300, seed: 8), targets = tokens(300, seed: 9)
    let whole = await TrainingNetwork(Network(Self.configuration, steps: 1, lanes: 300))
      .loss(inputs: inputs, targets: targets, weights: weights)
    let single = TrainingNetwork(Network(Self.configuration, steps: 1, lanes: 1))
    var sum = 0.0
    for (input, target) in zip(inputs, targets) {
      single.network.startNextWindow(from: .initial)
      sum += await single.loss(inputs: [input], targets: [target], weights: weights)
    }
    #expect(abs(whole - sum) <= 0x1p-20 * sum)
  }

  /// A network that was carried on once, with states that are not zero, and one window more to train on.
  private func carried(
    _ regularization: Regularization, lanes: Range<Int>, of count: Int, updates: Int, learnsState: Bool = false
  ) async -> (network: Network, loss: Double, carried: LaneState, initialGradients: [Float]) {
    var configuration = Self.configuration
    configuration.isInitialStateLearned = learnsState
    var weights = Weights(configuration, seed: 4)
    for entry in weights.layout.entries where entry.name.contains("initial") { for index in entry.range { weights.values[index] = 0.3 } }
    let network = Network(
      configuration, steps: 3, lanes: lanes.count, masks: MaskSource(regularization, seed: 5, firstLane: lanes.lowerBound))
    let training = TrainingNetwork(network)
    func window(_ seed: UInt64) -> [Int32] {
      let all = tokens(3 * count, seed: seed)
      return (0..<3).flatMap { step in lanes.map { all[step * count + $0] } }
    }
    _ = await training.loss(inputs: window(1), targets: window(2), weights: PreparedWeights(weights, forTraining: false))
    let before = network.startingState
    // Reading the state does not change where the window starts; setting it does.
    let loss = await training.lossAndGradients(
      inputs: window(3), targets: window(4), weights: PreparedWeights(weights, updates: updates), scale: 1)
    let values = training.expanded()
    return (network, loss, before, weights.layout.entries.filter { $0.name.contains("initial") }.flatMap { values[$0.range] })
  }

  private func resetting(_ probability: Float) -> Regularization {
    var regularization = Regularization()
    regularization.stateReset = probability
    return regularization
  }

  /// The lanes of which no layer has a state.
  private func emptyLanes(_ state: LaneState, of count: Int) -> [Int] {
    (0..<count).filter { lane in
      let part = state.part(lanes: lane..<lane + 1, of: count)
      return (part.hidden + part.cell).allSatisfy { $0.allSatisfy { $0 == 0 } }
    }
  }

  @Test func `a lane is reset as often as it should be, and the others go on from where they were`() async {
    var resets = 0
    for updates in 0..<40 {
      let run = await carried(resetting(0.25), lanes: 0..<6, of: 6, updates: updates)
      let state = run.network.startingState
      let empty = emptyLanes(state, of: 6)
      resets += empty.count
      for lane in 0..<6 where !empty.contains(lane) {
        #expect(state.part(lanes: lane..<lane + 1, of: 6) == run.carried.part(lanes: lane..<lane + 1, of: 6))
      }
      #expect(emptyLanes(run.carried, of: 6).isEmpty)
      // The loss is that of the state that is there.
      let same = await carried(resetting(0), lanes: 0..<6, of: 6, updates: updates)
      #expect((same.loss == run.loss) == empty.isEmpty)
    }
    // 240 draws of 1/4: 60, and a standard deviation of 6.7.
    #expect((34...86).contains(resets), "\(resets)")
  }

  @Test("the lanes that are reset are the same in any shard", arguments: 0..<8)
  func resetShards(updates: Int) async {
    let whole = await carried(resetting(0.4), lanes: 0..<6, of: 6, updates: updates)
    var parts: [(network: Network, loss: Double, carried: LaneState, initialGradients: [Float])] = []
    for lanes in [0..<2, 2..<3, 3..<6] { parts.append(await carried(resetting(0.4), lanes: lanes, of: 6, updates: updates)) }
    let joined = LaneState(joining: parts.map(\.network.startingState))
    #expect(emptyLanes(joined, of: 6) == emptyLanes(whole.network.startingState, of: 6))
    #expect(abs(parts.map(\.loss).reduce(0, +) - whole.loss) <= 0x1p-20 * whole.loss)
  }

  @Test func `a lane that is reset starts from the learned state, and trains it`() async {
    var trained = 0
    for updates in 0..<12 {
      let run = await carried(resetting(0.2), lanes: 0..<6, of: 6, updates: updates, learnsState: true)
      let state = run.network.startingState
      let reset = (0..<6).filter { state.part(lanes: $0..<$0 + 1, of: 6).hidden[0].allSatisfy { $0 == 0.3 } }
      #expect(run.initialGradients.contains { $0 != 0 } == !reset.isEmpty)
      trained += reset.isEmpty ? 0 : 1
    }
    #expect((1..<12).contains(trained))
  }
}
