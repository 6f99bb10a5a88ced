/// What decides how much memory a process may use.
public enum MemoryLimit: String, Sendable, Codable {
  /// The machine has no more.
  case machine
  /// The control group of the process, such as a container's.
  case controlGroup = "control group"
  /// The limit on the address space or the data of the process (`ulimit -v`, `ulimit -d`).
  case process
}
