private import Basics
private import Foundation
private import Kernels

/// What is known of the computer, and of the kernels that will run on it.
public enum Machine {
  /// The cores that this process may keep busy: the physical cores in its affinity mask, at most the CPU quota of its control group,
  /// rounded and at least 1. Two threads of one core share its arithmetic units, so a second one adds nothing.
  public static var usableCores: Int { AvailableProcessors.current.cores }

  /// Processor, cores and kernels: what the speed of training depends on, besides what else the machine does.
  public static let description = "\(processor), \(usableCores) cores, \(openBLASKernels), \(vectorKernels)"

  /// The processor's name.
  package static let processor: String = {
    let lines = (try? String(contentsOfFile: "/proc/cpuinfo", encoding: .utf8))?.split(separator: "\n") ?? []
    let name = lines.first { $0.hasPrefix("model name") }?.split(separator: ":").dropFirst().first
    return name.map { $0.trimmingCharacters(in: .whitespaces) } ?? "unknown processor"
  }()

  /// The memory that this process may use, in bytes: of the machine, or less by a limit.
  package static var usableMemory: Double { memory.bytes }

  /// What decides how much memory this process may use.
  package static var memoryLimit: MemoryLimit { memory.limit }

  private static let memory: (bytes: Double, limit: MemoryLimit) = {
    var least: (bytes: Double, limit: MemoryLimit) = (Double(ProcessInfo.processInfo.physicalMemory), .machine)
    if let group = ControlGroups().memory, Double(group) < least.bytes { least = (Double(group), .controlGroup) }
    if let process = limitOfMemory, Double(process) < least.bytes { least = (Double(process), .process) }
    return least
  }()

  /// OpenBLAS's version, such as "0.3.21".
  public static var openBLASVersion: String { OpenBLAS.version }
  /// The kernel set that OpenBLAS uses, such as "SkylakeX"; part of what makes results the same bit for bit.
  public static var openBLASKernels: String { OpenBLAS.kernels }
  /// The kernel set that OpenBLAS took by itself, where another was chosen in its place since it is faster on this CPU; else nil.
  public static var openBLASKernelsReplaced: String? {
    let chosen = OpenBLAS.kernels
    return OpenBLAS.kernelsFound == chosen ? nil : OpenBLAS.kernelsFound
  }
  /// What OPENBLAS_CORETYPE asks for and could not be obeyed, or nil.
  public static var openBLASKernelsIgnored: String? { OpenBLAS.ignoredChoice }
  /// The kernel sets that got products wrong when OpenBLAS was set up; another set is used in their place.
  public static var openBLASKernelsFaulty: [String] { OpenBLAS.setup.faultyKernels }
  /// The threads that OpenBLAS uses for one product: 1, since the workers are the parallelism, or the host program's choice if OpenBLAS is
  /// left alone.
  public static var openBLASThreads: Int { OpenBLAS.threads }
  /// How OpenBLAS was built to run threads: "sequential", "pthreads" or "OpenMP".
  public static var openBLASThreading: String { OpenBLAS.threading.rawValue }
  /// Whether matrix products run one at a time, because this build of OpenBLAS gets them wrong side by side, or because OpenBLAS is left
  /// alone with several threads. Results are the same; training with several workers is slower.
  public static var serializesProducts: Bool {
    _ = OpenBLAS.setup
    return OpenBLAS.isSerialized
  }
  /// The vector level of the element-wise kernels: "avx512f", "avx2+fma" or "baseline".
  public static var vectorKernels: String { VectorFunctions.level }
  /// Whether OpenBLAS's products agree with plain loops, and are the same bit for bit while other threads compute products.
  public static var passesSelfTest: Bool { hasNeededThreads && OpenBLAS.passesSelfTest }

  /// Whether a product uses one thread, or as many as the host program wants.
  private static var hasNeededThreads: Bool { leavesOpenBLASAlone || OpenBLAS.threads == 1 }

  /// Refuses a machine whose products cannot be trusted.
  ///
  /// - Throws: `OpenBLASError.wrongProducts` or `.unreliable` if OpenBLAS fails its self-test, `.threads` if the program
  ///   has changed the thread count since OpenBLAS was set up.
  public static func checkProducts() throws(OpenBLASError) {
    if !OpenBLAS.setup.isRight { throw .wrongProducts(version: openBLASVersion, kernels: openBLASKernelsFaulty) }
    if !hasNeededThreads { throw .threads(openBLASThreads) }
    guard passesSelfTest else {
      throw .unreliable(version: openBLASVersion, kernels: openBLASKernels, threading: openBLASThreading)
    }
  }

  /// Makes ``peakMemory`` start from what is in use now, where the system can.
  package static func resetPeakMemory() {
    // What was freed before is not in use.
    releaseFreedMemory()
    try? "5".write(toFile: "/proc/self/clear_refs", atomically: false, encoding: .utf8)
  }

  /// The most memory that this process has had, in bytes; 0 where the system does not tell.
  package static var peakMemory: Double {
    guard let status = try? String(contentsOfFile: "/proc/self/status", encoding: .utf8) else { return 0 }
    let line = status.split(separator: "\n").first { $0.hasPrefix("VmHWM:") }
    return line.flatMap { Double($0.split(separator: " ").dropFirst().first ?? "") }.map { $0 * 1_024 } ?? 0
  }
}
