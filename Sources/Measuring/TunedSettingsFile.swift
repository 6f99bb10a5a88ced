private import Basics
private import Files
private import Foundation
private import LanguageModel
internal import Models
private import SystemPackage

/// The file in which `refrain tune` keeps what it found.
public struct TunedSettingsFile: Sendable {
  /// Where it is.
  public let path: String

  /// The most bytes that the file may have: more are neither read nor written.
  static let largestFile = 1 << 20

  private struct Contents: Codable {
    var format = 1
    var settings: [TunedSetting]
  }
  private struct Format: Codable {
    var format: Int
  }

  /// The file at a path, which need not be there.
  public init(path: String) { self.path = path }

  /// All settings; none if there is no file.
  ///
  /// - Throws: `TunedSettingsError` or `FileError`; the file is not trusted.
  public func read() throws -> [TunedSetting] {
    let file = FilePath(path)
    if !fileExists(file) { return [] }
    let data = Data(try readFile(file, limit: Self.largestFile))
    do {
      let format = try JSONDecoder().decode(Format.self, from: data).format
      guard format == 1 else { throw TunedSettingsError.otherFormat(path: path, found: format) }
      return try JSONDecoder().decode(Contents.self, from: data).settings
    } catch let error as DecodingError {
      throw TunedSettingsError.malformed(path: path, fault: error.sentence)
    }
  }

  /// Replaces all settings, whole or not at all. If they are too many for the file to be read back, the oldest are dropped.
  ///
  /// - Throws: `FileError`.
  public func write(_ settings: [TunedSetting]) throws {
    let encoder = JSONEncoder()
    encoder.outputFormatting = [.prettyPrinted, .sortedKeys]
    var kept = settings[...]
    var bytes: [UInt8]
    repeat {
      bytes = Array(try encoder.encode(Contents(settings: Array(kept)))) + [UInt8(ascii: "\n")]
      if bytes.count <= Self.largestFile { break }
      kept = kept.dropFirst(max(1, kept.count / 8))
    } while !kept.isEmpty
    let file = FilePath(path)
    try makeDirectories(file.removingLastComponent())
    try AtomicFile.write(bytes, to: file)
  }
}

/// Why the tuned settings cannot be read.
public enum TunedSettingsError: Error, Equatable, CustomStringConvertible {
  /// JSON that is not what it should be.
  case malformed(path: String, fault: String)
  /// Written by another version of this program.
  case otherFormat(path: String, found: Int)

  /// One sentence: the path, what was found, what to do.
  public var description: String { sentence.text }

  private var sentence: Sentence {
    switch self {
    case .malformed(let path, let fault): "\(path): not a file of tuned settings, \(whole: fault); remove it, and tune again."
    case .otherFormat(let path, let found):
      "\(path): the tuned settings have format \(found), but this version reads format 1; remove the file, and tune again."
    }
  }
}
