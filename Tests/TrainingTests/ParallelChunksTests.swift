import Basics
import Testing
import Training

@Suite("Chunks") struct ParallelChunksTests {
  @Test("ranges cover everything once, in order, for any number of workers", arguments: [0, 1, 2, 3, 7, 64], [0, 1, 9, 10, 11, 100, 101])
  func ranges(workers: Int, count: Int) async {
    let chunks = ParallelChunks(count: count, chunkSize: 10)
    let ranges = await mapInParallel(chunks.chunkCount, workers: workers) { chunks.range($0) }
    #expect(ranges.count == chunks.chunkCount)
    #expect(ranges.flatMap { Array($0) } == Array(0..<count))
    #expect(ranges.allSatisfy { $0.count == 10 || $0.upperBound == count && !$0.isEmpty })
    // The cut depends on the length alone.
    #expect(ranges == (0..<chunks.chunkCount).map(chunks.range))
  }

  @Test func `a result stands where its chunk does even if it comes late`() async {
    let results = await mapInParallel(8, workers: 4) { number in
      // The first ones take longest.
      var value = UInt64(number)
      for _ in 0..<(8 - number) * 20_000 { value = value &* 6_364_136_223_846_793_005 &+ 1 }
      return (number, value)
    }
    #expect(results.map(\.0) == Array(0..<8))
  }
}
