// The function that the C library calls at the end takes an untyped pointer, which is not used here.
internal import Foundation

/// Controls how the program ends.
enum ProgramEnd {
  /// Makes the program end without waiting for threads of libraries: one of OpenBLAS's that waits for memory never ends.
  static func waitForNoThread() {
    // Handlers run in reverse order, so this one runs before those of the libraries.
    _ = unsafe on_exit(
      { status, _ in
        fflush(nil)
        _exit(status)
      }, nil)
  }
}
