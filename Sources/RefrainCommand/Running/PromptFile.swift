internal import Basics
internal import Files
internal import SystemPackage

/// A file with the beginning of a song.
enum PromptFile {
  /// No model keeps more in mind.
  private static let limit = 1 << 20

  /// Reads the beginning. After a file that ends with a line end, the song continues on a new line.
  ///
  /// - Parameter path: "-" for standard input.
  /// - Throws: `FileError`, or `PromptError` if it is no text.
  static func read(_ path: String) throws -> String {
    var bytes: [UInt8] = []
    if path == "-" {
      _ = try SequentialFile(.standardInput, path: "standard input").read(appendingTo: &bytes, atMost: limit + 1)
      if bytes.count > limit { throw FileError.tooLarge(path: "standard input", bytes: bytes.count, limit: limit) }
    } else {
      bytes = try readFile(FilePath(path), limit: limit)
    }
    guard let text = String(validating: bytes, as: UTF8.self) else { throw PromptError.notText(path: path) }
    // What editors write around and between the lines is no part of them.
    let lines = (text.hasPrefix("\u{FEFF}") ? text.dropFirst() : text[...]).split(
      omittingEmptySubsequences: false, whereSeparator: \.isNewline)
    return lines.joined(separator: "\n")
  }
}

/// Why a file cannot begin a song.
enum PromptError: Error, Equatable, CustomStringConvertible {
  case notText(path: String)

  var description: String { sentence.text }

  private var sentence: Sentence {
    switch self {
    case .notText(let path): "\(path == "-" ? "standard input" : path): this is not UTF-8 text; convert it, for example with iconv."
    }
  }
}
