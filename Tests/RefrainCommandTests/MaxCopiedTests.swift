import Foundation
import Testing

@Suite("The command copies no longer span than it may") struct MaxCopiedTests {
  /// A folder with a model that has learned its songs well enough to copy them.
  private static func folder(_ corpus: String = "songs") async throws -> Folder {
    let folder = try Folder()
    try folder.writeSongs()
    if corpus == "s.store" {
      let prepared = try await Command.run(
        "prepare", "songs", "--out", "s.store", "--min-count", "1", "--validation-fraction", "0", in: folder)
      #expect(prepared.status == 0, "\(prepared.errors)")
    }
    let cut = corpus == "s.store" ? [] : ["--min-count", "1"]
    let trained = try await Command.run(
      [
        "train", corpus, "--model", "m", "--steps", "400", "--embedding", "16", "--hidden", "32", "--batch", "4", "--window", "8",
        "--quiet",
      ]
        + cut, in: folder)
    #expect(trained.status == 0, "\(trained.errors)")
    return folder
  }

  private static func words(_ text: String) -> [String] {
    // A tag is one at the beginning of a line.
    text.replacing(/(?m)^\[[^\]]*\]/, with: " ").lowercased().split { !$0.isLetter && !$0.isNumber }.map(String.init)
  }

  /// The most words in a row that a text shares with a song of the folder.
  private static func longestSpan(_ text: String, _ folder: Folder) throws -> Int {
    let songs = try FileManager.default.contentsOfDirectory(at: folder.url.appending(path: "songs"), includingPropertiesForKeys: nil)
      .map { " " + words(try String(contentsOf: $0, encoding: .utf8)).joined(separator: " ") + " " }
    let own = words(text)
    var longest = 0
    for start in own.indices {
      while start + longest < own.count,
        songs.contains(where: { $0.contains(" " + own[start...(start + longest)].joined(separator: " ") + " ") })
      { longest += 1 }
    }
    return longest
  }

  @Test("by the corpus that the model records", arguments: ["songs", "s.store"])
  func recorded(corpus: String) async throws {
    let folder = try await Self.folder(corpus)
    let command = ["generate", "m", "--seed", "3", "--length", "150", "--prompt", "The river\n\n[Verse 1]\nI"]
    let loose = try await Command.run(command, in: folder)
    #expect(try Self.longestSpan(loose.output, folder) > 4, "\(loose.output)")
    let result = try await Command.run(command + ["--max-copied", "3"], in: folder)
    #expect(result.status == 0 && result.errors.contains("the text copies at most 3 words in a row from "), "\(result.errors)")
    #expect(result.errors.contains(corpus == "songs" ? "songs (12 songs, " : "s.store ("), "\(result.errors)")
    #expect(try Self.longestSpan(result.output, folder) <= 3, "\(result.output)")
    #expect(Self.words(result.output).count > 20)
    let batch = try await Command.run(command + ["--max-copied", "3", "--count", "2"], in: folder)
    #expect(batch.output.hasPrefix(result.output + "\n---\n"))
    let shaped = try await Command.run(
      "generate", "m", "--no-espeak", "--structure", "verse:4 chorus:2 chorus:=", "--rhyme", "AA", "--max-copied", "2", "--seed", "1",
      in: folder)
    #expect(shaped.status == 0, "\(shaped.errors)")
    #expect(try Self.longestSpan(shaped.output, folder) <= 2, "\(shaped.output)")
    // From elsewhere, too: the record says where the run began.
    let elsewhere = try await Command.run(
      executable: "/bin/sh",
      ["-c", "cd songs && exec \"$0\" generate ../m --seed 3 --max-copied 3 --length 9", Command.executable.path], in: folder)
    #expect(elsewhere.status == 0, "\(elsewhere.errors)")
  }

  @Test func `by what is named, or by the guard in the model directory`() async throws {
    let folder = try await Self.folder()
    let prepared = try await Command.run(
      "prepare", "songs", "--out", "s.store", "--validation-fraction", "0", "--index", "--portable-guard", "3", in: folder)
    #expect(prepared.status == 0, "\(prepared.errors)")
    for against in ["s.store", "s.store.index", "s.store.guard", "songs"] {
      let result = try await Command.run(
        "generate", "m", "--seed", "3", "--length", "150", "--max-copied", "3", "--against", against, in: folder)
      #expect(result.status == 0 && result.errors.contains(" \(against) ("), "\(result.errors)")
      #expect(try Self.longestSpan(result.output, folder) <= 3, "\(against): \(result.output)")
    }
    try FileManager.default.removeItem(at: folder.url.appending(path: "m/checkpoints"))
    let lost = try await Command.run("generate", "m", "--max-copied", "3", in: folder)
    #expect(lost.status != 0 && lost.output.isEmpty && lost.errorLines.count == 1, "\(lost.errors)")
    #expect(lost.errors.contains("no checkpoint that tells which songs it was trained on; name them, as in --against songs/"))
    try folder.write(folder.data("s.store.guard"), to: "m/copies.guard")
    let given = try await Command.run("generate", "m", "--seed", "3", "--length", "150", "--max-copied", "4", in: folder)
    #expect(given.status == 0 && given.errors.contains("m/copies.guard ("), "\(given.errors)")
    #expect(try Self.longestSpan(given.output, folder) <= 3, "\(given.output)")
  }

  @Test func `songs that are gone or others now are a sentence`() async throws {
    let folder = try await Self.folder("s.store")
    try FileManager.default.removeItem(at: folder.url.appending(path: "songs/river.txt"))
    #expect(try await Command.run("prepare", "songs", "--out", "s.store", "--min-count", "1", in: folder).status == 0)
    let changed = try await Command.run("generate", "m", "--max-copied", "3", in: folder)
    #expect(changed.status != 0 && changed.output.isEmpty, "\(changed.errors)")
    #expect(changed.errors.contains("was trained on other songs than"), "\(changed.errors)")
    try FileManager.default.removeItem(at: folder.url.appending(path: "s.store"))
    let missing = try await Command.run("generate", "m", "--max-copied", "3", in: folder)
    #expect(missing.status != 0 && missing.output.isEmpty && missing.errorLines.count == 1, "\(missing.errors)")
    #expect(missing.errors.contains("s.store any more; name them"), "\(missing.errors)")
  }

  @Test(
    "a mistake is one sentence",
    arguments: [
      (["--max-copied", "0"], "--max-copied must be from 1 to 64, but is 0"),
      (["--max-copied", "65"], "--max-copied must be from 1 to 64, but is 65"), (["--max-copied", "x"], "--max-copied"),
      (["--against", "songs"], "--max-copied, which is not given"), (["--max-copied", "3", "--against", "none"], "none: "),
      (["--max-copied", "3", "--against", ""], "--against is empty"),
      (["--max-copied", "2", "--against", "s.store.guard"], "--max-copied must be at least 3, which the portable guard was made for"),
    ])
  func mistakes(flags: [String], sentence: String) async throws {
    let folder = try Folder()
    try folder.writeSongs()
    #expect(try await Command.run("prepare", "songs", "--out", "s.store", "--portable-guard", "3", in: folder).status == 0)
    let trained = try await Command.run(
      "train", "songs", "--model", "m", "--steps", "1", "--embedding", "8", "--hidden", "8", "--batch", "2", "--window", "8", "--quiet",
      in: folder)
    #expect(trained.status == 0)
    let result = try await Command.run(["generate", "m"] + flags, in: folder)
    #expect(result.status != 0 && result.output.isEmpty && result.errors.contains(sentence), "\(result.errors)")
    let report = try await Command.run("originality", "songs/river.txt", "--against", "s.store.guard", in: folder)
    #expect(report.status != 0 && report.errors.contains("s.store.guard: a portable guard has no text"), "\(report.errors)")
  }
}
