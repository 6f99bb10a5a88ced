import Foundation
import Testing

/// Text from files and arguments is escaped and cut wherever it is shown.
@Suite("Messages with pieces from elsewhere") struct MessageTests {
  let folder: Folder
  static let commands = "\u{1B}[2J\u{7}\u{9B}5m\u{202E}"

  init() throws {
    folder = try Folder()
    try folder.writeSongs()
  }

  private func expectFit(_ result: Command.Result, _ beginning: String = "error: ") {
    #expect(result.status != 0 && result.errors.hasPrefix(beginning), "\(result.errors.prefix(2_000))")
    #expect(result.errors.split(separator: "\n").count == 1 && result.errors.count < 2_000, "\(result.errors.count) characters")
    for scalar in Self.commands.unicodeScalars where !"[2J5m".unicodeScalars.contains(scalar) {
      #expect(!result.errors.unicodeScalars.contains(scalar), "\(result.errors.debugDescription.prefix(2_000))")
    }
  }

  @Test(
    "arguments are escaped and cut", arguments: [commands + "x", String(repeating: "long ", count: 10_000), "two\nlines"],
    [
      "info #", "evaluate #", "evaluate m #", "train # --model m", "generate m #", "train --#", "#", "export m --output #",
      "train songs --model # --x",
    ]
  )
  func arguments(piece: String, command: String) async throws {
    let result = try await Command.run(
      command.split(separator: " ").map { String($0).replacing("#", with: piece) }, in: folder)
    expectFit(result)
  }

  @Test("keys of a configuration are escaped and cut", arguments: [commands, String(repeating: "key ", count: 50_000)])
  func keys(key: String) async throws {
    let text = try String(decoding: JSONEncoder().encode([key: 1]), as: UTF8.self)
    try folder.write(text, to: "c.json")
    expectFit(try await Command.run("train", "songs", "--model", "m", "--config", "c.json", in: folder))
  }

  @Test("tokens, names of files and of tensors are escaped and cut", arguments: [commands, String(repeating: "x", count: 100_000)])
  func files(piece: String) async throws {
    _ = try await Command.run(["train", "songs", "--model", "m", "--quiet"] + WorkflowTests.tiny, in: folder)
    let token = String(decoding: try JSONEncoder().encode(piece), as: UTF8.self)
    let tokenizer = try folder.text("m/tokenizer.json")
    try folder.write(tokenizer.replacing("\"river\" : ", with: "\(token) : 9999"), to: "m/tokenizer.json")
    expectFit(try await Command.run("generate", "m", in: folder))
    let name = String(piece.prefix(100)) + ".csv"
    try folder.write("title,\(piece.prefix(10_000))\none,two\n", to: "odd/" + name)
    expectFit(try await Command.run(["train", "odd", "--model", "n"] + WorkflowTests.tiny, in: folder))
    let header = "{\(token):{\"dtype\":\"F32\",\"shape\":[1],\"data_offsets\":[0,4]}}"
    let length = Data((0..<8).map { UInt8(truncatingIfNeeded: header.utf8.count >> (8 * $0)) })
    try folder.write(length + Data(header.utf8) + Data(count: 4), to: "w.safetensors")
    expectFit(try await Command.run("import", "w.safetensors", "--vocabulary", "songs/river.txt", "--model", "i", in: folder))
    expectFit(
      try await Command.run(
        "import", "w.safetensors", "--vocabulary", "songs/river.txt", "--model", "i", "--embedding-tensor", "none", in: folder))
  }

  @Test("a warning is escaped too", arguments: [commands, String(repeating: "zeppelin", count: 10_000)])
  func warning(word: String) async throws {
    _ = try await Command.run(["train", "songs", "--model", "m", "--quiet"] + WorkflowTests.tiny, in: folder)
    let result = try await Command.run("generate", "m", "--length", "1", "--prompt", word, in: folder)
    let lines = result.errors.split(separator: "\n")
    #expect(result.status == 0 && lines.last?.hasPrefix("warning: the model's vocabulary lacks ") == true)
    #expect(lines.allSatisfy { $0.hasPrefix("warning: ") && $0.count < 400 }, "\(result.errors)")
    #expect(!result.errors.contains("\u{1B}") && !result.errors.contains("\u{202E}"))
  }

  @Test(
    "help that cannot be written is an error",
    arguments: ["--help", "--version", "train --help", "help evaluate", "info", "--generate-completion-script bash"])
  func fullOutput(arguments: String) async throws {
    let shell = "\(Command.executable.path) \(arguments) >/dev/full"
    let result = try await Command.run(executable: "/bin/sh", ["-c", shell], in: folder)
    #expect(result.status == 1)
    #expect(
      result.errors
        == "error: standard output: could not write to it (No space left on device); check the disk or the program that it goes to.\n")
    let good = try await Command.run(arguments.split(separator: " ").map(String.init), in: folder)
    #expect(good.status == 0 && !good.output.isEmpty && good.errors.isEmpty)
  }

  @Test("arguments that are not UTF-8 are refused before anything is written", arguments: ["\\351", "a\\377b", "\\303"])
  func notUTF8(bytes: String) async throws {
    let shell =
      "exec \(Command.executable.path) train songs --quiet \(WorkflowTests.tiny.joined(separator: " ")) --model \"$(printf 'caf\(bytes)')\""
    let result = try await Command.run(executable: "/bin/sh", ["-c", shell], in: folder)
    #expect(result.status == 1 && result.errorLines.count == 1)
    #expect(
      result.errors.contains("is not UTF-8; rename the file or folder, or give a link to it whose name is UTF-8.\n"), "\(result.errors)")
    #expect(try FileManager.default.contentsOfDirectory(atPath: folder.url.path) == ["songs"])
  }

  @Test func `a run that would take years says so, and one of days does not`() async throws {
    let long = ["train", "songs", "--model", "m"] + WorkflowTests.tiny + ["--log-every", "1"]
    for (steps, isLong) in [("1000000000000000", true), ("30", false)] {
      let shell = "\(Command.executable.path) \((long + ["--steps", steps, "--overwrite"]).joined(separator: " ")) 2>&1 >/dev/null"
      // The reader has gone after some lines, which a run survives; so it is stopped.
      let result = try await Command.run(executable: "/usr/bin/timeout", ["-s", "INT", "3", "/bin/sh", "-c", "exec " + shell], in: folder)
      let text = result.output + result.errors
      #expect(text.contains("warning: at this speed the ") == isLong, "\(text.prefix(1_500))")
      if isLong {
        #expect(text.contains(/steps that are left take about [\d,]+ years; to end sooner, stop the run and resume it with fewer/))
      }
    }
  }
}
