private import Dispatch
internal import Files
private import Foundation
internal import SystemPackage

/// The bytes of a source, decompressed, from the beginning to the end.
final class ByteSource {
  private let source: SourceFile
  private let file: SequentialFile?
  private let child: Process?
  /// Keeps the pipe open.
  private let output: Pipe?
  /// How many bytes of the source itself were read, if that can be said.
  private(set) var bytesRead = 0
  /// The first bytes as they stand in the source, decompressed; empty before the first read.
  private(set) var beginning: [UInt8] = []
  /// The encoding that is converted to UTF-8; nil for UTF-8, or before the first read.
  private(set) var encoding: String?
  /// What was not valid in the encoding, with places in the converted text; the owner removes what it has used.
  var faults: [TextConverter.Fault] = []

  private let wanted: String?
  private var converter: TextConverter?
  /// Bytes that were read, as UTF-8, and not given yet.
  private var pending: [UInt8] = []
  private var isAtEnd = false

  /// How many faults are remembered at a time.
  private static let mostFaults = 1 << 16

  /// - Parameter encoding: the encoding of a source without a byte-order mark; nil: UTF-8.
  /// - Throws: `CorpusError` if the file cannot be read or the program that decompresses it is not there.
  init(_ source: SourceFile, encoding: String?) throws(CorpusError) {
    self.source = source
    // A text that is in memory is UTF-8 already.
    wanted = source.isUTF8 ? nil : encoding
    if source.contents != nil || source.path == "-" {
      child = nil
      output = nil
      file = source.contents == nil ? SequentialFile(.standardInput, path: "standard input") : nil
      return
    }
    // Opening it first gives the usual errors, for a compressed file too.
    let plain: SequentialFile
    do throws(FileError) { plain = try SequentialFile(source.path) } catch { throw CorpusError(ofSource: error) }
    guard let program = source.compression.program else {
      file = plain
      child = nil
      output = nil
      return
    }
    guard let found = Self.find(program) else { throw .noProgram(path: source.path.string, program: program) }
    func notRun(_ reason: String) -> CorpusError {
      .unreadable(.failed(path: source.path.string, action: "run \(program)", reason: reason))
    }
    guard openableFiles(upTo: 24) == 24 else { throw notRun(Errno.tooManyOpenFiles.description) }
    let process = Process(), pipe = Pipe()
    // Without an input the program would read nothing and report no error.
    guard let input = FileHandle(forReadingAtPath: source.path.string) else { throw notRun("its input cannot be opened") }
    process.executableURL = URL(fileURLWithPath: found)
    process.arguments = ["-dcq"]
    process.standardInput = input
    process.standardOutput = pipe
    process.standardError = FileHandle.nullDevice
    do { try process.run() } catch { throw notRun("\(error)") }
    child = process
    output = pipe
    file = SequentialFile(FileDescriptor(rawValue: pipe.fileHandleForReading.fileDescriptor), path: source.path)
  }

  private static func find(_ program: String) -> String? {
    let path = ProcessInfo.processInfo.environment["PATH"] ?? "/usr/local/bin:/usr/bin:/bin"
    return path.split(separator: ":").map { "\($0)/\(program)" }.first { FileManager.default.isExecutableFile(atPath: $0) }
  }

  /// Adds up to `most` bytes of UTF-8; fewer only at the end.
  func read(appendingTo bytes: inout [UInt8], atMost most: Int) throws(CorpusError) -> Int {
    if beginning.isEmpty { try begin() }
    let start = bytes.count
    while true {
      let part = min(pending.count, most - (bytes.count - start))
      bytes += pending.prefix(part)
      pending.removeFirst(part)
      let missing = most - (bytes.count - start)
      if missing == 0 || isAtEnd { return bytes.count - start }
      guard let converter else {
        isAtEnd = try readRaw(appendingTo: &bytes, atMost: missing) < missing
        continue
      }
      var raw: [UInt8] = []
      isAtEnd = try readRaw(appendingTo: &raw, atMost: missing) < missing
      converter.convert(raw, isLast: isAtEnd, into: &pending) { if faults.count < Self.mostFaults { faults.append($0) } }
    }
  }

  /// Reads the first bytes, which may tell the encoding.
  private func begin() throws(CorpusError) {
    isAtEnd = try readRaw(appendingTo: &beginning, atMost: 8) < 8
    pending = beginning
    guard !beginning.isEmpty else { return }
    let marked = SourceEncoding.marked(beginning)
    guard let name = marked?.name ?? wanted, !SourceEncoding.isUTF8(name) else { return }
    guard let converter = TextConverter(name) else { throw .unknownEncoding(name: name) }
    encoding = name
    self.converter = converter
    pending = []
    converter.skip(marked?.count ?? 0)
    converter.convert(Array(beginning.dropFirst(marked?.count ?? 0)), isLast: isAtEnd, into: &pending) { faults.append($0) }
  }

  /// Adds up to `most` bytes as they stand in the source; fewer only at the end.
  private func readRaw(appendingTo bytes: inout [UInt8], atMost most: Int) throws(CorpusError) -> Int {
    guard let file else {
      let rest = (source.contents ?? []).dropFirst(bytesRead).prefix(most)
      bytes += rest
      bytesRead += rest.count
      return rest.count
    }
    do throws(FileError) {
      let count = try file.read(appendingTo: &bytes, atMost: most)
      bytesRead += count
      return count
    } catch {
      throw CorpusError(ofSource: error)
    }
  }

  /// What can only be said at the end: whether the program that decompressed it was content, and whether the file is as it was.
  func finish() -> CorpusError? {
    if let child, let program = source.compression.program {
      child.waitUntilExit()
      if child.terminationStatus != 0 { return .notDecompressed(path: source.path.string, program: program) }
    }
    if let stamp = source.stamp, FileStamp(source.path) != stamp { return .changedWhileRead(path: source.path.string) }
    return nil
  }

  /// Gives up before the end.
  func abandon() {
    if let child, child.isRunning { child.terminate() }
  }
}
