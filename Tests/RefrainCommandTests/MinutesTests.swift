import Foundation
import Testing

@Suite("train for minutes") struct MinutesTests {
  @Test func `the steps of the time are planned, recorded and kept`() async throws {
    let folder = try Folder()
    try folder.writeSongs()
    let sizes = ["--hidden", "12", "--embedding", "8", "--batch", "4", "--window", "8", "--validation-fraction", "0.2"]
    let trained = try await Command.run(["train", "songs", "--model", "m", "--minutes", "0.05"] + sizes, in: folder)
    #expect(trained.status == 0, "\(trained.errors)")
    let planned = try #require(
      trained.errors.firstMatch(of: /minutes +0\.05: ([0-9,]+) steps of [0-9.]+ ms each, as measured, cosine schedule/))
    let steps = try #require(Int(planned.output.1.replacing(",", with: "")))
    let file = try #require(try JSONSerialization.jsonObject(with: folder.data("m/config.json")) as? [String: Any])
    let settings = try #require(file["training"] as? [String: Any])
    #expect(settings["steps"] as? Int == steps && settings["schedule"] as? String == "cosine")
    let every = try #require(settings["validate_every"] as? Int)
    // As many as there are validations, so that the best model is kept and the run does not end early.
    #expect(settings["patience"] as? Int == (steps - 1) / every + 1)
    #expect((1...10).contains((steps - 1) / every + 1))
    let lines = try folder.text("m/metrics.jsonl").split(separator: "\n")
    let validations = lines.count { $0.contains("\"validation\"") }
    #expect(validations == (steps - 1) / every + 1)
    // A resumed run keeps its steps.
    let resumed = try await Command.run("train", "--resume", "--model", "m", "--dry-run", in: folder)
    // A model that is there is noticed before the speed is measured.
    let refused = try await Command.run(["train", "songs", "--model", "m", "--minutes", "60"] + sizes, in: folder)
    #expect(refused.status != 0 && refused.errors.contains("m: ") && !refused.errors.contains("as measured"), "\(refused.errors)")
    #expect(resumed.status == 0 && resumed.output.contains("resume     from step \(planned.output.1)"))
  }

  @Test func `flags keep their values, and a plan is shown without training`() async throws {
    let folder = try Folder()
    try folder.writeSongs()
    try folder.write(#"{"warmup_steps": 7}"#, to: "own.json")
    let planned = try await Command.run(
      [
        "train", "songs", "--model", "m", "--minutes", "0.05", "--hidden", "12", "--batch", "4", "--window", "8", "--schedule", "constant",
        "--average-decay", "0.5", "--patience", "3", "--config", "own.json", "--dry-run",
      ], in: folder)
    #expect(planned.status == 0, "\(planned.errors)")
    #expect(planned.output.contains("minutes    0.05") && planned.output.contains("as measured, constant schedule, average decay 0.5\n"))
    #expect(!folder.has("m"))
  }

  @Test(
    "a time that cannot be planned is refused",
    arguments: [
      (["--minutes", "0"], "--minutes must be above 0"), (["--minutes", "nan"], "--minutes must be above 0"),
      (["--minutes", "1e9"], "--minutes must be above 0 and at most 5,256,000"),
      (["--minutes", "1", "--steps", "5"], "--minutes and --steps both say"),
      (["--minutes", "1", "--epochs", "5"], "--minutes and --epochs both say"),
      (["--minutes", "1", "--resume"], "leave out --minutes"),
    ])
  func refused(arguments: [String], message: String) async throws {
    let folder = try Folder()
    try folder.writeSongs()
    let result = try await Command.run(["train", "songs", "--model", "m"] + arguments, in: folder)
    #expect(result.status != 0 && result.errors.contains(message), "\(result.errors)")
    #expect(!folder.has("m"))
  }
}
