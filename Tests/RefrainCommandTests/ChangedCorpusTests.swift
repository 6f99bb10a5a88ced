import Basics
import Files
import Foundation
import Testing

@Suite("A corpus that changes under a run") struct ChangedCorpusTests {
  static let tiny = WorkflowTests.tiny

  private func train(_ folder: Folder, _ arguments: String...) async throws -> Command.Result {
    try await Command.run(["train", "--model", "m", "--resume"] + arguments, in: folder)
  }

  @Test("a corpus that got more songs is gone on with by --allow-changed-corpus", arguments: ["word", "char", "bpe"])
  func moreSongs(tokens: String) async throws {
    let folder = try Folder()
    try folder.writeSongs()
    let begun = try await Command.run(
      ["train", "songs", "--model", "m", "--quiet", "--tokens", tokens, "--max-vocabulary", "280"] + Self.tiny, in: folder)
    #expect(begun.status == 0, "\(begun.errors)")
    let tokenizer = try folder.data("m/tokenizer.json")
    try folder.write("The ξylophone\n\nZzz goes the ξylophone, and zzz goes the engine.\n", to: "songs/new.txt")

    let refused = try await train(folder, "--steps", "40")
    #expect(refused.status == 1 && refused.errorLines.count == 1 && refused.errors.contains("pass --allow-changed-corpus to continue with"))
    let allowed = try await train(folder, "--steps", "40", "--allow-changed-corpus")
    #expect(allowed.status == 0, "\(allowed.errors)")
    #expect(allowed.errors.contains("\nresumed at step 30\n") && allowed.errors.contains("trained 40 steps in "))
    #expect(allowed.errors.contains("warning: the corpus has changed, from "))
    #expect(try folder.data("m/tokenizer.json") == tokenizer)

    // From now on this is the run's corpus.
    let further = try await train(folder, "--steps", "50")
    #expect(further.status == 0 && !further.errors.contains("warning"), "\(further.errors)")
    let other = try await train(folder, "--steps", "60", "--tokens", "whitespace")
    #expect(
      other.errorLines == [
        """
        error: --tokens is whitespace, but the run to resume has \(tokens), and a run keeps this setting; leave it out, or train \
        a new model.
        """
      ])
    try folder.write("And another song of the river.\n", to: "songs/newer.txt")
    #expect(try await train(folder, "--steps", "60").status == 1)
    #expect(try folder.data("m/tokenizer.json") == tokenizer)
  }

  @Test func `a store that is cut off while it is trained from ends the run with an error, and nothing is lost`() async throws {
    let folder = try Folder()
    try folder.writeSongs()
    let prepared = try await Command.run(
      "prepare", "songs", "--out", "s.store", "--min-count", "1", "--validation-fraction", "0", in: folder)
    #expect(prepared.status == 0, "\(prepared.errors)")
    let whole = try folder.data("s.store")
    let sizes = ["--embedding", "8", "--hidden", "12", "--batch", "4", "--window", "8", "--shards", "2"]
    let (process, output, errors) = try Command.start(
      ["train", "s.store", "--model", "m", "--steps", "100000000", "--log-every", "1"] + sizes, in: folder)
    var text = ""
    while !text.contains("step 5/") {
      let more = errors.fileHandleForReading.availableData
      if more.isEmpty { break }
      text += String(decoding: more, as: UTF8.self)
    }
    let file = try FileHandle(forUpdating: folder.url.appending(path: "s.store"))
    try file.truncate(atOffset: 4_100)
    text += String(decoding: errors.fileHandleForReading.readDataToEndOfFile(), as: UTF8.self)
    process.waitUntilExit()
    _ = output.fileHandleForReading.readDataToEndOfFile()
    #expect(process.terminationReason == .exit && process.terminationStatus == 1)
    let lines = text.split(separator: "\n").suffix(2)
    #expect(
      lines.last?.hasPrefix("error: s.store: the file should have \(whole.count.grouped) bytes and ends after 4,100; ") == true, "\(lines)")
    let safe = try #require(lines.first?.wholeMatch(of: /the run is safe up to step ([\d,]+), .*: refrain train --model m --resume/)?.1)
    let step = try #require(Int(safe.replacing(",", with: "")))

    // With the store back in its place it goes on as if nothing had been.
    try folder.write(whole, to: "s.store")
    let resumed = try await train(folder, "--steps", "\(step + 20)")
    #expect(resumed.status == 0 && resumed.errors.contains("resumed at step \(step.grouped)\n"), "\(resumed.errors)")
    _ = try await Command.run(
      ["train", "s.store", "--model", "whole", "--steps", "\(step + 20)", "--quiet"] + sizes, in: folder)
    #expect(try folder.data("m/model.safetensors") == folder.data("whole/model.safetensors"))
  }
}
