import Corpora
import Foundation
import Inspection
import Kernels
import LanguageModel
import Models
import Pages
import Testing

@Suite("The gradient's way back") struct GradientFlowTests {
  static let vocabulary = 5

  static func weights(_ cell: RecurrentCell, hidden: Int = 4, change: (inout Weights) -> Void = { _ in }) -> Weights {
    var weights = Weights(
      ModelConfiguration(vocabularySize: vocabulary, embeddingSize: 3, hiddenSizes: [hidden], cell: cell), seed: 8, range: 0.9)
    change(&weights)
    return weights
  }

  /// More windows than are computed side by side.
  static func texts(window: Int, count: Int = 19) -> [[TokenID]] {
    (0..<count).map { text in (0...window).map { TokenID((text * 7 + $0 * $0 * 3 + $0) % vocabulary) } }
  }

  static func matrix(_ weights: Weights, _ parameter: Parameter) -> [[Double]] {
    let matrix = weights.matrix(parameter)
    return (0..<matrix.rows).map { row in (0..<matrix.columns).map { Double(matrix[row, $0]) } }
  }

  static func dot(_ a: [Double], _ b: [Double]) -> Double { zip(a, b).reduce(0) { $0 + $1.0 * $1.1 } }

  /// The gradient of a plain cell in plain loops: Wh^T and the slope of the tanh, step by step.
  static func plainNorms(_ weights: Weights, _ text: [TokenID]) -> [Double] {
    let wx = matrix(weights, .inputWeight(layer: 0)), wh = matrix(weights, .recurrentWeight(layer: 0))
    let b = matrix(weights, .bias(layer: 0))[0]
    let e = matrix(weights, .embedding), v = matrix(weights, .decoderWeight), vb = matrix(weights, .decoderBias)[0]
    var states = [[Double](repeating: 0, count: wh.count)]
    for token in text.dropLast() {
      let h = states[states.count - 1]
      states.append(wh.indices.map { tanh(dot(wx[$0], e[Int(token)]) + dot(wh[$0], h) + b[$0]) })
    }
    let last = states[states.count - 1], scores = v.indices.map { exp(dot(v[$0], last) + vb[$0]) }, sum = scores.reduce(0, +)
    let errors = scores.indices.map { scores[$0] / sum - (Int(text[text.count - 1]) == $0 ? 1 : 0) }
    var gradient = wh.indices.map { unit in v.indices.reduce(0) { $0 + errors[$1] * v[$1][unit] } }
    var norms = [dot(gradient, gradient).squareRoot()]
    for h in states.dropFirst().reversed() {
      let dz = zip(gradient, h).map { $0 * (1 - $1 * $1) }
      gradient = wh.indices.map { unit in wh.indices.reduce(0) { $0 + dz[$1] * wh[$1][unit] } }
      norms.append(dot(gradient, gradient).squareRoot())
    }
    return norms
  }

  @Test("the norms of a plain cell are those of plain loops", arguments: [1, 2, 9], [1, 16, 19])
  func plain(window: Int, count: Int) async {
    let weights = Self.weights(.rnn), texts = Self.texts(window: window, count: count)
    let all = texts.map { Self.plainNorms(weights, $0) }
    let found = await GradientFlow.norms(weights, texts, workers: 1)
    #expect(found.count == window + 1)
    for (k, norm) in found.enumerated() {
      let mean = exp(all.reduce(0) { $0 + log($1[k]) } / Double(count))
      // A rounding for each product on the way, twice since they may cancel.
      #expect(abs(norm - mean) <= 0x1p-23 * Double((k + 2) * 20) * mean, "k = \(k)")
    }
  }

  @Test("the forget gate alone carries an LSTM's gradient back, if nothing else does", arguments: [-1, 0, 2] as [Float])
  func forgetGate(bias: Float) async {
    let weights = Self.weights(.lstm) { weights in
      for entry in weights.layout.entries {
        switch entry.parameter {
        case .inputWeight, .recurrentWeight: for index in entry.range { weights.values[index] = 0 }
        case .bias:
          for (place, index) in entry.range.enumerated() { weights.values[index] = (4..<8).contains(place) ? bias : 0.3 }
        default: break
        }
      }
    }
    let norms = await GradientFlow.norms(weights, Self.texts(window: 12), workers: 1)
    let keep = 1 / (1 + exp(-Double(bias)))
    for k in 2...12 { #expect(abs(norms[k] / norms[k - 1] - keep) < 1e-5) }
  }

  static func settings(seed: UInt64 = 1) -> GradientFlow.Settings {
    var settings = GradientFlow.Settings()
    settings.hiddenSize = 6
    settings.embeddingSize = 4
    settings.steps = 5
    settings.window = 7
    settings.batch = 16
    settings.windows = 20
    settings.seed = seed
    return settings
  }

  static func corpus() throws -> Corpus {
    let songs = (0..<30).map { song in (0..<6).map { "line \($0) of the song \(song * 7 % 30)\n" }.joined() }
    return try Corpus(text: songs.joined(separator: "\n\n\n"), options: CorpusOptions(tokenization: .char))
  }

  @Test func `the result depends on the seed, and not on the number of workers`() async throws {
    let corpus = try Self.corpus()
    let one = try await GradientFlow(of: corpus, settings: Self.settings(), workers: 1)
    let two = try await GradientFlow(of: corpus, settings: Self.settings(), workers: 2)
    let other = try await GradientFlow(of: corpus, settings: Self.settings(seed: 2), workers: 2)
    #expect(one.curves == two.curves && one.text == two.text && one.page.html == two.page.html)
    #expect(one.curves.map(\.before) != other.curves.map(\.before))
    #expect(one.curves.map(\.cell) == [.rnn, .gru, .lstm] && one.windows == 20)
    for curve in one.curves {
      #expect(curve.before.count == 8 && curve.after.count == 8 && curve.before != curve.after)
      #expect(curve.before.allSatisfy { $0 > 0 && $0.isFinite } && curve.trainingNats > 0)
    }
  }

  @Test func `page and table show the norms`() async throws {
    let found = try await GradientFlow(of: Self.corpus(), settings: Self.settings(), workers: 1)
    let html = found.page.html
    let start = try #require(html.range(of: "id=\"data\">"))
    let end = try #require(html.range(of: "</script>", range: start.upperBound..<html.endIndex))
    let json = try JSONSerialization.jsonObject(with: Data(html[start.upperBound..<end.lowerBound].utf8))
    let data = try #require(json as? [String: Any])
    #expect(data["quantity"] as? String == "k" && data["log"] as? Bool == true)
    let plots = try #require(data["plots"] as? [[String: Any]])
    for (plot, isAfter) in zip(plots, [true, false]) {
      for (series, curve) in zip(try #require(plot["series"] as? [[String: Any]]), found.curves) {
        let values = isAfter ? curve.after : curve.before
        #expect(series["n"] as? String == curve.cell.title && (series["y"] as? [Double])?.count == 8)
        // All digits are written. Foundation's reader of JSON loses some, so they are looked for in the text.
        for value in [values.min(), values.max()].compactMap(\.self) { #expect(html.contains(",\(value)]")) }
      }
    }
    for line in found.text.split(separator: "\n") { #expect(line.count <= 80, "\(line)") }
    let row = try #require(found.text.split(separator: "\n").first { $0.split(separator: " ").first == "5" })
    #expect(row.split(separator: " ").dropFirst().compactMap { Double($0) }.count == 6)
    #expect(row.contains(String(format: "%.2e", found.curves[2].after[5])))
    #expect(html.contains(String(format: "%.2e", found.curves[0].before[2])))
  }

  @Test func `a corpus with too few tokens is refused`() async throws {
    var settings = Self.settings()
    settings.window = 2_000
    let corpus = try Self.corpus()
    await #expect(throws: StudyError.tooShort(tokens: corpus.training.count, needed: 32_001)) {
      _ = try await GradientFlow(of: corpus, settings: settings, workers: 1)
    }
  }
}
