import Foundation
import Refrain
import SystemPackage
import Testing
import Training

/// A model directory from somebody else must not make the command write elsewhere or wait for ever.
@Suite("A model directory from elsewhere") struct HostileModelTests {
  let folder: Folder

  init() throws {
    folder = try Folder()
    try folder.writeSongs()
  }

  private func run(_ arguments: [String]) async throws -> Command.Result {
    // A command that waits is killed, and its status shows that.
    try await Command.run(executable: "/usr/bin/timeout", ["-s", "KILL", "60", Command.executable.path] + arguments, in: folder)
  }

  private func link(_ name: String, to target: String) throws {
    try? FileManager.default.removeItem(at: folder.url.appending(path: name))
    try FileManager.default.createSymbolicLink(atPath: folder.url.path + "/" + name, withDestinationPath: target)
  }

  @Test("a log that is a link to nothing makes no file there", arguments: ["samples.txt", "metrics.jsonl"], [true, false])
  func danglingLog(name: String, isResumed: Bool) async throws {
    if isResumed { _ = try await run(["train", "songs", "--model", "m", "--quiet"] + WorkflowTests.tiny) }
    try FileManager.default.createDirectory(at: folder.url.appending(path: "m"), withIntermediateDirectories: true)
    try link("m/\(name)", to: "../outside")
    let result = try await run(
      isResumed ? ["train", "--model", "m", "--resume", "--steps", "40"] : ["train", "songs", "--model", "m"] + WorkflowTests.tiny)
    #expect(result.status == 1 && result.errorLines.count == 1 && !folder.has("outside"))
    #expect(result.errors.contains("/m/\(name): this is a link that leads to nothing or to itself; "), "\(result.errors)")
  }

  @Test("is refused at once by every command that reads or replaces it", arguments: ["config.json", "tokenizer.json", "model.safetensors"])
  func wrongKinds(name: String) async throws {
    _ = try await run(["train", "songs", "--model", "m", "--quiet"] + WorkflowTests.tiny)
    _ = try await run(["train", "songs", "--model", "good", "--quiet"] + WorkflowTests.tiny)
    let commands = [
      ["evaluate", "m", "songs"], ["generate", "m"], ["export", "m", "--output", "m.onnx"],
      ["train", "songs", "--model", "n", "--from", "m"],
      ["train", "--model", "m", "--resume", "--steps", "40"], ["train", "songs", "--model", "m", "--overwrite"] + WorkflowTests.tiny,
      ["import", "good/model.safetensors", "--tokenizer", "good/tokenizer.json", "--model", "m", "--overwrite"],
    ]
    for kind in ["/dev/zero", "pipe", "loop", "folder"] {
      let path = "m/\(name)"
      try? FileManager.default.removeItem(at: folder.url.appending(path: path))
      switch kind {
      case "pipe": #expect(unsafe mkfifo(folder.url.path + "/" + path, 0o600) == 0)
      case "folder": try FileManager.default.createDirectory(at: folder.url.appending(path: path), withIntermediateDirectories: false)
      case "loop": try link(path, to: name)
      default: try link(path, to: kind)
      }
      for command in commands {
        let result = try await run(command)
        // A folder in place of the weights is no model to overwrite.
        #expect(result.status == 1 && result.errorLines.count == 1, "\(kind) \(command): \(result.errors)")
        #expect(result.errors.contains("\(path): ") && !result.errors.contains("tried again"), "\(kind) \(command): \(result.errors)")
      }
    }
  }

  @Test func `flags in its record about writing and about the machine are ignored`() async throws {
    // Large enough for the cache.
    let made = try await run(["prepare", "--synthetic", "34MB", "--types", "3000", "--out", "large.txt", "--quiet"])
    #expect(made.status == 0, "\(made.errors)")
    try await record(["large.txt", "--cache", "elsewhere", "--workers", "999", "--quiet", "--dry-run", "--config", "pipe"])
    let resume = ["train", "--model", "m", "--resume", "--allow-changed-corpus", "--steps", "31"]
    let dry = try await run(resume + ["--dry-run"])
    #expect(dry.status == 0 && dry.output.contains("on 2 workers") && !folder.has("elsewhere") && !folder.has("cache"), "\(dry.errors)")
    let resumed = try await run(resume)
    #expect(resumed.status == 0 && resumed.output.isEmpty && !resumed.errors.isEmpty, "\(resumed.errors)")
    #expect(!folder.has("elsewhere") && folder.has("cache/refrain"))
    // Nor is it handed on.
    let arguments = try TrainingCheckpoint.read(checkpoint(31)).run?.arguments
    #expect(arguments == ["--model=m", "large.txt"])
  }

  @Test(
    "a record that names what this process was not given, or nothing, is refused",
    arguments: [
      (["/dev/fd/63"], "the run's corpus was /dev/fd/63, "), (["pipe"], "pipe: a file or a folder was expected and this is a pipe, "),
      (["/dev/zero"], "/dev/zero: a file or a folder was expected and this is a device, "),
      (["--help"], "no run here that tells its corpus"),
      (["songs", "--text-column"], "no run here that tells its corpus"),
      (["--", "songs", "--model"], "--model: this is part of the run's"),
    ])
  func corpus(arguments: [String], fault: String) async throws {
    #expect(unsafe mkfifo(folder.url.path + "/pipe", 0o600) == 0)
    try await record(arguments)
    let resumed = try await run(["train", "--model", "m", "--resume", "--steps", "31"])
    #expect(resumed.status == 1 && resumed.errorLines.count == 1 && resumed.errors.contains(fault), "\(resumed.errors)")
  }

  @Test func `the corpus of a run keeps all of its flags`() async throws {
    let flags = [
      "--tokens", "char", "--lowercase", "--validation", "songs/river.txt", "--validation", "songs/engine.txt", "--separator=---",
      "--text-column", "", "--min-count", "2", "--no-residue", "--fold-quotes", "--tags", "drop", "--near", "0.7", "--no-nfc", "--workers",
      "1",
    ]
    try folder.write(folder.text("songs/river.txt") + "\n---\nthe end\n", to: "songs/river.txt")
    let begun = try await run(["train", "--model", "m", "--quiet"] + WorkflowTests.tiny + flags + ["--", "songs"])
    #expect(begun.status == 0, "\(begun.errors)")
    let resumed = try await run(["train", "--model", "m", "--resume", "--steps", "35"])
    #expect(resumed.status == 0 && resumed.errors.contains("resumed at step 30"), "\(resumed.errors)")
    let arguments = try TrainingCheckpoint.read(checkpoint(35)).run?.arguments
    #expect(
      arguments == [
        "--model=m", "--tokens=char", "--min-count=2", "--lowercase", "--validation=songs/river.txt", "--validation=songs/engine.txt",
        "--text-column", "", "--separator=---", "--no-residue", "--no-nfc", "--fold-quotes", "--tags=drop", "--near=0.7", "songs",
      ])
  }

  private func checkpoint(_ step: Int) -> FilePath { FilePath(folder.url.path + "/m/checkpoints/step-00000000\(step).safetensors") }

  /// Trains a model, and makes its record say what another command would.
  private func record(_ arguments: [String]) async throws {
    let trained = try await run(["train", "songs", "--model", "m", "--quiet", "--validation-fraction", "0"] + WorkflowTests.tiny)
    #expect(trained.status == 0, "\(trained.errors)")
    let (saved, read) = try TrainingCheckpoint.read(checkpoint(30))
    var run = read
    run?.arguments = ["--model", "m"] + arguments
    try saved.write(to: checkpoint(30), run: run)
  }
}
