import Foundation
import Testing

@Suite("The command pronounce, and evaluate --lyrics") struct PronounceTests {
  /// A folder with a model of words.
  static func folder() async throws -> Folder {
    let folder = try Folder()
    try folder.writeSongs()
    let trained = try await Command.run(
      ["train", "songs", "--model", "m", "--quiet"] + WorkflowTests.tiny + ["--steps", "2"], in: folder)
    #expect(trained.status == 0, "\(trained.errors)")
    return folder
  }

  static func report(_ arguments: [String], in folder: Folder) async throws -> [String: Any] {
    let result = try await Command.run(arguments + ["--json"], in: folder)
    #expect(result.status == 0 && result.errors.isEmpty, "\(result.errors)")
    return try #require(try JSONSerialization.jsonObject(with: Data(result.output.utf8)) as? [String: Any])
  }

  @Test func `pronunciations are made once, edited, made anew, and go with their model`() async throws {
    let folder = try await Self.folder()
    try folder.write(";;; ours\nRIVER  R IH1 V ER0\nSISTER  S IH1 S T ER0\nSISTER(2)  S IH1 S T AH0\n", to: "small.dict")
    let made = try await Self.report(["pronounce", "m", "--no-espeak", "--pronunciations", "small.dict"], in: folder)
    let sources = try #require(made["sources"] as? [String: Int])
    let spelled = sources["spelling"] ?? 0
    #expect(sources["dictionary"] == 2 && spelled > 20 && sources["espeak-ng"] == nil)
    #expect(made["dictionary"] as? String == "small.dict" && made["language"] as? String == "en")
    #expect((made["rhyme_classes"] as? [[String: Any]])?.isEmpty == false)
    let text = try folder.text("m/pronunciations.txt")
    #expect(text.contains("\nsister(2)  S IH1 S T AH0\n") && text.contains(";;; source: spelling\n"))

    let edited = try await Command.run("pronounce", "m", "river", "--set", "candle=K AE1 N D AH0 L", in: folder)
    #expect(edited.status == 0)
    let rows = edited.output.split(separator: "\n").map { $0.split(separator: " ").joined(separator: " ") }
    let expected = ["word phonemes syllables source", "river R IH1 V ER0 2 dictionary", "candle K AE1 N D AH0 L 2 edited"]
    #expect(rows == expected)
    #expect(try folder.text("m/pronunciations.txt").contains(";;; source: edited\ncandle  K AE1 N D AH0 L\n"))

    // Other sources are asked for with --remake only.
    let refused = try await Command.run("pronounce", "m", "--no-espeak", in: folder)
    #expect(refused.status != 0 && refused.errorLines.count == 1 && refused.errors.contains("--remake"))
    let remade = try await Self.report(["pronounce", "m", "--no-espeak", "--remake"], in: folder)
    let again = try #require(remade["sources"] as? [String: Int])
    #expect(again["dictionary"] == nil && again["edited"] == 1 && remade["dictionary"] == nil)

    let words = try await Self.report(["pronounce", "m", "river", "candle", "..."], in: folder)
    let listed = try #require(words["words"] as? [[String: Any]])
    let named: [String?] = listed.map { $0["source"] as? String }
    #expect(named == ["spelling", "edited", nil])
    let syllables: [[Int]] = listed.map { $0["syllables"] as? [Int] ?? [] }
    #expect(syllables == [[2], [2], []])

    // A new model has none.
    let trained = try await Command.run(
      ["train", "songs", "--model", "m", "--overwrite", "--quiet"] + WorkflowTests.tiny + ["--steps", "2"], in: folder)
    #expect(trained.status == 0 && !folder.has("m/pronunciations.txt"), "\(trained.errors)")
  }

  @Test(
    "wrong input is one error, and changes nothing",
    arguments: [
      ["--set", "river"], ["--set", "river=R QQ"], ["--set", "=R"], ["--pronunciations", "missing.dict"], ["--pronunciations", "bad.dict"],
      ["--pronunciations", ""], ["--language", "e n"], [""],
    ])
  func wrongInput(arguments: [String]) async throws {
    let folder = try await Self.folder()
    try folder.write("RIVER R IH1 V ER0\nSISTER S QQ\n", to: "bad.dict")
    let result = try await Command.run(["pronounce", "m", "--no-espeak"] + arguments, in: folder)
    #expect(result.status != 0 && result.output.isEmpty && result.errorLines.count == 1, "\(result.errors)")
    if arguments.last == "bad.dict" { #expect(result.errors.contains("bad.dict:2: ")) }
    #expect(!folder.has("m/pronunciations.txt"))
  }

  @Test func `a damaged file of pronunciations is an error with its line`() async throws {
    let folder = try await Self.folder()
    try folder.write(";;; format: 1\nriver R QQ\n", to: "m/pronunciations.txt")
    let result = try await Command.run("pronounce", "m", in: folder)
    #expect(result.status != 0 && result.errors.contains("m/pronunciations.txt:2: ") && result.errorLines.count == 1)
    #expect(try folder.text("m/pronunciations.txt") == ";;; format: 1\nriver R QQ\n")
  }

  @Test func `lyrics are measured without a model`() async throws {
    let folder = try Folder()
    try folder.write("[Verse]\nThe cat\nThe hat\nThe cat\n", to: "a.txt")
    try folder.write("so the cat the hat the sea\n", to: "b.txt")
    let report = try await Self.report(
      ["evaluate", "--lyrics", "a.txt", "--against", "b.txt", "--no-espeak"], in: folder)
    #expect(report["lines"] as? Int == 3)
    #expect(report["words"] as? Int == 6)
    #expect(report["songs"] as? Int == 1)
    let third = 1.0 / 3
    #expect(report["perfect_rhymes"] as? Double == 2 * third)
    #expect(report["repeated_lines"] as? Double == third)
    #expect(report["syllables_mean"] as? Double == 2)
    #expect(report["copied_5_grams"] as? Double == 0.5)
    let table = try await Command.run("evaluate", "--no-espeak", "--lyrics", "a.txt", "b.txt", in: folder)
    #expect(table.status == 0 && table.output.contains("songs                 2 (4 lines, 13 words)"), "\(table.output)")
  }

  @Test(
    "flags that do not fit together are refused",
    arguments: [
      ["m", "--lyrics", "a.txt"], ["--lyrics", "a.txt", "--dynamic"], ["m", "a.txt", "--no-espeak"], ["m", "a.txt", "--against", "a.txt"],
      ["--lyrics", "missing.txt", "--no-espeak"], ["--lyrics", ""],
    ])
  func refused(arguments: [String]) async throws {
    let folder = try Folder()
    try folder.write("The cat\n", to: "a.txt")
    let result = try await Command.run(["evaluate"] + arguments, in: folder)
    #expect(result.status != 0 && result.errorLines.count == 1 && result.output.isEmpty, "\(result.errors)")
  }
}
