// What the C library is to call at the end takes an untyped pointer, which is not used here.
internal import Foundation

/// How the program ends.
enum ProgramEnd {
  /// From now on the end of the program waits for no thread of a library: one of OpenBLAS's that asks for memory without end never ends.
  static func waitForNoThread() {
    #if canImport(Glibc)
      // It runs before the libraries' own, which were registered earlier.
      _ = unsafe on_exit(
        { status, _ in
          fflush(nil)
          _exit(status)
        }, nil)
    #endif
  }
}
