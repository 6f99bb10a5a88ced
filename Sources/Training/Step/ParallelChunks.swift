/// A flat buffer cut into chunks that tasks work on side by side.
///
/// The cut depends on the buffer's length alone, and ``UpdateWork`` adds the chunks' sums in their order, so sums over them do not depend
/// on the workers.
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
