import Glibc
// Folder streams and resolved paths are C's, and SystemPackage wraps neither; what they allocate is freed in the same function.
package import SystemPackage

/// The names in a folder, hidden ones too, in no order, without `.` and `..`.
package func entries(of folder: FilePath) throws(Errno) -> [FilePath.Component] {
  guard let stream = unsafe folder.withPlatformString({ unsafe opendir($0) }) else { throw .last }
  defer { unsafe closedir(stream) }
  var names: [FilePath.Component] = []
  while true {
    errno = 0
    guard let entry = unsafe readdir(stream) else {
      if errno != 0 { throw .last }
      return names
    }
    let name = unsafe withUnsafePointer(to: &entry.pointee.d_name) {
      unsafe $0.withMemoryRebound(to: CInterop.PlatformChar.self, capacity: 1) { unsafe FilePath.Component(platformString: $0) }
    }
    if let name, name.kind == .regular { names.append(name) }
  }
}

/// The path with every link followed, or the path itself if that cannot be said.
package func resolvingLinks(_ path: FilePath) -> FilePath {
  guard let resolved = unsafe path.withPlatformString({ unsafe realpath($0, nil) }) else { return path }
  defer { unsafe free(resolved) }
  return unsafe FilePath(platformString: resolved)
}
