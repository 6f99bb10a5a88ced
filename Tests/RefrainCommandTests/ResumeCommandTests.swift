import Foundation
import Testing

@Suite("train --resume") struct ResumeCommandTests {
  static let tiny = WorkflowTests.tiny

  private func train(_ folder: Folder, _ arguments: String...) async throws -> Command.Result {
    try await Command.run(["train"] + arguments, in: folder)
  }

  @Test func `a finished run says so, and goes on when there are more steps`() async throws {
    let folder = try Folder()
    try folder.writeSongs()
    _ = try await Command.run(["train", "songs", "--model", "m", "--quiet"] + Self.tiny, in: folder)
    let before = try folder.data("m/model.safetensors")
    let again = try await train(folder, "--model", "m", "--resume")
    #expect(again.status == 0 && again.errors.contains("resumed at step 30\n"))
    #expect(again.errors.contains("the run had taken its last step, 30, before; to train further, give more --steps or --epochs\n"))
    #expect(try folder.data("m/model.safetensors") == before)
    let further = try await train(folder, "--model", "m", "--resume", "--steps", "45", "--decay", "0.5")
    #expect(further.errors.hasPrefix("warning: --decay has no effect with --schedule constant\n"), "\(further.errors)")
    #expect(further.status == 0 && further.errors.contains("trained 45 steps in "), "\(further.errors)")
    _ = try await Command.run(["train", "songs", "--model", "n", "--quiet"] + Self.tiny + ["--steps", "45"], in: folder)
    #expect(try folder.data("m/model.safetensors") == folder.data("n/model.safetensors"))
    let back = try await train(folder, "--model", "m", "--resume", "--steps", "40")
    #expect(back.errorLines == ["error: --steps 40 is behind the checkpoint, which is at step 45; choose more."])
    let dry = try await train(folder, "--model", "m", "--resume", "--steps", "40", "--dry-run")
    #expect(dry.status == 1 && dry.errorLines == back.errorLines && dry.output.isEmpty)
    let epochs = try await train(folder, "--model", "m", "--resume", "--epochs", "1")
    #expect(
      epochs.errors.wholeMatch(of: /error: --epochs 1 \(\d+ steps\) is behind the checkpoint, which is at step 45; choose more.\n/) != nil,
      "\(epochs.errors)")
  }

  @Test func `a run that ended early says what makes it go on`() async throws {
    let folder = try Folder()
    try folder.writeSongs()
    let early = Self.tiny + ["--steps", "500", "--learning-rate", "0.2", "--patience", "1"]
    let begun = try await Command.run(["train", "songs", "--model", "m"] + early, in: folder)
    #expect(begun.status == 0 && begun.errors.contains("stopped early: 1 validation in a row was no better"), "\(begun.errors)")
    let again = try await train(folder, "--model", "m", "--resume", "--steps", "600")
    #expect(
      again.errors.contains(/the run had ended at step \d+ before; to train further, give more --patience, or --patience 0\n/),
      "\(again.errors)")
    let further = try await train(folder, "--model", "m", "--resume", "--patience", "0")
    #expect(further.errors.contains("trained 600 steps in "), "\(further.errors)")
  }

  @Test func `without a run it begins, without a corpus it says what is missing`() async throws {
    let folder = try Folder()
    try folder.writeSongs()
    let nothing = try await train(folder, "--model", "m", "--resume")
    #expect(
      nothing.errorLines == [
        "error: m: there is no run here that tells its corpus; name the corpus, as in `refrain train songs/ --model m --resume`."
      ])
    #expect(!folder.has("m"))
    let begun = try await Command.run(["train", "songs", "--model", "m", "--resume"] + Self.tiny, in: folder)
    #expect(begun.status == 0 && !begun.errors.contains("resumed") && folder.has("m/model.safetensors"))
  }

  @Test func `what does not fit is one error line, and changes nothing`() async throws {
    let folder = try Folder()
    try folder.writeSongs()
    _ = try await Command.run(["train", "songs", "--model", "m", "--quiet"] + Self.tiny, in: folder)
    let before = try folder.data("m/model.safetensors"), metrics = try folder.data("m/metrics.jsonl")
    let hidden = try await train(folder, "--model", "m", "--resume", "--hidden", "13")
    #expect(
      hidden.errorLines == [
        "error: --hidden is 13, but the run to resume has 12, and a run keeps this setting; leave it out, or train a new model."
      ])
    let both = try await train(folder, "songs", "--model", "m", "--resume", "--overwrite")
    #expect(both.status != 0 && both.errorLines.count == 1)

    try folder.write(try folder.text("songs/river.txt") + "\nAnd one line more.\n", to: "songs/river.txt")
    let changed = try await train(folder, "--model", "m", "--resume", "--steps", "50")
    #expect(changed.status == 1 && changed.errorLines.count == 1)
    #expect(changed.errors.hasPrefix("error: songs: the corpus is not the one that this run began with ("))

    try FileManager.default.moveItem(at: folder.url.appending(path: "songs"), to: folder.url.appending(path: "elsewhere"))
    let gone = try await train(folder, "--model", "m", "--resume", "--steps", "50")
    #expect(gone.status == 1 && gone.errorLines.count == 1)
    #expect(
      gone.errors.hasPrefix("error: songs: this is part of the run's corpus and is not there; go to the folder where the run began ("))
    #expect(try folder.data("m/model.safetensors") == before && folder.data("m/metrics.jsonl") == metrics)
  }

  @Test func `another beginning, and a name that is kept for runs under way, are one error line`() async throws {
    let folder = try Folder()
    try folder.writeSongs()
    _ = try await Command.run(["train", "songs", "--model", "m", "--quiet"] + Self.tiny, in: folder)
    let other = try await train(folder, "--model", "m", "--resume", "--from", "n", "--steps", "50")
    #expect(other.errorLines == ["error: --from n: the run began with new weights; leave the flag out to go on with it."])
    for more in [["songs"], ["--resume"]] {
      let reserved = try await Command.run(["train", "--model", "m.unfinished"] + more, in: folder)
      #expect(reserved.status != 0 && reserved.errorLines.count == 1 && reserved.errors.contains("without .unfinished"))
    }
    #expect(!folder.has("m.unfinished"))
  }

  @Test func `a damaged checkpoint is passed over, and said`() async throws {
    let folder = try Folder()
    try folder.writeSongs()
    _ = try await Command.run(["train", "songs", "--model", "m", "--quiet", "--checkpoint-every", "20"] + Self.tiny, in: folder)
    let before = try folder.data("m/model.safetensors")
    var bytes = try folder.data("m/checkpoints/step-0000000030.safetensors")
    bytes[bytes.count - 2_000] ^= 1
    try folder.write(bytes, to: "m/checkpoints/step-0000000030.safetensors")
    let resumed = try await train(folder, "--model", "m", "--resume")
    #expect(resumed.status == 0 && resumed.errors.contains("resumed at step 20\n"))
    #expect(
      resumed.errors.contains("m/checkpoints/step-0000000030.safetensors: ")
        && resumed.errors.contains(" is damaged, its checksum differs; check the disk, and bring back an undamaged copy.\n"),
      "\(resumed.errors)")
    #expect(try folder.data("m/model.safetensors") == before)
  }

  @Test func `if no checkpoint is whole, the run says so and what is left to do`() async throws {
    let folder = try Folder()
    try folder.writeSongs()
    _ = try await Command.run(["train", "songs", "--model", "m", "--quiet", "--checkpoint-every", "20"] + Self.tiny, in: folder)
    for step in [20, 30] {
      let name = "m/checkpoints/step-00000000\(step).safetensors"
      var bytes = try folder.data(name)
      bytes[bytes.count - 2_000] ^= 1
      try folder.write(bytes, to: name)
    }
    let resumed = try await train(folder, "--model", "m", "--resume")
    let fault = "\(folder.url.path)/m/checkpoints/step-0000000030.safetensors: "
    #expect(resumed.status == 1 && resumed.errorLines.count == 1)
    #expect(
      resumed.errors.hasPrefix("error: \(folder.url.path)/m: none of the run's 2 checkpoints is whole (\(fault)")
        && resumed.errors.hasSuffix(
          " is damaged, its checksum differs); check the disk, then train the run's model or an older one further with --from and "
            + "another --model.\n"),
      "\(resumed.errors)")
  }

  @Test func `a run that ends early says after how many validations`() async throws {
    let folder = try Folder()
    try folder.writeSongs()
    // Steps of this size change no weight.
    let sizes = ["--embedding", "8", "--hidden", "12", "--batch", "4", "--window", "8", "--shards", "2", "--learning-rate", "1e-20"]
    let run = try await Command.run(["train", "songs", "--model", "m", "--epochs", "9", "--patience", "2"] + sizes, in: folder)
    #expect(run.status == 0)
    #expect(run.errors.contains("\nstopped early: 2 validations in a row were no better than the best (--patience)\n"), "\(run.errors)")
  }

  @Test("a second signal ends the run at once, and damages nothing", arguments: [SIGINT, SIGTERM])
  func twoSignals(signal: Int32) async throws {
    let folder = try Folder()
    try folder.writeSongs()
    let run = ["train", "songs"] + Self.tiny + ["--steps", "400", "--log-every", "1", "--checkpoint-every", "50"]
    _ = try await Command.run(run + ["--model", "whole", "--quiet"], in: folder)
    let (process, output, errors) = try Command.start(run + ["--model", "m"], in: folder)
    var seen = Data()
    while !String(decoding: seen, as: UTF8.self).contains("step 60/") {
      let more = errors.fileHandleForReading.availableData
      if more.isEmpty { break }
      seen.append(more)
    }
    kill(process.processIdentifier, signal)
    kill(process.processIdentifier, signal)
    process.waitUntilExit()
    _ = (errors.fileHandleForReading.readDataToEndOfFile(), output.fileHandleForReading.readDataToEndOfFile())
    // Two signals may also arrive as one.
    #expect(process.terminationStatus == (process.terminationReason == .uncaughtSignal ? signal : 128 + signal))
    let resumed = try await train(folder, "--model", "m", "--resume")
    #expect(resumed.status == 0, "\(resumed.errors)")
    #expect(try folder.data("m/model.safetensors") == folder.data("whole/model.safetensors"))
  }

  @Test func `a closed terminal does not end a run that logs to a file`() async throws {
    let folder = try Folder()
    try folder.writeSongs()
    try folder.write("", to: "log")
    let process = Process()
    process.executableURL = Command.executable
    process.arguments = ["train", "songs", "--model", "m"] + Self.tiny + ["--steps", "1500", "--log-every", "1"]
    process.currentDirectoryURL = folder.url
    process.standardError = try FileHandle(forWritingTo: folder.url.appending(path: "log"))
    process.standardOutput = FileHandle.nullDevice
    process.standardInput = FileHandle.nullDevice
    try Command.run(process)
    while try process.isRunning && !folder.text("log").contains("step 5/") { try await Task.sleep(for: .milliseconds(2)) }
    kill(process.processIdentifier, SIGHUP)
    process.waitUntilExit()
    #expect(process.terminationReason == .exit && process.terminationStatus == 0)
    #expect(try folder.text("log").contains("trained 1,500 steps in "))
  }

  @Test func `after Ctrl-C the run says how it stands and how to go on`() async throws {
    let folder = try Folder()
    try folder.writeSongs()
    let long = ["train", "songs", "--model", "my model"] + Self.tiny + ["--steps", "100000000", "--log-every", "1"]
    let (process, output, errors) = try Command.start(long, in: folder)
    _ = errors.fileHandleForReading.availableData
    try await Task.sleep(for: .milliseconds(300))
    kill(process.processIdentifier, SIGINT)
    let text = String(decoding: errors.fileHandleForReading.readDataToEndOfFile(), as: UTF8.self)
    process.waitUntilExit()
    _ = output.fileHandleForReading.readDataToEndOfFile()
    #expect(process.terminationStatus == 130)
    #expect(text.contains("\nstopping after this step, to save and measure; a second signal stops at once\n"), "\(text.suffix(300))")
    // The signal may come in the validation at an epoch's end.
    let validations = ["validation: loss ", "the validation after this step was interrupted; the resumed run makes it\n"]
    #expect(validations.contains { text.contains("; the model so far is in my model\n" + $0) }, "\(text.suffix(300))")
    #expect(text.hasSuffix("\nto go on: refrain train --model 'my model' --resume\n"))
    #expect(!folder.has("my model/.refrain.lock"))
  }

  @Test func `two runs cannot have one directory`() async throws {
    let folder = try Folder()
    try folder.writeSongs()
    let long = ["train", "songs", "--model", "m"] + Self.tiny + ["--steps", "100000000", "--log-every", "1"]
    let (process, output, errors) = try Command.start(long, in: folder)
    defer { kill(process.processIdentifier, SIGKILL) }
    _ = errors.fileHandleForReading.availableData
    for arguments in [
      ["songs", "--model", "m"] + Self.tiny, ["songs", "--model", "m", "--overwrite"] + Self.tiny, ["--model", "m", "--resume"],
    ] {
      let second = try await Command.run(["train"] + arguments, in: folder)
      #expect(second.status == 1)
      #expect(
        second.errorLines == [
          """
          error: \(folder.url.path)/m: process \(process.processIdentifier) is writing there already; wait until it ends, stop it, or \
          choose another folder.
          """
        ])
    }
    kill(process.processIdentifier, SIGKILL)
    process.waitUntilExit()
    _ = (errors.fileHandleForReading.readDataToEndOfFile(), output.fileHandleForReading.readDataToEndOfFile())
    // The lock of a process that was killed is none.
    #expect(folder.has("m/.refrain.lock"))
    let third = try await Command.run(["train", "songs", "--model", "m", "--overwrite", "--quiet"] + Self.tiny, in: folder)
    #expect(third.status == 0, "\(third.errors)")
    #expect(!folder.has("m/.refrain.lock"))
  }

  @Test func `a run does not outlive the tests that started it`() async throws {
    let folder = try Folder()
    try folder.writeSongs()
    let process = Process(), watch = try OrphanWatch()
    process.executableURL = Command.executable
    process.arguments = ["train", "songs", "--model", "m", "--quiet", "--steps", "100000000"] + Self.tiny
    process.currentDirectoryURL = folder.url
    try process.run()
    watch.guards(process.processIdentifier)
    try watch.abandon()
    process.waitUntilExit()
    #expect(process.terminationReason == .uncaughtSignal && process.terminationStatus == SIGKILL)
  }
}
