/// A flat buffer cut into chunks that tasks work on side by side.
///
/// The cut depends on the buffer's length alone, and ``mapInParallel(_:workers:_:)`` gives results in the chunks' order: so sums over them
/// do not depend on how many workers there are or which was first.
package struct ParallelChunks: Sendable {
  let count: Int
  let chunkSize: Int

  /// 65,536 floats are 256 KiB: enough that a task is worth its start, few enough that a chunk's buffers stay in the outer cache.
  package static let usualSize = 1 << 16

  package init(count: Int, chunkSize: Int = usualSize) {
    precondition(chunkSize > 0, "a chunk has at least one element")
    self.count = count
    self.chunkSize = chunkSize
  }

  package var chunkCount: Int { (count + chunkSize - 1) / chunkSize }

  package func range(_ chunk: Int) -> Range<Int> { chunk * chunkSize..<min((chunk + 1) * chunkSize, count) }
}

/// Calls `body` once for each number below `count`, up to `workers` of them at a time; the results come in the order of the numbers.
///
/// The caller works too, so that one task fewer is made.
package func mapInParallel<Result: Sendable>(
  _ count: Int, workers: Int, _ body: @escaping @Sendable (Int) -> Result
) async -> [Result] {
  let shares = min(workers, count)
  if shares <= 1 { return (0..<count).map(body) }
  @Sendable func share(_ first: Int) -> [Result] { stride(from: first, to: count, by: shares).map(body) }
  let parts = await withTaskGroup(of: (Int, [Result]).self, returning: [[Result]].self) { group in
    for first in 1..<shares { group.addTask { (first, share(first)) } }
    var parts = [[Result]](repeating: [], count: shares)
    parts[0] = share(0)
    for await (first, part) in group { parts[first] = part }
    return parts
  }
  return (0..<count).map { parts[$0 % shares][$0 / shares] }
}
