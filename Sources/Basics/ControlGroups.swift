private import Foundation

/// The limits that control groups set for this process: the CPU time and the memory of a container, for example.
///
/// A limit holds for a group and all groups below it, so the lowest one on the way from this process's group to the root counts. Both
/// versions of control groups are read, as `/proc/self/mountinfo` says where they are mounted. The manual page is cgroups(7).
package struct ControlGroups: Sendable, Equatable {
  /// The CPU time that may be used per second, in CPUs, such as 1.5; nil: no limit.
  package var cpus: Double?
  /// Bytes of memory; nil: no limit.
  package var memory: Int?

  /// Reads the limits.
  ///
  /// - Parameter root: the folder that holds `proc` and `sys`; another than `/` is for tests.
  package init(root: String = "/") {
    let root = root.hasSuffix("/") ? String(root.dropLast()) : root
    guard let groups = Self.text(root + "/proc/self/cgroup"), let mounts = Self.text(root + "/proc/self/mountinfo") else { return }
    let places = groups.split(separator: "\n").compactMap(Place.init)
    for mount in mounts.split(separator: "\n").compactMap(Mount.init) {
      guard let place = places.first(where: { mount.shows($0) }) else { continue }
      for folder in mount.folders(of: place.path) { read(root + folder, isUnified: mount.controllers == nil) }
    }
  }

  private mutating func read(_ folder: String, isUnified: Bool) {
    func number(_ name: String) -> Int? { Self.text("\(folder)/\(name)").flatMap { Int($0.filter { !$0.isWhitespace }) } }
    let quota: (time: Int?, period: Int?)
    if isUnified {
      // "max 100000", or the time and the period in microseconds.
      let parts = Self.text(folder + "/cpu.max")?.split { $0.isWhitespace } ?? []
      quota = (parts.first.flatMap { Int($0) }, parts.dropFirst().first.flatMap { Int($0) })
    } else {
      quota = (number("cpu.cfs_quota_us"), number("cpu.cfs_period_us"))
    }
    if let time = quota.time, let period = quota.period, time > 0, period > 0 {
      cpus = min(cpus ?? .infinity, Double(time) / Double(period))
    }
    // Without a limit, version 1 shows a number near 2^63.
    if let bytes = number(isUnified ? "memory.max" : "memory.limit_in_bytes"), bytes > 0, bytes < 1 << 60 {
      memory = min(memory ?? .max, bytes)
    }
  }

  private static func text(_ path: String) -> String? { try? String(contentsOfFile: path, encoding: .utf8) }

  /// A line of `/proc/self/cgroup`: the group of this process in one hierarchy.
  private struct Place {
    /// Version 1's controllers of the hierarchy; nil for version 2.
    let controllers: [Substring]?
    let path: String

    init?(_ line: Substring) {
      let parts = line.split(separator: ":", maxSplits: 2, omittingEmptySubsequences: false)
      guard parts.count == 3 else { return nil }
      controllers = parts[1].isEmpty ? nil : parts[1].split(separator: ",")
      path = String(parts[2])
    }
  }

  /// A line of `/proc/self/mountinfo` about control groups.
  private struct Mount {
    /// Version 1's controllers among the options; nil for version 2.
    let controllers: [Substring]?
    /// The group that is at the mount point.
    let group: String
    let point: String

    init?(_ line: Substring) {
      let halves = line.split(separator: " - ", maxSplits: 1)
      guard halves.count == 2 else { return nil }
      let place = halves[0].split(separator: " "), kind = halves[1].split(separator: " ")
      guard place.count >= 5, kind.count >= 3, kind[0] == "cgroup2" || kind[0] == "cgroup" else { return nil }
      controllers = kind[0] == "cgroup2" ? nil : kind[2].split(separator: ",")
      group = String(place[3])
      point = String(place[4])
    }

    func shows(_ place: Place) -> Bool {
      guard let controllers else { return place.controllers == nil }
      guard let own = place.controllers else { return false }
      return own.contains { ($0 == "cpu" || $0 == "memory") && controllers.contains($0) }
    }

    /// The folders of a group and of those above it.
    ///
    /// A container may see its own group as the root, and its path from outside: then the mount point is its group.
    func folders(of path: String) -> [String] {
      var rest = path
      if group != "/" { rest = path == group || path.hasPrefix(group + "/") ? String(path.dropFirst(group.count)) : "" }
      if rest.hasPrefix("/..") { rest = "" }
      var folder = point, folders = [point]
      for name in rest.split(separator: "/") {
        folder += "/" + name
        folders.append(folder)
      }
      return folders
    }
  }
}
