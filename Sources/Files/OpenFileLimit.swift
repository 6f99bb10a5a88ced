import SystemPackage

/// Whether this process may open so many more files now, found by opening them: Foundation traps where it finds no room for the pipes and
/// sockets of a child process.
package func canOpenFiles(_ count: Int) -> Bool {
  var files: [FileDescriptor] = []
  defer { for file in files { try? file.close() } }
  for _ in 0..<count {
    guard let file = unsafe try? FileDescriptor.open("/dev/null", .readOnly, options: [.closeOnExec]) else { return false }
    files.append(file)
  }
  return true
}
