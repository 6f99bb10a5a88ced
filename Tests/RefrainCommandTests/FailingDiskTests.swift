import Foundation
import Testing

@Suite("What cannot be saved") struct FailingDiskTests {
  let folder: Folder
  static let files = ["config.json", "tokenizer.json", "model.safetensors", "metrics.jsonl", "samples.txt"]

  init() throws {
    folder = try Folder()
    try folder.writeSongs()
  }

  private func makeFolder(_ name: String) throws {
    try FileManager.default.createDirectory(at: folder.url.appending(path: name), withIntermediateDirectories: true)
  }

  @Test("a folder in a file's place is told before training", arguments: files)
  func folderInPlace(name: String) async throws {
    try makeFolder("m/\(name)")
    let run = try await Command.run(["train", "songs", "--model", "m"] + WorkflowTests.tiny, in: folder)
    #expect(run.status == 1)
    #expect(
      run.errors
        == """
        error: \(folder.url.path)/m/\(name): a model has a file here and this is a folder; move it away, or use another model \
        directory.\n
        """
    )
  }

  @Test("a folder with something in it is not removed by --overwrite", arguments: ["config.json", "model.safetensors"])
  func folderToKeep(name: String) async throws {
    let begun = try await Command.run(["train", "songs", "--model", "m", "--quiet"] + WorkflowTests.tiny, in: folder)
    #expect(begun.status == 0, "\(begun.errors)")
    try FileManager.default.removeItem(at: folder.url.appending(path: "m/\(name)"))
    try folder.write("mine", to: "m/\(name)/novel.txt")
    let run = try await Command.run(["train", "songs", "--model", "m", "--overwrite"] + WorkflowTests.tiny, in: folder)
    #expect(run.status == 1 && run.errorLines.count == 1, "\(run.errors)")
    #expect(try folder.text("m/\(name)/novel.txt") == "mine" && !folder.has("m.unfinished"))
  }

  @Test func `a file in the checkpoints' place is told before training`() async throws {
    try folder.write("", to: "m/checkpoints")
    let run = try await Command.run(["train", "songs", "--model", "m"] + WorkflowTests.tiny, in: folder)
    #expect(
      run.errors
        == """
        error: \(folder.url.path)/m/checkpoints: a model has a folder here and this is a file; move it away, or use another model \
        directory.\n
        """
    )
  }

  /// Waits until a command has said something on standard error.
  private func read(_ errors: Pipe, until text: String) -> String {
    var seen = ""
    while !seen.contains(text) {
      let more = errors.fileHandleForReading.availableData
      if more.isEmpty { break }
      seen += String(decoding: more, as: UTF8.self)
    }
    return seen
  }

  @Test func `one that comes while a run is under way ends it at once, with the checkpoint saved`() throws {
    let long = ["train", "songs", "--model", "m"] + WorkflowTests.tiny + ["--steps", "100000000", "--log-every", "1"]
    let (process, output, errors) = try Command.start(long, in: folder)
    _ = read(errors, until: "step 5/")
    try makeFolder("m/model.safetensors")
    kill(process.processIdentifier, SIGINT)
    let text = String(decoding: errors.fileHandleForReading.readDataToEndOfFile(), as: UTF8.self)
    process.waitUntilExit()
    _ = output.fileHandleForReading.readDataToEndOfFile()
    #expect(process.terminationReason == .exit && process.terminationStatus == 1)
    let lines = text.split(separator: "\n").suffix(2)
    #expect(lines.first?.hasPrefix("the run is safe up to step ") == true && !text.contains("tried again"), "\(lines)")
    #expect(lines.last?.hasPrefix("error: ") == true && lines.last?.contains("this is a folder; move it away, or ") == true, "\(lines)")
  }

  @Test("a log may be deleted while a run is under way", arguments: ["metrics.jsonl", "samples.txt"])
  func deletedLog(name: String) throws {
    let often = ["--steps", "100000000", "--log-every", "1", "--checkpoint-every", "3"]
    let long = ["train", "songs", "--model", "m"] + WorkflowTests.tiny + often
    let (process, output, errors) = try Command.start(long, in: folder)
    _ = read(errors, until: "step 5/")
    try FileManager.default.removeItem(at: folder.url.appending(path: "m/\(name)"))
    _ = read(errors, until: "step 12/")
    kill(process.processIdentifier, SIGINT)
    let text = String(decoding: errors.fileHandleForReading.readDataToEndOfFile(), as: UTF8.self)
    process.waitUntilExit()
    _ = output.fileHandleForReading.readDataToEndOfFile()
    #expect(process.terminationReason == .exit && process.terminationStatus == 130)
    #expect(!text.contains("warning: ") && folder.has("m/model.safetensors"), "\(text)")
    if name == "metrics.jsonl" { #expect(try folder.text("m/metrics.jsonl").hasSuffix("}\n")) }
  }

  @Test func `a log that cannot be written to its end ends the run with an error, and the model is saved`() throws {
    let long = ["train", "songs", "--model", "m"] + WorkflowTests.tiny + ["--steps", "400", "--log-every", "1"]
    let (process, output, errors) = try Command.start(long, in: folder)
    _ = read(errors, until: "step 2/")
    // The run makes a log that is gone again at its next line, which may come between the two calls.
    var isFolder = false
    while !isFolder {
      try? FileManager.default.removeItem(at: folder.url.appending(path: "m/metrics.jsonl"))
      isFolder = (try? makeFolder("m/metrics.jsonl")) != nil
    }
    let text = String(decoding: errors.fileHandleForReading.readDataToEndOfFile(), as: UTF8.self)
    process.waitUntilExit()
    _ = output.fileHandleForReading.readDataToEndOfFile()
    #expect(process.terminationReason == .exit && process.terminationStatus == 1)
    let lines = text.split(separator: "\n").map(String.init)
    let warnings = lines.count { $0.hasPrefix("warning: ") }
    #expect(warnings == 1, "\(text)")
    #expect(
      lines.last
        == "error: m/metrics.jsonl: a file was expected and this is a folder; give the path of a file. The model and its "
        + "checkpoint are saved, and only the end of this log is lost.", "\(text)")
    #expect(folder.has("m/model.safetensors") && folder.has("m/checkpoints/step-0000000400.safetensors"))
  }

  @Test func `an import into a run's directory is refused`() async throws {
    let run = try await Command.run(["train", "songs", "--model", "other", "--quiet"] + WorkflowTests.tiny, in: folder)
    #expect(run.status == 0, "\(run.errors)")
    _ = try await Command.run("export", "other", "--output", "other.safetensors", in: folder)
    let long = ["train", "songs", "--model", "m"] + WorkflowTests.tiny + ["--steps", "100000000", "--log-every", "1"]
    let (process, output, errors) = try Command.start(long, in: folder)
    _ = read(errors, until: "step 2/")
    let imported = try await Command.run("import", "other.safetensors", "--model", "m", "--overwrite", in: folder)
    #expect(imported.status == 1)
    #expect(
      imported.errors == "error: \(folder.url.path)/m: process \(process.processIdentifier) is writing there already; wait until it ends, "
        + "stop it, or choose another folder.\n")
    #expect(folder.has("m/metrics.jsonl"))
    kill(process.processIdentifier, SIGKILL)
    process.waitUntilExit()
    _ = errors.fileHandleForReading.readDataToEndOfFile()
    _ = output.fileHandleForReading.readDataToEndOfFile()
    let again = try await Command.run("import", "other.safetensors", "--model", "m", "--overwrite", in: folder)
    #expect(again.status == 0 && !folder.has("m/metrics.jsonl") && !folder.has("m/.refrain.lock"), "\(again.errors)")
  }

  @Test func `a lock that cannot be written leaves neither itself nor its folder`() async throws {
    let command = ([Command.executable.path, "train", "songs", "--model", "m", "--quiet"] + WorkflowTests.tiny).joined(separator: " ")
    let run = try await Command.run(executable: "/bin/sh", ["-c", "trap '' XFSZ; ulimit -f 0; exec \(command)"], in: folder)
    #expect(run.status == 1 && run.errorLines.count == 1, "\(run.errors)")
    #expect(!folder.has("m"))
  }

  /// Files may have no more than some kilobytes: a disk that takes no checkpoint.
  @Test func `a full disk is warned of though only errors are asked for, and waited for until Ctrl-C`() throws {
    let command = ([Command.executable.path, "train", "songs", "--model", "m", "--quiet"] + WorkflowTests.tiny).joined(separator: " ")
    let (process, output, errors) = try Command.start(
      executable: URL(fileURLWithPath: "/bin/sh"), ["-c", "trap '' XFSZ; ulimit -f 4; exec \(command)"], in: folder)
    let warned = read(errors, until: "gives up.\n")
    #expect(warned.hasPrefix("warning: ") && warned.contains(" This is tried again in 1 second; Ctrl-C gives up.\n"), "\(warned)")
    kill(process.processIdentifier, SIGINT)
    let text = String(decoding: errors.fileHandleForReading.readDataToEndOfFile(), as: UTF8.self)
    process.waitUntilExit()
    _ = output.fileHandleForReading.readDataToEndOfFile()
    #expect(process.terminationReason == .exit && process.terminationStatus == 1)
    #expect(text.split(separator: "\n").last?.hasPrefix("error: ") == true, "\(text)")
  }
}
