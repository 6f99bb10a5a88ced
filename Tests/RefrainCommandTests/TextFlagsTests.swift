import Foundation
import Testing

@Suite("Encodings and separators by flags")
struct TextFlagsTests {
  private static let words = ["boat", "river", "lamp", "harbour", "arrow", "silver", "window"]

  /// A song of four lines that no other number has.
  private static func song(_ number: Int, _ word: String = "the") -> String {
    (0..<4).map { "\(word) \(words[(number + $0) % 7]) sings \(number) by the \(words[(number / 7 + 2 * $0) % 7])" }.joined(separator: "\n")
  }

  /// The values of the lines of a report.
  private static func report(_ result: Command.Result) -> [String: String] {
    let rows = result.output.split(separator: "\n").map { line in
      let name = line.prefix { $0 != " " } + (line.hasPrefix("passed over") ? " over" : "")
      return (String(name), line.dropFirst(name.count).drop { $0 == " " }.description)
    }
    return Dictionary(rows) { first, _ in first }
  }

  private static func songs(_ result: Command.Result) -> String? {
    report(result)["songs"].map { String($0.prefix { $0 != ":" }) }
  }

  private static func prepare(_ arguments: [String], in folder: Folder) async throws -> Command.Result {
    try await Command.run(["prepare"] + arguments + ["--stats", "--tokens", "word", "--min-count", "1"], in: folder)
  }

  // MARK: - Encodings

  static let encodings: [(name: String, encoding: String.Encoding, word: String)] = [
    ("WINDOWS-1252", .windowsCP1252, "l\u{2019}été"), ("WINDOWS-1251", .windowsCP1251, "когда ты придёшь ко мне,"),
    ("CP932", .shiftJIS, "あなたのこと"),
  ]

  @Test("A text that is not UTF-8 gives a warning with the flag that reads it", arguments: encodings.indices)
  func advice(index: Int) async throws {
    let (name, encoding, word) = Self.encodings[index]
    let folder = try Folder()
    let text = (0..<8).map { Self.song($0, $0 < 3 ? "plain" : word) }.joined(separator: "\n\n\n")
    try folder.write(try #require(text.data(using: encoding)), to: "a.txt")
    let flags = name == "WINDOWS-1252" ? ["--windows-1252"] : ["--encoding", name]
    let plain = try await Self.prepare(["a.txt"], in: folder)
    #expect(plain.errors.contains("which is not valid UTF-8; it reads as text in \(name)"), "\(plain.errors)")
    #expect(!plain.errors.contains("ISO-8859-1 "))
    #expect(plain.errors.contains("to read texts that are not UTF-8"), "\(plain.errors)")
    #expect(plain.errors.contains(" " + flags.joined(separator: " ")), "\(plain.errors)")
    let strict = try await Self.prepare(["a.txt", "--strict"], in: folder)
    #expect(strict.status != 0 && strict.errors.contains("--encoding \(name)"), "\(strict.errors)")
    let read = try await Self.prepare(["a.txt"] + flags, in: folder)
    #expect(read.status == 0 && read.errors.isEmpty && Self.songs(read) == "8", "\(read.output)\(read.errors)")
  }

  @Test func `UTF-16 is read by its mark, and named where it has none`() async throws {
    let folder = try Folder()
    let text = (0..<8).map { Self.song($0, "été") }.joined(separator: "\n\n\n")
    try folder.write(try #require(text.data(using: .utf16LittleEndian)), to: "plain.txt")
    try folder.write(Data([0xFF, 0xFE]) + (try #require(text.data(using: .utf16LittleEndian))), to: "marked.txt")
    let marked = try await Self.prepare(["marked.txt"], in: folder)
    #expect(marked.errors.isEmpty && Self.songs(marked) == "8", "\(marked.output)\(marked.errors)")
    let plain = try await Self.prepare(["plain.txt"], in: folder)
    #expect(plain.status != 0 && plain.errors.contains("pass --encoding UTF-16LE"), "\(plain.errors)")
    let named = try await Self.prepare(["plain.txt", "--encoding", "utf-16le"], in: folder)
    #expect(named.output == marked.output.replacing("marked.txt", with: "plain.txt"))
  }

  @Test(
    "An encoding that cannot be used is an error",
    arguments: [
      (["--encoding", "KLINGON-8"], "The encoding \"KLINGON-8\" is not one that this system's iconv knows"),
      (["--encoding", "UTF-8//IGNORE"], "The encoding \"UTF-8//IGNORE\" is not one"),
      (["--encoding", "EUC-KR"], "a.txt: byte 3, on line 1, is 0xFF, which is not valid EUC-KR"),
    ])
  func refused(flags: [String], message: String) async throws {
    let folder = try Folder()
    try folder.write(Data("one".utf8) + [0xFF], to: "a.txt")
    let result = try await Self.prepare(["a.txt", "--strict"] + flags, in: folder)
    #expect(result.status != 0 && result.errors.lowercased().contains(message.lowercased()), "\(result.errors)")
  }

  @Test func `One name of an encoding replaces another for a resumed run, and evaluate reads like training`() async throws {
    let folder = try Folder()
    let text = (0..<12).map { Self.song($0, "когда") }.joined(separator: "\n\n\n")
    try folder.write(try #require(text.data(using: .windowsCP1251)), to: "a.txt")
    let sizes = ["--embedding", "4", "--hidden", "6", "--batch", "2", "--window", "5", "--min-count", "1", "--quiet"]
    let trained = try await Command.run(["train", "a.txt", "--model", "m", "--encoding", "CP1251", "--steps", "4"] + sizes, in: folder)
    #expect(trained.status == 0 && trained.errors.isEmpty, "\(trained.errors)")
    let evaluated = try await Command.run("evaluate", "m", "a.txt", in: folder)
    #expect(evaluated.status == 0 && evaluated.errors.isEmpty, "\(evaluated.errors)")
    let other = try await Command.run("evaluate", "m", "a.txt", "--encoding", "KOI8-R", in: folder)
    #expect(other.errors.contains("--encoding KOI8-R, not --encoding CP1251"), "\(other.errors)")
    let resumed = try await Command.run(["train", "--model", "m", "--resume", "--steps", "6", "--quiet"], in: folder)
    #expect(resumed.status == 0 && resumed.errors.isEmpty, "\(resumed.errors)")
  }

  @Test func `Text that was encoded twice is warned of`() async throws {
    let folder = try Folder()
    try folder.write((0..<8).map { Self.song($0, "caf\u{C3}\u{A9}") }.joined(separator: "\n\n\n"), to: "a.txt")
    let prepared = try await Self.prepare(["a.txt"], in: folder)
    #expect(prepared.errors.contains("warning: 32 characters of the texts, such as \"\u{C3}\u{A9}\" for \"\u{E9}\""), "\(prepared.errors)")
  }

  static let misreadWords: [(word: String, warning: String)] = [
    ("\u{420}\u{45B}\u{421}\u{2021}\u{420}\u{451}", "such as \"\u{420}\u{451}\" for \"\u{438}\", were UTF-8"),
    ("\u{102}\u{A9}t\u{102}\u{A9}", "`iconv -f UTF-8 -t WINDOWS-1250`"), ("na\u{FFFD}ve", "32 replacement characters (U+FFFD)"),
  ]

  @Test("Text that was read in another encoding, or lost characters, is warned of", arguments: misreadWords.indices)
  func misread(index: Int) async throws {
    let folder = try Folder()
    try folder.write((0..<8).map { Self.song($0, Self.misreadWords[index].word) }.joined(separator: "\n\n\n"), to: "a.txt")
    let prepared = try await Self.prepare(["a.txt"], in: folder)
    #expect(prepared.status == 0 && prepared.errors.contains(Self.misreadWords[index].warning), "\(prepared.errors)")
    #expect(prepared.errors.split(separator: "\n").count { $0.hasPrefix("warning: ") } == 1, "\(prepared.errors)")
  }

  @Test func `ISO-2022-JP is refused with the flag that reads it`() async throws {
    let folder = try Folder()
    let text = (0..<8).map { Self.song($0, "あなたのこと") }.joined(separator: "\n\n\n")
    try folder.write(try #require(text.data(using: .iso2022JP)), to: "a.txt")
    let plain = try await Self.prepare(["a.txt"], in: folder)
    #expect(plain.status != 0 && plain.errors.contains("pass --encoding ISO-2022-JP"), "\(plain.errors)")
    let named = try await Self.prepare(["a.txt", "--encoding", "ISO-2022-JP"], in: folder)
    #expect(named.errors.isEmpty && Self.songs(named) == "8", "\(named.output)\(named.errors)")
  }

  @Test("A line of signs between songs is named with the flag that reads it", arguments: ["* * *", "____", "- - -"])
  func dividers(line: String) async throws {
    let folder = try Folder()
    try folder.write((0..<8).map { Self.song($0) }.joined(separator: "\n\n\(line)\n\n"), to: "a.txt")
    let plain = try await Self.prepare(["a.txt"], in: folder)
    let flag = line.hasPrefix("-") ? "--separator='\(line)'" : "--separator '\(line)'"
    #expect(Self.songs(plain) == "1" && plain.errors.contains("pass \(flag)."), "\(plain.output)\(plain.errors)")
    let read = try await Self.prepare(["a.txt", "--separator=\(line)"], in: folder)
    #expect(read.errors.isEmpty && Self.songs(read) == "8", "\(read.output)\(read.errors)")
  }

  // MARK: - Separators

  static let separators: [(flag: [String], between: String, songs: Int)] = [
    ([], "\n\n\n", 12), (["--separator", "blank-line"], "\n\n", 12), (["--separator", "line"], "\n", 48),
    (["--separator", "none"], "\n\n\n", 1),
    (["--separator", "<|endoftext|>"], "<|endoftext|><|startoftext|>", 12), (["--separator=---"], "\n---\n", 12),
  ]

  @Test("Each separator cuts a text into songs", arguments: separators.indices)
  func separator(index: Int) async throws {
    let (flag, between, songs) = Self.separators[index]
    let folder = try Folder()
    try folder.write((0..<12).map { Self.song($0) }.joined(separator: between), to: "a.txt")
    let result = try await Self.prepare(["a.txt"] + flag, in: folder)
    #expect(result.errors.isEmpty && Self.songs(result) == "\(songs)", "\(result.output)\(result.errors)")
  }

  @Test func `A separator that is never found is an error`() async throws {
    let folder = try Folder()
    try folder.write((0..<12).map { Self.song($0) }.joined(separator: "\n\n\n"), to: "a.txt")
    let result = try await Self.prepare(["a.txt", "--separator", "<|end|>"], in: folder)
    #expect(result.status != 0, "\(result.output)")
    #expect(
      result.errors.contains("The separator \"<|end|>\" is in none of the texts; give the marker"), "\(result.errors)")
  }

  @Test(
    "A split that looks wrong gets a warning with the flag that mends it, and none then",
    arguments: [
      ("\n\n", "most of the text is in 1 song of more than 16 kB (of 1 song in all)", "blank-line"),
      ("<|endoftext|>", "most of the text is in 1 song of more than 16 kB (of 1 song in all)", "<|endoftext|>"),
      ("\n", "most of the text is in 1 song of more than 16 kB (of 1 song in all)", "line"),
    ])
  func wrongSplit(between: String, warning: String, right: String) async throws {
    let folder = try Folder()
    let songs = (0..<900).map { between == "\n" ? Self.song($0).replacing("\n", with: " ") : Self.song($0) }
    try folder.write(songs.joined(separator: between), to: "a.txt")
    let wrong = try await Self.prepare(["a.txt"], in: folder)
    #expect(wrong.status == 0 && wrong.errors.contains("warning: " + warning), "\(wrong.errors)")
    #expect(wrong.errors.contains("--separator"))
    let mended = try await Self.prepare(["a.txt", "--separator", right], in: folder)
    #expect(mended.errors.isEmpty && Self.songs(mended) == "900", "\(mended.errors)")
  }

  @Test func `Thousands of songs of one line get a warning`() async throws {
    let folder = try Folder()
    let lines = (0..<1_500).map { "song number \($0) of the \(Self.words[$0 % 7])" }
    try folder.write(lines.joined(separator: "\n\n\n"), to: "a.txt")
    let text = try await Self.prepare(["a.txt"], in: folder)
    #expect(text.errors.contains("warning: 1,500 of 1,500 songs in texts have one line"), "\(text.errors)")
    try folder.write("title,lyrics\n" + lines.map { "t,\($0)\n" }.joined(), to: "a.csv")
    let table = try await Self.prepare(["a.csv"], in: folder)
    #expect(table.errors.contains("1,500 of 1,500 songs in tables and JSON have one line"), "\(table.errors)")
    #expect(table.errors.contains("--group-by COLUMN"), "\(table.errors)")
  }

  @Test func `JSON of columns, which is read as one song, gets a warning`() async throws {
    let folder = try Folder()
    let songs = (0..<400).map { "\"\($0)\": \"\(Self.song($0).replacing("\n", with: "\\n"))\"" }.joined(separator: ", ")
    try folder.write("{\"lyrics\": {\(songs)}}", to: "a.json")
    let result = try await Self.prepare(["a.json"], in: folder)
    #expect(result.errors.contains("warning: most of the text of tables and JSON is in 1 song of more than 16 kB"), "\(result.errors)")
  }

  @Test func `A single song that was written as a text is read back`() async throws {
    let folder = try Folder()
    try folder.write("one song\n\n\n", to: "a.txt")
    let written = try await Command.run("prepare", "a.txt", "--text", "b.txt", "--validation-fraction", "0", in: folder)
    #expect(written.errors.contains("wrote 1 song to b.txt; read it with --separator none"), "\(written.errors)")
    let again = try await Self.prepare(["b.txt", "--separator", "none", "--validation-fraction", "0"], in: folder)
    #expect(again.status == 0 && Self.songs(again) == "1", "\(again.errors)")
  }

  // MARK: - Folders

  @Test func `The files that were passed over in folders are counted by ending`() async throws {
    let folder = try Folder()
    for number in 0..<12 { try folder.write(Self.song(number), to: "set/Song \(number)") }
    for name in ["cover.png", "back.png", "LICENSE", "README"] { try folder.write("x", to: "set/\(name)") }
    let result = try await Self.prepare(["set"], in: folder)
    #expect(result.status == 0 && Self.songs(result) == "12", "\(result.output)\(result.errors)")
    #expect(Self.report(result)["passed over"] == "2 without an ending, 2 .png", "\(result.output)")
    let stored = try await Command.run("prepare", "set", "--out", "c.store", "--min-count", "1", in: folder)
    #expect(stored.errors.contains("passed over 4 files in folders: 2 without an ending, 2 .png\n"), "\(stored.errors)")
  }
}
