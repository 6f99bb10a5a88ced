import Basics
import Files
import SystemPackage
import Verse

/// A folder of a test's own, removed at its end.
final class TemporaryFolder {
  let path: FilePath

  init() throws {
    path = FilePath("/tmp").appending("refrain-test-\(UInt64.random(in: .min ... .max))")
    try makeDirectories(path)
  }

  deinit {
    try? removeTree(path)
  }

  /// Writes a file and returns its path.
  func write(_ text: String, to name: String, permissions: UInt32 = 0o600) throws -> String {
    let file = path.appending(name)
    let descriptor = try FileDescriptor.open(
      file, .writeOnly, options: [.create, .truncate], permissions: FilePermissions(rawValue: permissions))
    try descriptor.closeAfter { _ = try descriptor.writeAll(Array(text.utf8)) }
    return file.string
  }

  /// Writes a shell script that stands in for espeak-ng, and returns a caller of it.
  func espeak(_ script: String, language: Language = .english) throws -> Espeak {
    var espeak = Espeak(language: language)
    espeak.program = try write("#!/bin/sh\n" + script + "\n", to: "espeak", permissions: 0o700)
    return espeak
  }
}

/// A small dictionary, read from its text.
func dictionary(_ text: String) throws -> PronouncingDictionary {
  try PronouncingDictionary(bytes: Array(text.utf8), path: "small.dict")
}

/// The pronunciation of a text that is one.
func spoken(_ text: String) -> Pronunciation {
  guard let found = Pronunciation(text) else { preconditionFailure("no pronunciation: \(text)") }
  return found
}
