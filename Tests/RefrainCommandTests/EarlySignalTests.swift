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
}
