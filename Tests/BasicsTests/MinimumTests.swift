import Basics
import Foundation
import Testing

@Suite("The search for a minimum") struct MinimumTests {
  struct Valley: Sendable, CustomTestStringConvertible {
    let name: String
    let range: ClosedRange<Double>
    let place: Double
    let function: @Sendable (Double) -> Double

    var testDescription: String { name }
  }

  static let valleys = [
    Valley(name: "parabola", range: -3...5, place: 1.25) { ($0 - 1.25) * ($0 - 1.25) },
    Valley(name: "corner", range: -3...5, place: -0.5) { abs($0 + 0.5) },
    Valley(name: "falls to the end", range: 0...1, place: 1) { -$0 },
    Valley(name: "rises from the beginning", range: 0...1, place: 0) { exp($0) },
    Valley(name: "steep on one side", range: 0.01...10, place: 2) { $0 - 2 * log($0) },
    Valley(name: "no number on one side", range: -4...4, place: 1) { $0 < 0 ? .nan : ($0 - 1) * ($0 - 1) },
    Valley(name: "flat at the bottom", range: -2...3, place: 0.7) { pow($0 - 0.7, 4) },
  ]

  @Test("the lowest point is found as closely as was asked", arguments: valleys, [1e-2, 1e-5])
  func finds(valley: Valley, tolerance: Double) async {
    let found = await Minimum.search(in: valley.range, tolerance: tolerance, valley.function)
    #expect(abs(found.argument - valley.place) <= 2 * tolerance)
    #expect(found.value == valley.function(found.argument) && valley.range.contains(found.argument))
  }

  @Test func `a smooth valley takes fewer calls than golden sections would`() async {
    var calls = 0
    let found = await Minimum.search(in: -1.4...1.4, tolerance: 1e-3) { x in
      calls += 1
      return cosh(x - 0.3)
    }
    // Sections by 0.618 would take log(2.8e3) / log(1.618) = 16.5.
    #expect(found.evaluations == calls && calls <= 12)
  }

  @Test func `what the function throws ends the search`() async {
    struct Fault: Error {}
    var calls = 0
    do {
      _ = try await Minimum.search(in: 0...1, tolerance: 1e-3) { (x: Double) throws(Fault) -> Double in
        calls += 1
        if calls == 3 { throw Fault() }
        return x
      }
      Issue.record("nothing was thrown")
    } catch {
      #expect(calls == 3)
    }
  }
}
