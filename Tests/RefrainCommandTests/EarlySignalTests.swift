import Foundation
import Testing

@Suite("A signal before the first step") struct EarlySignalTests {
  let folder: Folder

  init() throws {
    folder = try Folder()
    try folder.writeSongs()
  }

  private func interruptedTraining(_ arguments: [String], by signal: Int32) throws -> (status: Int32, errors: String) {
    try Command.interruptedReading(arguments + WorkflowTests.tiny, by: signal, in: folder)
  }

  private func names(_ path: String = "") throws -> [String] {
    try FileManager.default.contentsOfDirectory(atPath: folder.url.appending(path: path).path).sorted()
  }

  @Test("ends a run that reads its corpus, and nothing is left", arguments: [SIGINT, SIGTERM, SIGHUP])
  func reading(signal: Int32) throws {
    let (status, errors) = try interruptedTraining(["train", "-", "--model", "m"], by: signal)
    #expect(status == 128 + signal)
    #expect(errors == "stopped before the first step; no model was written\n")
    #expect(try names() == ["songs"])
  }

  @Test func `ends one that is resumed, which stays as it was`() async throws {
    let begun = try await Command.run(["train", "songs", "--model", "m", "--quiet"] + WorkflowTests.tiny, in: folder)
    #expect(begun.status == 0, "\(begun.errors)")
    let before = try names("m"), model = try folder.data("m/model.safetensors"), metrics = try folder.data("m/metrics.jsonl")
    let (status, errors) = try interruptedTraining(["train", "-", "--model", "m", "--resume"], by: SIGINT)
    #expect(status == 130)
    #expect(errors == "stopped before the first step; the run is as it was\n")
    #expect(try names("m") == before && folder.data("m/model.safetensors") == model && folder.data("m/metrics.jsonl") == metrics)
  }

  @Test func `is acted on in silence if that was asked for`() throws {
    let (status, errors) = try interruptedTraining(["train", "-", "--model", "m", "--quiet"], by: SIGTERM)
    #expect(status == 143 && errors.isEmpty)
    #expect(try names() == ["songs"])
  }

  @Test("a signal in a validation saves the run and ends it", arguments: [SIGTERM, SIGINT])
  func validation(signal: Int32) async throws {
    let text = try folder.text("songs/river.txt")
    try folder.write(String(repeating: text, count: 600), to: "held.txt")
    let sizes = [
      "--tokens", "char", "--hidden", "64", "--batch", "4", "--window", "8", "--shards", "2", "--steps", "3", "--log-every", "1",
    ]
    let (process, output, errors) = try Command.start(
      ["train", "songs", "--validation", "held.txt", "--deduplicate", "none", "--model", "m"] + sizes, in: folder)
    var seen = ""
    while !seen.contains("step 3/3") {
      let more = errors.fileHandleForReading.availableData
      if more.isEmpty { break }
      seen += String(decoding: more, as: UTF8.self)
    }
    kill(process.processIdentifier, signal)
    seen += String(decoding: errors.fileHandleForReading.readDataToEndOfFile(), as: UTF8.self)
    process.waitUntilExit()
    #expect(process.terminationReason == .exit && process.terminationStatus == 128 + signal, "\(seen)")
    #expect(seen.contains("\nthe validation after this step was interrupted; the resumed run makes it\n"), "\(seen)")
    #expect(!seen.contains("validation at step") && output.fileHandleForReading.readDataToEndOfFile().isEmpty)
    #expect(folder.has("m/checkpoints/step-0000000003.safetensors") && folder.has("m/model.safetensors"))
  }
}
