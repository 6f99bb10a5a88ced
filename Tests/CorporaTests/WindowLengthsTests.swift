import Corpora
import Foundation
import Testing

@Suite("Random window lengths") struct WindowLengthsTests {
  @Test func `lengths are a function of seed, epoch and number, whatever was drawn before`() {
    func lengths(_ seed: UInt64, _ epoch: Int, _ count: Int = 50) -> [Int] {
      Array(WindowLengths(base: 35, seed: seed).draws(ofEpoch: epoch).prefix(count))
    }
    #expect(lengths(1, 0) == lengths(1, 0) && lengths(1, 7).prefix(9) == lengths(1, 7, 9)[...])
    #expect(lengths(1, 0) != lengths(2, 0) && lengths(1, 0) != lengths(1, 1))
    // Not the same lengths one window later.
    #expect(lengths(1, 0).dropFirst() != lengths(1, 1).dropLast())
  }

  /// Both halves of the mixture, whose parts lie more than ten deviations apart, have the mean and the deviation of their normal
  /// distribution, and the share that they should. Bounds are five standard errors; rounding adds 1/12 to a variance.
  @Test func `lengths are normal around the base, and one time in twenty around its half`() {
    let count = 200_000, base = 120
    let drawn = Array(WindowLengths(base: base, seed: 3).draws(ofEpoch: 2).prefix(count)).map(Double.init)
    for (part, mean, share) in [
      (drawn.filter { $0 > 90 }, Double(base), 0.95), (drawn.filter { $0 <= 90 }, Double(base) / 2, 0.05),
    ] {
      let size = Double(part.count), variance = 25 + 1.0 / 12
      #expect(abs(size / Double(count) - share) < 5 * (share * (1 - share) / Double(count)).squareRoot())
      let found = part.reduce(0, +) / size
      #expect(abs(found - mean) < 5 * (variance / size).squareRoot())
      let squares = part.reduce(0) { $0 + ($1 - found) * ($1 - found) } / size
      // The largest lengths are cut off at four deviations, which takes less than 0.001 of the variance.
      #expect(abs(squares - variance) < 5 * variance * (2 / size).squareRoot() + 0.03)
      // A normal distribution, not just any: what rounds to at most 5 from the mean is less than 5.5 from it.
      for (distance, expected) in [(5.0, 0.7287), (10.0, 0.9643)] {
        let within = Double(part.count { abs($0 - mean) <= distance }) / size
        #expect(abs(within - expected) < 5 * (expected * (1 - expected) / size).squareRoot() + 5e-5)
      }
    }
    #expect(drawn.max() == Double(base + 20))
  }

  @Test("lengths stay between the least and the most", arguments: [1, 2, 4, 5, 9, 10, 35])
  func bounds(base: Int) {
    let lengths = WindowLengths(base: base, seed: 1), drawn = Array(lengths.draws(ofEpoch: 0).prefix(20_000))
    #expect(lengths.least == min(base, 5) && lengths.most == base + 20)
    #expect(drawn.min() == lengths.least && drawn.allSatisfy { $0 <= lengths.most })
  }

  struct Cut: Sendable, CustomTestStringConvertible {
    var tokens = 2_000, lanes = 4, window = 9, shards = 2
    var testDescription: String { "\(tokens) tokens, \(lanes) lanes, window \(window), \(shards) shards" }

    func stream(seed: UInt64 = 5) throws -> MinibatchStream {
      try MinibatchStream(
        Tokens((0..<tokens).map(TokenID.init)), lanes: lanes, window: window, shards: shards,
        lengths: WindowLengths(base: window, seed: seed))
    }
  }
  static let cuts = [
    Cut(), Cut(tokens: 501, lanes: 1, window: 35, shards: 1), Cut(tokens: 82, lanes: 8, window: 10, shards: 8),
    Cut(tokens: 300, lanes: 6, window: 1, shards: 3), Cut(tokens: 41, lanes: 2, window: 20, shards: 1),
  ]

  @Test("every token is read once in an epoch, in its order, whatever the lengths", arguments: cuts)
  func once(cut: Cut) throws {
    var stream = try cut.stream()
    let laneLength = (cut.tokens - 1) / cut.lanes
    #expect(stream.tokensPerEpoch == laneLength * cut.lanes)
    var counts: [Int] = [], lengthsOfEpochs: [[Int]] = []
    for epoch in 0..<4 {
      var read = [[TokenID]](repeating: [], count: cut.lanes), lengths: [Int] = []
      let count = stream.windowsPerEpoch
      for window in 0..<count {
        let batch = try stream.next()
        #expect(batch.epoch == epoch && batch.window == window && batch.resetsState == (window == 0))
        lengths.append(batch.steps)
        for (shard, windows) in batch.shards.enumerated() {
          #expect(windows.steps == batch.steps && windows.inputs.count == windows.lanes * windows.steps)
          for step in 0..<windows.steps {
            for lane in 0..<windows.lanes {
              let input = windows.inputs[step * windows.lanes + lane]
              read[shard * windows.lanes + lane].append(input)
              #expect(windows.targets[step * windows.lanes + lane] == input + 1)
            }
          }
        }
      }
      for (lane, tokens) in read.enumerated() {
        #expect(tokens == (lane * laneLength..<(lane + 1) * laneLength).map(TokenID.init))
      }
      // All but the last are as they were drawn.
      let drawn = WindowLengths(base: cut.window, seed: 5).draws(ofEpoch: epoch)
      #expect(lengths.dropLast() == Array(drawn.prefix(count - 1))[...])
      #expect(lengths.allSatisfy { $0 <= cut.window + 20 })
      counts.append(count)
      lengthsOfEpochs.append(lengths)
    }
    let other = try cut.stream()
    #expect((0..<4).map { other.windowCount(ofEpoch: $0) } == counts && other.windowCount(ofFirst: 4) == counts.reduce(0, +))
    #expect(Set(lengthsOfEpochs).count > 1)
  }

  @Test("a stream resumes at any window of any epoch", arguments: cuts)
  func resumes(cut: Cut) throws {
    var first = try cut.stream()
    for _ in 0..<first.windowCount(ofFirst: 3) {
      var second = try cut.stream()
      second.position = first.position
      #expect(first.windowsPerEpoch == second.windowsPerEpoch)
      #expect(try first.next() == second.next())
      #expect(first.position == second.position)
    }
    // Back again, as after going back to a checkpoint.
    let start = try cut.stream()
    first.position = .init()
    var again = start
    #expect(try first.next() == again.next())
  }
}
