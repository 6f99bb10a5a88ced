import Foundation
import Testing

/// `script` of util-linux, which runs a command on a terminal of its own.
private enum Script {
  static let path = "/usr/bin/script"
  static let isThere: Bool = {
    let process = Process()
    process.executableURL = URL(fileURLWithPath: path)
    process.arguments = ["-qec", "true", "/dev/null"]
    process.standardInput = FileHandle.nullDevice
    process.standardOutput = FileHandle.nullDevice
    process.standardError = FileHandle.nullDevice
    guard (try? process.run()) != nil else { return false }
    process.waitUntilExit()
    return process.terminationStatus == 0
  }()
}

/// The command on a terminal, which `script` of util-linux makes; without it these tests are left out.
@Suite("On a terminal", .enabled(if: Script.isThere)) struct TerminalTests {
  let folder: Folder

  init() throws { folder = try Folder() }

  private static func inTerminal(_ arguments: [String]) -> [String] {
    ["-qec", ([Command.executable.path] + arguments).joined(separator: " "), "/dev/null"]
  }

  private func run(_ arguments: String...) async throws -> Command.Result {
    try await Command.run(executable: Script.path, Self.inTerminal(arguments), in: folder)
  }

  @Test func `a model's words cannot command a terminal`() async throws {
    // Red letters, a cleared screen, a window's title, a bell, and the eight-bit beginning of such commands.
    let commands = ["red": "\u{1B}[31m", "clear": "\u{1B}[2J", "title": "\u{1B}]0;", "bell": "\u{7}", "blink": "\u{9B}5m"]
    try folder.write(String(repeating: "red clear title bell blink plain\n", count: 60), to: "words.txt")
    let sizes = ["--tokens", "whitespace", "--validation-fraction", "0", "--quiet"] + WorkflowTests.tiny
    _ = try await Command.run(["train", "words.txt", "--model", "m"] + sizes, in: folder)
    // Whoever gives a model to others can give it any words.
    var tokenizer = try folder.text("m/tokenizer.json")
    for (word, command) in commands {
      let escaped = command.unicodeScalars.map { $0.isASCII && $0.value >= 0x20 ? String($0) : String(format: "\\u%04x", $0.value) }
      tokenizer = tokenizer.replacing("\"\(word)\"", with: "\"\(escaped.joined())\(word)\"")
    }
    try folder.write(tokenizer, to: "m/tokenizer.json")
    let tuned = try await run("train", "words.txt", "--from", "m", "--model", "n", "--steps", "30", "--sample-every", "10")
    #expect(tuned.status == 0 && tuned.output.contains("--- sample at step 30,"), "\(tuned.output)")
    let piped = try await Command.run("generate", "m", "--seed", "1", "--length", "200", in: folder)
    #expect(commands.values.allSatisfy { piped.output.contains($0) }, "elsewhere the text is as it is")
    let one = try await run("generate", "m", "--seed", "1", "--length", "200")
    let two = try await run("generate", "m", "--seed", "1", "--length", "200", "--count", "2")
    #expect(one.status == 0 && two.status == 0)
    for text in [tuned.output, one.output, two.output] {
      #expect(text.contains("red") && text.contains("plain"), "what is no command stays")
      #expect(commands.values.allSatisfy { !text.contains($0) }, "\(text.debugDescription)")
    }
  }

  /// A shell command on a terminal that is some columns wide.
  private func shell(_ command: String, columns: Int) async throws -> String {
    let text = command.replacing("refrain", with: "'\(Command.executable.path)'")
    return try await Command.run(executable: Script.path, ["-qec", "stty cols \(columns); \(text)", "/dev/null"], in: folder).output
  }

  @Test("an error has a colour on a terminal, unless NO_COLOR is set, and nowhere else")
  func colours() async throws {
    let coloured = "\u{1B}[1;31merror:\u{1B}[0m nowhere: "
    let cases = [
      ("env -u NO_COLOR TERM=xterm refrain info nowhere", coloured), ("TERM=xterm NO_COLOR= refrain info nowhere", coloured),
      ("TERM=xterm NO_COLOR=1 refrain info nowhere", "error: nowhere: "),
      ("env -u NO_COLOR TERM=dumb refrain info nowhere", "error: nowhere: "),
      ("env -u NO_COLOR TERM=xterm refrain info nowhere 2>log; cat log", "error: nowhere: "),
    ]
    for (command, text) in cases {
      let output = try await shell(command, columns: 80)
      #expect(output.contains(text), "\(command): \(output.debugDescription)")
    }
  }

  @Test("the lines of a run fit the terminal", arguments: [30, 44, 60, 100])
  func narrow(columns: Int) async throws {
    try folder.writeSongs()
    let train = (["train", "songs", "--model", "m", "--validation-fraction", "0.3"] + WorkflowTests.tiny).joined(separator: " ")
    let text = try await shell("TERM=xterm refrain \(train) --steps 40", columns: columns)
    let lines = text.replacing("\u{1B}[K", with: "").split { $0.isNewline || $0 == "\r" }
    let figures = lines.filter { line in
      ["step ", "[", "validation at ", "best validation", "3-gram", "unigram"].contains { line.hasPrefix($0) }
    }
    #expect(figures.count >= 6 && figures.allSatisfy { $0.count <= columns || $0.hasPrefix("validation at ") }, "\(figures)")
    #expect(lines.contains { $0.hasPrefix("best validation ") } && lines.contains { $0.hasPrefix("unigram model ") })
  }

  @Test func `the first Ctrl-C is answered at once, and tells of the second`() throws {
    try folder.writeSongs()
    let keyboard = Pipe()
    let long = ["train", "songs", "--model", "m"] + WorkflowTests.tiny + ["--steps", "100000000", "--log-every", "1"]
    let (process, output, errors) = try Command.start(
      executable: URL(fileURLWithPath: Script.path), Self.inTerminal(long), in: folder, input: keyboard)
    var text = ""
    func read(until end: String) {
      while !text.contains(end) {
        let more = output.fileHandleForReading.availableData
        if more.isEmpty { return }
        text += String(decoding: more, as: UTF8.self)
      }
    }
    read(until: "step 5")
    try keyboard.fileHandleForWriting.write(contentsOf: [3])
    read(until: " --resume\r\n")
    process.waitUntilExit()
    _ = errors.fileHandleForReading.readDataToEndOfFile()
    let lines = text.replacing("\u{1B}[K", with: "").split { $0.isNewline || $0 == "\r" }
    #expect(lines.contains("stopping after this step, to save and measure; a second signal stops at once"), "\(lines.suffix(9))")
    #expect(lines.last == "to go on: refrain train --model m --resume")
    #expect(process.terminationReason == .exit && process.terminationStatus == 130)
  }
}
