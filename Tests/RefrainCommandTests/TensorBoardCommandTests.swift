import Foundation
import Testing

@Suite("train --tensorboard") struct TensorBoardCommandTests {
  let folder: Folder

  init() throws {
    folder = try Folder()
    try folder.writeSongs()
  }

  private func files(_ path: String) -> [String] {
    ((try? FileManager.default.contentsOfDirectory(atPath: folder.url.appending(path: path).path)) ?? []).sorted()
  }

  private static let often = ["--log-every", "5", "--sample-every", "10"]

  @Test("writes event files, and the same model", arguments: ["board", "a b/c", "-board", "m.board"])
  func writes(name: String) async throws {
    let train = ["train", "songs", "--quiet", "--validation-fraction", "0.3"] + WorkflowTests.tiny + Self.often
    let plain = try await Command.run(train + ["--model", "plain"], in: folder)
    let run = try await Command.run(train + ["--model", "m", "--tensorboard", name], in: folder)
    #expect(plain.status == 0 && run.status == 0 && run.errors == plain.errors, "\(run.errors)")
    #expect(try folder.text("m/samples.txt") == folder.text("plain/samples.txt"))
    func weights(_ model: String) throws -> Data {
      let data = try Data(contentsOf: folder.url.appending(path: "\(model)/model.safetensors"))
      let header = data.prefix(8).reversed().reduce(0) { $0 << 8 | Int($1) }
      return data.dropFirst(8 + header)
    }
    #expect(try weights("m") == weights("plain"))
    for part in ["train", "validation"] {
      let files = files("\(name)/\(part)")
      #expect(files.count == 1 && files[0].hasPrefix("events.out.tfevents.") && files[0].hasSuffix(".refrain"), "\(files)")
    }
    // It is a flag of the call: without it, a resumed run writes none.
    let resumed = try await Command.run(["train", "--model", "m", "--resume", "--steps", "40", "--quiet"], in: folder)
    #expect(resumed.status == 0 && files("\(name)/train").count == 1, "\(resumed.errors)")
    let again = ["train", "--model", "m", "--resume", "--steps", "50", "--quiet", "--tensorboard", name]
    let third = try await Command.run(again, in: folder)
    #expect(third.status == 0 && files("\(name)/train").count == 2, "\(third.errors)")
  }

  @Test("a file in place of the directory, and a name of the model's own, are refused before training", arguments: ["board", "m/run.json"])
  func refused(board: String) async throws {
    try folder.write("mine", to: "board")
    let run = try await Command.run(
      ["train", "songs", "--model", "m", "--quiet", "--tensorboard", board] + WorkflowTests.tiny, in: folder)
    #expect(run.status != 0 && run.errorLines.count == 1 && run.errors.contains("error: \(board): "), "\(run.errors)")
    #expect(try folder.text("board") == "mine" && !folder.has("m/model.safetensors"))
  }

  @Test func `a new run warns of the event files of another run`() async throws {
    let train = ["train", "songs", "--model", "m", "--tensorboard", "board"] + WorkflowTests.tiny
    let first = try await Command.run(train, in: folder)
    #expect(first.status == 0 && !first.errors.contains("of another run"), "\(first.errors)")
    let second = try await Command.run(train + ["--overwrite"], in: folder)
    #expect(second.status == 0 && second.errors.contains("warning: board has the event files of another run"), "\(second.errors)")
  }

  @Test func `an unwritable directory causes a warning, and training continues`() async throws {
    try folder.write("mine", to: "board/train")
    let run = try await Command.run(
      ["train", "songs", "--model", "m", "--quiet", "--tensorboard", "board"] + WorkflowTests.tiny + Self.often, in: folder)
    #expect(run.status == 0 && run.errorLines.isEmpty && folder.has("m/model.safetensors"))
    let warnings = run.errors.split(separator: "\n").filter { $0.hasPrefix("warning: board") }
    #expect(warnings.count == 2, "\(run.errors)")
    #expect(
      warnings.first?.hasSuffix("Training continues; writing is retried with the next event, and histograms are skipped.") == true,
      "\(run.errors)")
    #expect(
      warnings.last?.hasSuffix(
        "The end of this event file is lost. metrics.jsonl and samples.txt have its numbers and samples; its histograms are lost.") == true,
      "\(run.errors)")
    #expect(try folder.text("board/train") == "mine")
  }

  @Test func `a full disk is warned of, and the run goes on`() async throws {
    let command = ([Command.executable.path, "train", "songs", "--model", "m", "--quiet", "--tensorboard", "board"] + WorkflowTests.tiny)
      .joined(separator: " ")
    // Event files grow beyond this limit, and checkpoints and the model stay below it.
    let run = try await Command.run(
      executable: "/bin/sh", ["-c", "trap '' XFSZ; ulimit -f 512; exec \(command) --sample-every 1 --steps 60"], in: folder)
    #expect(run.status == 0 && run.errorLines.isEmpty && folder.has("m/model.safetensors"), "\(run.errors)")
    #expect(run.errors.contains("warning: ") && run.errors.contains("The end of this event file is lost"), "\(run.errors)")
  }

  @Test("a place among the songs, or of a model's file, is refused", arguments: ["songs/board", "songs", "other/model.safetensors", ""])
  func refused(name: String) async throws {
    if name.hasPrefix("other") {
      let other = try await Command.run(["train", "songs", "--model", "other", "--quiet"] + WorkflowTests.tiny, in: folder)
      #expect(other.status == 0, "\(other.errors)")
    }
    let before = files("songs")
    let run = try await Command.run(["train", "songs", "--model", "m", "--tensorboard", name] + WorkflowTests.tiny, in: folder)
    #expect(run.status != 0 && run.errors.contains("--tensorboard"), "\(run.errors)")
    #expect(files("songs") == before && !folder.has("m"))
  }
}

/// TensorBoard itself reads the files. Passed over where Python lacks it; `make interchange` sees that it has it.
@Suite("Interchange with TensorBoard", .enabled(if: Python.isNamed || Python.has(["tensorboard"])), .timeLimit(.minutes(4)))
struct InterchangeTensorBoardTests {
  @Test("it reads the numbers of metrics.jsonl and the texts of samples.txt, also of a run that was killed", arguments: [false, true])
  func reads(isKilled: Bool) async throws {
    let folder = try Folder()
    try folder.writeSongs()
    let flags = ["--tensorboard", "board", "--log-every", "1", "--sample-every", "20", "--checkpoint-every", "25", "--average-decay", "0"]
    let train = ["train", "songs", "--model", "m", "--validation-fraction", "0.3"] + WorkflowTests.tiny + flags
    if isKilled {
      let (process, output, errors) = try Command.start(train + ["--steps", "100000"], in: folder)
      var seen = ""
      while !seen.contains("step 60/") {
        let more = errors.fileHandleForReading.availableData
        if more.isEmpty { break }
        seen += String(decoding: more, as: UTF8.self)
      }
      kill(process.processIdentifier, SIGKILL)
      process.waitUntilExit()
      _ = errors.fileHandleForReading.readDataToEndOfFile()
      _ = output.fileHandleForReading.readDataToEndOfFile()
      let checkpoints = try FileManager.default.contentsOfDirectory(atPath: folder.url.appending(path: "m/checkpoints").path)
      let last = try #require(checkpoints.compactMap { Int($0.dropFirst(5).prefix(10)) }.max())
      let resumed = try await Command.run(
        ["train", "--model", "m", "--resume", "--steps", "\(last + 47)"] + flags, in: folder)
      #expect(resumed.status == 0, "\(resumed.errors)")
    } else {
      let run = try await Command.run(train, in: folder)
      #expect(run.status == 0, "\(run.errors)")
    }
    let script = InterchangePythonTests.tests.appending(path: "Interchange/read_events.py").path
    let check = try Python.run([script] + ["board", "m"].map { folder.url.appending(path: $0).path })
    #expect(check.status == 0 && check.output.hasPrefix("equal: "), "\(check.output)")
  }
}
