private import Foundation

/// The processors that this process may use.
///
/// The affinity mask names CPUs (`taskset`, `docker --cpuset-cpus`, a batch system), and a quota of control groups limits the time on them
/// (`docker --cpus`).
package struct AvailableProcessors: Sendable, Equatable {
  /// What decided how many cores may be used.
  package enum Limit: Sendable, Equatable {
    /// The machine has no more.
    case machine
    /// The affinity mask leaves out CPUs.
    case affinity
    /// The CPU time per second that the control group may use, in CPUs.
    case quota(Double)
  }

  /// The CPUs in the affinity mask.
  package let cpus: Int
  /// The cores that the process may keep busy: the physical ones among its CPUs, at most its quota, rounded and at
  /// least 1. Two CPUs of one core share its
  /// arithmetic units, so the second one adds nothing.
  package let cores: Int
  /// What decided ``cores``.
  package let limit: Limit

  /// Of this process, as it was when it started.
  package static let current = AvailableProcessors()

  /// - Parameter root: the folder that holds `proc` and `sys`; another than `/` is for tests.
  package init(root: String = "/") {
    let root = root.hasSuffix("/") ? String(root.dropLast()) : root
    func text(_ path: String) -> String? { try? String(contentsOfFile: root + path, encoding: .utf8) }
    let allowed = text("/proc/self/status")?.split(separator: "\n").first { $0.hasPrefix("Cpus_allowed_list:") }
    let online = text("/sys/devices/system/cpu/online").map { Self.list($0[...]) } ?? []
    let mask = allowed.map { Self.list($0.dropFirst("Cpus_allowed_list:".count)) } ?? online
    let usable = online.isEmpty ? mask : mask.intersection(online)
    guard !usable.isEmpty else {
      cpus = ProcessInfo.processInfo.activeProcessorCount
      cores = cpus
      limit = .machine
      return
    }
    // CPUs of one core name the same siblings.
    func coreCount(_ cpus: Set<Int>) -> Int {
      Set(cpus.map { text("/sys/devices/system/cpu/cpu\($0)/topology/thread_siblings_list") ?? "\($0)" }).count
    }
    let physical = coreCount(usable), quota = ControlGroups(root: root).cpus
    // Rounded: half a CPU more is worth a worker, and a worker needs at least a part of one.
    let paid = quota.map { max(1, Int(min($0, 1e6).rounded())) }
    self.cpus = usable.count
    if let quota, let paid, paid < physical {
      cores = paid
      limit = .quota(quota)
    } else {
      cores = physical
      limit = physical < coreCount(online) ? .affinity : .machine
    }
  }

  /// The numbers of a list such as `0-3,8`.
  static func list(_ text: Substring) -> Set<Int> {
    var numbers: Set<Int> = []
    for part in text.split(whereSeparator: { $0 == "," || $0.isWhitespace }) {
      let ends = part.split(separator: "-").compactMap { Int($0) }
      guard let first = ends.first, let last = ends.last, first <= last, last - first < 1 << 16 else { continue }
      numbers.formUnion(first...last)
    }
    return numbers
  }
}
