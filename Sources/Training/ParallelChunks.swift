/// A flat buffer cut into chunks that tasks work on side by side.
///
/// The cut depends on the buffer's length alone, and results come back in chunk order: so sums over them do not depend on how many
/// workers there are or which was first.
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

  func range(_ chunk: Int) -> Range<Int> { chunk * chunkSize..<min((chunk + 1) * chunkSize, count) }

  /// Calls `body` once with the range of each chunk, up to `workers` of them at a time.
  package func map<Result: Sendable>(workers: Int, _ body: @escaping @Sendable (Range<Int>) -> Result) async -> [Result] {
    let tasks = min(workers, chunkCount)
    if tasks <= 1 { return (0..<chunkCount).map { body(range($0)) } }
    let parts = await withTaskGroup(of: (Int, [Result]).self, returning: [[Result]].self) { group in
      for worker in 0..<tasks {
        group.addTask { (worker, stride(from: worker, to: chunkCount, by: tasks).map { body(range($0)) }) }
      }
      var parts = [[Result]](repeating: [], count: tasks)
      for await (worker, part) in group { parts[worker] = part }
      return parts
    }
    return (0..<chunkCount).map { parts[$0 % tasks][$0 / tasks] }
  }
}
