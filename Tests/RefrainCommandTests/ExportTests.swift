import Foundation
import Testing

@Suite("The command export") struct ExportTests {
  @Test("takes the place of an older export, and never of the model", arguments: ["safetensors", "onnx"])
  func places(format: String) async throws {
    let folder = try Folder()
    try folder.writeSongs()
    let trained = try await Command.run(["train", "songs", "--model", "m", "--quiet"] + WorkflowTests.tiny, in: folder)
    #expect(trained.status == 0, "\(trained.errors)")
    let model = try folder.data("m/model.safetensors")
    try FileManager.default.createDirectory(at: folder.url.appending(path: "m/checkpoints"), withIntermediateDirectories: true)
    try folder.write("a checkpoint", to: "m/checkpoints/x")
    try FileManager.default.createSymbolicLink(
      at: folder.url.appending(path: "link"), withDestinationURL: folder.url.appending(path: "m/model.safetensors"))
    for own in ["m/model.safetensors", "./m/../m/model.safetensors", "link", "m/config.json", "m/metrics.jsonl", "m/checkpoints/x"] {
      let refused = try await Command.run("export", "m", "--format", format, "--output", own, in: folder)
      #expect(
        refused.status == 1
          && refused.errorLines == ["error: \(own): this file is part of the model; choose another --output."])
    }
    #expect(try folder.data("m/model.safetensors") == model)
    for _ in 0..<2 {
      let exported = try await Command.run("export", "m", "--output", "m/other.\(format)", in: folder)
      #expect(exported.status == 0, "\(exported.errors)")
    }
  }
}
