package import SystemPackage

/// What is at a path. What is neither a file nor a folder may have no end, or keep its reader waiting for ever.
package enum FileKind: String, Sendable {
  case file, folder, pipe, socket, device

  /// Links are followed; nil if there is nothing, or it cannot be looked at.
  package init?(of path: FilePath) {
    guard let found = try? Stat(path) else { return nil }
    self.init(found)
  }

  init(_ found: Stat) {
    self =
      switch found.type {
      case .regular: .file
      case .directory: .folder
      case .fifo: .pipe
      case .socket: .socket
      default: .device
      }
  }

  /// Whether a path names what this process was given open, as `/dev/stdin` does and `<(...)` in a shell: whoever started it meant it.
  package static func isInherited(_ path: FilePath) -> Bool {
    let text = path.string
    return text == "/dev/stdin" || ["/dev/fd/", "/proc/self/fd/"].contains { text.hasPrefix($0) && Int(text.dropFirst($0.count)) != nil }
  }
}
