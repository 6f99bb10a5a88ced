import Foundation
import Testing

/// Runs that are killed without warning, over and over, and resumed each time by another number of workers.
@Suite("kill -9") struct KillTests {
  static let isSoak = ProcessInfo.processInfo.environment["REFRAIN_SOAK"] != nil
  static let run =
    ["train", "songs", "--tokens", "char", "--embedding", "8", "--hidden", "24", "--batch", "8", "--window", "8", "--shards", "4"]
    + ["--steps", "900", "--checkpoint-every", "20", "--log-every", "7", "--sample-every", "300", "--quiet"]

  /// Lines of metrics without their times.
  private func metrics(_ folder: Folder, _ model: String) throws -> [NSDictionary] {
    try folder.text("\(model)/metrics.jsonl").split(separator: "\n").map { line in
      var object = try #require(try JSONSerialization.jsonObject(with: Data(line.utf8)) as? [String: Any])
      object["tokens_per_second"] = nil
      object["elapsed_seconds"] = nil
      return object as NSDictionary
    }
  }

  private func names(_ folder: Folder, _ path: String) -> [String] {
    ((try? FileManager.default.contentsOfDirectory(atPath: folder.url.appending(path: path).path)) ?? []).sorted()
  }

  @Test(
    "a run that is killed at any moment is resumed, and ends with the same bytes", .timeLimit(.minutes(isSoak ? 60 : 3)),
    arguments: isSoak ? [60] : [8])
  func kill(times: Int) async throws {
    let folder = try Folder()
    try folder.writeSongs()
    let whole = try await Command.run(Self.run + ["--model", "whole"], in: folder)
    #expect(whole.status == 0, "\(whole.errors)")
    let expected = try (folder.data("whole/model.safetensors"), metrics(folder, "whole"), folder.data("whole/samples.txt"))
    #expect(expected.1.count > 100)

    var killed = 0, attempts = 0
    while killed < times {
      try? FileManager.default.removeItem(at: folder.url.appending(path: "m"))
      var status: Int32 = -1
      while status != 0 {
        attempts += 1
        // With a checkpoint there, the directory alone tells the run.
        let hasCheckpoint = names(folder, "m/checkpoints").contains { $0.hasPrefix("step-") }
        let arguments = hasCheckpoint && attempts % 2 == 0 ? ["train", "--quiet"] : Self.run
        let workers = ["--workers", "\(1 + attempts % 4)"]
        let (process, output, errors) = try Command.start(arguments + ["--model", "m", "--resume"] + workers, in: folder)
        try await Task.sleep(for: .milliseconds(Int.random(in: 5...400)))
        Foundation.kill(process.processIdentifier, SIGKILL)
        process.waitUntilExit()
        let text = String(decoding: errors.fileHandleForReading.readDataToEndOfFile(), as: UTF8.self)
        _ = output.fileHandleForReading.readDataToEndOfFile()
        status = process.terminationReason == .exit ? process.terminationStatus : -1
        if process.terminationReason == .exit { try #require(status == 0, "attempt \(attempts): \(text)") } else { killed += 1 }
      }
      #expect(try folder.data("m/model.safetensors") == expected.0, "after \(killed) kills")
      #expect(try metrics(folder, "m") == expected.1, "after \(killed) kills")
      #expect(try folder.data("m/samples.txt") == expected.2, "after \(killed) kills")
      // No temporaries, no lock: what killed runs left was tidied up.
      #expect(
        names(folder, "m").filter { $0 != "baselines.json" }
          == ["checkpoints", "config.json", "metrics.jsonl", "model.safetensors", "run.json", "samples.txt", "tokenizer.json"])
      let saved = names(folder, "m/checkpoints")
      #expect(saved.allSatisfy { $0.hasPrefix("step-") } && saved.count <= 4)
    }
  }
}
