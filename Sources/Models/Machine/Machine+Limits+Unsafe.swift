// Limits are filled into a C structure through a pointer, and a trial mapping is an address that nothing reads or writes.
private import Foundation

extension Machine {
  /// Names a limit that the system sets for a process or its user.
  enum Limit {
    case addressSpace, data, processes, openFiles
  }

  /// Returns the limit that is in force now, or nil if there is none.
  static func limit(of kind: Limit) -> Int? {
    let name =
      switch kind {
      case .addressSpace: RLIMIT_AS
      case .data: RLIMIT_DATA
      case .processes: __RLIMIT_NPROC
      case .openFiles: RLIMIT_NOFILE
      }
    let resource = __rlimit_resource_t(name.rawValue)
    var limit = rlimit()
    guard unsafe getrlimit(resource, &limit) == 0, limit.rlim_cur < rlim_t(Int64.max) else { return nil }
    return Int(limit.rlim_cur)
  }

  /// Sets how many heaps the C library may have, where it can be told.
  static func setHeaps(_ count: CInt) {
    typealias Function = @convention(c) (CInt, CInt) -> CInt
    // malloc.h is in no module. Of its options, -8 is how many heaps there may be.
    guard let set = unsafe dlsym(nil, "mallopt") else { return }
    _ = unsafe unsafeBitCast(set, to: Function.self)(-8, count)
  }

  /// Whether the process may map private memory of this size, tried in pieces of the size that OpenBLAS maps.
  ///
  /// - Parameter body: called while all of it is mapped.
  static func canMap(bytes: Int, while body: () -> Void = {}) -> Bool {
    var pieces: [UnsafeMutableRawBufferPointer] = unsafe []
    defer { unsafe pieces.forEach { unsafe _ = munmap($0.baseAddress, $0.count) } }
    var rest = bytes
    while rest > 0 {
      let size = min(rest, 128 << 20)
      let piece = unsafe mmap(nil, size, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANON, -1, 0)
      guard let piece = unsafe piece, unsafe piece != MAP_FAILED else { return false }
      unsafe pieces.append(UnsafeMutableRawBufferPointer(start: piece, count: size))
      rest -= size
    }
    body()
    return true
  }
}
