// Kernels are switched by functions that only some builds of OpenBLAS export, which must be looked up by name and called through a cast.
internal import Glibc

extension OpenBLAS {
  static func environmentValue(_ name: String) -> String? {
    guard let value = unsafe getenv(name) else { return nil }
    return unsafe String(cString: value)
  }

  /// Reads and sets how many threads an OpenMP library uses for the calling thread's work.
  struct OpenMPThreads: Sendable {
    var get: @convention(c) @Sendable () -> CInt
    var set: @convention(c) @Sendable (CInt) -> Void
  }

  /// The functions of an OpenMP build; nil in other builds.
  ///
  /// OpenBLAS's own setter also reaches only the thread that calls it, and its count stays in force there.
  static let openMPThreads: OpenMPThreads? = {
    guard threading == .openMP, let getter = unsafe dlsym(nil, "omp_get_max_threads"), let setter = unsafe dlsym(nil, "omp_set_num_threads")
    else { return nil }
    return unsafe OpenMPThreads(
      get: unsafeBitCast(getter, to: (@convention(c) @Sendable () -> CInt).self),
      set: unsafeBitCast(setter, to: (@convention(c) @Sendable (CInt) -> Void).self))
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
  /// No product may run meanwhile, and no other thread may read the environment: OpenBLAS reads the name of a set from OPENBLAS_CORETYPE
  /// only. Storing the address of an exported kernel table instead would skip the table's start-up function, whose place differs between
  /// versions.
  package static func switchKernels(to name: String) {
    typealias Function = @convention(c) () -> Void
    guard let quit = unsafe dlsym(nil, "gotoblas_dynamic_quit"), let start = unsafe dlsym(nil, "gotoblas_dynamic_init") else { return }
    let variable = "OPENBLAS_CORETYPE", value = environmentValue(variable)
    unsafe unsafeBitCast(quit, to: Function.self)()
    unsafe setenv(variable, name, 1)
    unsafe unsafeBitCast(start, to: Function.self)()
    // Child processes choose for themselves, by what the user set.
    if let value { unsafe setenv(variable, value, 1) } else { unsafe unsetenv(variable) }
  }
}
