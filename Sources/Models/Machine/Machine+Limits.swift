private import Corpora
private import Files
private import Foundation
private import Kernels

extension Machine {
  /// Makes sure that the system gives this process the address space, threads and open files that any work needs.
  ///
  /// OpenBLAS, Dispatch and Foundation hang or trap where these run out, so call this first. It asks for all of them at once and gives them
  /// back. The first call decides; later ones return the same result.
  ///
  /// If the process has a limit on its memory, OpenBLAS maps its work buffers here and keeps them, so that nothing else takes their place.
  ///
  /// - Throws: `ResourceError` for the first that the system does not give.
  public static func checkLimits() throws(ResourceError) { try limits.get() }

  private static let limits = Result<Void, ResourceError> { () throws(ResourceError) in
    let files = openableFiles(upTo: neededFiles)
    if files < neededFiles { throw .openFiles(needed: neededFiles, given: files, limit: limit(of: .openFiles)) }
    let isLimited = limitOfMemory != nil
    let threads = cores + threadsBesidePool
    var given = 0
    let isMapped = canMap(bytes: workBufferBytes) { given = withThreads(threads) { _, _ in } }
    if isMapped, given == threads {
      // What is allocated later must not take their place.
      if isLimited { OpenBLAS.reserveWorkBuffers(buffers) }
      return
    }
    // The stacks of threads take address space too.
    let alone = isMapped ? withThreads(threads) { _, _ in } : threads
    if alone < threads { throw .threads(needed: threads, given: alone, limit: limit(of: .processes)) }
    throw .addressSpace(neededMiB: MemoryEstimate.mebibytes(Double(workBufferBytes)), limitMiB: limitOfMemory.map { $0 >> 20 })
  }

  /// Keeps the C library from reserving 64 MiB of address space for each thread that allocates memory, if the process has a limit on its
  /// memory; does nothing otherwise.
  ///
  /// This changes how the whole process allocates memory, so Refrain does not do it by itself. Call this at the start of a program.
  public static func keepOneHeap() {
    if limitOfMemory != nil { setHeaps(1) }
  }

  private static let cores = ProcessInfo.processInfo.activeProcessorCount
  /// Products that may run at the same time: the pool of tasks has a thread a core.
  private static let buffers = OpenBLAS.needsSerialProducts(OpenBLAS.threading) ? 1 : cores

  /// The files that training opens (logs, a lock, a store, a checkpoint), with what Dispatch opens. Reading a compressed file needs more
  /// and checks that itself.
  private static let neededFiles = 14
  /// Besides the pool of tasks, with a thread a core: two of Dispatch's own, one that watches for signals, and one that writes checkpoints.
  private static let threadsBesidePool = 4

  /// What OpenBLAS maps when every core computes a product.
  private static var workBufferBytes: Int {
    // Its own threads, one a core but the first, map theirs some time after the start: where there is a limit, they may be still to come.
    let own = OpenBLAS.threading == .pthreads && limitOfMemory != nil ? cores - 1 : 0
    return OpenBLAS.workBufferBytes * (buffers + own)
  }

  /// The lower of the limits on this process's address space and private memory, in bytes; nil if there is none.
  static let limitOfMemory: Int? = [Limit.addressSpace, .data].compactMap { limit(of: $0) }.min()

  /// Whether the process may map this much more, besides what OpenBLAS has mapped; true if it has no limit.
  static func mayMap(bytes: Double) -> Bool {
    guard limitOfMemory != nil, (try? checkLimits()) != nil else { return true }
    return bytes < 1e15 && canMap(bytes: Int(bytes))
  }
}
