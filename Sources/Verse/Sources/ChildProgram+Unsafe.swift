// poll(2) and read(2) take pointers, which live for the call only.
private import Basics
private import Dispatch
private import Files
private import Foundation
internal import SystemPackage

/// A program that is run once, gets its input from a file without a name and must end in time.
struct ChildProgram {
  /// The name of the program, found by PATH, or its path.
  var name: String
  var arguments: [String]
  /// A program that writes nothing for this time is killed, and so is one that takes ``mostLimits`` of these in all: tens of thousands of
  /// words take a while.
  var limit: Duration
  /// How often the limit may pass in all.
  static let mostLimits = 12
  /// The most bytes of output that are read; a program that writes more is killed.
  var mostOutput: Int

  /// Why a program gave nothing.
  enum Failure: Error, Equatable {
    case notFound
    case timedOut
    case tooMuchOutput
    /// It did not end well.
    case ended(status: Int32, complaint: String)
    case notRun(reason: String)
  }

  /// Runs the program and returns what it wrote.
  func output(for input: [UInt8]) throws(Failure) -> [UInt8] {
    guard let path = Self.find(name) else { throw .notFound }
    // Pipes and the process itself take descriptors, and Foundation traps where there are none.
    guard openableFiles(upTo: 24) == 24 else { throw .notRun(reason: Errno.tooManyOpenFiles.description) }
    let end = ContinuousClock.now + limit * Self.mostLimits
    let process = Process()
    let pipe = Pipe()
    let given: FilePath = try Self.temporaryFile(input)
    defer { try? FileCalls.system.remove(given) }
    let complaints: FilePath = try Self.temporaryFile([])
    defer { try? FileCalls.system.remove(complaints) }
    guard let standardInput = FileHandle(forReadingAtPath: given.string),
      let standardError = FileHandle(forWritingAtPath: complaints.string)
    else { throw .notRun(reason: "its input cannot be opened") }
    process.executableURL = URL(fileURLWithPath: path)
    process.arguments = arguments
    // A file, since a pipe that the program does not read would hold up or end the writer.
    process.standardInput = standardInput
    process.standardOutput = pipe
    process.standardError = standardError
    do { try process.run() } catch { throw .notRun(reason: "\(error)") }
    // This process's end of the writing side is closed by `run`, so that the output ends with the program.
    let bytes: [UInt8]
    do throws(Failure) {
      bytes = try Self.read(
        FileDescriptor(rawValue: pipe.fileHandleForReading.fileDescriptor), atMost: mostOutput, limit: limit, until: end)
      // It may close its output and go on.
      let deadline = min(end, ContinuousClock.now + limit)
      while process.isRunning {
        if ContinuousClock.now >= deadline { throw .timedOut }
        Thread.sleep(forTimeInterval: 0.001)
      }
    } catch {
      // Nothing waits for it: a program that it has started may hold its end back, however dead it is.
      kill(process.processIdentifier, SIGKILL)
      throw error
    }
    guard process.terminationReason == .exit, process.terminationStatus == 0 else {
      let complaint = (try? readFile(complaints, limit: 1 << 16)).map { String(decoding: $0, as: UTF8.self) } ?? ""
      let reason = process.terminationReason == .exit ? "" : "signal \(process.terminationStatus)"
      throw .ended(status: process.terminationStatus, complaint: complaint.isEmpty ? reason : complaint)
    }
    return bytes
  }

  private static func find(_ program: String) -> String? {
    if program.contains("/") { return FileManager.default.isExecutableFile(atPath: program) ? program : nil }
    let path = ProcessInfo.processInfo.environment["PATH"] ?? "/usr/local/bin:/usr/bin:/bin"
    return path.split(separator: ":").map { "\($0)/\(program)" }.first { FileManager.default.isExecutableFile(atPath: $0) }
  }

  /// Makes a file that only this user may read, and returns its path.
  private static func temporaryFile(_ bytes: [UInt8]) throws(Failure) -> FilePath {
    let folder = FileManager.default.temporaryDirectory.path
    let path = FilePath(folder).appending("refrain-\(UInt64.random(in: .min ... .max)).tmp")
    do {
      let file = try FileDescriptor.open(
        path, .writeOnly, options: [.create, .exclusiveCreate, .closeOnExec], permissions: FilePermissions(rawValue: 0o600))
      try file.closeAfter { _ = try file.writeAll(bytes) }
    } catch {
      try? FileCalls.system.remove(path)
      throw .notRun(reason: "\(path.string.shown): \((error as? Errno)?.reason ?? "\(error)")")
    }
    return path
  }

  /// Reads to the end, waiting no longer than the limit for each piece, and than to the given time for all.
  private static func read(
    _ file: FileDescriptor, atMost most: Int, limit: Duration, until end: ContinuousClock.Instant
  ) throws(Failure) -> [UInt8] {
    var deadline = min(end, ContinuousClock.now + limit)
    var bytes: [UInt8] = []
    var piece = [UInt8](repeating: 0, count: 1 << 16)
    while true {
      let left = ContinuousClock.now.duration(to: deadline)
      if left <= .zero { throw .timedOut }
      var descriptor = pollfd(fd: file.rawValue, events: Int16(POLLIN), revents: 0)
      let ready = unsafe poll(&descriptor, 1, Int32(min(1_000, left.inSeconds * 1_000 + 1)))
      if ready <= 0 { continue }
      let count: Int
      do {
        count = try unsafe piece.withUnsafeMutableBytes { unsafe try file.read(into: $0) }
      } catch {
        throw .notRun(reason: (error as? Errno)?.reason ?? "\(error)")
      }
      if count == 0 { return bytes }
      bytes += piece[..<count]
      deadline = min(end, ContinuousClock.now + limit)
      if bytes.count > most { throw .tooMuchOutput }
    }
  }
}
