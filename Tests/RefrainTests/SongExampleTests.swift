import Foundation
import Refrain
import Testing

@Suite("The library writes songs") struct SongExampleTests {
  @Test func `fewer than ten lines write a song that rhymes and copies nothing`() async throws {
    let folder = FileManager.default.temporaryDirectory.appending(path: "refrain-\(UInt64.random(in: .min ... .max))")
    defer { try? FileManager.default.removeItem(at: folder) }
    let lyrics = LibraryTests.package.appending(path: "corpora/songs/shanty").path()
    _ = try await writeSong(after: lyrics, savingTo: folder.path())
    let song = try writeRhymes(with: folder.path(), unlike: lyrics)
    #expect(song.lines.count == 16 && song.lines.allSatisfy { $0.syllables > 0 })
    let index = try CopyIndex.open(against: [lyrics]).index
    #expect(Originality(of: song.text, against: index).longestSpan <= 6)
  }

  @Test func `the article shows the lines that were run`() throws {
    let source = try String(contentsOf: LibraryTests.package.appending(path: "Tests/RefrainTests/SongExample.swift"), encoding: .utf8)
    let snippet = try #require(
      source.components(separatedBy: "// snippet begins\n").last?.components(separatedBy: "\n// snippet ends").first)
    let article = try String(
      contentsOf: LibraryTests.package.appending(path: "Sources/Refrain/Refrain.docc/Songwriting.md"), encoding: .utf8)
    #expect(article.contains("```swift\n\(snippet)\n```"))
    #expect(snippet.split(separator: "\n").count < 10)
  }
}
