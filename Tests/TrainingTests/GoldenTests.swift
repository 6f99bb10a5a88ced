import Corpora
import Files
import Foundation
import Kernels
import LanguageModel
import Models
import SystemPackage
import Testing
import Training

/// The values in Tests/Goldens, which `make_goldens.py` there computed with PyTorch.
private struct Golden {
  let metadata: [String: String]
  private let tensors: [String: [Float]]

  init(_ name: String) throws {
    let path = FilePath(#filePath).removingLastComponent().removingLastComponent().appending("Goldens/\(name).safetensors")
    let bytes = try readFile(path)
    let length = try SafetensorsHeader.headerLength(prefix: Array(bytes.prefix(8)), fileSize: bytes.count, path: path.string)
    let header = try SafetensorsHeader(
      json: Array(bytes[8..<8 + length]), dataOffset: 8 + length, fileSize: bytes.count, path: path.string)
    metadata = header.metadata
    tensors = Dictionary(
      uniqueKeysWithValues: header.tensors.map { tensor in
        let start = header.dataOffset + tensor.byteRange.lowerBound
        let values = (0..<tensor.byteRange.count / 4).map { index in
          let bits = (0..<4).reduce(UInt32(0)) { $0 | UInt32(bytes[start + 4 * index + $1]) << (8 * UInt32($1)) }
          return Float(bitPattern: bits)
        }
        return (tensor.name, values)
      })
  }

  func callAsFunction(_ name: String) throws -> [Float] { try #require(tensors[name], "the golden file lacks \(name)") }

  func number(_ key: String) throws -> Float { try #require(metadata[key].flatMap { Float($0) }, "the golden file lacks \(key)") }

  func size(_ key: String) throws -> Int { Int(try number(key)) }

  /// How far another fp32 implementation may be from PyTorch's fp32 values: `deviation` is how far PyTorch's own are from fp64's at
  /// worst. Ours has a deviation of the same kind from other orders of summation, from polynomials for exp and tanh that are good to
  /// 2 ulp where libm's are to 1, and from products cut in other places: a factor of 8 between two such errors leaves room for the
  /// tensors of a few elements, whose worst case is drawn from few. The 4 ulp of the largest element are for tensors in which
  /// PyTorch happens to be exact.
  func tolerance(_ name: String) throws -> Double {
    let deviation = Double(try #require(try self("deviation.\(name)").first))
    let largest = try self(name).map { abs($0) }.max() ?? 0
    return 8 * deviation + 4 * Double(largest.ulp)
  }

  func check(_ found: [Double], _ name: String) throws {
    let expected = try self(name)
    try #require(found.count == expected.count)
    let worst = zip(found, expected).map { abs($0 - Double($1)) }.max() ?? 0
    // Not "worst > tolerance", which NaN would pass.
    #expect(worst <= (try tolerance(name)), "\(name) is off by \(worst)")
  }
}

@Suite("The step agrees with PyTorch") struct GoldenTests {
  @Test(
    "ten minibatches: losses, norms, every gradient, final weights and state", arguments: [1, 2, 3],
    [
      "lstm_two_layers", "lstm_tied", "gru_two_layers", "rnn_two_layers", "lstm_normalized", "gru_normalized", "rnn_normalized",
      "lstm_capped", "lstm_output_sum",
    ])
  func run(shards: Int, name: String) async throws {
    let golden = try Golden(name)
    var configuration = ModelConfiguration(
      vocabularySize: try golden.size("vocabulary"), embeddingSize: try golden.size("embedding"),
      hiddenSize: try golden.size("hidden"), layerCount: try golden.size("layers"), isTied: golden.metadata["tied"] != nil,
      cell: golden.metadata["cell"].flatMap(RecurrentCell.init) ?? .lstm)
    configuration.isNormalized = golden.metadata["layer_norm"] != nil
    configuration.isInputCapped = golden.metadata["capped_input"] != nil
    configuration.sumsOutputs = golden.metadata["output_sum"] != nil
    let batch = try golden.size("batch"), window = try golden.size("window"), steps = try golden.size("steps")
    var weights = Weights(zeros: configuration)
    for entry in weights.layout.entries {
      for (index, value) in zip(entry.range, try golden("initial.\(entry.name)")) { weights.values[index] = value }
    }
    var optimizer = OptimizerConfiguration()
    optimizer.learningRate = try golden.number("learning_rate")
    optimizer.rmsDecay = try golden.number("rms_decay")
    optimizer.epsilon = try golden.number("epsilon")
    optimizer.clipNorm = try golden.number("clip_norm")

    let shared = SharedWeights(weights)
    let pool = ReplicaPool(configuration, steps: window, lanes: batch, shards: shards, workers: min(2, shards))
    var losses: [Double] = [], norms: [Double] = []
    var stream = try stream(golden, shards: shards, window: window, batch: batch)
    #expect(stream.windowsPerEpoch == steps)
    for step in 0..<steps {
      let minibatch = try stream.next()
      let result = await pool.train(on: minibatch, weights: await shared.prepared())
      losses.append(result.loss)
      if step == 0 {
        let total = result.gradients.total(weights.layout)
        for entry in weights.layout.entries { try golden.check(Array(total[entry.range]), "gradient.\(entry.name)") }
      }
      let update = await shared.apply(result.gradients, optimizer, workers: 2)
      #expect(update.isApplied)
      norms.append(update.gradientNorm)
    }
    try golden.check(losses, "losses")
    try golden.check(norms, "norms")
    let final = await shared.snapshot()
    for entry in final.layout.entries {
      try golden.check(entry.range.map { Double(final.values[$0]) }, "final.\(entry.name)")
    }
    let state = await pool.settle(.afterLastWindow)
    try golden.check(state.hidden.joined().map(Double.init), "state.h")
    #expect(state.cell.isEmpty == (configuration.cell != .lstm))
    if !state.cell.isEmpty { try golden.check(state.cell.joined().map(Double.init), "state.c") }
  }

  @Test("momentum and centring", arguments: ["plain", "momentum", "centered", "both"])
  func optimizer(name: String) throws {
    let golden = try Golden("rmsprop"), count = try golden.size("count"), steps = try golden.size("steps")
    let weights = FloatBuffer(try golden("initial")).storage, gradients = FloatBuffer(try golden("gradients")).storage
    func zeros() -> FloatStorage { FloatStorage(count: count) }
    let state = Optimizer.State(
      squares: zeros(), means: name == "centered" || name == "both" ? zeros() : nil,
      momenta: name == "momentum" || name == "both" ? zeros() : nil)
    // PyTorch's epsilon is outside the root and was 0; this one is lost beside any square.
    var rates = Optimizer.Rates(
      learningRate: try golden.number("learning_rate"), decay: try golden.number("rms_decay"), epsilon: 1e-30)
    rates.momentum = try golden.number("momentum")
    var found: [Double] = []
    for step in 0..<steps {
      Optimizer.rmsProp(weights: weights, state: state, range: 0..<count, gradient: gradients, at: step * count, rates: rates)
      found += (0..<count).map { Double(weights[$0]) }
    }
    try golden.check(found, "weights.\(name)")
  }

  @Test("Adam, SGD and Adagrad on given gradients", arguments: ["adam", "sgd", "momentum", "adagrad"])
  func others(name: String) throws {
    let golden = try Golden("optimizers"), count = try golden.size("count"), steps = try golden.size("steps")
    let weights = FloatBuffer(try golden("initial")).storage, gradients = FloatBuffer(try golden("gradients")).storage
    func zeros() -> FloatStorage { FloatStorage(count: count) }
    let state = Optimizer.State(
      squares: zeros(), means: name == "adam" ? zeros() : nil, momenta: name == "momentum" ? zeros() : nil)
    var rates = Optimizer.Rates(
      learningRate: try golden.number("\(name).learning_rate"), decay: name == "adam" ? try golden.number("adam.beta2") : 1,
      epsilon: name == "adam" || name == "adagrad" ? try golden.number("\(name).epsilon") : 1)
    if name == "momentum" { rates.momentum = try golden.number("momentum.momentum") }
    if name == "adam" { rates.meanDecay = try golden.number("adam.beta1") }
    var found: [Double] = []
    for step in 0..<steps {
      switch name {
      case "adam":
        rates.correction = Float(1 / (1 - pow(Double(rates.decay), Double(step + 1))))
        rates.meanCorrection = Float(1 / (1 - pow(Double(rates.meanDecay), Double(step + 1))))
        Optimizer.adam(weights: weights, state: state, range: 0..<count, gradient: gradients, at: step * count, rates: rates)
      case "adagrad":
        Optimizer.adagrad(weights: weights, state: state, range: 0..<count, gradient: gradients, at: step * count, rates: rates)
      default: Optimizer.sgd(weights: weights, state: state, range: 0..<count, gradient: gradients, at: step * count, rates: rates)
      }
      found += (0..<count).map { Double(weights[$0]) }
    }
    try golden.check(found, "weights.\(name)")
  }

  @Test(
    "ten minibatches by each optimizer: losses, norms and final weights", arguments: ["adam", "sgd", "momentum", "adagrad", "corrected"])
  func runs(name: String) async throws {
    let model = try Golden("lstm_two_layers"), golden = try Golden("lstm_optimizers"), settings = try Golden("optimizers")
    let configuration = ModelConfiguration(
      vocabularySize: try model.size("vocabulary"), embeddingSize: try model.size("embedding"), hiddenSize: try model.size("hidden"),
      layerCount: try model.size("layers"))
    let batch = try model.size("batch"), window = try model.size("window"), steps = try model.size("steps")
    var weights = Weights(zeros: configuration)
    for entry in weights.layout.entries {
      for (index, value) in zip(entry.range, try model("initial.\(entry.name)")) { weights.values[index] = value }
    }
    var optimizer = OptimizerConfiguration()
    optimizer.clipNorm = try golden.number("clip_norm")
    optimizer.kind = name == "corrected" ? .rmsprop : name == "momentum" ? .sgd : try #require(.init(rawValue: name))
    if name == "corrected" {
      optimizer.learningRate = try model.number("learning_rate")
      optimizer.rmsDecay = try model.number("rms_decay")
      optimizer.epsilon = try model.number("epsilon")
      optimizer.correctsBias = true
    } else {
      optimizer.learningRate = try settings.number("\(name).learning_rate")
      optimizer.epsilon = try golden.number("epsilon")
      if name == "momentum" { optimizer.momentum = try settings.number("momentum.momentum") }
    }
    let shared = SharedWeights(weights)
    let pool = ReplicaPool(configuration, steps: window, lanes: batch, shards: 2, workers: 2)
    var losses: [Double] = [], norms: [Double] = []
    var stream = try stream(model, shards: 2, window: window, batch: batch)
    for _ in 0..<steps {
      let result = await pool.train(on: try stream.next(), weights: await shared.prepared())
      losses.append(result.loss)
      norms.append(await shared.apply(result.gradients, optimizer, workers: 2).gradientNorm)
    }
    try golden.check(losses, "\(name).losses")
    try golden.check(norms, "\(name).norms")
    let final = await shared.snapshot()
    for entry in final.layout.entries {
      try golden.check(entry.range.map { Double(final.values[$0]) }, "\(name).final.\(entry.name)")
    }
  }

  /// The golden lanes, one after another, each with its last target: the stream cuts them up again as PyTorch was given them.
  private func stream(_ golden: Golden, shards: Int, window: Int, batch: Int) throws -> MinibatchStream {
    let inputs = try golden("tokens.inputs"), targets = try golden("tokens.targets")
    var tokens: [TokenID] = []
    for lane in 0..<batch {
      let places = stride(from: lane, to: inputs.count, by: batch)
      tokens += places.map { TokenID(inputs[$0]) } + [TokenID(targets[inputs.count - batch + lane])]
    }
    return try MinibatchStream(tokens + [0], lanes: batch, window: window, shards: shards)
  }
}
