import Basics
import Foundation
import Testing

/// A folder with the files of `proc` and `sys` that a machine shows.
final class FakeMachine {
  let root: URL

  init() throws {
    root = FileManager.default.temporaryDirectory.appending(path: "refrain-\(UUID().uuidString)")
    try FileManager.default.createDirectory(at: root, withIntermediateDirectories: true)
  }

  deinit { try? FileManager.default.removeItem(at: root) }

  func write(_ text: String, to path: String) throws {
    let file = root.appending(path: path)
    try FileManager.default.createDirectory(at: file.deletingLastPathComponent(), withIntermediateDirectories: true)
    try Data(text.utf8).write(to: file)
  }

  /// CPUs whose cores have so many threads each; the second threads follow after all first ones, as Linux numbers them.
  func writeCPUs(cores: Int, threads: Int, allowed: String) throws {
    let cpus = cores * threads
    try write("0-\(cpus - 1)\n", to: "sys/devices/system/cpu/online")
    for cpu in 0..<cpus {
      let siblings = stride(from: cpu % cores, to: cpus, by: cores).map(String.init).joined(separator: ",")
      try write(siblings + "\n", to: "sys/devices/system/cpu/cpu\(cpu)/topology/thread_siblings_list")
    }
    try write("Name:\trefrain\nCpus_allowed:\tff\nCpus_allowed_list:\t\(allowed)\n", to: "proc/self/status")
  }

  /// Version 2, in which this process is in a group.
  func writeGroup(_ path: String, at group: String = "/") throws {
    try write("0::\(path)\n", to: "proc/self/cgroup")
    try write("30 23 0:26 \(group) /sys/fs/cgroup rw,nosuid shared:4 - cgroup2 cgroup2 rw,nsdelegate\n", to: "proc/self/mountinfo")
  }

  var processors: AvailableProcessors { AvailableProcessors(root: root.path) }
  var groups: ControlGroups { ControlGroups(root: root.path) }
}

@Suite("What this process may use") struct AvailableProcessorsTests {
  @Test(
    "the CPUs of the affinity mask count by their cores",
    arguments: [
      (8, 1, "0-7", 8, 8, true), (8, 2, "0-15", 16, 8, true), (8, 2, "0-7", 8, 8, true), (8, 2, "0,8", 2, 1, false),
      (8, 2, "4-5,12-13", 4, 2, false), (8, 2, "7,8", 2, 2, false), (4, 2, "3", 1, 1, false), (2, 1, "0-63", 2, 2, true),
    ])
  func affinity(cores: Int, threads: Int, allowed: String, cpus: Int, usable: Int, isAll: Bool) throws {
    let machine = try FakeMachine()
    try machine.writeCPUs(cores: cores, threads: threads, allowed: allowed)
    let processors = machine.processors
    #expect(processors.cpus == cpus && processors.cores == usable)
    #expect(processors.limit == (isAll ? .machine : .affinity))
  }

  @Test(
    "a quota of version 2 is rounded to cores, at least one, and never adds any",
    arguments: [
      ("max 100000", nil, 8), ("200000 100000", 2.0, 2), ("150000 100000", 1.5, 2), ("140000 100000", 1.4, 1), ("10000 100000", 0.1, 1),
      ("1600000 100000", 16.0, 8), ("50000 25000", 2.0, 2), ("", nil, 8), ("abc def", nil, 8), ("100000", nil, 8),
    ] as [(String, Double?, Int)])
  func quota(text: String, cpus: Double?, cores: Int) throws {
    let machine = try FakeMachine()
    try machine.writeCPUs(cores: 8, threads: 2, allowed: "0-15")
    try machine.writeGroup("/box")
    try machine.write(text + "\n", to: "sys/fs/cgroup/box/cpu.max")
    #expect(machine.groups.cpus == cpus && machine.processors.cores == cores)
    #expect(machine.processors.limit == (cores < 8 ? .quota(cpus ?? 0) : .machine))
  }

  @Test func `the lowest limit on the way to the root counts`() throws {
    let machine = try FakeMachine()
    try machine.writeCPUs(cores: 8, threads: 1, allowed: "0-7")
    try machine.writeGroup("/a/b/c")
    try machine.write("max 100000\n", to: "sys/fs/cgroup/a/b/c/cpu.max")
    try machine.write("300000 100000\n", to: "sys/fs/cgroup/a/b/cpu.max")
    try machine.write("500000 100000\n", to: "sys/fs/cgroup/a/cpu.max")
    try machine.write("max\n", to: "sys/fs/cgroup/a/b/c/memory.max")
    try machine.write("4294967296\n", to: "sys/fs/cgroup/a/b/memory.max")
    try machine.write("1073741824\n", to: "sys/fs/cgroup/a/memory.max")
    #expect(machine.groups.cpus == 3 && machine.groups.memory == 1 << 30)
    #expect(machine.processors.cores == 3 && machine.processors.limit == .quota(3))
  }

  @Test(
    "a container sees its own group at the mount point",
    arguments: [
      ("/", "/"), ("/docker/abc", "/docker/abc"), ("/docker/abc/inner", "/docker/abc"),
      ("/../elsewhere", "/"), ("/gone", "/"), ("/ab", "/a"),
    ])
  func container(path: String, group: String) throws {
    let machine = try FakeMachine()
    try machine.writeCPUs(cores: 4, threads: 1, allowed: "0-3")
    try machine.writeGroup(path, at: group)
    try machine.write("100000 100000\n", to: "sys/fs/cgroup/cpu.max")
    #expect(machine.processors.cores == 1)
  }

  @Test(
    "version 1 is read where its controllers are mounted",
    arguments: [("cpu,cpuacct", "/sys/fs/cgroup/cpu,cpuacct"), ("cpu", "/sys/fs/cgroup/cpu"), ("cpuacct,cpu", "/elsewhere")])
  func version1(controllers: String, point: String) throws {
    let machine = try FakeMachine()
    try machine.writeCPUs(cores: 8, threads: 1, allowed: "0-7")
    try machine.write("5:\(controllers):/box\n4:memory:/box\n3:cpuset:/\n0::/\n", to: "proc/self/cgroup")
    try machine.write(
      """
      32 31 0:29 / \(point) rw,relatime - cgroup cgroup rw,\(controllers)
      33 31 0:32 / /sys/fs/cgroup/memory rw,relatime - cgroup cgroup rw,memory
      34 31 0:38 / /sys/fs/cgroup/unified rw,relatime - cgroup2 cgroup2 rw

      """, to: "proc/self/mountinfo")
    let folder = String(point.dropFirst()) + "/box"
    try machine.write("250000\n", to: folder + "/cpu.cfs_quota_us")
    try machine.write("100000\n", to: folder + "/cpu.cfs_period_us")
    try machine.write("2147483648\n", to: "sys/fs/cgroup/memory/box/memory.limit_in_bytes")
    // Above it there is no limit: the time is -1, and the bytes are a number near 2^63.
    try machine.write("-1\n", to: String(point.dropFirst()) + "/cpu.cfs_quota_us")
    try machine.write("100000\n", to: String(point.dropFirst()) + "/cpu.cfs_period_us")
    try machine.write("9223372036854771712\n", to: "sys/fs/cgroup/memory/memory.limit_in_bytes")
    #expect(machine.groups.cpus == 2.5 && machine.groups.memory == 2 << 30)
    // 2.5 is rounded away from zero.
    #expect(machine.processors.cores == 3)
  }

  @Test func `a machine that shows nothing is used whole`() throws {
    let machine = try FakeMachine()
    let processors = machine.processors
    #expect(processors.cores == ProcessInfo.processInfo.activeProcessorCount && processors.limit == .machine)
    #expect(machine.groups.cpus == nil && machine.groups.memory == nil)
  }

  @Test func `this process has at least one core, and no more than CPUs`() {
    let processors = AvailableProcessors.current
    #expect(processors.cores >= 1 && processors.cores <= processors.cpus)
    #expect(processors.cpus <= ProcessInfo.processInfo.processorCount)
  }
}
