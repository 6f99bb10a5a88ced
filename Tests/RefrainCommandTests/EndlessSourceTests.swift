import Foundation
import Testing

/// What may have no end, or keep its reader waiting for ever, is no corpus.
@Suite("Pipes and devices for files") struct EndlessSourceTests {
  let folder: Folder

  init() throws {
    folder = try Folder()
    try folder.writeSongs()
    #expect(unsafe mkfifo(folder.url.path + "/pipe", 0o600) == 0)
  }

  private func run(_ arguments: String) async throws -> Command.Result {
    // Who waits is ended, and found out by the status.
    let limit = ["-s", "KILL", "60", Command.executable.path]
    return try await Command.run(executable: "/usr/bin/timeout", limit + arguments.split(separator: " ").map(String.init), in: folder)
  }

  @Test(
    "are refused, with one sentence",
    arguments: [
      "train # --model m", "train songs # --model m", "train songs --validation # --model m", "train songs --test # --model m",
      "train songs --from m0 --validation # --model m", "prepare # --out s.store", "prepare songs # --stats", "evaluate m0 #",
      "evaluate m0 songs --baseline #", "tune #",
    ], [("pipe", "pipe"), ("/dev/zero", "device")])
  func refused(arguments: String, source: (path: String, kind: String)) async throws {
    if arguments.contains("m0") {
      _ = try await Command.run(["train", "songs", "--model", "m0", "--quiet"] + WorkflowTests.tiny, in: folder)
    }
    let result = try await run(arguments.replacing("#", with: source.path))
    #expect(result.status == 1 && result.output.isEmpty)
    #expect(
      result.errorLines == [
        """
        error: \(source.path): a file or a folder was expected and this is a \(source.kind), which may have no end; put what it gives \
        into a file, or pipe it in as '-'.
        """
      ], "\(result.errors)")
    #expect(!folder.has("m") && !folder.has("s.store"))
  }

  @Test("are not read as weights either", arguments: [("pipe", "pipe"), ("/dev/zero", "device")])
  func weights(path: String, kind: String) async throws {
    let result = try await run("import \(path) --vocabulary songs/river.txt --model m")
    #expect(
      result.errorLines == [
        "error: \(path): a file was expected and this is a \(kind), which may have no end; put what it gives into a file, and give that."
      ], "\(result.errors)")
  }

  @Test func `are not read because a run's directory says so`() async throws {
    try folder.write(try folder.text("songs/river.txt") + String(repeating: "And on and on.\n", count: 50), to: "song.txt")
    let begun = try await Command.run(["train", "song.txt", "--model", "m", "--quiet"] + WorkflowTests.tiny, in: folder)
    #expect(begun.status == 0, "\(begun.errors)")
    try FileManager.default.removeItem(at: folder.url.appending(path: "song.txt"))
    #expect(unsafe mkfifo(folder.url.path + "/song.txt", 0o600) == 0)
    let resumed = try await run("train --model m --resume --steps 50")
    #expect(resumed.status == 1 && resumed.errorLines.count == 1)
    #expect(resumed.errors.hasPrefix("error: song.txt: a file or a folder was expected and this is a pipe, "), "\(resumed.errors)")
  }

  @Test("are read where the user has handed them over", arguments: ["-", "/dev/stdin", "/dev/fd/0"])
  func handedOver(name: String) async throws {
    let sizes = WorkflowTests.tiny.joined(separator: " ")
    let shell = "cat songs/*.txt | \(Command.executable.path) train \(name) --validation songs/river.txt --model m --quiet \(sizes)"
    let piped = try await Command.run(executable: "/bin/sh", ["-c", shell], in: folder)
    #expect(piped.status == 0 && piped.errors.isEmpty, "\(piped.errors)")
    let text = try FileManager.default.contentsOfDirectory(atPath: folder.url.path + "/songs").sorted()
      .map { try folder.text("songs/\($0)") }.joined()
    try folder.write(text, to: "all.txt")
    let read = try await Command.run(
      ["train", "all.txt", "--validation", "songs/river.txt", "--model", "n", "--quiet"] + WorkflowTests.tiny, in: folder)
    #expect(read.status == 0, "\(read.errors)")
    #expect(try folder.data("m/model.safetensors") == folder.data("n/model.safetensors"))
  }
}
