import Foundation
import Testing

/// The reports in Corpora.md, which `make examples` writes, are what the command prints.
@Suite("Example reports") struct ExampleReportTests {
  private static let project = URL(filePath: #filePath).appending(path: "../../..").standardized

  private static func examples() throws -> [(arguments: [String], output: String)] {
    let article = project.appending(path: "Sources/Refrain/Refrain.docc/Corpora.md")
    let lines = try String(contentsOf: article, encoding: .utf8).split(separator: "\n", omittingEmptySubsequences: false)
    let start = "<!-- output of: refrain ", end = " -->"
    return lines.indices.compactMap { index in
      guard lines[index].hasPrefix(start), lines[index].hasSuffix(end) else { return nil }
      let output = lines[(index + 2)...].prefix { $0 != "```" }
      let arguments = lines[index].dropFirst(start.count).dropLast(end.count).split(separator: " ")
      return (arguments.map(String.init), output.map { $0 + "\n" }.joined())
    }
  }

  @Test func `are what the command prints`() async throws {
    let examples = try Self.examples()
    #expect(examples.count >= 2)
    let folder = try Folder()
    try FileManager.default.createSymbolicLink(
      at: folder.url.appending(path: "corpora"), withDestinationURL: Self.project.appending(path: "corpora"))
    for (arguments, output) in examples {
      let result = try await Command.run(arguments, in: folder)
      #expect(result.status == 0 && result.output == output, "make examples writes them anew: \(result.output)\(result.errors)")
    }
  }
}
