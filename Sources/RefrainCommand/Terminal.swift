internal import Foundation

/// Standard output and standard error.
enum Terminal {
  /// Whether people watch standard error, so that a line may be drawn over.
  static var isErrorInteractive: Bool { isatty(STDERR_FILENO) == 1 && ProcessInfo.processInfo.environment["TERM"] != "dumb" }

  /// Whether people watch standard output.
  static var isOutputInteractive: Bool { isatty(STDOUT_FILENO) == 1 }

  /// Whether a file's name stands for standard output.
  static func isOutput(_ file: String?) -> Bool { file == "-" || file == "/dev/stdout" }

  /// Writes to standard output.
  ///
  /// - Throws: `OutputError`; where the reader has gone (`| head -1`), leaving at once is all there is to do, in silence.
  static func write(_ text: String) throws {
    do {
      try FileHandle.standardOutput.write(contentsOf: Data(text.utf8))
    } catch {
      let code = ((error as NSError).userInfo[NSUnderlyingErrorKey] as? NSError)?.code ?? (error as NSError).code
      if code == Int(EPIPE) { exit(128 + SIGPIPE) }
      throw OutputError(reason: describe(errorNumber: code))
    }
  }

  /// A value as one line of JSON, its keys sorted.
  static func json(_ value: some Encodable) throws -> String {
    let encoder = JSONEncoder()
    encoder.outputFormatting = [.sortedKeys]
    return String(decoding: try encoder.encode(value), as: UTF8.self)
  }

  /// Writes to standard error; there is nobody to tell if that fails.
  static func writeError(_ text: String) { try? FileHandle.standardError.write(contentsOf: Data(text.utf8)) }
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
