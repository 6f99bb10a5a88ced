import Foundation
import Refrain
import Testing

@Suite("evaluate with a cache and a temperature") struct EvaluateCacheTests {
  /// A folder with a model of these tokens and songs to evaluate it on.
  static func folder(tokens: String) async throws -> Folder {
    let folder = try Folder()
    try folder.writeSongs()
    try folder.writeSongs("held")
    let vocabulary = tokens == "bpe" ? ["--max-vocabulary", "300"] : []
    let trained = try await Command.run(
      ["train", "songs", "--model", "m", "--quiet", "--tokens", tokens] + vocabulary + WorkflowTests.tiny + ["--steps", "40"], in: folder)
    #expect(trained.status == 0, "\(trained.errors)")
    return folder
  }

  /// What `evaluate --json` prints of the songs with these arguments.
  static func report(_ arguments: [String], in folder: Folder) async throws -> [String: Any] {
    let result = try await Command.run(["evaluate", "m", "held", "--json"] + arguments, in: folder)
    #expect(result.status == 0 && result.errors.isEmpty, "\(result.errors)")
    return try #require(try JSONSerialization.jsonObject(with: Data(result.output.utf8)) as? [String: Any])
  }

  @Test("what is fitted is kept with the model and used", arguments: ["word", "bpe", "char"])
  func fitted(tokens: String) async throws {
    let folder = try await Self.folder(tokens: tokens)
    func report(_ arguments: String...) async throws -> [String: Any] { try await Self.report(arguments, in: folder) }
    func loss(_ report: [String: Any]) throws -> Double { try #require(report["loss_nats"] as? Double) }
    let plain = try await report("--dynamic"), cached = try await report("--cache")
    #expect(plain["cache"] == nil && plain["temperature"] == nil)
    #expect((cached["cache"] as? [String: Double]) == ["size": 2_000, "flatness": 0.3, "weight": 0.1])
    #expect(try loss(cached) != loss(plain))
    #expect(try await loss(report("--cache", "--cache-weight", "0")) == loss(plain))
    // The songs of this set are alike, so a cache that was fitted to them helps, and the temperature does.
    let fitted = try await report("--fit-cache", "--cache-size", "300", "--dynamic", "--fit-temperature")
    #expect(try loss(fitted) < min(loss(plain), loss(cached)))
    let again = try await report("--cache"), used = try #require(again["cache"] as? [String: Double])
    #expect(try loss(again) == loss(fitted) && used["size"] == 300)
    #expect(again["temperature"] as? Double == fitted["temperature"] as? Double)
    // The temperature is used without being asked for; another may be given.
    #expect(try await report()["temperature"] as? Double == fitted["temperature"] as? Double)
    #expect(try await loss(report("--temperature", "1", "--dynamic")) == loss(plain))
    // After more training both are ignored.
    let resumed = try await Command.run("train", "songs", "--model", "m", "--resume", "--steps", "60", "--quiet", in: folder)
    #expect(resumed.status == 0, "\(resumed.errors)")
    let warned = try await Command.run("evaluate", "m", "held", "--json", in: folder)
    #expect(warned.status == 0 && warned.errors.contains("scoring") == false && warned.errors.contains("is ignored"), "\(warned.errors)")
    #expect(!warned.output.contains("temperature"))
  }

  @Test(
    "flags that do not go together are refused",
    arguments: [
      (["--cache-size", "5"], "--cache-size is for the cache"), (["--temperature", "0"], "--temperature must be"),
      (["--temperature", "nan"], "--temperature must be"), (["--temperature", "1e-40"], "--temperature must be from 0.01"),
      (["--cache", "--cache-size", "0"], "--cache-size must be from 1 to 1,048,576"),
      (["--cache", "--cache-weight", "1"], "--cache-weight must be at least 0 and less than 1"),
      (["--cache", "--cache-flatness", "-1"], "--cache-flatness must be from 0"),
      (["--fit-cache", "--cache-weight", "0.5"], "--fit-cache finds"),
      (["--fit-temperature", "--temperature", "2"], "--fit-temperature finds"),
      (["--lyrics", "held", "--cache"], "--cache is for evaluating a model"),
    ])
  func refused(arguments: [String], message: String) async throws {
    let folder = try Folder()
    try folder.writeSongs("held")
    try folder.write("x", to: "m/config.json")
    let result = try await Command.run(["evaluate"] + (arguments[0] == "--lyrics" ? [] : ["m", "held"]) + arguments, in: folder)
    #expect(result.status != 0 && result.errors.contains(message), "\(result.errors)")
    #expect(result.errors.split(separator: "\n").count { $0.hasPrefix("error:") } == 1)
  }
}
