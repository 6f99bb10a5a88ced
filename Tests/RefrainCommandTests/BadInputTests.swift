import Foundation
import Testing

@Suite("The command and bad input") struct BadInputTests {
  struct Case: CustomTestStringConvertible, Sendable {
    var arguments: [String]
    var message: String
    var testDescription: String { arguments.joined(separator: " ") }

    init(_ arguments: String, _ message: String) {
      self.arguments = arguments.split(separator: " ").map(String.init)
      self.message = message
    }
  }

  static let cases = [
    Case("train nowhere --model m", "error: nowhere: there is no such file or folder; check the path."),
    Case("train empty.txt --model m", "error: empty.txt: the file is empty; give a text file with lyrics."),
    Case(
      "train tiny.txt --model m --min-count 1 --validation-fraction 0",
      """
      error: The text has 8 tokens and a minibatch of 16 lanes by 32 tokens needs at least 513; use a smaller --batch or --window, or \
      add text.
      """
    ),
    Case(
      "train latin1.txt --model m",
      """
      error: latin1.txt: byte 6, on line 2, is 0xE9, which is not valid UTF-8; it reads as text in WINDOWS-1252: convert it with \
      `iconv -f WINDOWS-1252 -t UTF-8`; or pass --encoding WINDOWS-1252.
      """
    ),
    Case("train songs --model m --hidden 0", "error: --hidden must be at least 1, but is 0; choose another value."),
    Case("train songs --model m --embedding=-4", "error: --embedding must be at least 1, but is -4; choose another value."),
    Case(
      "train songs --model m --patience=-1",
      "error: --patience must be at least 1, or 0 for none, but is -1; choose another value."),
    Case("train songs --model m --window 0", "error: --window must be at least 1, but is 0; choose another value."),
    Case("train songs --model m --learning-rate nan", "error: --learning-rate must be a number above 0, but is nan; choose another value."),
    Case(
      "train songs --model m --batch 10 --shards 4",
      "error: --batch 10 cannot be divided evenly among --shards 4; choose a batch that is a multiple of the shards."),
    Case(
      "train songs --model m --config bad.json",
      #"error: bad.json: not a configuration, a value of another type than Int stands at "hidden"; correct it."#),
    Case(
      "train songs --model m --config list.json",
      "error: list.json: a configuration is one JSON object, but this is none; see a model's config.json for an example."),
    Case("generate nowhere", "error: nowhere: no such model directory; check the path, or train a model first."),
    Case(
      "generate tiny.txt", "error: tiny.txt: a model is a directory, but this is a file; give the directory that holds model.safetensors."),
    Case("generate songs", "error: songs: not a whole model, config.json is missing; give another directory or train again."),
    Case("generate", "error: Missing the model directory: give it first, or with --model. See 'refrain generate --help'."),
    Case(
      "bogus",
      "error: Unexpected argument 'bogus'; the commands are train, prepare, generate, pronounce, evaluate, originality, report, "
        + "inspect, suggest, tune, bench, info, export, import."
    ),
    Case(
      "generate m --temperature -1 --model m",
      "error: Unexpected argument 'm'; a prompt is given with --prompt. See 'refrain generate --help'."),
    Case("train songs --model m --hidden -1", "error: --hidden must be at least 1, but is -1; choose another value."),
    Case(
      "train utf16.txt --model m",
      """
      error: utf16.txt: this looks like UTF-16LE without a byte-order mark; convert the file to UTF-8, or name its encoding; \
      pass --encoding UTF-16LE.
      """
    ),
    Case("inspect", "error: Missing the model directory to look into. See 'refrain inspect --help'."),
    Case("inspect nowhere", "error: Missing --text: the text to read. See 'refrain inspect --help'."),
    Case("inspect nowhere --text songs", "error: nowhere: no such model directory; check the path, or train a model first."),
    Case("evaluate songs", "error: Missing the files to evaluate on. See 'refrain evaluate --help'."),
  ]

  @Test("one line says what is wrong, where, and what to do", arguments: cases)
  func message(test: Case) async throws {
    let folder = try Folder()
    try folder.writeSongs()
    try folder.write("", to: "empty.txt")
    try folder.write("one two three\nfour five\n", to: "tiny.txt")
    try folder.write(Data([0x61, 0x62, 0x0A, 0x63, 0x61, 0x66, 0xE9, 0x0A]), to: "latin1.txt")
    try folder.write(Data([0x62, 0x00, 0x61, 0x00, 0x0A, 0x00]), to: "utf16.txt")
    try folder.write(#"{"hidden": "many"}"#, to: "bad.json")
    try folder.write("[1]", to: "list.json")
    let result = try await Command.run(test.arguments, in: folder)
    #expect(result.status != 0)
    #expect(result.output.isEmpty)
    #expect(result.errorLines == [Substring(test.message)])
    #expect(!folder.has("m"), "nothing is made for a run that cannot begin")
  }

  @Test("a damaged model is refused", arguments: [0, 7, 8, 100, 2_000])
  func damagedModel(length: Int) async throws {
    let folder = try Folder()
    try folder.writeSongs()
    _ = try await Command.run(["train", "songs", "--model", "m", "--quiet"] + WorkflowTests.tiny, in: folder)
    try folder.write(try folder.data("m/model.safetensors").prefix(length), to: "m/model.safetensors")
    let result = try await Command.run("generate", "m", in: folder)
    #expect(result.status == 1 && result.output.isEmpty)
    #expect(result.errorLines.count == 1 && result.errorLines[0].hasPrefix("error: m/model.safetensors: "))
  }

  @Test func `a model of another version is refused`() async throws {
    let folder = try Folder()
    try folder.writeSongs()
    _ = try await Command.run(["train", "songs", "--model", "m", "--quiet"] + WorkflowTests.tiny, in: folder)
    try folder.write(try folder.text("m/config.json").replacing("\"format\" : 1", with: "\"format\" : 9"), to: "m/config.json")
    let result = try await Command.run("evaluate", "m", "songs", in: folder)
    #expect(
      result.errorLines == [
        "error: m/config.json: the model has format 9, but this version reads formats up to 3; use the version that wrote it, or train "
          + "again."
      ])
  }

  @Test(
    "output that cannot be written is one error line", arguments: [["info"], ["bench", "--hidden", "8", "--batch", "2", "--window", "2"]])
  func fullOutput(arguments: [String]) throws {
    let full = FileHandle(forWritingAtPath: "/dev/full")
    guard let full else { return }
    let process = Process(), errors = Pipe()
    process.executableURL = Command.executable
    process.arguments = arguments
    process.standardOutput = full
    process.standardError = errors
    try process.run()
    let text = String(decoding: errors.fileHandleForReading.readDataToEndOfFile(), as: UTF8.self)
    process.waitUntilExit()
    #expect(process.terminationStatus == 1)
    #expect(
      text == "error: standard output: could not write to it (No space left on device); check the disk or the program that it goes to.\n")
  }

  @Test func `sizes that no memory holds are refused before anything is made`() async throws {
    let folder = try Folder()
    try folder.writeSongs()
    let huge = try await Command.run("train", "songs", "--model", "m", "--hidden", "60000", "--batch", "2", "--dry-run", in: folder)
    #expect(huge.status == 1 && huge.errorLines.count == 1)
    #expect(
      huge.errorLines[0].hasPrefix("error: these sizes need about ") && huge.errorLines[0].contains(" MiB of memory, but the machine has "))
    #expect(!folder.has("m"))
  }

  @Test func `evaluation takes any window, since it is never part of the result`() async throws {
    let folder = try Folder()
    try folder.writeSongs()
    _ = try await Command.run(["train", "songs", "--model", "m", "--quiet"] + WorkflowTests.tiny, in: folder)
    let usual = try await Command.run("evaluate", "m", "songs", in: folder)
    let huge = try await Command.run("evaluate", "m", "songs", "--window", "9223372036854775807", in: folder)
    #expect(usual.status == 0 && usual.output == huge.output)
  }
}
