// Kernels are switched by functions that only some builds of OpenBLAS export, which must be looked up by name and called through a cast.
#if canImport(Glibc)
  internal import Glibc
#elseif canImport(Musl)
  internal import Musl
#else
  internal import Darwin
#endif

extension OpenBLAS {
  static func environmentValue(_ name: String) -> String? {
    guard let value = unsafe getenv(name) else { return nil }
    return unsafe String(cString: value)
  }

  /// Makes OpenBLAS load another kernel set; does nothing if this build has one set only.
  ///
  /// Not to be called while a product runs.
  static func switchKernels(to name: String) {
    typealias Function = @convention(c) () -> Void
    guard let quit = unsafe dlsym(nil, "gotoblas_dynamic_quit"), let start = unsafe dlsym(nil, "gotoblas_dynamic_init") else { return }
    unsafe unsafeBitCast(quit, to: Function.self)()
    unsafe setenv("OPENBLAS_CORETYPE", name, 1)
    unsafe unsafeBitCast(start, to: Function.self)()
    // Programs that this one starts choose for themselves.
    unsafe unsetenv("OPENBLAS_CORETYPE")
  }
}
