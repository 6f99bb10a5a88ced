import Basics
import Foundation
import Kernels
import LanguageModel
import Testing

@Suite("The decoder of a group") struct GroupDecoderTests {
  static func matrix(_ rows: Int, _ columns: Int, seed: UInt64) -> Matrix {
    var generator = SeededGenerator(seed: seed)
    let matrix = Matrix(rows: rows, columns: columns)
    for row in 0..<rows {
      for column in 0..<columns { matrix[row, column] = generator.uniform() - 0.5 }
    }
    return matrix
  }

  /// What a decoder computes for a window.
  struct Result: Equatable {
    var loss = 0.0
    var nats: [Double] = []
    var input: [Float] = [], weight: [Float] = [], bias: [Float] = []
  }

  struct Shape: Sendable, CustomTestStringConvertible {
    var vocabulary: Int, columns: Int, steps: Int, lanes: Int
    var testDescription: String { "V \(vocabulary), D \(columns), T \(steps), B \(lanes)" }
    var configuration: ModelConfiguration {
      ModelConfiguration(vocabularySize: vocabulary, embeddingSize: 3, hiddenSize: columns, layerCount: 1)
    }
    var targets: [Int32] { (0..<steps * lanes).map { $0 % 13 == 5 ? -1 : Int32($0 * 7 % vocabulary) } }
    /// With the values of ``GroupDecoderTests/matrix(_:_:seed:)`` in the decoder.
    var weights: Weights {
      let weights = Weights(zeros: configuration)
      let parameters = [
        (Parameter.decoderWeight, GroupDecoderTests.matrix(vocabulary, columns, seed: 2)),
        (.decoderBias, GroupDecoderTests.matrix(1, vocabulary, seed: 3)),
      ]
      for (parameter, matrix) in parameters {
        let start = weights.layout[parameter].range.lowerBound
        for index in 0..<matrix.storage.count { weights.values.storage[start + index] = matrix.storage[index] }
      }
      return weights
    }
  }

  /// Few and many tiles, odd sides, one row, and waves: the last of the large weights and of the small ones need two of them.
  static let shapes = [
    Shape(vocabulary: 23, columns: 5, steps: 4, lanes: 3), Shape(vocabulary: 2, columns: 1, steps: 1, lanes: 1),
    Shape(vocabulary: 300, columns: 137, steps: 9, lanes: 32), Shape(vocabulary: 1_000, columns: 40, steps: 25, lanes: 12),
    Shape(vocabulary: 20_011, columns: 6, steps: 17, lanes: 64), Shape(vocabulary: 31, columns: 20, steps: 45, lanes: 64),
    // The second wave is a few rows shorter, and would have one part more if it were cut by itself.
    Shape(vocabulary: 65_536, columns: 1, steps: 83, lanes: 5),
  ]

  private func run(_ shape: Shape, shards: Int = 1, workers: Int = 1, isSecond: Bool = false, scale: Float = 0.01) async -> Result {
    let decoder = SoftmaxDecoder(shape.configuration, steps: shape.steps, lanes: shape.lanes)
    let hidden = Self.matrix(shape.steps * shape.lanes, shape.columns, seed: 1).view
    let each = shape.lanes / shards
    func part(of shard: Int) -> Matrix {
      let part = Matrix(rows: shape.steps * each, columns: shape.columns)
      for t in 0..<shape.steps {
        let row = t * shape.lanes + shard * each
        part.block(rows: t * each..<(t + 1) * each).copy(from: hidden.block(rows: row..<row + each))
      }
      return part
    }
    let gradients = (0..<shards).map { _ in Matrix(rows: shape.steps * each, columns: shape.columns) }
    for shard in (0..<shards).reversed() {
      let targets = (0..<shape.steps * each).map { shape.targets[$0 / each * shape.lanes + shard * each + $0 % each] }
      decoder.take(
        DecoderShard(output: part(of: shard).view, gradient: gradients[shard], targets: targets, lanes: each), number: shard)
    }
    let weights = shape.weights
    var result = Result()
    // Nothing stays of an evaluation, or of the window before.
    if isSecond { _ = await decoder.lossAndGradients(weights: weights, scale: 3, workers: workers) }
    result.nats = await decoder.nats(weights: weights, workers: workers)
    result.loss = await decoder.lossAndGradients(weights: weights, scale: scale, workers: workers)
    var gradient = [Float](repeating: 0, count: shape.steps * shape.lanes * shape.columns)
    for shard in 0..<shards {
      let part = gradients[shard]
      for row in 0..<part.rows {
        let place = row / each * shape.lanes + shard * each + row % each
        for column in 0..<shape.columns { gradient[place * shape.columns + column] = part[row, column] }
      }
    }
    result.input = gradient
    let weight = decoder.gradients.matrix(.decoderWeight), bias = decoder.gradients.matrix(.decoderBias)
    result.weight = (0..<shape.vocabulary).flatMap { row in (0..<shape.columns).map { weight[row, $0] } }
    result.bias = (0..<shape.vocabulary).map { bias[0, $0] }
    return result
  }

  @Test("loss and gradients agree with plain loops", arguments: shapes)
  func plain(shape: Shape) async {
    let found = await run(shape), scale = 0.01, d = shape.columns, v = shape.vocabulary
    let x = Self.matrix(shape.steps * shape.lanes, d, seed: 1), w = Self.matrix(v, d, seed: 2), b = Self.matrix(1, v, seed: 3)
    var loss = 0.0
    var dx = [Double](repeating: 0, count: shape.steps * shape.lanes * d), dw = [Double](repeating: 0, count: v * d)
    var db = [Double](repeating: 0, count: v)
    for (row, target) in shape.targets.enumerated() where target >= 0 {
      let z = (0..<v).map { token in (0..<d).reduce(Double(b[0, token])) { $0 + Double(x[row, $1]) * Double(w[token, $1]) } }
      let p = ReferenceSoftmax.probabilities(z)
      loss -= log(p[Int(target)])
      #expect(abs(found.nats[row] + log(p[Int(target)])) <= 0x1p-22 * max(1, -log(p[Int(target)])) * Double(d))
      for token in 0..<v {
        let dz = scale * (p[token] - (token == Int(target) ? 1 : 0))
        db[token] += dz
        for column in 0..<d {
          dx[row * d + column] += dz * Double(w[token, column])
          dw[token * d + column] += dz * Double(x[row, column])
        }
      }
    }
    #expect(abs(found.loss - loss) <= 0x1p-22 * loss * Double(d))
    #expect(found.nats.count == shape.targets.count)
    for (row, target) in shape.targets.enumerated() where target < 0 { #expect(found.nats[row] == 0) }
    // Each sum has at most V or T B products, and each product at most the scale.
    func expect(_ found: [Float], _ exact: [Double], terms: Int) {
      let worst = zip(found, exact).map { abs(Double($0) - $1) }.max() ?? 0
      #expect(worst <= Double(terms + d) * 0x1p-24 * scale, "\(worst)")
    }
    expect(found.input, dx, terms: v)
    expect(found.weight, dw, terms: shape.steps * shape.lanes)
    expect(found.bias, db, terms: shape.steps * shape.lanes)
  }

  @Test("workers and shards change no bit", arguments: shapes)
  func workers(shape: Shape) async {
    let expected = await run(shape)
    for workers in [2, 3, 8] { #expect(await run(shape, workers: workers, isSecond: workers == 3) == expected) }
    for shards in [2, 4] where shape.lanes % shards == 0 { #expect(await run(shape, shards: shards, workers: 2) == expected) }
  }

  @Test("losses one by one with gradients are those of an evaluation, and the gradients those of training", arguments: shapes)
  func natsAndGradients(shape: Shape) async {
    let decoder = SoftmaxDecoder(shape.configuration, steps: shape.steps, lanes: shape.lanes)
    let hidden = Self.matrix(shape.steps * shape.lanes, shape.columns, seed: 1)
    let gradient = Matrix(rows: hidden.rows, columns: shape.columns)
    decoder.take(DecoderShard(output: hidden.view, gradient: gradient, targets: shape.targets, lanes: shape.lanes), number: 0)
    let expected = await run(shape)
    #expect(await decoder.natsAndGradients(weights: shape.weights, scale: 0.01, workers: 2) == expected.nats)
    let weight = decoder.gradients.matrix(.decoderWeight), bias = decoder.gradients.matrix(.decoderBias)
    #expect((0..<shape.vocabulary).flatMap { row in (0..<shape.columns).map { weight[row, $0] } } == expected.weight)
    #expect((0..<shape.vocabulary).map { bias[0, $0] } == expected.bias)
    #expect((0..<hidden.rows).flatMap { row in (0..<shape.columns).map { gradient[row, $0] } } == expected.input)
  }

  @Test(
    "waves keep to their bounds, and are of about one length", arguments: [1, 7, 35, 64], [(1, 2), (20, 33_278), (64, 96), (64, 1 << 30)])
  func waves(steps: Int, sizes: (lanes: Int, vocabulary: Int)) {
    let (lanes, vocabulary) = sizes
    let configuration = ModelConfiguration(vocabularySize: vocabulary, embeddingSize: 1, hiddenSize: 1, layerCount: 1)
    let wave = SoftmaxDecoder.waveSteps(configuration, steps: steps, lanes: lanes)
    #expect((1...steps).contains(wave))
    func fits(_ steps: Int) -> Bool {
      4 * steps * lanes * vocabulary <= SoftmaxDecoder.largestWave && steps * lanes <= SoftmaxDecoder.mostRows
    }
    #expect(wave == 1 || fits(wave))
    let waves = (steps + wave - 1) / wave
    // One wave less would be too large.
    #expect(waves == 1 || !fits((steps + waves - 2) / (waves - 1)))
  }

  @Test("tiles cover an output once", arguments: [1, 15, 96, 130, 4_096], [1, 100, 512, 33_278])
  func tiles(rows: Int, columns: Int) {
    for count in [1, 4, 16, 32] { check(OutputTiles(rows: rows, columns: columns, count: count).tiles, rows, columns, count) }
  }

  private func check(_ tiles: [OutputTiles.Tile], _ rows: Int, _ columns: Int, _ count: Int) {
    #expect(tiles.reduce(0) { $0 + $1.rows.count * $1.columns.count } == rows * columns)
    #expect(tiles.count <= 2 * count && tiles.allSatisfy { !$0.rows.isEmpty && !$0.columns.isEmpty })
    #expect(tiles.allSatisfy { $0.rows.upperBound <= rows && $0.columns.upperBound <= columns })
    for (number, tile) in tiles.enumerated() {
      #expect(!tiles[(number + 1)...].contains { $0.rows.overlaps(tile.rows) && $0.columns.overlaps(tile.columns) })
    }
    // Large outputs have as many tiles as asked for.
    if rows >= 4_096, columns >= 512 { #expect(tiles.count >= count * 3 / 4) }
  }
}
