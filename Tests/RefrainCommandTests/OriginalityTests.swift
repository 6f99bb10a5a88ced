import Foundation
import Testing

@Suite("The command: originality, and indexes of prepare") struct OriginalityTests {
  let folder: Folder

  init() throws {
    folder = try Folder()
    try folder.writeSongs()
    try folder.write(
      "Artist,Title,lyrics\nAnn,Down,\"the boat goes down the long river today\"\nBob,Up,\"la la la up we go\"\n", to: "t.csv")
    try folder.write("And so:\nThe boat goes down, the long RIVER\ntoday it rains", to: "new.txt")
  }

  private func json(_ arguments: String...) async throws -> [String: Any] {
    let result = try await Command.run(["originality"] + arguments + ["--json"], in: folder)
    #expect(result.status == 0, "\(result.errors)")
    return try #require(try JSONSerialization.jsonObject(with: Data(result.output.utf8)) as? [String: Any])
  }

  private func prepare(_ arguments: String...) async throws -> Command.Result {
    try await Command.run(
      ["prepare"] + arguments + ["--keep", "Title", "--validation-fraction", "0", "--text-column", "lyrics"], in: folder)
  }

  @Test func `the copied span is reported with the song that it comes from`() async throws {
    let text = try await Command.run("originality", "new.txt", "--against", "t.csv", in: folder)
    #expect(text.status == 0 && text.errors.isEmpty, "\(text.errors)")
    #expect(text.output.hasPrefix("new.txt: 12 words\n  compared with t.csv: 2 songs, 14 words\n    longest span    8 words\n"))
    #expect(text.output.contains("\n    8 words         the boat goes down the long river today (\"Down\" by Ann)\n"), "\(text.output)")
    #expect(text.output.hasSuffix("says nothing about rights.\n"))
    let found = try await json("new.txt", "--against", "t.csv")
    let texts = try #require(found["texts"] as? [[String: Any]])
    let comparison = try #require((texts[0]["comparisons"] as? [[String: Any]])?[0])
    #expect(comparison["longest_span"] as? Int == 8 && comparison["copied_words"] as? Int == 8)
    #expect((comparison["ngrams"] as? [[String: Any]])?.count == 7)
  }

  @Test func `prepare writes an index for its owner alone, and knows when it is up to date`() async throws {
    let first = try await prepare("t.csv", "--out", "s.store", "--index")
    #expect(first.status == 0, "\(first.errors)")
    #expect(first.errors.contains("indexed 2 songs, 14 words in ") && first.errors.hasSuffix("; the index is in s.store.index\n"))
    let path = folder.url.appending(path: "s.store.index").path
    #expect(try FileManager.default.attributesOfItem(atPath: path)[.posixPermissions] as? Int == 0o600)
    let second = try await prepare("t.csv", "--out", "s.store", "--index")
    #expect(second.errors == "s.store is up to date\ns.store.index is up to date\n")
    // Words that come once are <unk> in the store, and in the index all the same.
    let found = try await json("new.txt", "--against", "s.store")
    let compared = try #require(found["compared_with"] as? [[String: Any]])
    #expect(compared[0]["index"] as? String == "s.store.index" && compared[0]["unknown_words"] as? Int == 0)
    let texts = try #require(found["texts"] as? [[String: Any]])
    let comparison = try #require((texts[0]["comparisons"] as? [[String: Any]])?[0])
    #expect(comparison["longest_span"] as? Int == 8)
    // A store that is there has its tokens only.
    try FileManager.default.removeItem(atPath: path)
    let third = try await Command.run("prepare", "s.store", "--index", in: folder)
    #expect(third.status == 0 && third.output.isEmpty, "\(third.errors)")
    #expect(third.errors.contains("; words that are not in the store's vocabulary are not compared: "), "\(third.errors)")
  }

  @Test func `the index of a store without one is kept in the cache, and several corpora are compared with`() async throws {
    #expect(try await prepare("t.csv", "--out", "s.store", "--min-count", "1").status == 0)
    let first = try await Command.run("originality", "new.txt", "--against", "s.store", "--against", "songs", in: folder)
    #expect(first.status == 0 && first.errors == "making an index of s.store\n", "\(first.errors)")
    #expect(first.output.contains("compared with s.store: 2 songs") && first.output.contains("compared with songs: 12 songs"))
    let again = try await Command.run("originality", "new.txt", "--against", "s.store", in: folder)
    #expect(again.errors.isEmpty)
    let uncached = try await Command.run("originality", "new.txt", "--against", "s.store", "--no-cache", in: folder)
    #expect(uncached.errors == "making an index of s.store\n" && uncached.output == again.output)
  }

  @Test func `a portable guard is written beside the store, and has no words`() async throws {
    let result = try await prepare("t.csv", "--out", "s.store", "--portable-guard", "3")
    #expect(result.status == 0 && result.errors.contains("hashed 8 spans of 4 words, of which one in "), "\(result.errors)")
    let bytes = try folder.data("s.store.guard")
    #expect(bytes.range(of: Data("river".utf8)) == nil && !bytes.isEmpty)
    #expect(!FileManager.default.fileExists(atPath: folder.url.appending(path: "s.store.index").path))
  }

  static let mistakes: [([String], String)] = [
    (["originality", "new.txt"], "Missing --against"), (["originality", "new.txt", "--against", "none"], "none: "),
    (["originality", "new.txt", "--against", "blank.txt"], "blank.txt: "),
    (["originality", "new.txt", "--against", "t.csv", "--shortest", "0"], "--shortest must be at least 1"),
    (["originality", "new.txt", "--against", "broken.index"], "broken.index: this is not a whole index of songs (it is cut off)"),
    (["originality", "new.txt", "--against", "s.store"], "s.store.index: this index was made of another corpus than s.store"),
    (["originality", "new.txt", "--against", "dashes.txt"], "dashes.txt: no song in it has a word"),
    (["prepare", "t.csv", "--index"], "--index goes with --out, or with a store."),
    (["prepare", "t.csv", "--out", "x.store", "--portable-guard", "0"], "--portable-guard must be from 1 to 64, but is 0"),
    (["prepare", "t.csv", "--out", "x.store", "--portable-guard", "65"], "--portable-guard must be from 1 to 64, but is 65"),
    (["prepare", "t.csv", "--out", "taken.store", "--index"], "taken.store.index: this is there already and is no index"),
  ]

  @Test("A mistake is one sentence", arguments: mistakes.indices)
  func mistake(number: Int) async throws {
    try folder.write("", to: "blank.txt")
    try folder.write("RFNCOPYS and no more", to: "broken.index")
    try folder.write("! ?\n...\n", to: "dashes.txt")
    try folder.write("mine", to: "taken.store.index")
    #expect(try await prepare("t.csv", "--out", "s.store").status == 0)
    #expect(try await Command.run("prepare", "songs", "--out", "other.store", "--index", in: folder).status == 0)
    try FileManager.default.copyItem(
      at: folder.url.appending(path: "other.store.index"), to: folder.url.appending(path: "s.store.index"))
    let (arguments, text) = Self.mistakes[number]
    let result = try await Command.run(arguments, in: folder)
    #expect(result.status != 0 && result.output.isEmpty)
    #expect(result.errorLines.count == 1 && result.errorLines[0].dropFirst("error: ".count).hasPrefix(text), "\(result.errors)")
    #expect(try folder.text("taken.store.index") == "mine")
  }
}
