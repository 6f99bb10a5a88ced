import Foundation
import Testing

@Suite("The command: prepare") struct PrepareTests {
  let folder: Folder

  init() throws {
    folder = try Folder()
    try folder.writeSongs()
  }

  /// What `prepare` says in JSON.
  func report(_ arguments: String...) async throws -> [String: Any] {
    let result = try await Command.run(["prepare"] + arguments + ["--json"], in: folder)
    #expect(result.status == 0, "\(result.errors)")
    return try #require(try JSONSerialization.jsonObject(with: Data(result.output.utf8)) as? [String: Any])
  }

  func number(_ report: [String: Any], _ path: String...) throws -> Int {
    var value: Any? = report
    for key in path { value = (value as? [String: Any])?[key] }
    return try #require(value as? Int)
  }

  @Test func `a store is written, trained on, and up to date until a source changes`() async throws {
    let first = try await Command.run("prepare", "songs", "--out", "s.store", "--tokenizer", "t.json", in: folder)
    #expect(first.status == 0 && first.output.isEmpty)
    #expect(first.errors.hasPrefix("prepared 12 songs, ") && first.errors.hasSuffix("; the store is in s.store\n"))
    #expect(try folder.text("t.json").contains("\"<unk>\""))
    let bytes = try folder.data("s.store")

    let second = try await Command.run("prepare", "songs", "--out", "s.store", in: folder)
    #expect(second.status == 0 && second.errors == "s.store is up to date\n")
    #expect(try folder.data("s.store") == bytes)
    let other = try await Command.run("prepare", "songs", "--out", "s.store", "--lowercase", in: folder)
    #expect(other.errors.hasPrefix("prepared 12 songs"))
    try folder.write("A new song\nthat was not there before\n", to: "songs/new.txt")
    let changed = try await Command.run("prepare", "songs", "--out", "s.store", "--lowercase", in: folder)
    #expect(changed.errors.hasPrefix("prepared 13 songs"))

    let trained = try await Command.run(
      "train", "s.store", "--model", "m", "--quiet", "--embedding", "8", "--hidden", "12", "--batch", "4", "--window", "8", "--steps", "30",
      in: folder)
    #expect(trained.status == 0, "\(trained.errors)")
    let settled = try await Command.run("train", "s.store", "--model", "m2", "--lowercase", in: folder)
    #expect(
      settled.errorLines == [
        "error: s.store: --lowercase was settled when this store was prepared; leave it out, or prepare the store again with it."
      ])
  }

  @Test func `statistics as text and as JSON, of sources and of a store`() async throws {
    let text = try await Command.run("prepare", "songs", "--stats", in: folder)
    #expect(text.status == 0 && text.errors.isEmpty)
    let names = text.output.split(separator: "\n").map { $0.prefix { $0 != " " } }
    #expect(
      names == ["sources", "songs", "tokens", "lines", "song", "types", "vocabulary", "coverage", "unknown", "cleaned", "left", "most"])
    #expect(text.output.hasPrefix("sources  ") && text.output.contains("  12 files, "))
    let json = try await report("songs")
    #expect(try number(json, "sources") == 12)
    #expect(try number(json, "songs", "training") + number(json, "songs", "validation") == 12)
    _ = try await Command.run("prepare", "songs", "--out", "s.store", "--quiet", in: folder)
    let store = try await report("s.store")
    #expect(NSDictionary(dictionary: store) == NSDictionary(dictionary: json))
    let stored = try await Command.run("prepare", "s.store", "--stats", in: folder)
    #expect(stored.output == text.output)
  }

  @Test(
    "standard input, compressed files and other formats give the songs that the plain text gives",
    arguments: ["cat", "gzip", "zstd", "csv", "jsonl"])
  func forms(form: String) async throws {
    let name = form == "csv" || form == "jsonl" ? form : "txt"
    var results: [Data] = []
    for format in ["txt", name] {
      _ = try await Command.run(
        "prepare", "--synthetic", "60kB", "--types", "500", "--seed", "3", "--out", "made.\(format)", "--quiet", in: folder)
    }
    _ = try await Command.run("prepare", "made.txt", "--out", "plain.store", "--quiet", in: folder)
    switch form {
    case "cat":
      let piped = try await Command.run(
        executable: "/bin/sh", ["-c", "cat made.txt | \"$0\" prepare - --out s.store --quiet", Command.executable.path], in: folder)
      #expect(piped.status == 0 && piped.errors.isEmpty, "\(piped.errors)")
    case "gzip", "zstd":
      let packed = try await Command.run(executable: "/usr/bin/env", [form, "-q", "made.txt"], in: folder)
      // The program may not be installed.
      guard packed.status == 0 else { return }
      let read = try await Command.run("prepare", "made.txt.\(form == "gzip" ? "gz" : "zst")", "--out", "s.store", "--quiet", in: folder)
      #expect(read.status == 0, "\(read.errors)")
    default:
      // A size is reached by fewer songs where each takes more bytes, so both are read here.
      let table = try await report("made.\(form)")
      let text = try await report("made.txt")
      #expect(try abs(number(table, "songs", "training") - number(text, "songs", "training")) <= 15)
      #expect(try number(table, "removed", "malformed") == 0)
      return
    }
    for store in ["plain.store", "s.store"] { results.append(try folder.data(store).dropFirst(4_096)) }
    // The vocabulary and the tokens; the header also tells the sources.
    #expect(results[0] == results[1])
  }

  @Test func `made-up lyrics have the size that was asked for, and are the same for the same seed`() async throws {
    for (name, seed) in [("a.txt", "1"), ("b.txt", "1"), ("c.txt", "2")] {
      let made = try await Command.run("prepare", "--synthetic", "0.05MB", "--seed", seed, "--out", name, in: folder)
      #expect(made.status == 0 && made.output.isEmpty && made.errors.hasPrefix("wrote "))
      #expect((50_000..<60_000).contains(try folder.data(name).count))
    }
    #expect(try folder.data("a.txt") == folder.data("b.txt") && folder.data("a.txt") != folder.data("c.txt"))
    let again = try await Command.run("prepare", "--synthetic", "1MB", "--out", "a.txt", in: folder)
    #expect(
      again.errorLines == [
        "error: a.txt: this is there already and is no store that may be replaced; choose another --out, or remove it yourself."
      ])
  }

  @Test func `a bad record is a warning with its line, and an error for --strict`() async throws {
    try folder.write("artist,text\nA,a song\nB\nC,another song\n", to: "songs.csv")
    let usual = try await Command.run("prepare", "songs.csv", "--out", "s.store", "--validation-fraction", "0", in: folder)
    #expect(usual.status == 0)
    #expect(
      usual.errors.hasPrefix(
        """
        warning: songs.csv: line 3: this record cannot be used: it has 1 fields and the header 2; correct it or leave it \
        out.\nprepared 2 songs
        """
      ))
    let strict = try await Command.run("prepare", "songs.csv", "--out", "t.store", "--strict", in: folder)
    #expect(strict.status == 1 && strict.output.isEmpty)
    #expect(
      strict.errors
        == "error: songs.csv: line 3: this record cannot be used: it has 1 fields and the header 2; correct it or leave it out.\n")
    #expect(!folder.has("t.store"))
  }

  static let mistaken: [(String, String)] = [
    ("", "error: Missing the files or folders to read. See 'refrain prepare --help'."),
    ("songs", "error: Missing --out with the store to write, or --stats, --text or --show. See 'refrain prepare --help'."),
    ("songs --outt s.store", "error: Unknown option '--outt'. Did you mean '--out'? See 'refrain prepare --help'."),
    ("songs --out songs", "error: songs: a file was expected and this is a folder; give the path of a file."),
    (
      "songs --out other.txt",
      "error: other.txt: this is there already and is no store that may be replaced; choose another --out, or remove it yourself."
    ),
    ("songs --out s.store --max-vocabulary 1", "error: --max-vocabulary must be at least 3, but is 1; choose another value."),
    ("songs --out s.store --near 2", "error: --near must be above 0 and at most 1, but is 2.0; choose another value."),
    ("songs --out nowhere/s.store", "error: nowhere: there is no such file or folder; check the path."),
    (
      "keys.jsonl --stats",
      """
      error: keys.jsonl: line 1: no key is named lyrics, lyric, text, songtext, paroles, letra, paragraphs, the keys are id, words; \
      name the one with the lyrics with --text-field.
      """
    ),
    (
      "keys.csv --stats",
      """
      error: keys.csv: no column is named lyrics, lyric, text, songtext, paroles, letra, paragraphs, the columns are id, words; name \
      the one with the lyrics with --text-column.
      """
    ),
    (
      "none --stats",
      """
      error: none: the folder has no .txt, .csv, .tsv, .json, .jsonl, .lrc, .srt, .vtt or .chordpro files, plain or as .gz or .zst; \
      put lyrics there, or name the files themselves.
      """
    ),
    (
      "songs --synthetic 1MB --out x.txt",
      "error: --synthetic makes lyrics and reads none; leave the files out. See 'refrain prepare --help'."
    ),
    ("--synthetic many --out x.txt", "error: --synthetic many is no size; say for example 200MB or 1GB. See 'refrain prepare --help'."),
    ("songs --out s.store --workers 0", "error: --workers must be at least 1. See 'refrain prepare --help'."),
    (
      "cut.txt.gz --stats --strict",
      "error: cut.txt.gz: gzip could not read it to its end; the file is damaged or cut off: fetch it again."
    ),
  ]

  @Test("one line says what is wrong, and nothing is written", arguments: mistaken)
  func mistakes(arguments: String, message: String) async throws {
    try folder.write("some text\n", to: "other.txt")
    try folder.write("{\"id\": 1, \"words\": \"la la\"}\n", to: "keys.jsonl")
    try folder.write("id,words\n1,la la\n", to: "keys.csv")
    try folder.write("no songs\n", to: "none/readme.md")
    try folder.write(Data([0x1F, 0x8B, 8, 0, 0, 0, 0, 0, 0, 3, 1, 2, 3]), to: "cut.txt.gz")
    let before = try FileManager.default.subpathsOfDirectory(atPath: folder.url.path).sorted()
    let result = try await Command.run(["prepare"] + arguments.split(separator: " ").map(String.init), in: folder)
    #expect(result.status != 0 && result.output.isEmpty)
    #expect(result.errors == message + "\n")
    #expect(try FileManager.default.subpathsOfDirectory(atPath: folder.url.path).sorted() == before)
  }

  @Test func `train keeps a large corpus prepared for the next run, and does without where it cannot`() async throws {
    _ = try await Command.run("prepare", "--synthetic", "34MB", "--types", "3000", "--out", "large.txt", "--quiet", in: folder)
    let train =
      ["train", "large.txt", "--validation", "songs", "--model", "m", "--overwrite"] + WorkflowTests.tiny + ["--max-vocabulary", "500"]
    let first = try await Command.run(train, in: folder)
    #expect(first.status == 0 && first.errors.contains("prepared the corpus in "), "\(first.errors)")
    let stores = try FileManager.default.contentsOfDirectory(atPath: folder.url.path + "/cache/refrain")
    #expect(stores.count == 1)
    let model = try folder.data("m/model.safetensors")
    let second = try await Command.run(train, in: folder)
    #expect(second.status == 0 && !second.errors.contains("prepared the corpus"))
    #expect(try folder.data("m/model.safetensors") == model)

    try FileManager.default.removeItem(at: folder.url.appending(path: "cache"))
    try folder.write("no folder", to: "cache")
    let without = try await Command.run(train, in: folder)
    #expect(without.status == 0 && without.errors.contains("The corpus is read into memory instead of being kept in "), "\(without.errors)")
    #expect(try folder.data("m/model.safetensors") == model)
    let named = try await Command.run(train + ["--cache", "cache"], in: folder)
    #expect(named.errorLines == ["error: cache: a folder was expected and this is not one; give the path of a folder."])
  }

  @Test("a signal while it waits for standard input ends it, and nothing is left", arguments: [SIGINT, SIGTERM])
  func interrupted(signal: Int32) throws {
    let (status, errors) = try Command.interruptedReading(["prepare", "-", "--out", "s.store"], by: signal, in: folder)
    #expect(status == 128 + signal && errors.hasSuffix("stopped; nothing was written\n"), "\(errors)")
    #expect(try FileManager.default.contentsOfDirectory(atPath: folder.url.path).sorted() == ["songs"])
  }
}
