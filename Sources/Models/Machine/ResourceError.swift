internal import Basics
internal import Files

/// Reports a resource that this process needs and the system does not provide.
public enum ResourceError: Error, Equatable, CustomStringConvertible {
  /// Address space for OpenBLAS; `limitMiB` is the process's limit, if it has one.
  case addressSpace(neededMiB: Int, limitMiB: Int?)
  /// Threads; `limit` is the user's limit on processes, if there is one.
  case threads(needed: Int, given: Int, limit: Int?)
  /// Open files; `limit` is the process's limit, if it has one.
  case openFiles(needed: Int, given: Int, limit: Int?)

  /// One sentence: what is needed, what there is, what to do.
  public var description: String {
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
    }
  }
}
