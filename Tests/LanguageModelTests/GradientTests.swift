import Kernels
import LanguageModel
import Testing

@Suite("Back-propagation through time") struct GradientTests {
  /// Sizes in which every transposition error shows: all differ, and there are several layers, time steps and lanes.
  struct Case: CustomTestStringConvertible, Sendable {
    var hidden: [Int], steps: Int, lanes: Int
    var regularization: Regularization?
    var isTied = false
    var embedding = 7
    var cell = RecurrentCell.lstm
    /// Whether the initial state is learned: then it is that which the window starts from.
    var learnsState = false
    var isNormalized = false
    var products = ProductKernel.packed
    /// The control tokens. If there are any, some of them are read, and some positions have nothing to predict.
    var controls = 0
    var isInputCapped = false
    var sumsOutputs = false
    var testDescription: String {
      "layers of \(hidden), \(steps) steps, \(lanes) lanes\(regularization == nil ? "" : ", regularized")\(isTied ? ", tied" : "")"
        + ", E \(embedding), \(cell)\(learnsState ? ", learned state" : "")\(isNormalized ? ", normalised" : "")"
        + (products == .packed ? "" : ", products by \(products)") + (controls == 0 ? "" : ", \(controls) control tokens")
        + (isInputCapped ? ", capped" : "") + (sumsOutputs ? ", sum of outputs" : "")
    }
  }
  static let cases =
    [
      Case(hidden: [6], steps: 1, lanes: 1), Case(hidden: [6, 6], steps: 5, lanes: 3), Case(hidden: [6, 6, 6], steps: 4, lanes: 2),
      Case(hidden: [6, 6], steps: 5, lanes: 3, regularization: regularization(input: 0)),
      Case(hidden: [6, 6, 6], steps: 4, lanes: 2, regularization: regularization(input: 0.4)),
      Case(hidden: [5, 9], steps: 4, lanes: 2), Case(hidden: [9, 4, 6], steps: 3, lanes: 3, regularization: regularization(input: 0.4)),
      // With a projection, and without.
      Case(hidden: [5, 6], steps: 5, lanes: 3, isTied: true), Case(hidden: [6], steps: 5, lanes: 3, isTied: true, embedding: 6),
      Case(hidden: [6], steps: 4, lanes: 2, regularization: regularization(input: 0), isTied: true),
      Case(hidden: [9, 6], steps: 4, lanes: 2, regularization: regularization(input: 0.4), isTied: true, embedding: 6),
      Case(hidden: [6], steps: 1, lanes: 1, cell: .gru), Case(hidden: [5, 9, 6], steps: 4, lanes: 3, cell: .gru),
      Case(hidden: [6, 6], steps: 5, lanes: 3, regularization: regularization(input: 0.4), cell: .gru),
      Case(hidden: [6], steps: 1, lanes: 1, cell: .rnn), Case(hidden: [5, 9, 6], steps: 4, lanes: 3, cell: .rnn),
      Case(hidden: [6, 6], steps: 5, lanes: 3, regularization: regularization(input: 0), isTied: true, cell: .rnn),
      Case(hidden: [5, 6], steps: 4, lanes: 3, regularization: regularization(input: 0), learnsState: true),
      Case(hidden: [5, 6], steps: 4, lanes: 3, cell: .gru, learnsState: true),
      Case(hidden: [5, 9], steps: 4, lanes: 2, regularization: regularization(input: 0), products: .openblas),
      Case(hidden: [6, 5], steps: 4, lanes: 3, cell: .gru, isNormalized: true, products: .openblas),
      Case(hidden: [6], steps: 5, lanes: 1, isTied: true, cell: .rnn, products: .openblas),
      Case(hidden: [5, 6], steps: 5, lanes: 3, controls: 5), Case(hidden: [5, 6], steps: 5, lanes: 3, isTied: true, controls: 5),
      Case(hidden: [6], steps: 5, lanes: 2, isTied: true, embedding: 6, cell: .gru, controls: 4),
      Case(hidden: [6, 5], steps: 4, lanes: 3, regularization: regularization(input: 0), controls: 3),
      Case(hidden: [6, 5], steps: 4, lanes: 3, regularization: regularization(input: 0.4), isTied: true, controls: 3),
      // Sizes by which no row is almost constant: its normalisation would multiply every rounding.
      Case(hidden: [6], steps: 1, lanes: 1, isNormalized: true), Case(hidden: [7, 9], steps: 5, lanes: 3, isNormalized: true),
      Case(hidden: [35], steps: 3, lanes: 2, isNormalized: true),
      Case(hidden: [6, 5], steps: 4, lanes: 3, regularization: regularization(input: 0.4), isTied: true, isNormalized: true),
      Case(hidden: [5, 6], steps: 4, lanes: 3, learnsState: true, isNormalized: true),
      Case(hidden: [6], steps: 1, lanes: 1, cell: .gru, isNormalized: true),
      Case(hidden: [5, 17], steps: 4, lanes: 3, cell: .gru, isNormalized: true),
      Case(hidden: [6, 5], steps: 4, lanes: 2, regularization: regularization(input: 0), cell: .gru, isNormalized: true),
      Case(hidden: [6], steps: 1, lanes: 1, cell: .rnn, isNormalized: true),
      Case(hidden: [5, 34], steps: 4, lanes: 3, cell: .rnn, isNormalized: true),
      Case(hidden: [6, 5], steps: 4, lanes: 2, regularization: regularization(input: 0), cell: .rnn, isNormalized: true),
    ] + capped + summed
  static let capped = [
    Case(hidden: [6], steps: 1, lanes: 1, isInputCapped: true), Case(hidden: [5, 9], steps: 5, lanes: 3, isInputCapped: true),
    Case(hidden: [7, 9], steps: 5, lanes: 3, isNormalized: true, isInputCapped: true),
    Case(hidden: [6, 5], steps: 4, lanes: 3, regularization: regularization(input: 0.4), isTied: true, isInputCapped: true),
    Case(hidden: [5, 6], steps: 4, lanes: 3, learnsState: true, isInputCapped: true),
    Case(hidden: [6, 6], steps: 5, lanes: 2, isInputCapped: true, sumsOutputs: true),
  ]
  static let summed = [
    Case(hidden: [6], steps: 4, lanes: 2, sumsOutputs: true), Case(hidden: [6, 6], steps: 5, lanes: 3, sumsOutputs: true),
    Case(hidden: [6, 6, 6], steps: 4, lanes: 2, sumsOutputs: true),
    // With a projection, and without.
    Case(hidden: [5, 5], steps: 5, lanes: 3, isTied: true, sumsOutputs: true),
    Case(hidden: [6, 6], steps: 5, lanes: 3, isTied: true, embedding: 6, sumsOutputs: true),
    Case(hidden: [6, 6, 6], steps: 4, lanes: 2, regularization: regularization(input: 0.4), sumsOutputs: true),
    Case(hidden: [5, 5], steps: 4, lanes: 3, regularization: regularization(input: 0), isTied: true, controls: 3, sumsOutputs: true),
    Case(hidden: [6, 6], steps: 5, lanes: 3, regularization: regularization(input: 0), cell: .gru, sumsOutputs: true),
    Case(hidden: [6, 6, 6], steps: 4, lanes: 3, cell: .rnn, learnsState: true, sumsOutputs: true),
    Case(hidden: [7, 7], steps: 4, lanes: 3, isNormalized: true, products: .openblas, sumsOutputs: true),
  ]
  /// All of it at once.
  static func regularization(input: Float) -> Regularization {
    var regularization = Regularization()
    regularization.layerDropout = 0.3
    regularization.outputDropout = 0.2
    regularization.inputDropout = input
    regularization.embeddingDropout = 0.2
    regularization.weightDrop = 0.5
    regularization.activationPenalty = 2
    regularization.temporalPenalty = 1.5
    return regularization
  }
  static let vocabulary = 19

  struct Setup {
    let weights: Weights
    let prepared: PreparedWeights
    let network: Network
    let training: TrainingNetwork
    var reference: ReferenceModel
    let inputs: [Int32], targets: [Int32]
    let predicted: Int
    let tolerance: Double

    init(_ test: Case, distinctInputs: Bool = false) {
      var configuration = ModelConfiguration(
        vocabularySize: vocabulary, embeddingSize: test.embedding, hiddenSizes: test.hidden, isTied: test.isTied, cell: test.cell)
      configuration.isInitialStateLearned = test.learnsState
      configuration.isNormalized = test.isNormalized
      configuration.controlCount = test.controls
      configuration.isInputCapped = test.isInputCapped
      configuration.sumsOutputs = test.sumsOutputs
      // With forget gates of about a half, some input gates are capped and some are not.
      var weights = Weights(configuration, seed: 77, forgetBias: test.isInputCapped ? 0 : 1)
      // Biases that are not 0 either, those of the decoder among them.
      for entry in weights.layout.entries where entry.shape.count == 1 {
        for (place, index) in entry.range.enumerated() { weights.values[index] += 0.05 * Float(place % 7) - 0.1 }
      }
      self.weights = weights
      let masks = test.regularization.map { MaskSource($0, seed: 5, firstLane: 0) }
      prepared = PreparedWeights(weights, updates: 3, weightDrop: (test.regularization?.weightDrop ?? 0, 5), products: test.products)
      network = Network(configuration, steps: test.steps, lanes: test.lanes, masks: masks)
      training = TrainingNetwork(network)
      reference = ReferenceModel(weights, lanes: test.lanes)
      reference.regularization = test.regularization
      reference.seed = 5
      reference.updates = 3
      let positions = test.steps * test.lanes
      func isControl(_ position: Int) -> Bool { test.controls > 0 && position % 4 == 2 }
      inputs = (0..<positions).map { position in
        if isControl(position) { return Int32(vocabulary + position / 4 % test.controls) }
        return Int32(distinctInputs ? position : (position * position + 3) % 7)
      }
      targets = (0..<positions).map { isControl($0 + test.lanes) ? -1 : Int32(($0 * 5 + 2) % vocabulary) }
      predicted = targets.count { $0 >= 0 }
      // A state that is not zero, the same in both.
      for (layer, units) in test.hidden.enumerated() {
        for lane in 0..<test.lanes {
          for unit in 0..<units {
            let h = Float(0.1 * Double((layer + lane + unit) % 5) - 0.2), c = Float(0.3 * Double((layer * lane + unit) % 4) - 0.4)
            network.layers[layer].hidden[lane, unit] = h
            network.layers[layer].cell?[lane, unit] = c
            reference.hidden[layer][lane][unit] = Double(h)
            reference.cell[layer][lane][unit] = Double(c)
          }
        }
      }
      // Relative to a tensor's largest gradient: one rounding for each product on the longest way from the loss to a weight, and the
      // sum over positions. The error of the central difference itself, 1e-10, is far below; normalisation bends more, and so has a
      // smaller step.
      let longest = test.steps * test.hidden.count * (4 * (test.hidden.max() ?? 0) + 12)
      tolerance = 0x1p-24 * Double(longest + vocabulary + positions)
    }

    func gradients(_ observer: NetworkObserver? = nil) async -> [Float] {
      network.observer = observer
      let sum = await training.lossAndGradients(
        inputs: inputs, targets: targets, weights: prepared, scale: 1 / Float(predicted), penaltyScale: 1 / Float(inputs.count))
      var plain = reference
      // The penalties have gradients, but are not part of the loss that is told.
      plain.regularization?.activationPenalty = 0
      plain.regularization?.temporalPenalty = 0
      #expect(abs(sum / Double(predicted) - plain.loss(inputs: inputs, targets: targets)) <= tolerance)
      return training.expanded()
    }

    func centralDifference(_ change: (inout ReferenceModel, Double) -> Void) -> Double {
      let step = reference.configuration.isNormalized ? 1e-6 : 1e-5
      var up = reference, down = reference
      change(&up, step)
      change(&down, -step)
      return (up.loss(inputs: inputs, targets: targets) - down.loss(inputs: inputs, targets: targets)) / (2 * step)
    }
  }

  @Test("every parameter tensor agrees with central differences", arguments: cases)
  func parameters(test: Case) async {
    let setup = Setup(test)
    let gradients = await setup.gradients()
    for entry in setup.weights.layout.entries {
      let expected = entry.range.map { index in setup.centralDifference { $0.parameters[index] += $1 } }
      let largest = expected.map(abs).max() ?? 0
      #expect(largest > 0, "\(entry.name) has no gradient at all")
      for (index, exact) in zip(entry.range, expected) {
        #expect(abs(Double(gradients[index]) - exact) <= setup.tolerance * largest + 1e-9, "\(entry.name)")
      }
    }
  }

  @Test("both sides of the cap are met", arguments: capped)
  func cap(test: Case) async {
    let setup = Setup(test)
    var capped = 0, all = 0
    let observer = NetworkObserver(forward: { layer in
      let input = layer.gate(.input), forget = layer.gate(.forget)
      for row in 0..<input.rows {
        for unit in 0..<input.columns {
          #expect(input[row, unit] <= 1 - forget[row, unit])
          capped += input[row, unit] == 1 - forget[row, unit] ? 1 : 0
          all += 1
        }
      }
    })
    _ = await setup.gradients(observer)
    #expect(capped > 0 && capped < all, "\(capped) of \(all) input gates are capped")
  }

  @Test("inputs agree with central differences", arguments: cases)
  func inputs(test: Case) async {
    // With no token twice, a row of the embedding's gradient is the gradient of one input, and of a tied decoder's row.
    let setup = Setup(test, distinctInputs: true)
    let gradient = await setup.gradients()
    let start = setup.weights.layout[.embedding].range.lowerBound
    let indices = setup.inputs.flatMap { token in (0..<test.embedding).map { start + Int(token) * test.embedding + $0 } }
    let expected = indices.map { index in setup.centralDifference { $0.parameters[index] += $1 } }
    let largest = expected.map(abs).max() ?? 0
    for (index, exact) in zip(indices, expected) {
      #expect(abs(Double(gradient[index]) - exact) <= setup.tolerance * largest + 1e-9, "of \(largest)")
    }
  }

  @Test("a state that is carried on, and not the learned one, gives the learned one no gradient", arguments: [RecurrentCell.lstm, .rnn])
  func carriedState(cell: RecurrentCell) async {
    let setup = Setup(Case(hidden: [5, 6], steps: 4, lanes: 3, cell: cell, learnsState: true))
    _ = await setup.gradients()
    setup.network.startNextWindow(from: .afterLastWindow)
    func learned() async -> [Float] {
      _ = await setup.training.lossAndGradients(inputs: setup.inputs, targets: setup.targets, weights: setup.prepared, scale: 1)
      let values = setup.training.expanded()
      return setup.weights.layout.entries.filter { $0.name.contains("initial") }.flatMap { values[$0.range] }
    }
    #expect(await learned().allSatisfy { $0 == 0 })
    setup.network.startNextWindow(from: .initial)
    #expect(await learned().allSatisfy { $0 != 0 })
    // A window that was left out: the next one starts where it did, but no longer from what is learned.
    setup.network.startNextWindow(from: .ofLastWindow)
    #expect(await learned().allSatisfy { $0 == 0 })
  }

  @Test("the starting state agrees with central differences", arguments: cases.filter { !$0.learnsState })
  func startingState(test: Case) async {
    let setup = Setup(test)
    var checked = 0
    let observer = NetworkObserver(backward: { state in
      let layer = state.layer
      guard state.time == 0 else { return }
      #expect((state.cell == nil) == (test.cell != .lstm))
      func check(_ found: MatrixView, _ change: (inout ReferenceModel, Int, Int, Double) -> Void) {
        let places = (0..<test.lanes).flatMap { lane in (0..<test.hidden[layer]).map { (lane, $0) } }
        let expected = places.map { lane, unit in setup.centralDifference { change(&$0, lane, unit, $1) } }
        let largest = expected.map(abs).max() ?? 0
        for ((lane, unit), exact) in zip(places, expected) {
          #expect(abs(Double(found[lane, unit]) - exact) <= setup.tolerance * largest + 1e-9, "of \(largest)")
        }
        checked += places.count
      }
      check(state.hidden) { $0.hidden[layer][$1][$2] += $3 }
      if let c = state.cell { check(c) { $0.cell[layer][$1][$2] += $3 } }
    })
    _ = await setup.gradients(observer)
    #expect(checked == (test.cell == .lstm ? 2 : 1) * test.lanes * test.hidden.reduce(0, +))
  }

  @Test func `a tied embedding has a gradient of all tokens from the decoder, and of some from the input`() async {
    let setup = Setup(Case(hidden: [5, 6], steps: 5, lanes: 3, isTied: true))
    let expanded = await setup.gradients()
    #expect(setup.weights.layout.isTied && Set(setup.training.gradients.tokens) == Set(setup.inputs))
    for token in 0..<Self.vocabulary { #expect(expanded[token * 7..<(token + 1) * 7].contains { $0 != 0 }) }
    // A second step overwrites it.
    #expect(await setup.gradients() == expanded)
  }

  @Test func `the embedding's gradient has a row for each distinct token of the window, and no other`() async {
    let setup = Setup(Self.cases[1])
    _ = await setup.gradients()
    let gradients = setup.training.gradients
    #expect(Set(gradients.tokens) == Set(setup.inputs) && gradients.tokens.count == Set(setup.inputs).count)
    let other = setup.inputs.map { $0 + 8 }
    _ = await setup.training.lossAndGradients(
      inputs: other, targets: setup.targets, weights: PreparedWeights(setup.weights), scale: 1)
    #expect(Set(gradients.tokens) == Set(other))
    let expanded = setup.training.expanded()
    for token in 0..<Self.vocabulary {
      let row = expanded[token * 7..<(token + 1) * 7]
      #expect(row.contains { $0 != 0 } == other.contains(Int32(token)))
    }
  }
}
