import Foundation
import Refrain
import Testing

@Suite("The library") struct LibraryTests {
  /// The package's folder.
  static let package = URL(filePath: #filePath).deletingLastPathComponent().deletingLastPathComponent().deletingLastPathComponent()

  static func snippet() throws -> [Substring] {
    let source = try String(contentsOf: package.appending(path: "Tests/RefrainTests/LibraryExample.swift"), encoding: .utf8)
    let lines = source.split(separator: "\n", omittingEmptySubsequences: false)
    let begin = try #require(lines.firstIndex(of: "// snippet begins"))
    let end = try #require(lines.firstIndex(of: "// snippet ends"))
    return Array(lines[begin + 1..<end])
  }

  @Test func `fewer than twenty lines train a model and write a song`() async throws {
    let folder = FileManager.default.temporaryDirectory.appending(path: "refrain-\(UInt64.random(in: .min ... .max))")
    defer { try? FileManager.default.removeItem(at: folder) }
    let lyrics = Self.package.appending(path: "corpora/songs/shanty").path()
    let text = try await writeSong(after: lyrics, savingTo: folder.path())
    #expect(text.hasPrefix("The river") && text.count > "The river".count)
    // What it saved writes the same song.
    let saved = try Model(directory: folder.path())
    #expect(try saved.generate(prompt: "The river", length: 100, seed: 7) == text)
    #expect(try Self.snippet().count < 20 && Self.snippet().first == "import Refrain")
  }

  @Test func `the README shows the lines that were run`() throws {
    let readme = try String(contentsOf: Self.package.appending(path: "README.md"), encoding: .utf8)
    #expect(readme.contains("```swift\n" + (try Self.snippet().joined(separator: "\n")) + "\n```"))
  }
}
