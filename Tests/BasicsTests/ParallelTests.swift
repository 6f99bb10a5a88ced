import Basics
import Synchronization
import Testing

@Suite("Parts side by side") struct ParallelTests {
  @Test("every number is taken once, and results are in order", arguments: [0, 1, 2, 7, 100], [1, 2, 3, 8, 33])
  func numbers(count: Int, workers: Int) async {
    let taken = Mutex([Int]())
    await forEachInParallel(count, workers: workers) { number in
      await Task.yield()
      taken.withLock { $0.append(number) }
    }
    #expect(taken.withLock { $0.sorted() } == Array(0..<count))
    #expect(await mapInParallel(count, workers: workers) { $0 * $0 } == (0..<count).map { $0 * $0 })
  }

  @Test func `no more parts than workers are under way`() async {
    let state = Mutex((now: 0, most: 0))
    await forEachInParallel(40, workers: 3) { _ in
      state.withLock {
        $0.now += 1
        $0.most = max($0.most, $0.now)
      }
      await Task.yield()
      state.withLock { $0.now -= 1 }
    }
    #expect(state.withLock { $0.most } <= 3)
  }

  @Test func `a clock counts the time in parts, once, and no other`() async throws {
    let clock = ParallelClock(), began = ContinuousClock.now
    try await ParallelClock.$current.withValue(clock) {
      try await Task.sleep(for: .milliseconds(300))
      #expect(clock.total == .zero)
      await forEachInParallel(2, workers: 2) { _ in
        // A part within a part belongs to it.
        await forEachInParallel(1, workers: 1) { _ in try? await Task.sleep(for: .milliseconds(50)) }
      }
    }
    let total = clock.total
    #expect(total >= .milliseconds(50) && total <= began.duration(to: .now) - .milliseconds(300), "\(total)")
    await forEachInParallel(1, workers: 1) { _ in try? await Task.sleep(for: .milliseconds(1)) }
    #expect(clock.total == total, "outside nothing is measured")
  }
}
