import Foundation

/// The Python that tests compare with: `REFRAIN_PYTHON` where `make interchange` sets it, or `python3`.
enum Python {
  static let modules = ["numpy", "onnx", "onnxruntime", "safetensors", "torch"]
  /// Whether it was named, so that what it lacks is a failure and no reason to pass over the tests.
  static let isNamed = ProcessInfo.processInfo.environment["REFRAIN_PYTHON"] != nil
  static let path = ProcessInfo.processInfo.environment["REFRAIN_PYTHON"] ?? "python3"

  /// Whether it has all modules.
  static let isUsable = has(modules)

  /// Whether it has some modules; they are looked for, not loaded.
  static func has(_ modules: [String]) -> Bool {
    let names = modules.map { "'\($0)'" }.joined(separator: ", ")
    let check = "import sys; sys.dont_write_bytecode = True; from importlib.util import find_spec; "
    return (try? run(["-c", check + "sys.exit(any(find_spec(name) is None for name in [\(names)]))"]))?.status == 0
  }

  /// Runs it to its end.
  static func run(_ arguments: [String]) throws -> (status: Int32, output: String) {
    let process = Process(), output = Pipe()
    process.executableURL = URL(fileURLWithPath: "/usr/bin/env")
    process.arguments = [path] + arguments
    process.standardOutput = output
    process.standardError = isNamed ? FileHandle.standardError : FileHandle.nullDevice
    process.standardInput = FileHandle.nullDevice
    try process.run()
    // A process that hangs must not hold up the others.
    let id = process.processIdentifier
    let watch = DispatchWorkItem { if process.isRunning { kill(id, SIGKILL) } }
    DispatchQueue.global().asyncAfter(deadline: .now() + 120, execute: watch)
    let text = String(decoding: output.fileHandleForReading.readDataToEndOfFile(), as: UTF8.self)
    process.waitUntilExit()
    watch.cancel()
    return (process.terminationStatus, text)
  }
}
