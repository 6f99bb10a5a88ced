import Foundation
import Inspection
import LanguageModel
import Pages
import Testing

@Suite("Recall") struct RecallStudyTests {
  static func settings(steps: Int, longest: Int, seed: UInt64 = 1) -> RecallStudy.Settings {
    var settings = RecallStudy.Settings()
    settings.symbols = 3
    settings.fillers = 2
    settings.longest = longest
    settings.hiddenSize = 8
    settings.embeddingSize = 4
    settings.steps = steps
    settings.batch = 16
    settings.sequences = 100
    settings.seed = seed
    return settings
  }

  @Test("a sequence names its symbol k tokens before the query", arguments: [0, 1, 5, 9])
  func sequences(k: Int) {
    let settings = Self.settings(steps: 1, longest: 9), lanes = 40
    let all = RecallStudy.sequences(lanes, at: k, stream: 3, settings)
    #expect(all.inputs.count == 11 * lanes && Set(all.answers) == [0, 1, 2])
    for lane in 0..<lanes {
      let tokens = (0..<11).map { all.inputs[$0 * lanes + lane] }
      #expect(tokens[10] == 5 && tokens.filter { $0 == 5 }.count == 1)
      #expect(tokens.indices.filter { tokens[$0] < 3 } == [9 - k])
      #expect(tokens[9 - k] == all.answers[lane])
    }
    #expect(RecallStudy.sequences(lanes, at: k, stream: 3, settings).inputs == all.inputs)
    #expect(RecallStudy.sequences(lanes, at: k, stream: 4, settings).inputs != all.inputs)
  }

  @Test("a sequence is longer where k is longer than in training", arguments: [10, 36])
  func far(k: Int) {
    let settings = Self.settings(steps: 1, longest: 9), all = RecallStudy.sequences(8, at: k, stream: 3, settings)
    #expect(settings.farthest == 36 && all.inputs.count == (k + 2) * 8)
    for lane in 0..<8 { #expect(all.inputs[lane] == all.answers[lane] && all.inputs[(k + 1) * 8 + lane] == 5) }
  }

  @Test func `random distances are all there`() {
    let settings = Self.settings(steps: 1, longest: 4), all = RecallStudy.sequences(300, at: nil, stream: 1, settings)
    let found = (0..<300).map { lane in (0..<6).first { all.inputs[$0 * 300 + lane] < 3 } }
    #expect(Set(found) == [0, 1, 2, 3, 4])
  }

  @Test func `the result depends on the seed, and not on the number of workers`() async throws {
    let one = try await RecallStudy(settings: Self.settings(steps: 4, longest: 3), workers: 1)
    let two = try await RecallStudy(settings: Self.settings(steps: 4, longest: 3), workers: 2)
    let other = try await RecallStudy(settings: Self.settings(steps: 4, longest: 3, seed: 2), workers: 2)
    #expect(one.curves == two.curves && one.text == two.text && one.page.html == two.page.html)
    #expect(one.curves.map(\.trainingNats) != other.curves.map(\.trainingNats))
    #expect(one.distances == Array(0...12) && one.curves.map(\.cell) == [.rnn, .gru, .lstm])
  }

  @Test func `cells learn short distances, and the page and the table say so`() async throws {
    let found = try await RecallStudy(settings: Self.settings(steps: 300, longest: 2), workers: 2)
    for curve in found.curves { #expect(curve.accuracies[...2].allSatisfy { $0 > 0.95 }, "\(curve)") }
    #expect(found.chance == 1.0 / 3)
    let html = found.page.html
    #expect(html.contains("Which cell remembers?") && html.contains("\"n\":\"chance\"") && html.contains("default-src 'none'"))
    for line in found.text.split(separator: "\n") { #expect(line.count <= 80, "\(line)") }
    let rows = found.text.split(separator: "\n").suffix(5).map { $0.split(separator: " ").map(String.init) }
    #expect(rows.map(\.first) == ["0", "1", "2", "5", "8"] && rows.allSatisfy { $0.count == 5 && $0[4] == "33.3%" })
    #expect(rows[2][3] == String(format: "%.1f%%", 100 * found.curves[2].accuracies[2]))
  }

  @Test(
    "tables have 0, round numbers and the longest k",
    arguments: [(0, [0]), (1, [0, 1]), (7, [0, 1, 2, 5, 7]), (50, [0, 1, 2, 5, 10, 20, 50])]
  )
  func distances(longest: Int, expected: [Int]) { #expect(Distances.table(upTo: longest) == expected) }

  @Test func `a learning rate that blows up is named`() async throws {
    var settings = Self.settings(steps: 60, longest: 3)
    settings.learningRate = .infinity
    await #expect(throws: StudyError.notLearned(cell: "RNN")) { _ = try await RecallStudy(settings: settings, workers: 1) }
  }
}
