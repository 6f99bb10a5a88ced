import Basics
import Corpora
import Foundation
import Kernels
import LanguageModel
import Models
import Testing
import Training

/// `Lesson.swift` of `Examples` is compiled into this target too, by a symbolic link.
@Suite("The lesson and the fast network") struct LessonTests {
  struct Case: CustomTestStringConvertible, Sendable {
    var letters: Int, width: Int, units: Int, steps: Int
    var lanes = 1
    /// The most that the norm of the gradient may be.
    var longest = 5.0
    var testDescription: String { "V \(letters), E \(width), H \(units), \(steps) letters, \(lanes) lanes, gradients up to \(longest)" }
  }
  static let cases = [
    Case(letters: 2, width: 1, units: 1, steps: 1), Case(letters: 11, width: 5, units: 7, steps: 9),
    Case(letters: 7, width: 16, units: 3, steps: 20, lanes: 3), Case(letters: 29, width: 8, units: 17, steps: 13, lanes: 2, longest: 0.01),
    Case(letters: 5, width: 9, units: 33, steps: 40, longest: 0.3),
  ]

  /// The lesson with the weights of the fast network.
  struct Setup {
    let configuration: ModelConfiguration
    let weights: Weights
    var lesson: Lesson
    /// [lane][time]
    let texts: [[Int]]
    let minibatch: Minibatch

    init(_ test: Case) {
      configuration = ModelConfiguration(
        vocabularySize: test.letters, embeddingSize: test.width, hiddenSize: test.units, layerCount: 1)
      let weights = Weights(configuration, seed: 3, range: 0.7)
      self.weights = weights
      lesson = Lesson(letters: test.letters, width: test.width, units: test.units) { 0 }
      for (part, parameter) in Self.parts {
        let matrix = weights.matrix(parameter)
        for row in lesson.weights[keyPath: part].indices {
          for column in lesson.weights[keyPath: part][row].indices {
            lesson.weights[keyPath: part][row][column] = Double(Self.element(matrix, row, column))
          }
        }
      }
      var generator = SeededGenerator(seed: 4)
      let texts = (0..<test.lanes).map { _ in (0...test.steps).map { _ in Int(Float(test.letters) * generator.uniform()) } }
      self.texts = texts
      func windows(_ first: Int) -> [TokenID] {
        (0..<test.steps * test.lanes).map { TokenID(texts[$0 % test.lanes][$0 / test.lanes + first]) }
      }
      minibatch = Minibatch(
        shards: [ShardWindows(inputs: windows(0), targets: windows(1), lanes: test.lanes, steps: test.steps)], epoch: 0, window: 0,
        resetsState: true)
    }

    static var parts: [(WritableKeyPath<Parameters, [[Double]]>, LanguageModel.Parameter)] {
      [
        (\.embedding, .embedding), (\.inputWeight, .inputWeight(layer: 0)), (\.stateWeight, .recurrentWeight(layer: 0)),
        (\.bias, .bias(layer: 0)), (\.outputWeight, .decoderWeight), (\.outputBias, .decoderBias),
      ]
    }

    /// A vector is one row in the library, and one column in the lesson.
    static func element(_ matrix: MatrixView, _ row: Int, _ column: Int) -> Float {
      matrix.rows == 1 ? matrix[0, row] : matrix[row, column]
    }

    /// The mean of all lanes' losses and gradients.
    func study() -> (loss: Double, gradient: Parameters) {
      var loss = 0.0
      var sum = Parameters(letters: lesson.letters, width: lesson.width, units: lesson.units) { 0 }
      for text in texts {
        let one = lesson.study(text, from: lesson.nothing)
        loss += one.loss / Double(texts.count)
        for part in Parameters.all {
          for (row, numbers) in one.gradient[keyPath: part].enumerated() {
            for (column, number) in numbers.enumerated() { sum[keyPath: part][row][column] += number / Double(texts.count) }
          }
        }
      }
      return (loss, sum)
    }
  }

  /// The share of a tensor's largest gradient that roundings of 32 bits may change: one for each product on the longest way from the loss
  /// to a weight, and the sum over positions.
  static func tolerance(_ test: Case) -> Double {
    0x1p-24 * Double(test.steps * (4 * test.units + 12) + test.letters + test.steps * test.lanes)
  }

  /// The fast network's gradients, by parameter.
  static func total(_ gradients: StepGradients, _ layout: ParameterLayout) -> [Double] {
    var total = [Double](repeating: 0, count: layout.count)
    for (_, buffer) in gradients.layers { for (index, place) in layout.layerRange.enumerated() { total[place] += Double(buffer[index]) } }
    for decoder in gradients.decoders {
      for parameter in decoder.parameters {
        let gradient = decoder.matrix(parameter).storage
        for (index, place) in layout[parameter].range.enumerated() { total[place] += Double(gradient[index]) }
      }
    }
    let columns = layout[.embedding].shape[1]
    for shard in gradients.shards {
      for (row, token) in shard.tokens.enumerated() {
        for column in 0..<columns { total[Int(token) * columns + column] += Double(shard.embeddingRows[row, column]) }
      }
    }
    return total
  }

  @Test("loss, every gradient and two RMSProp steps are the same", arguments: cases)
  func steps(test: Case) async {
    var setup = Setup(test)
    let pool = ReplicaPool(setup.configuration, steps: test.steps, lanes: test.lanes, shards: 1, workers: 1)
    let shared = SharedWeights(setup.weights), layout = setup.weights.layout, share = Self.tolerance(test)
    var optimizer = OptimizerConfiguration()
    optimizer.learningRate = 0.01
    optimizer.clipNorm = Float(test.longest)
    let rate = Double(optimizer.learningRate), decay = Double(optimizer.rmsDecay), epsilon = Double(optimizer.epsilon)
    let limit = Double(Float(test.longest))
    for _ in 0..<2 {
      let found = await pool.train(on: setup.minibatch, weights: await shared.prepared(), from: .initial)
      let (loss, gradient) = setup.study()
      #expect(abs(found.loss - loss) <= share * max(1, loss))
      let gradients = Self.total(found.gradients, layout)
      var largest: [Double] = []
      for (part, parameter) in Setup.parts {
        let exact = gradient[keyPath: part].flatMap { $0 }
        largest.append(exact.map(abs).max() ?? 0)
        // After one letter, the state before it was zero.
        #expect(largest[largest.count - 1] > 0 || test.steps == 1 && parameter == .recurrentWeight(layer: 0))
        for (index, value) in zip(layout[parameter].range, exact) {
          #expect(abs(gradients[index] - value) <= share * largest[largest.count - 1], "\(layout[parameter].name)")
        }
      }

      let length = Parameters.all.flatMap { gradient[keyPath: $0].joined() }.reduce(0) { $0 + $1 * $1 }.squareRoot()
      let scale = min(1, limit / length), before = setup.lesson
      setup.lesson.step(gradient, rate: rate, decay: decay, epsilon: epsilon, longest: limit)
      _ = await shared.apply(found.gradients, optimizer, workers: 1)
      let state = await shared.optimizerState()
      for ((part, parameter), largest) in zip(Setup.parts, largest) {
        let weights = state.weights.matrix(parameter), squares = MatrixView(state.squares.storage, weights.shape)
        // What the scaled gradient may differ by; its scale is of all gradients.
        let difference = 2 * share * largest * scale
        for (row, numbers) in gradient[keyPath: part].enumerated() {
          for (column, number) in numbers.enumerated() {
            let square = before.squares[keyPath: part][row][column], g = number * scale
            // Grows with g, so that the ends of an interval of g are those of its steps.
            func step(_ g: Double) -> Double { rate * g / (decay * square + (1 - decay) * g * g + epsilon).squareRoot() }
            let spread = max(step(g + difference) - step(g), step(g) - step(g - difference))
            let weight = setup.lesson.weights[keyPath: part][row][column], fast = Double(Setup.element(weights, row, column))
            #expect(abs(fast - weight) <= spread + 0x1p-22 * (abs(weight) + abs(step(g))), "\(layout[parameter].name)")
            let kept = setup.lesson.squares[keyPath: part][row][column], fastKept = Double(Setup.element(squares, row, column))
            #expect(abs(fastKept - kept) <= (1 - decay) * difference * (2 * abs(g) + difference) + 0x1p-22 * kept)
            // The next step starts from the same weights and squares.
            setup.lesson.weights[keyPath: part][row][column] = fast
            setup.lesson.squares[keyPath: part][row][column] = fastKept
          }
        }
      }
    }
  }
}
