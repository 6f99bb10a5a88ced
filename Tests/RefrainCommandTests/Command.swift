import Foundation
import Testing

/// The built command, run as a user runs it.
struct Command {
  struct Result {
    var status: Int32
    var output: String
    var errors: String

    /// The lines that begin with "error:".
    var errorLines: [Substring] { errors.split(separator: "\n").filter { $0.hasPrefix("error:") } }
  }

  /// The command lies beside the test program.
  static let executable = URL(fileURLWithPath: CommandLine.arguments[0]).deletingLastPathComponent().appending(path: "refrain")

  static func start(
    executable: URL = executable, _ arguments: [String], in folder: Folder, input: Pipe? = nil
  ) throws -> (process: Process, output: Pipe, errors: Pipe) {
    let process = Process(), output = Pipe(), errors = Pipe()
    process.executableURL = executable
    process.arguments = arguments
    process.currentDirectoryURL = folder.url
    // What the user has tuned is not the tests' business.
    process.environment = ProcessInfo.processInfo.environment.merging([
      "XDG_CONFIG_HOME": folder.url.path + "/config", "XDG_CACHE_HOME": folder.url.path + "/cache",
    ]) { $1 }
    process.standardOutput = output
    process.standardError = errors
    if let input { process.standardInput = input } else { process.standardInput = FileHandle.nullDevice }
    try run(process)
    return (process, output, errors)
  }

  /// Runs a process that ends with this one.
  static func run(_ process: Process) throws {
    let watch = try OrphanWatch()
    process.terminationHandler = { _ in watch.release() }
    try process.run()
    watch.guards(process.processIdentifier)
  }

  static func run(_ arguments: String..., in folder: Folder) async throws -> Result {
    try await run(arguments, in: folder)
  }

  static func run(_ arguments: [String], in folder: Folder) async throws -> Result {
    try await run(executable: executable.path, arguments, in: folder)
  }

  /// Another program, run alike.
  static func run(executable: String, _ arguments: [String], in folder: Folder) async throws -> Result {
    let (process, output, errors) = try start(executable: URL(fileURLWithPath: executable), arguments, in: folder)
    async let written = read(output)
    let complaints = await read(errors)
    process.waitUntilExit()
    return Result(status: process.terminationStatus, output: await written, errors: complaints)
  }

  /// Sends a signal to a command that reads songs from standard input and waits for more, after some megabytes. `folder` has a song.
  static func interruptedReading(
    _ arguments: [String], by signal: Int32, in folder: Folder
  ) throws -> (status: Int32, errors: String) {
    let pipe = Pipe()
    let (process, output, errors) = try start(arguments, in: folder, input: pipe)
    let text = try folder.data("songs/river.txt")
    // More than a pipe holds, so that the last of it is written only when the command is at work.
    for _ in 0..<20_000 { try pipe.fileHandleForWriting.write(contentsOf: text) }
    let id = process.processIdentifier
    kill(id, signal)
    // A command that does not hear it must not hold up the tests.
    let watch = DispatchWorkItem { kill(id, SIGKILL) }
    DispatchQueue.global().asyncAfter(deadline: .now() + 60, execute: watch)
    process.waitUntilExit()
    watch.cancel()
    #expect(output.fileHandleForReading.readDataToEndOfFile().isEmpty && process.terminationReason == .exit)
    return (process.terminationStatus, String(decoding: errors.fileHandleForReading.readDataToEndOfFile(), as: UTF8.self))
  }

  private static func read(_ pipe: Pipe) async -> String {
    await withCheckedContinuation { continuation in
      DispatchQueue.global().async {
        continuation.resume(returning: String(decoding: pipe.fileHandleForReading.readDataToEndOfFile(), as: UTF8.self))
      }
    }
  }
}

/// Ends a process if this one dies before it, in whatever way: nobody else would end a training run without end.
///
/// A shell waits on a pipe that only this process holds, and which the system closes when it dies. (Linux would signal a child of its own
/// accord, but already when the thread that started it ends, as threads of a pool do.)
struct OrphanWatch: Sendable {
  private let pipe: FileHandle

  init() throws {
    let pipe = Pipe(), shell = Process()
    shell.executableURL = URL(fileURLWithPath: "/bin/sh")
    shell.arguments = ["-c", "read pid && { read released || kill -9 $pid; }"]
    shell.standardInput = pipe
    shell.standardOutput = FileHandle.nullDevice
    shell.standardError = FileHandle.nullDevice
    try shell.run()
    self.pipe = pipe.fileHandleForWriting
  }

  /// Begins to watch over a process.
  func guards(_ pid: Int32) { try? pipe.write(contentsOf: Data("\(pid)\n".utf8)) }

  /// Says that the process has ended.
  func release() {
    try? pipe.write(contentsOf: Data("released\n".utf8))
    try? pipe.close()
  }

  /// What the system does when this process dies.
  func abandon() throws { try pipe.close() }
}

/// A folder that goes with the test.
final class Folder: Sendable {
  let url: URL

  init() throws {
    url = FileManager.default.temporaryDirectory.appending(path: "refrain-\(UUID().uuidString)")
    try FileManager.default.createDirectory(at: url, withIntermediateDirectories: true)
  }

  deinit { try? FileManager.default.removeItem(at: url) }

  func write(_ text: String, to name: String) throws { try write(Data(text.utf8), to: name) }

  func write(_ data: Data, to name: String) throws {
    let file = url.appending(path: name)
    try FileManager.default.createDirectory(at: file.deletingLastPathComponent(), withIntermediateDirectories: true)
    try data.write(to: file)
  }

  func data(_ name: String) throws -> Data { try Data(contentsOf: url.appending(path: name)) }
  func text(_ name: String) throws -> String { String(decoding: try data(name), as: UTF8.self) }
  func has(_ name: String) -> Bool { FileManager.default.fileExists(atPath: url.appending(path: name).path) }

  /// Twelve short songs, in a folder of that name.
  func writeSongs(_ name: String = "songs") throws {
    let things = [
      "river", "lantern", "harbour", "orchard", "window", "mountain", "engine", "candle", "garden", "bridge", "kettle", "ribbon",
    ]
    for (index, thing) in things.enumerated() {
      let other = things[(index + 5) % things.count]
      try write(
        """
        The \(thing)

        [Verse 1]
        I walked beside the \(thing), I waited by the \(other),
        I sang it to my sister and I sang it to my brother.

        [Chorus]
        Oh the \(thing), oh the \(thing), it will never be another,
        Oh the \(other) and the \(thing), and the one beside the other.

        """, to: "\(name)/\(thing).txt")
    }
  }
}
