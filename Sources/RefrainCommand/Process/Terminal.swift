internal import Basics
internal import Files
internal import Foundation
private import Synchronization
private import SystemPackage

/// Standard output and standard error.
enum Terminal {
  /// Whether people watch standard error, so that a line may be drawn over.
  static var isErrorInteractive: Bool { isatty(STDERR_FILENO) == 1 && ProcessInfo.processInfo.environment["TERM"] != "dumb" }

  /// Whether people watch standard output.
  static var isOutputInteractive: Bool { isatty(STDOUT_FILENO) == 1 }

  /// Whether a file's name stands for standard output.
  static func isOutput(_ file: String?) -> Bool { file == "-" || file == "/dev/stdout" }

  /// Writes to standard output, which gets the text as it is.
  ///
  /// - Throws: `OutputError`; where the reader has gone (`| head -1`), leaving at once is all there is to do, in silence.
  static func write(_ text: String) throws(OutputError) {
    if isSilent { return }
    do throws(Errno) {
      try send(text, to: .standardOutput)
    } catch {
      if error == .brokenPipe { exit(128 + SIGPIPE) }
      throw OutputError(reason: error.reason)
    }
  }

  /// Writes text for people to standard output; for a terminal, control characters are escaped.
  ///
  /// - Throws: `OutputError` as ``write(_:)``.
  static func show(_ text: String) throws(OutputError) {
    try write(isOutputInteractive ? text.shown(most: .max, keepsLines: true) : text)
  }

  /// A value as one line of JSON, its keys sorted.
  static func json(_ value: some Encodable) throws -> String {
    let encoder = JSONEncoder()
    encoder.outputFormatting = [.sortedKeys]
    return String(decoding: try encoder.encode(value), as: UTF8.self)
  }

  // MARK: - Standard error

  /// Whether nothing but errors is written, since this process is one of several and another one speaks for all.
  static var isSilent: Bool {
    get { silence.load(ordering: .relaxed) }
    set { silence.store(newValue, ordering: .relaxed) }
  }
  private static let silence = Atomic(false)

  /// Writes text for people to standard error with control characters escaped; errors are ignored, since there is nowhere to report them.
  static func writeError(_ text: String) { if !isSilent { try? send(text.shown(most: .max, keepsLines: true), to: .standardError) } }

  /// The most characters of an error or a warning.
  private static let longestMessage = 4_000

  /// A kind of message, and its colour on a terminal.
  enum Complaint: String {
    case error, warning

    /// The code that begins the colour: bold red or bold yellow, which are readable on light and on dark grounds.
    fileprivate var colour: String { self == .error ? "\u{1B}[1;31m" : "\u{1B}[1;33m" }
  }

  /// Whether standard error shows colours: on a terminal, unless NO_COLOR is set (https://no-color.org).
  static var hasErrorColours: Bool { isErrorInteractive && (ProcessInfo.processInfo.environment["NO_COLOR"] ?? "").isEmpty }

  /// Writes an error or a warning on one line.
  static func complain(_ kind: Complaint, _ text: String) {
    let name = hasErrorColours ? "\(kind.colour)\(kind.rawValue):\u{1B}[0m" : "\(kind.rawValue):"
    try? send(name + " \(text.shown(most: longestMessage, keepsLines: false))\n", to: .standardError)
  }

  /// Writes a warning.
  static func warn(_ text: String) { if !isSilent { complain(.warning, text) } }

  /// Draws a line over the last one of a terminal that people watch.
  static func redraw(_ line: String) {
    if isSilent { return }
    try? send("\r\(line.shown(most: .max, keepsLines: false))\u{1B}[K", to: .standardError)
  }

  private static func send(_ text: String, to file: FileDescriptor) throws(Errno) {
    let bytes = Array(text.utf8)
    var rest = bytes.span
    while !rest.isEmpty {
      do throws(Errno) {
        let count = try FileCalls.system.write(file, rest)
        // A call that takes nothing would be repeated for ever.
        if count == 0 { throw .ioError }
        rest = rest.extracting(droppingFirst: count)
      } catch {
        switch error {
        case .interrupted: continue
        // Another process has made the descriptor non-blocking.
        case .wouldBlock, .resourceTemporarilyUnavailable: Thread.sleep(forTimeInterval: 0.005)
        default: throw error
        }
      }
    }
  }
}

/// Standard output takes no more.
struct OutputError: Error, CustomStringConvertible {
  let reason: String
  var description: String { "standard output: could not write to it (\(reason)); check the disk or the program that it goes to." }
}

extension String {
  /// Without what would make a terminal do other than show text: a model from elsewhere may have any vocabulary.
  var withoutControls: String {
    String(
      String.UnicodeScalarView(unicodeScalars.filter { $0.properties.generalCategory != .control || $0 == "\n" || $0 == "\t" }))
  }
}
