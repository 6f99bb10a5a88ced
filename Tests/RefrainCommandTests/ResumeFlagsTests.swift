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
  }
}
