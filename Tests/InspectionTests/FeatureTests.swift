import Basics
import Foundation
import Inspection
import LanguageModel
import Testing

@Suite("What units track") struct FeatureTests {
  /// A song with tokens of words and marks; the numbers are worked out by hand.
  static let pieces = [
    "[Verse]", "\n", "I", " see", " \"the", " light", "\"", "\n", "\n", "so", " \"bright", "\n", "it", " ends", "\n", "\n", "\"no",
    " sound",
    "\n", "all", " round", ".",
  ]
  static let expected: [TextFeature: [Double]] = [
    .linePosition: [0, 1, 0, 0.2, 0.4, 0.6, 0.8, 1, 0, 0, 0.5, 1, 0, 0.5, 1, 0, 0, 0.5, 1, 0, 0.5, 1],
    .lineDistance: [0, 1, 0, 1, 2, 3, 4, 5, 0, 0, 1, 2, 0, 1, 2, 0, 0, 1, 2, 0, 1, 2],
    .quotation: [0, 0, 0, 0, 1, 1, 0, 0, 0, 0, 1, 1, 1, 1, 1, 0, 1, 1, 1, 1, 1, 1],
    .stanzaLine: [0, 0, 0, 0, 0, 0, 0, 0, 1, 0, 0, 0, 1, 1, 1, 2, 0, 0, 0, 1, 1, 1],
    .sectionStart: [1, 1, 1, 1, 1, 1, 1, 1, 0, 1, 1, 1, 0, 0, 0, 0, 1, 1, 1, 0, 0, 0],
    .rhyme: [0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 1, 0, 0, 0, 0, 0, 0, 0, 0, 0, 1, 0],
    .lineEnd: [0, 0, 0, 0, 0, 1, 0, 0, 0, 0, 1, 0, 0, 1, 0, 0, 0, 1, 0, 0, 1, 0],
    .songEnd: [0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 1, 1, 1, 1, 1, 1],
  ]

  static func table(_ pieces: [String]) -> FeatureTable { FeatureTable(pieces: pieces, songs: [Array(pieces.indices)]) }

  @Test("a feature is that of the text up to the token", arguments: TextFeature.allCases)
  func features(feature: TextFeature) {
    #expect(Self.table(Self.pieces).values[feature] == Self.expected[feature])
  }

  @Test("characters have the features of the same text", arguments: [TextFeature.quotation, .stanzaLine, .sectionStart, .rhyme, .lineEnd])
  func characters(feature: TextFeature) {
    let words = Self.table(Self.pieces).values[feature] ?? []
    let characters = Self.pieces.joined().map(String.init)
    let found = Self.table(characters).values[feature] ?? []
    // At the last character of each word.
    var place = -1
    for (piece, value) in zip(Self.pieces, words) {
      place += piece.count
      #expect(found[place] == value, "\(piece.debugDescription) before character \(place)")
    }
    let distances = Self.table(characters).values[.lineDistance] ?? []
    #expect(distances[..<8] == [0, 1, 2, 3, 4, 5, 6, 7] && distances[8] == 0)
  }

  @Test("songs are apart, and tokens outside of songs do not count", arguments: [0, 1, 5])
  func songs(gap: Int) {
    let middle = Array(repeating: "", count: gap)
    let pieces = ["a", " night", "\n"] + middle + ["so", " \"bright", "\n"]
    let table = FeatureTable(pieces: pieces, songs: [[0, 1, 2], [3 + gap, 4 + gap, 5 + gap]])
    #expect(table.counted == [0, 1, 2, 3 + gap, 4 + gap, 5 + gap])
    #expect(table.values[.rhyme]?.max() == 0 && table.values[.sectionStart]?[3 + gap] == 1)
  }

  // MARK: - Correlation

  /// States of one layer whose unit k is a feature, then a constant unit and one of noise.
  static func states(_ table: FeatureTable) -> RecordedStates {
    var generator = SeededGenerator(seed: 7)
    let count = table.values[.rhyme]?.count ?? 0
    let values = (0..<count).flatMap { token -> [Float] in
      TextFeature.allCases.enumerated().map { index, feature in
        Float(table.values[feature]?[token] ?? 0) * (index % 2 == 0 ? 0.1 : -0.07) + 0.3
      } + [0.1, Float.random(in: -1...1, using: &generator)]
    }
    return RecordedStates(quantities: [.hidden], layers: [(units: TextFeature.allCases.count + 2, values: [values])], count: count)
  }

  @Test("a unit that is a feature tracks it, and no other unit does", arguments: TextFeature.allCases)
  func tracking(feature: TextFeature) throws {
    let table = Self.table(Array(repeating: Self.pieces, count: 5).flatMap { $0 + ["\n", "\n"] })
    let ranking = UnitRanking(Self.states(table), table)
    let number = try #require(TextFeature.allCases.firstIndex(of: feature)), place = UnitPlace(layer: 0, unit: number)
    let best = try #require(ranking.best(feature, most: 1).first)
    #expect(best.place == place && abs(best.correlation - (number % 2 == 0 ? 1 : -1)) < 1e-6)
    #expect(ranking.tracked(by: place)?.feature == feature && ranking.defaultUnits.contains(place))
    let noise = UnitPlace(layer: 0, unit: TextFeature.allCases.count + 1), constant = UnitPlace(layer: 0, unit: TextFeature.allCases.count)
    #expect(abs(try #require(ranking.correlation(noise, feature))) < 0.35)
    #expect(ranking.correlation(constant, feature) == nil && ranking.tracked(by: constant) == nil)
    #expect(ranking.ranked(most: 100).count == TextFeature.allCases.count + 1)
  }

  @Test("what is constant has no correlation", arguments: [0.1, 1, 3e-8, 1e6] as [Float])
  func constants(value: Float) {
    let rows = Array(0..<50), line = rows.map(Double.init), flat = rows.map { _ in Double(value) / 3 }
    let values = rows.flatMap { [value, Float($0)] }
    let found = UnitRanking.correlations(values, units: 2, rows: rows, with: [line, flat])
    #expect(found[0][0] == nil && abs((found[0][1] ?? 0) - 1) < 1e-12)
    #expect(found[1] == [nil, nil])
    #expect(UnitRanking.correlations(values, units: 2, rows: [], with: [line]) == [[nil, nil]])
    #expect(UnitRanking.correlations(values, units: 2, rows: [3], with: [line]) == [[nil, nil]])
  }

  static let pairs: [(unit: [Float], feature: [Double], expected: Double)] = [
    ([1, 2, 3, 4], [1, 3, 2, 4], 0.8), ([1, 2, 3, 4], [4, 3, 2, 1], -1), ([0, 1, 0, 1], [0, 0, 1, 1], 0),
  ]

  @Test("correlations are Pearson's", arguments: pairs)
  func pearson(unit: [Float], feature: [Double], expected: Double) throws {
    let found = UnitRanking.correlations(unit, units: 1, rows: [0, 1, 2, 3], with: [feature])
    #expect(abs(try #require(found[0][0]) - expected) < 1e-12)
  }

  // MARK: - Saturation

  @Test func `saturation is the share beyond the bounds`() {
    let input: [Float] = [0.05, 0.5, 0.95, 0.5, 0.1, 0.9, 0.91, 0.09]
    let candidate: [Float] = [-0.95, 0, 0.95, 0.05, -0.9, 0.9, 0.1, -0.1]
    let states = RecordedStates(
      quantities: [.gate(.input), .gate(.candidate), .hidden], layers: [(units: 2, values: [input, candidate, input])], count: 4)
    let gates = GateSaturation(states).gates
    #expect(gates.map(\.low) == [0.25, 0.125] && gates.map(\.high) == [0.25, 0.125])
    #expect(gates[0].units.map(\.low) == [0.25, 0.25] && gates[0].units.map(\.high) == [0.5, 0])
  }
}
