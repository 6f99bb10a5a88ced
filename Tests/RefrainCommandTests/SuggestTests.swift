import Foundation
import Testing

@Suite("The command suggests") struct SuggestTests {
  @Test("what is suggested can be trained", arguments: [[], ["--tokens", "char"], ["--tokens=bpe", "--max-vocabulary=300"]])
  func trained(flags: [String]) async throws {
    let folder = try Folder()
    try folder.writeSongs()
    let corpus = ["songs", "--validation-fraction", "0.2", "--workers", "1"] + flags
    let result = try await Command.run(["suggest", "--minutes", "0.1", "--json", "--quiet"] + corpus, in: folder)
    #expect(result.status == 0 && result.errors.isEmpty, "\(result.errors)")
    let object = try #require(try JSONSerialization.jsonObject(with: Data(result.output.utf8)) as? [String: Any])
    let ngram = try #require(object["ngram"] as? [String: Any])
    #expect((ngram["order"] as? Int) == (flags.contains("char") ? 6 : 3) && ngram["loss_nats"] is Double)
    let candidates = try #require(object["candidates"] as? [[String: Any]]), index = try #require(object["suggested"] as? Int)
    let settings = try #require(candidates[index]["settings"] as? [String: Any]), hidden = try #require(settings["hidden"] as? Int)
    let command = try #require(object["command"] as? String)
    #expect(command.hasPrefix("refrain train songs ") && command.contains(" --minutes ") && command.contains(" --batch "))
    #expect(command.contains(" --workers 1 "))
    // No word of it needs quotes.
    let words = command.replacing("MODEL", with: "m").split(separator: " ").dropFirst().map(String.init)
    let planned = try await Command.run(words + ["--dry-run"], in: folder)
    #expect(planned.status == 0 && planned.output.contains("model      1 x \(hidden) LSTM"), "\(planned.errors)\(planned.output)")
    let trained = try await Command.run(words + ["--quiet"], in: folder)
    #expect(trained.status == 0, "\(trained.errors)")
    let file = try #require(try JSONSerialization.jsonObject(with: folder.data("m/config.json")) as? [String: Any])
    let used = try #require(file["training"] as? [String: Any])
    let decided = ["steps", "average_decay", "warmup_steps", "validate_every", "patience"]
    for (key, value) in settings where !decided.contains(key) {
      #expect("\(used[key] ?? "none")" == "\(value)", "\(key)")
    }
  }

  @Test func `the table, the expectation and the command are shown`() async throws {
    let folder = try Folder()
    try folder.writeSongs()
    let result = try await Command.run("suggest", "songs", "--minutes", "0.1", "--validation-fraction", "0.2", in: folder)
    #expect(result.status == 0 && result.errors.contains("measuring the speed of 1 x "), "\(result.errors)")
    let starts = [
      "corpus     ", "vocabulary ", "3-gram     perplexity ", "suggested  1 x ", "settings   ", "expected   ", "why        in ",
    ]
    for start in starts + ["measured   the nearest run, of ", "command    refrain train songs "] {
      #expect(result.output.split(separator: "\n").count { $0.hasPrefix(start) } == 1, "\(start): \(result.output)")
    }
    #expect(result.output.split(separator: "\n").count { $0.hasSuffix("  <") } == 1)
    // Nothing is written.
    #expect(try FileManager.default.contentsOfDirectory(atPath: folder.url.path).sorted() == ["songs"])

    let none = try await Command.run("suggest", "songs", "--minutes", "0.1", "--validation-fraction", "0", "--quiet", in: folder)
    #expect(none.status == 0 && none.output.contains("3-gram     not counted, because no songs are held out\n"), "\(none.errors)")
  }

  @Test func `a name that begins with a dash is printed as a path`() async throws {
    let folder = try Folder()
    try folder.write(String(repeating: "the river and the rain\nwent down to the sea\n\n", count: 40), to: "-dash.txt")
    let result = try await Command.run("suggest", "--minutes", "0.05", "--quiet", "--", "-dash.txt", in: folder)
    #expect(result.status == 0 && result.output.contains("command    refrain train ./-dash.txt "), "\(result.errors)")
    // The corpus is far smaller than any that was measured.
    #expect(result.output.contains("; this is uncertain, since the smallest measured corpus has "))
  }

  @Test(
    "what cannot be suggested for is refused",
    arguments: [
      (["songs"], "--minutes"), (["--minutes", "1"], "Missing the corpus"), (["songs", "--minutes", "0"], "--minutes must be above 0"),
      (["songs", "--minutes", "nan"], "--minutes must be above 0"), (["songs", "--minutes", "1", "--workers", "0"], "but is 0"),
      (["nothing", "--minutes", "1"], "nothing"), (["tiny.txt", "--minutes", "1"], "and a run needs at least 36; add songs."),
    ])
  func refused(arguments: [String], message: String) async throws {
    let folder = try Folder()
    try folder.writeSongs()
    try folder.write("one two", to: "tiny.txt")
    let result = try await Command.run(["suggest"] + arguments, in: folder)
    #expect(result.status != 0 && result.errorLines.count == 1 && result.errors.contains(message), "\(result.errors)")
  }
}
