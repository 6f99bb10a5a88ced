import Foundation
import Testing

@Suite("A resumed run's flags are those of the run") struct ResumeFlagsTests {
  private static let begin = [
    "train", "train.txt", "--validation", "held.txt", "--test", "test.txt", "--tokens", "char", "--tags", "drop", "--model", "m", "--quiet",
  ]

  private static func folder() async throws -> Folder {
    let folder = try ReadingFlagsTests.folder()
    try folder.write("the lamp burns on the boat", to: "test.txt")
    try folder.write("the arrow sings by the river\n\n\nthe river waits", to: "other.txt")
    let begun = try await Command.run(begin + ReadingFlagsTests.sizes, in: folder)
    #expect(begun.status == 0, "\(begun.errors)")
    return folder
  }

  private static func resume(_ folder: Folder, _ arguments: [String], steps: Int = 44) async throws -> Command.Result {
    try await Command.run(["train", "--model", "m", "--resume", "--steps", "\(steps)"] + arguments, in: folder)
  }

  private static func tested(_ result: Command.Result) -> Substring? {
    (result.output + result.errors).split(separator: "\n").first { $0.hasPrefix("test: ") }
  }

  @Test(
    "Flags and files that the run has may be repeated, or left out",
    arguments: [
      [], ["--validation", "held.txt"], ["--test", "test.txt"], ["--validation", "held.txt", "--test", "test.txt"], ["train.txt"],
      ["train.txt", "--validation", "held.txt"], ["train.txt", "--tokens", "char"],
      ["--tokens", "char", "--tags", "drop", "--min-count", "1"],
      ["train.txt", "--validation", "held.txt", "--test", "test.txt", "--tokens", "char", "--tags", "drop", "--min-count", "1"],
    ])
  func repeated(arguments: [String]) async throws {
    let folder = try await Self.folder()
    let resumed = try await Self.resume(folder, arguments)
    #expect(resumed.status == 0 && resumed.errors.contains("resumed at step 40"), "\(resumed.errors)")
    #expect(!resumed.errors.contains("warning") && Self.tested(resumed)?.hasSuffix(", 27 tokens") == true, "\(resumed.errors)")
    // The record is as it was.
    #expect(try await Self.resume(folder, [], steps: 46).status == 0)
  }

  @Test func `other files replace the run's`() async throws {
    let folder = try await Self.folder()
    let test = try await Self.resume(folder, ["--test", "other.txt"])
    #expect(test.status == 0 && Self.tested(test)?.hasSuffix(", 45 tokens") == true, "\(test.errors)")
    let both = try await Self.resume(folder, ["--test", "other.txt", "--test", "test.txt"], steps: 46)
    #expect(both.status == 0 && Self.tested(both)?.hasSuffix(", 72 tokens") == true, "\(both.errors)")
    // A share replaces files.
    let share = try await Self.resume(folder, ["--test-fraction", "0"], steps: 48)
    #expect(share.status == 0 && Self.tested(share) == nil, "\(share.errors)")

    let refused = try await Self.resume(folder, ["--validation", "other.txt"], steps: 50)
    #expect(refused.status == 1 && refused.errors.contains("the corpus is not the one that this run began with"), "\(refused.errors)")
    let allowed = try await Self.resume(folder, ["--validation", "other.txt", "--allow-changed-corpus"], steps: 50)
    #expect(allowed.status == 0 && allowed.errors.contains("warning: the held-out songs have changed"), "\(allowed.errors)")
    let later = try await Self.resume(folder, ["--validation", "other.txt"], steps: 52)
    #expect(later.status == 0, "\(later.errors)")
  }

  @Test(
    "A flag of this call overrides the run's, and what changes the tokens is refused",
    arguments: [
      (["--tags", "keep"], "the corpus is not the one that this run began with"),
      (["train.txt", "--tags", "keep"], "the corpus is not the one that this run began with"),
      (["--tokens", "word"], "--tokens is word, but the run to resume has char"),
      (["--lowercase"], "--lowercase is on, but the run to resume has off"),
      (["--lowercase", "--allow-changed-corpus"], "--lowercase is on, but the run to resume has off"),
      (["other.txt"], "the corpus is not the one that this run began with"),
    ])
  func overridden(arguments: [String], message: String) async throws {
    let folder = try await Self.folder()
    let refused = try await Self.resume(folder, arguments)
    #expect(refused.status == 1 && refused.errorLines.count == 1 && refused.errors.contains(message), "\(refused.errors)")
  }

  @Test func `a store takes no flags from the run`() async throws {
    let folder = try await Self.folder()
    let prepared = try await Command.run(
      "prepare", "train.txt", "--validation", "held.txt", "--tokens", "char", "--tags", "drop", "--min-count", "1", "--out", "s.store",
      in: folder)
    #expect(prepared.status == 0, "\(prepared.errors)")
    let resumed = try await Self.resume(folder, ["s.store"])
    #expect(resumed.status == 0 && Self.tested(resumed) == nil, "\(resumed.errors)")
    // A run that began with a store reads files by the store's options, which it does not record as flags.
    let begun = try await Command.run(
      ["train", "s.store", "--model", "n", "--quiet"] + ReadingFlagsTests.sizes.filter { $0 != "--min-count" && $0 != "1" }, in: folder)
    #expect(begun.status == 0, "\(begun.errors)")
    let files = try await Command.run(
      "train", "train.txt", "--validation", "held.txt", "--model", "n", "--resume", "--steps", "44", in: folder)
    #expect(files.status == 0 && files.errors.contains("resumed at step 40"), "\(files.errors)")
  }

  @Test(
    "A flag that has the run's own value changes nothing, whatever it goes with",
    arguments: [
      (["--validation", "held.txt", "--validation-fraction", "0.1"], ["--validation-fraction", "0.1"]),
      (["--test", "test.txt", "--test-fraction", "0.1"], ["--test-fraction", "0.1"]),
      (["--near", "0.5"], ["--deduplicate", "near"]), (["--deduplicate", "near", "--near", "0.5"], ["--deduplicate", "near"]),
      (["--clip-norm", "5", "--clip-value", "1"], ["--clip-value", "1"]),
      (["--clip-norm", "4", "--clip-value", "1"], ["--clip-norm", "4"]),
    ])
  func own(begin: [String], repeated: [String]) async throws {
    let folder = try ReadingFlagsTests.folder()
    try folder.write("the lamp burns on the boat", to: "test.txt")
    let begun = try await Command.run(["train", "train.txt", "--model", "m", "--quiet"] + begin + ReadingFlagsTests.sizes, in: folder)
    #expect(begun.status == 0, "\(begun.errors)")
    try FileManager.default.copyItem(at: folder.url.appending(path: "m"), to: folder.url.appending(path: "n"))
    let plain = try await Command.run("train", "--model", "m", "--resume", "--steps", "46", in: folder)
    let again = try await Command.run(["train", "--model", "n", "--resume", "--steps", "46"] + repeated, in: folder)
    #expect(plain.status == 0 && again.status == 0, "\(again.errors)")
    #expect(try folder.data("m/model.safetensors") == folder.data("n/model.safetensors"))
    #expect(try folder.data("m/config.json") == folder.data("n/config.json"))
  }

  @Test(
    "After --allow-changed-corpus with flags of the vocabulary, a plain resume works",
    arguments: [
      ["--max-vocabulary", "30"], ["--min-count", "5"], [],
    ])
  func vocabularyFlags(flags: [String]) async throws {
    let folder = try ReadingFlagsTests.folder()
    let begun = try await Command.run(["train", "train.txt", "--model", "m", "--quiet"] + ReadingFlagsTests.sizes, in: folder)
    #expect(begun.status == 0, "\(begun.errors)")
    let changed = try await Command.run(
      ["train", "--model", "m", "--resume", "--allow-changed-corpus", "--steps", "44"] + flags, in: folder)
    #expect(changed.status == 0, "\(changed.errors)")
    let plain = try await Command.run("train", "--model", "m", "--resume", "--steps", "48", in: folder)
    #expect(plain.status == 0, "\(plain.errors)")
  }
}
