import Corpora
import Testing

@Suite("MinibatchStream")
struct MinibatchStreamTests {
  @Test("A known stream is cut as drawn on paper")
  func byHand() throws {
    // 14 tokens: 4 lanes of (14 - 1) / 4 = 3 inputs, of which windows of 2 use 2.
    var stream = try MinibatchStream((0..<14).map(TokenID.init), lanes: 4, window: 2, shards: 2)
    #expect(stream.windowsPerEpoch == 1 && stream.tokensPerEpoch == 8)
    let batch = try stream.next()
    #expect(
      batch.shards == [
        ShardWindows(inputs: [0, 3, 1, 4], targets: [1, 4, 2, 5], lanes: 2, steps: 2),
        ShardWindows(inputs: [6, 9, 7, 10], targets: [7, 10, 8, 11], lanes: 2, steps: 2),
      ])
    #expect(batch.epoch == 0 && batch.window == 0 && batch.resetsState)
  }

  @Test(
    "Lanes are contiguous from window to window, and targets are the tokens that follow",
    arguments: [(1, 1, 1), (2, 3, 1), (6, 4, 3), (8, 5, 8)])
  func contiguous(lanes: Int, window: Int, shards: Int) throws {
    let tokens = (0..<203).map(TokenID.init)
    var stream = try MinibatchStream(tokens, lanes: lanes, window: window, shards: shards)
    let length = 202 / lanes
    for expected in 0..<stream.windowsPerEpoch {
      let batch = try stream.next()
      #expect(batch.window == expected && batch.resetsState == (expected == 0))
      for (shard, windows) in batch.shards.enumerated() {
        for step in 0..<window {
          for lane in 0..<lanes / shards {
            let place = (shard * lanes / shards + lane) * length + expected * window + step
            #expect(windows.inputs[step * windows.lanes + lane] == tokens[place])
            #expect(windows.targets[step * windows.lanes + lane] == tokens[place + 1])
          }
        }
      }
    }
  }

  @Test("The stream has no end, and each epoch is like the first")
  func epochs() throws {
    var stream = try MinibatchStream((0..<14).map(TokenID.init), lanes: 2, window: 2)
    let batches = try (0..<9).map { _ in try stream.next() }
    #expect(batches.map(\.epoch) == [0, 0, 0, 1, 1, 1, 2, 2, 2])
    #expect(batches.map(\.window) == [0, 1, 2, 0, 1, 2, 0, 1, 2])
    #expect(batches.map(\.resetsState) == [true, false, false, true, false, false, true, false, false])
    #expect(batches[3].shards == batches[0].shards && batches[8].shards == batches[2].shards)
  }

  @Test("A stream resumes where another stood", arguments: 0..<7)
  func resumes(steps: Int) throws {
    let tokens = (0..<14).map(TokenID.init)
    var first = try MinibatchStream(tokens, lanes: 2, window: 2)
    for _ in 0..<steps { _ = try first.next() }
    var second = try MinibatchStream(tokens, lanes: 2, window: 2)
    second.position = first.position
    #expect(try first.next() == second.next())
    #expect(first.position == second.position)
  }

  @Test("The least text that does is one window a lane and one token more", arguments: [(1, 1), (4, 3), (3, 7)])
  func least(lanes: Int, window: Int) throws {
    let needed = lanes * window + 1
    #expect(try MinibatchStream([TokenID](repeating: 0, count: needed), lanes: lanes, window: window).windowsPerEpoch == 1)
    for count in [needed - 1, 0] {
      #expect(throws: CorpusError.tooSmall(tokens: count, needed: needed, lanes: lanes, window: window)) {
        try MinibatchStream([TokenID](repeating: 0, count: count), lanes: lanes, window: window)
      }
    }
  }

  @Test(
    "Sizes that cannot be are refused",
    arguments: [
      (0, 1, 1, CorpusError.invalidSetting(key: "batch", found: "0", expected: "at least 1")),
      (1, -1, 1, .invalidSetting(key: "window", found: "-1", expected: "at least 1")),
      (1, 1, 0, .invalidSetting(key: "shards", found: "0", expected: "at least 1")),
      (5, 1, 2, .lanesNotDivisible(lanes: 5, shards: 2)),
      (Int.max, 2, 1, .tooSmall(tokens: 9, needed: .max, lanes: .max, window: 2)),
    ])
  func sizes(lanes: Int, window: Int, shards: Int, error: CorpusError) {
    let tokens = [TokenID](repeating: 0, count: 9)
    #expect(throws: error) { try MinibatchStream(tokens, lanes: lanes, window: window, shards: shards) }
  }
}

@Suite("EvaluationWindows")
struct EvaluationWindowsTests {
  @Test("A known stream is cut as drawn on paper")
  func byHand() throws {
    // 6 predictions on 4 lanes: lengths 2, 2, 1, 1.
    let windows = try EvaluationWindows((0..<7).map(TokenID.init), lanes: 4, window: 5, shards: 2)
    #expect(windows.windowCount == 1)
    #expect(
      try (0..<2).map { try windows.windows(ofShard: $0, window: 0) } == [
        ShardWindows(inputs: [0, 2, 1, 3], targets: [1, 3, 2, 4], lanes: 2, steps: 2),
        ShardWindows(inputs: [4, 5, 0, 0], targets: [5, 6, -1, -1], lanes: 2, steps: 2),
      ])
  }

  @Test(
    "Every token but the first is predicted exactly once, from the one before it",
    arguments: [(2, 1, 1, 1), (2, 4, 3, 2), (50, 1, 7, 1), (50, 7, 7, 7), (101, 6, 4, 3), (33, 32, 5, 4), (10, 12, 1, 4)])
  func once(count: Int, lanes: Int, window: Int, shards: Int) throws {
    let windows = try EvaluationWindows((0..<count).map(TokenID.init), lanes: lanes, window: window, shards: shards)
    var predicted: [TokenID] = []
    var number = 0
    for place in 0..<windows.windowCount {
      let batch = try (0..<shards).map { try windows.windows(ofShard: $0, window: place) }
      number += 1
      let steps = Set(batch.map(\.steps))
      #expect(steps.count == 1 && (number == windows.windowCount || steps == [window]))
      for shard in batch {
        #expect(shard.lanes == lanes / shards && shard.inputs.count == shard.lanes * shard.steps)
        for (input, target) in zip(shard.inputs, shard.targets) {
          if target == ShardWindows.noTarget {
            #expect(input == 0)
          } else {
            #expect(target == input + 1)
            predicted.append(target)
          }
        }
      }
    }
    #expect(number == windows.windowCount)
    #expect(predicted.count == windows.predictionCount)
    #expect(predicted.sorted() == (1..<count).map(TokenID.init))
  }

  @Test("Nothing can be predicted of fewer than two tokens", arguments: [0, 1])
  func tooFew(count: Int) {
    #expect(throws: CorpusError.tooSmall(tokens: count, needed: 2, lanes: 1, window: 1)) {
      try EvaluationWindows([TokenID](repeating: 0, count: count), lanes: 4, window: 3)
    }
  }

  @Test("Lanes that do not divide among the shards are refused")
  func divides() {
    #expect(throws: CorpusError.lanesNotDivisible(lanes: 3, shards: 2)) { try EvaluationWindows([0, 1], lanes: 3, window: 1, shards: 2) }
  }
}
