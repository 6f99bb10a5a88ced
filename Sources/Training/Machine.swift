private import Foundation

/// What is known of the computer.
public enum Machine {
  /// The physical cores that this process may use: threads of one core share its arithmetic units, so a second one adds nothing.
  public static let physicalCores: Int = {
    let logical = ProcessInfo.processInfo.activeProcessorCount
    var cores: Set<String> = []
    for cpu in 0..<logical {
      let path = "/sys/devices/system/cpu/cpu\(cpu)/topology/thread_siblings_list"
      guard let siblings = try? String(contentsOfFile: path, encoding: .utf8) else { return logical }
      cores.insert(siblings)
    }
    return max(1, cores.count)
  }()
}
