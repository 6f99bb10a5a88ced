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

  /// Sets how many threads an OpenMP library uses for the calling thread's work; nil in other builds.
  ///
  /// OpenBLAS's own setter reaches the thread that calls it, and threads made later start with all cores again.
  static let keepOneThread: (@convention(c) @Sendable (CInt) -> Void)? = {
    guard threading == .openMP, let setter = unsafe dlsym(nil, "omp_set_num_threads") else { return nil }
    return unsafe unsafeBitCast(setter, to: (@convention(c) @Sendable (CInt) -> Void).self)
  }()

  /// Makes OpenBLAS map work buffers for this many products at the same time, which it keeps; does nothing if this build cannot be told to.
  ///
  /// It waits without end if the system refuses the address space: see ``workBufferBytes``.
  package static func reserveWorkBuffers(_ count: Int) {
    typealias Allocate = @convention(c) (CInt) -> UnsafeMutableRawPointer?
    typealias Free = @convention(c) (UnsafeMutableRawPointer?) -> Void
    guard let allocate = unsafe dlsym(nil, "blas_memory_alloc"), let free = unsafe dlsym(nil, "blas_memory_free") else { return }
    let buffers = unsafe (0..<count).map { _ in unsafe unsafeBitCast(allocate, to: Allocate.self)(0) }
    unsafe buffers.forEach { unsafe unsafeBitCast(free, to: Free.self)($0) }
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
