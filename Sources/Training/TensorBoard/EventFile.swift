internal import Files
private import Foundation
internal import SystemPackage

/// An event file of TensorBoard, made when its first event comes.
///
/// A process makes a file of its own and never touches those that are there, whoever wrote them. TensorBoard reads the files of a folder in
/// the order of their names, so the name begins with a number above all that are there.
struct EventFile {
  private let directory: FilePath
  private let calls: FileCalls
  private var file: AppendedFile?
  /// The file's path, once it is chosen: an attempt that failed may have left an empty file there.
  private var path: FilePath?
  /// What is written first, until there is a file.
  private var beginning: [UInt8]
  private var hasEvents = false
  /// Whether something is kept that could not be written.
  private(set) var isBehind = false

  /// - Parameter step: the first step whose events are written. TensorBoard discards earlier files' events of this step and later ones.
  init(in directory: FilePath, from step: Int, calls: FileCalls) {
    self.directory = directory
    self.calls = calls
    beginning = TensorBoardEvent.version(time: Self.now).record + TensorBoardEvent.start(time: Self.now, step: step).record
  }

  /// Seconds since 1970.
  static var now: Double { Date().timeIntervalSince1970 }

  /// Adds an event.
  ///
  /// - Throws: `FileError`; the event is then kept, and written with the next one.
  mutating func append(_ event: TensorBoardEvent) throws(FileError) {
    isBehind = true
    if let file {
      try file.append(event.record)
    } else {
      beginning += event.record
      try open()
    }
    isBehind = false
  }

  /// Makes TensorBoard discard the events of this step and later ones, for a run that rolls back.
  mutating func discard(from step: Int) throws(FileError) {
    let start = TensorBoardEvent.start(time: Self.now, step: step)
    if hasEvents { return try append(start) }
    beginning += start.record
  }

  /// Writes what could not be written before.
  mutating func flush() throws(FileError) {
    if let file {
      try file.flush()
    } else if hasEvents {
      // Nobody needs a file that says only where it begins.
      try open()
    }
    isBehind = false
  }

  /// Returns once all is on the disk.
  mutating func sync() throws(FileError) {
    try flush()
    try file?.sync()
  }

  /// Makes the folder and the file.
  private mutating func open() throws(FileError) {
    hasEvents = true
    try makeDirectories(directory, calls: calls)
    let path = if let path { path } else { try unusedPath() }
    self.path = path
    let file = try AppendedFile(path, calls: calls)
    self.file = file
    let bytes = beginning
    beginning = []
    try file.append(bytes)
  }

  /// A path whose name comes after those that are there.
  private func unusedPath() throws(FileError) -> FilePath {
    // Ten digits, as TensorFlow has them.
    let largest = 9_999_999_999
    let names: [FilePath.Component]
    do throws(Errno) { names = try entries(of: directory) } catch { throw FileError(reading: directory, error, action: "list its files") }
    let numbers = names.compactMap { name -> Int? in
      let parts = name.string.split(separator: ".", omittingEmptySubsequences: false)
      guard parts.count > 3, parts[0] == "events", parts[1] == "out", parts[2] == "tfevents" else { return nil }
      return Int(parts[3]).flatMap { (0..<largest).contains($0) ? $0 : nil }
    }
    let number = String(max(Int(Self.now), (numbers.max() ?? 0) + 1))
    let digits = String(repeating: "0", count: max(0, 10 - number.count)) + number
    // Two containers may have one process number, so the host is named too.
    let host = ProcessInfo.processInfo.hostName.filter { $0.isASCII && ($0.isLetter || $0.isNumber || $0 == "-") }.prefix(60)
    return directory.appending(
      "events.out.tfevents.\(digits).\(host).\(ProcessInfo.processInfo.processIdentifier).refrain")
  }
}
