public import Basics
internal import Files

/// Reports a resource that this process needs and the system does not provide.
public enum ResourceError: Error, Equatable, CustomStringConvertible, SentenceError {
  /// Address space for OpenBLAS; `limitMiB` is the process's limit, if it has one.
  case addressSpace(neededMiB: Int, limitMiB: Int?)
  /// Threads; `limit` is the user's limit on processes, if there is one.
  case threads(needed: Int, given: Int, limit: Int?)
  /// Open files; `limit` is the process's limit, if it has one.
  case openFiles(needed: Int, given: Int, limit: Int?)
  /// The memory of the machine or of the control group, for a run of these sizes.
  case memory(neededMiB: Int, availableMiB: Int, limit: MemoryLimit)
  /// The memory that this process may still map, for a run of these sizes.
  case mappedMemory(neededMiB: Int, limitMiB: Int)

  /// One sentence: what is needed, what there is, what to do.
  public var description: String { sentence.text }

  package var sentence: Sentence {
    switch self {
    case .addressSpace(let needed, let limit):
      "OpenBLAS needs \(needed.grouped) MiB of address space besides what is in use, and the system does not give that much"
        + (limit.map { " (the limit of this process is \($0.grouped) MiB); raise the limit with `ulimit -v` and `ulimit -d`." }
          ?? "; end other programs, or let the system commit more memory.")
    case .threads(let needed, let given, let limit):
      "this process needs \(needed.counted("more thread", "more threads")), and the system gives \(given.grouped)"
        + (limit.map { " (the limit of this user is \($0.grouped))" } ?? "")
        + "; raise the limit with `ulimit -u` or the container's limit on processes, or end other programs."
    case .openFiles(let needed, let given, let limit):
      "this process must be able to open \(needed.counted("more file")), and the system gives \(given.grouped)"
        + (limit.map { " (the limit of this process is \($0.grouped))" } ?? "") + "; raise the limit with `ulimit -n`."
    case .memory(let needed, let available, let limit):
      "these sizes need about \(needed.grouped) MiB of memory, but the "
        + (limit == .controlGroup ? "control group (container) of this process may use" : "machine has")
        + " \(available.grouped) MiB; choose a smaller vocabulary, "
        + "\(key: "hidden"), \(key: "embedding"), \(key: "batch") or \(key: "window")."
    case .mappedMemory(let needed, let limit):
      "these sizes need about \(needed.grouped) MiB of memory, which is more than this process may still map (its limit is "
        + "\(limit.grouped) MiB); raise the limit with `ulimit -v` and `ulimit -d`, or choose smaller sizes."
    }
  }
}
