import Foundation
import Refrain
import Testing

@Suite("evaluate and generate with dynamic evaluation") struct AdaptCommandTests {
  @Test("adapting to a text lowers its loss, alone and with a cache", arguments: ["word", "bpe", "char"])
  func adapted(tokens: String) async throws {
    let folder = try await EvaluateCacheTests.folder(tokens: tokens)
    func report(_ arguments: String...) async throws -> [String: Any] { try await EvaluateCacheTests.report(arguments, in: folder) }
    func loss(_ report: [String: Any]) throws -> Double { try #require(report["loss_nats"] as? Double) }
    let plain = try await report("--dynamic"), adapted = try await report("--adapt")
    #expect(plain["adaptation"] == nil)
    let rates = try #require(adapted["adaptation"] as? [String: Double])
    #expect(rates["segment"] == 20 && Set(rates.keys) == ["learning_rate", "decay", "epsilon", "segment"])
    #expect(try loss(adapted) < loss(plain) && adapted["tokens"] as? Int == plain["tokens"] as? Int)
    #expect(try await loss(report("--adapt", "--workers", "1")) == loss(adapted))
    // Without a step the weights stay as they are.
    #expect(try await abs(loss(report("--adapt", "--adapt-rate", "0")) - loss(plain)) < 1e-4)
    // What is fitted is kept.
    let fitted = try await report("--fit-adapt", "--fit-cache")
    #expect(try loss(fitted) < loss(adapted))
    #expect(try await loss(report("--adapt", "--cache")) == loss(fitted))
    // Each song by itself has less to adapt to.
    #expect(try await loss(report("--songs", "--adapt")) > loss(report("--adapt")))
    // The model has not changed.
    #expect(try await loss(report("--dynamic")) == loss(plain))
  }

  @Test func `a diverged adaptation and a fit to few tokens are warned of`() async throws {
    let folder = try await EvaluateCacheTests.folder(tokens: "word")
    let diverged = try await Command.run(
      "evaluate", "m", "held", "--adapt", "--adapt-rate", "10", "--adapt-epsilon", "0.000001", "--adapt-decay", "0", in: folder)
    #expect(
      diverged.status == 0 && diverged.errors.contains("warning: the adapted model predicts worse than a guess"), "\(diverged.errors)")
    #expect(diverged.errors.contains("with a rate of 10.0; lower --adapt-rate"))
    try folder.write("the river\n", to: "two.txt")
    let fitted = try await Command.run("evaluate", "m", "two.txt", "--fit-cache", in: folder)
    #expect(fitted.status == 0 && fitted.errors.contains("fitted to fewer than 500 may not suit other texts"), "\(fitted.errors)")
    let usual = try await Command.run("evaluate", "m", "held", "--adapt", in: folder)
    #expect(usual.status == 0 && !usual.errors.contains("warning"), "\(usual.errors)")
  }

  @Test func `generate writes with weights that are adapted to songs`() async throws {
    let folder = try Folder()
    try folder.writeSongs()
    try folder.write(String(repeating: "the river the river\n", count: 30), to: "one.txt")
    let trained = try await Command.run(
      ["train", "songs", "--model", "m", "--quiet"] + WorkflowTests.tiny + ["--steps", "40"], in: folder)
    #expect(trained.status == 0, "\(trained.errors)")
    func text(_ arguments: String...) async throws -> String {
      let result = try await Command.run(["generate", "m", "--seed", "3", "--length", "60"] + arguments, in: folder)
      #expect(result.status == 0 && result.errors.isEmpty, "\(result.errors)")
      return result.output
    }
    func rivers(_ text: String) -> Int { text.split { !$0.isLetter }.count { $0 == "river" } }
    let plain = try await text(),
      adapted = try await text("--adapt", "one.txt", "--adapt-passes", "5", "--adapt-decay", "0", "--adapt-rate", "0.02")
    #expect(rivers(adapted) > rivers(plain) + 5)
    #expect(
      try await text("--adapt", "one.txt", "--adapt-passes", "5", "--adapt-decay", "0", "--adapt-rate", "0.02", "--workers", "1") == adapted
    )
    #expect(try await rivers(text("--cache-from", "one.txt", "--cache-weight", "0.8", "--cache-flatness", "0")) > rivers(plain) + 5)
    #expect(try await text() == plain)
  }

  @Test(
    "flags that do not go together are refused",
    arguments: [
      (["evaluate", "m", "held", "--adapt-rate", "1"], "--adapt-rate is for dynamic evaluation"),
      (["evaluate", "m", "held", "--adapt", "--batch", "4"], "leave out --batch"),
      (["evaluate", "m", "held", "--adapt", "--adapt-segment", "0"], "--adapt-segment must be from 1 to 4,096"),
      (["evaluate", "m", "held", "--adapt", "--adapt-rate", "nan"], "--adapt-rate must be from 0 to 10"),
      (["evaluate", "m", "held", "--fit-adapt", "--adapt-decay", "0.1"], "--fit-adapt finds"),
      (["evaluate", "--lyrics", "held", "--adapt"], "--adapt is for evaluating a model"),
      (["generate", "m", "--adapt-passes", "2"], "--adapt-passes is for the songs of --adapt"),
      (["generate", "m", "--adapt", "held", "--adapt-passes", "0"], "--adapt-passes must be from 1"),
      (["generate", "m", "--adapt-rate", "0.1"], "--adapt-rate is for dynamic evaluation"),
      (["generate", "m", "--cache-size", "3"], "--cache-size is for the cache"),
    ])
  func refused(arguments: [String], message: String) async throws {
    let folder = try Folder()
    try folder.writeSongs("held")
    let result = try await Command.run(arguments, in: folder)
    #expect(result.status != 0 && result.errors.contains(message), "\(result.errors)")
    #expect(result.errors.split(separator: "\n").count { $0.hasPrefix("error:") } == 1)
  }
}
