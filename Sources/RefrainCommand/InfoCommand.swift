internal import ArgumentParser
internal import Foundation
internal import Refrain

struct InfoCommand: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "info", abstract: "Show the machine and the kernels that training runs on.")

  @Flag(help: "Print one JSON object.")
  var json = false

  struct Report: Encodable {
    var cores = Machine.physicalCores
    var openblasVersion = Machine.openBLASVersion
    var openblasKernels = Machine.openBLASKernels
    var openblasThreads = Machine.openBLASThreads
    var vectorKernels = Machine.vectorKernels
    var selfTest = Machine.passesSelfTest ? "passed" : "failed"

    enum CodingKeys: String, CodingKey {
      case cores, openblasVersion = "openblas_version", openblasKernels = "openblas_kernels", openblasThreads = "openblas_threads"
      case vectorKernels = "vector_kernels", selfTest = "self_test"
    }
  }

  func run() throws {
    let report = Report()
    Machine.warnOfKernels()
    if json {
      try Terminal.write(Terminal.json(report) + "\n")
      return
    }
    let replaced = Machine.openBLASKernelsReplaced.map { " (chosen in place of \($0))" } ?? ""
    try Terminal.write(
      """
      cores           \(report.cores)
      OpenBLAS        \(report.openblasVersion), \(report.openblasKernels) kernels\(replaced), \(Machine.openBLASThreading), \
      \(report.openblasThreads) thread a product
      vector kernels  \(report.vectorKernels)
      self-test       \(report.selfTest) (concurrent products equal serial ones)

      """)
  }
}

extension Machine {
  /// Says on standard error what was asked of OpenBLAS and cannot be had.
  static func warnOfKernels() {
    guard let choice = openBLASKernelsIgnored else { return }
    Terminal.writeError(
      "warning: OPENBLAS_CORETYPE=\(choice) is nothing that OpenBLAS \(openBLASVersion) has for this CPU; \(openBLASKernels) kernels are used.\n"
    )
  }
}
