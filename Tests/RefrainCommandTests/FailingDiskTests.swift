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
        == "error: \(folder.url.path)/m/\(name): a model has a file here and this is a folder; move it away, or use another model directory.\n"
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
        == "error: \(folder.url.path)/m/checkpoints: a model has a folder here and this is a file; move it away, or use another model directory.\n"
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
