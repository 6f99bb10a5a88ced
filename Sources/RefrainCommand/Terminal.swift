internal import Foundation

/// Standard output and standard error.
enum Terminal {
  /// Whether people watch standard error, so that a line may be drawn over.
  static var isErrorInteractive: Bool { isatty(STDERR_FILENO) == 1 && ProcessInfo.processInfo.environment["TERM"] != "dumb" }

  static func write(_ text: String) { FileHandle.standardOutput.write(Data(text.utf8)) }

  static func writeError(_ text: String) { try? FileHandle.standardError.write(contentsOf: Data(text.utf8)) }
}
