// The advice takes an address.
#if canImport(Glibc)
  internal import Glibc
#elseif canImport(Musl)
  internal import Musl
#endif

/// Large pages for large blocks: a step reads its matrices over and over, and looking up 4 KiB pages costs a fifth of the memory's speed.
enum HugePages {
  static let size = 1 << 21

  /// The boundary that a block of so many bytes is to start on.
  static func alignment(byteCount: Int) -> Int { byteCount >= size ? size : 64 }

  /// Asks for large pages, where the system has them, before the block is first written to.
  static func advise(_ block: UnsafeMutableRawPointer, byteCount: Int) {
    #if os(Linux)
      if byteCount >= size { _ = unsafe madvise(block, byteCount, MADV_HUGEPAGE) }
    #endif
  }
}
