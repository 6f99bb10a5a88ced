// glibc's malloc_trim is in no module, so it is looked up by name and called through a cast.
private import Foundation

extension Machine {
  /// Gives memory that was freed back to the system, where the C library can.
  static func releaseFreedMemory() {
    typealias Function = @convention(c) (Int) -> CInt
    guard let trim = unsafe dlsym(nil, "malloc_trim") else { return }
    _ = unsafe unsafeBitCast(trim, to: Function.self)(0)
  }
}
