import Foundation
import Testing

@Suite("Texts are read as the model's corpus was") struct ReadingFlagsTests {
  static let sizes = [
    "--embedding", "8", "--hidden", "12", "--batch", "4", "--window", "8", "--steps", "40", "--shards", "2", "--min-count", "1",
    "--average-decay", "0", "--patience", "0", "--dropout", "0",
  ]

  /// Twelve songs with tags, as text, as a table and in Windows-1252, and three others to evaluate on.
  static func folder() throws -> Folder {
    let folder = try Folder()
    let words = ["boat", "river", "lamp", "caf\u{e9}", "arrow"]
    func song(_ number: Int) -> String {
      let a = words[number % 5], b = words[(number / 2 + 1) % 5]
      return
        """
        [Verse \(number): Ann]\nthe \(a) sings by the \(b)\nI don\u{2019}t wait (x2)\n[Chorus]\nthe \(b) burns \
        \(number % 3 == 0 ? a : "on")
        """
    }
    for (name, numbers) in [("train", Array(0..<12)), ("held", Array(20..<23))] {
      let songs = numbers.map(song)
      try folder.write(songs.joined(separator: "\n\n\n"), to: "\(name).txt")
      try folder.write(songs.joined(separator: "\n<|endoftext|>\n"), to: "\(name)-eot.txt")
      try folder.write("poet,poem\n" + songs.map { "Ann,\"\($0)\"\n" }.joined(), to: "\(name).csv")
      let bytes = songs.joined(separator: "\n\n\n").unicodeScalars.map { $0.value == 0x2019 ? 0x92 : UInt8($0.value) }
      try folder.write(Data(bytes), to: "\(name)-1252.txt")
    }
    return folder
  }

  private static func lastValidation(_ folder: Folder) throws -> Double {
    let lines = try folder.text("m/metrics.jsonl").split(separator: "\n").filter { $0.contains("\"validation\"") }
    let line = try #require(lines.last)
    let object = try #require(try JSONSerialization.jsonObject(with: Data(line.utf8)) as? [String: Any])
    return try #require(object["loss_nats"] as? Double)
  }

  private static func loss(_ result: Command.Result) throws -> Double {
    #expect(result.status == 0, "\(result.errors)")
    let object = try #require(try JSONSerialization.jsonObject(with: Data(result.output.utf8)) as? [String: Any])
    return try #require(object["loss_nats"] as? Double)
  }

  private static func isLoss(_ result: Command.Result, _ expected: Double) throws -> Bool {
    abs(try loss(result) - expected) < 1e-9 * expected
  }

  static let cases: [(train: String, held: String, flags: [String], other: [String])] = [
    ("train.txt", "held.txt", [], ["--tags", "drop"]),
    ("train.txt", "held.txt", ["--tags", "drop"], ["--tags", "keep"]),
    ("train.txt", "held.txt", ["--tags", "normalise"], ["--tags", "drop"]),
    ("train.txt", "held.txt", ["--repeats", "expand"], ["--repeats", "keep"]),
    ("train.txt", "held.txt", ["--fold-quotes", "--tokens", "char"], ["--no-fold-quotes"]),
    ("train.txt", "held.txt", ["--tokens", "char", "--no-fold-blank-lines", "--lowercase"], ["--tags", "drop"]),
    ("train.txt", "held.txt", ["--separator", "none", "--validation-fraction", "0.2"], ["--separator", "blank-lines"]),
    ("train-eot.txt", "held-eot.txt", ["--separator", "<|endoftext|>"], ["--separator", "blank-lines"]),
    ("train.csv", "held.csv", ["--text-column", "poem"], ["--tags", "drop"]),
    ("train-1252.txt", "held-1252.txt", ["--windows-1252"], ["--tags", "drop"]),
  ]

  @Test("evaluate finds the loss that training found, and says where a flag reads otherwise", arguments: cases.indices)
  func evaluate(index: Int) async throws {
    let (train, held, flags, other) = Self.cases[index]
    let folder = try Self.folder()
    let trained = try await Command.run(
      ["train", train, "--validation", held, "--model", "m", "--quiet"] + flags.filter { $0 != "--validation-fraction" && $0 != "0.2" }
        + Self.sizes, in: folder)
    #expect(trained.status == 0, "\(trained.errors)")
    let expected = try Self.lastValidation(folder)
    let plain = try await Command.run("evaluate", "m", held, "--json", in: folder)
    #expect(plain.errors.isEmpty, "\(plain.errors)")
    #expect(try Self.isLoss(plain, expected))

    let overridden = try await Command.run(["evaluate", "m", held, "--json"] + other, in: folder)
    #expect(overridden.errors.hasPrefix("warning: the texts are not read as the corpus of m was: \(other.joined(separator: " ")), not --"))
    #expect(try !Self.isLoss(overridden, expected))
    // A flag with the model's own value is no difference.
    let same = try await Command.run(
      ["evaluate", "m", held, "--json"] + flags.filter { !["--tokens", "char", "--validation-fraction", "0.2"].contains($0) }, in: folder)
    #expect(same.errors.isEmpty && same.output == plain.output, "\(same.errors)")
  }

  @Test func `evaluate reads standard input in a given format, and refuses JSON that would be read as text`() async throws {
    let folder = try Self.folder()
    let trained = try await Command.run(
      ["train", "train.csv", "--text-column", "poem", "--validation", "held.csv", "--model", "m", "--quiet"] + Self.sizes, in: folder)
    #expect(trained.status == 0, "\(trained.errors)")
    func evaluate(_ input: String, _ arguments: String...) async throws -> Command.Result {
      try await Command.run(
        executable: "/bin/sh", ["-c", "\"$0\" evaluate m - --json \"$@\" < \(input)", Command.executable.path] + arguments, in: folder)
    }
    let found = try Self.loss(try await evaluate("held.csv", "--format", "csv"))
    #expect(try abs(found - Self.lastValidation(folder)) < 1e-9)
    try folder.write(#"[{"poem": "the boat sings"}, {"poem": "the river burns"}]"#, to: "songs.json")
    let refused = try await evaluate("songs.json")
    #expect(
      refused.status == 1
        && refused.errors == """
          error: standard input: this is JSON, but no format is given, and it would be read as text; pass --format json, or --format \
          jsonl if each line is an object (or --format txt for text).

          """
    )
    #expect(try await evaluate("songs.json", "--format", "json").status == 0)
    let piped = try await Command.run(
      executable: "/bin/sh", ["-c", "\"$0\" train - --model n < songs.json", Command.executable.path], in: folder)
    #expect(piped.status == 1 && piped.errors == refused.errors)
  }

  @Test func `evaluate skips faulty records as training does, unless it is strict`() async throws {
    let folder = try Self.folder()
    let trained = try await Command.run(["train", "train.txt", "--model", "m", "--quiet"] + Self.sizes, in: folder)
    #expect(trained.status == 0, "\(trained.errors)")
    try folder.write("{\"text\": \"the boat sings\"}\nnot JSON\n{\"text\": \"the river burns\"}\n", to: "s.jsonl")
    let skipped = try await Command.run("evaluate", "m", "s.jsonl", "--json", in: folder)
    #expect(skipped.status == 0 && skipped.errors.hasPrefix("warning: s.jsonl: line 2: "), "\(skipped.errors)")
    let strict = try await Command.run("evaluate", "m", "s.jsonl", "--json", "--strict", in: folder)
    #expect(strict.status == 1 && strict.output.isEmpty && strict.errorLines.count == 1)
    let unreadable = try await Command.run("evaluate", "m", "s.jsonl", "missing.txt", in: folder)
    #expect(unreadable.status == 1 && unreadable.output.isEmpty)
  }

  @Test func `evaluate takes a prepared store`() async throws {
    let folder = try Self.folder()
    let prepared = try await Command.run(
      "prepare", "train.txt", "--validation", "held.txt", "--tags", "drop", "--min-count", "1", "--out", "s.store", in: folder)
    #expect(prepared.status == 0, "\(prepared.errors)")
    let trained = try await Command.run(
      ["train", "s.store", "--model", "m", "--quiet"] + Self.sizes.filter { $0 != "--min-count" && $0 != "1" }, in: folder)
    #expect(trained.status == 0, "\(trained.errors)")
    let expected = try Self.lastValidation(folder)
    let store = try await Command.run("evaluate", "m", "s.store", "--json", "--baseline", "s.store", in: folder)
    #expect(try Self.isLoss(store, expected) && store.errors == "evaluating on the validation part: 3 songs\n")
    // The options came with the store.
    let text = try await Command.run("evaluate", "m", "held.txt", "--json", "--baseline", "train.txt", in: folder)
    #expect(try Self.isLoss(text, expected) && text.errors.isEmpty)
    func baselines(_ result: Command.Result) throws -> [Double] {
      let object = try #require(try JSONSerialization.jsonObject(with: Data(result.output.utf8)) as? [String: Any])
      return try #require(object["baselines"] as? [[String: Any]]).compactMap { $0["loss_nats"] as? Double }
    }
    let counted = try baselines(store)
    #expect(try counted.count == 2 && counted == baselines(text))
    let mixed = try await Command.run("evaluate", "m", "held.txt", "--json", "--baseline", "s.store", in: folder)
    #expect(try counted == baselines(mixed))
    // Flags are for the files, if a store is given beside them.
    let flagged = try await Command.run(
      "evaluate", "m", "held.csv", "--text-column", "poem", "--json", "--baseline", "s.store", in: folder)
    #expect(try Self.isLoss(flagged, expected) && counted == baselines(flagged))

    let training = try await Command.run("evaluate", "m", "s.store", "--part", "training", "--json", in: folder)
    #expect(try Self.loss(training) != expected && training.output.contains("\"part\":\"training\""))
    for (arguments, message) in [
      (
        ["s.store", "--part", "test"],
        "error: s.store: this store has no test songs; choose another part, or prepare the store again with test songs."
      ),
      (
        ["held.txt", "--part", "test"],
        "error: --part test chooses a part of a prepared store, but files of songs are given; leave it out, or give one store."
      ),
      (
        ["s.store", "--tags", "drop"],
        "error: s.store: --tags was settled when this store was prepared; leave it out, or prepare the store again with it."
      ),
      (
        ["held.txt", "--baseline", "s.store", "--baseline", "s.store"],
        "error: s.store: this is a prepared store, not a text; give it by itself, or give the texts that it was made of."
      ),
      (
        ["s.store", "held.txt"],
        "error: s.store: this is a prepared store, not a text; give it by itself, or give the texts that it was made of."
      ),
    ] {
      let refused = try await Command.run(["evaluate", "m"] + arguments, in: folder)
      #expect(refused.status == 1 && refused.errorLines.map(String.init) == [message], "\(refused.errors)")
    }
    // Another store's words are found by their texts, and its reading is compared too.
    _ = try await Command.run("prepare", "held.txt", "--validation-fraction", "0", "--min-count", "1", "--out", "h.store", in: folder)
    let other = try await Command.run("evaluate", "m", "h.store", "--json", in: folder)
    #expect(
      other.status == 0
        && other.errors.contains("warning: the texts of h.store are not read as the corpus of m was: --tags keep, not --tags drop"))
    #expect(other.errors.contains("warning: h.store has another vocabulary than the model; its tokens are matched by their texts"))
  }

  @Test func `a model that does not record how its corpus was read uses the defaults, and this is reported`() async throws {
    let folder = try Self.folder()
    let trained = try await Command.run(
      ["train", "train.txt", "--validation", "held.txt", "--model", "m", "--quiet"] + Self.sizes, in: folder)
    #expect(trained.status == 0, "\(trained.errors)")
    var configuration = try #require(try JSONSerialization.jsonObject(with: folder.data("m/config.json")) as? [String: Any])
    #expect(configuration.removeValue(forKey: "reading") != nil)
    try folder.write(JSONSerialization.data(withJSONObject: configuration), to: "m/config.json")
    let expected = try Self.lastValidation(folder)
    let evaluated = try await Command.run("evaluate", "m", "held.txt", "--json", in: folder)
    #expect(
      evaluated.errors == "warning: m does not record how its corpus was read; texts are read by the default options and the given flags\n")
    #expect(try Self.isLoss(evaluated, expected))
    _ = try await Command.run("prepare", "held.txt", "--validation-fraction", "0", "--min-count", "1", "--out", "h.store", in: folder)
    let store = try await Command.run("evaluate", "m", "h.store", "--json", in: folder)
    #expect(
      store.errors.hasPrefix(
        "warning: m does not record how its texts were read; those of h.store and of the corpus of m may differ in that\n"),
      "\(store.errors)")
    // Another revision of the rules may read other tokens.
    configuration["reading"] = ["revision": 1]
    try folder.write(JSONSerialization.data(withJSONObject: configuration), to: "m/config.json")
    let older = try await Command.run("evaluate", "m", "held.txt", "--json", in: folder)
    #expect(older.errors.contains("the corpus of m with revision 1"), "\(older.errors)")
    configuration["reading"] = ["revision": 1, "separator": "line", "separator_line": ""]
    try folder.write(JSONSerialization.data(withJSONObject: configuration), to: "m/config.json")
    let hostile = try await Command.run("evaluate", "m", "held.txt", in: folder)
    #expect(hostile.status == 1 && hostile.errorLines.count == 1 && hostile.errors.contains("m/config.json: "), "\(hostile.errors)")
  }

  @Test func `fine-tuning reads as the model's corpus was read, and resumes alike`() async throws {
    let folder = try Self.folder()
    let trained = try await Command.run(
      ["train", "train.csv", "--text-column", "poem", "--tags", "drop", "--model", "m", "--quiet"] + Self.sizes, in: folder)
    #expect(trained.status == 0, "\(trained.errors)")
    let tuned = try await Command.run(
      ["train", "held.csv", "--from", "m", "--validation-fraction", "0", "--model", "n", "--steps", "5", "--batch", "2"], in: folder)
    #expect(tuned.status == 0 && !tuned.errors.contains("warning"), "\(tuned.errors)")
    #expect(try !folder.text("n/tokenizer.json").contains("[Chorus]"))
    // The model may be gone when the run is resumed.
    try FileManager.default.moveItem(at: folder.url.appending(path: "m"), to: folder.url.appending(path: "elsewhere"))
    let resumed = try await Command.run(["train", "--model", "n", "--resume", "--steps", "8"], in: folder)
    #expect(resumed.status == 0 && resumed.errors.contains("resumed at step 5"), "\(resumed.errors)")
    let evaluated = try await Command.run("evaluate", "n", "held.csv", "--json", in: folder)
    #expect(evaluated.status == 0 && evaluated.errors.isEmpty, "\(evaluated.errors)")

    let otherwise = try await Command.run(
      [
        "train", "held.csv", "--from", "elsewhere", "--tags", "keep", "--validation-fraction", "0", "--model", "o", "--steps", "5",
        "--batch",
        "2",
      ], in: folder)
    #expect(otherwise.status == 0)
    #expect(
      otherwise.errors.hasPrefix("warning: the texts are not read as the corpus of elsewhere was: --tags keep, not --tags drop\n"),
      "\(otherwise.errors)")
  }

  @Test func `a prompt is cleaned as the corpus was`() async throws {
    let folder = try Self.folder()
    let trained = try await Command.run(
      ["train", "train.txt", "--tags", "drop", "--fold-quotes", "--model", "m", "--quiet"] + Self.sizes, in: folder)
    #expect(trained.status == 0, "\(trained.errors)")
    func generate(_ prompt: String) async throws -> Command.Result {
      try await Command.run("generate", "m", "--prompt", prompt, "--seed", "3", "--length", "6", in: folder)
    }
    let straight = try await generate("I don't"), curly = try await generate("I don\u{2019}t")
    #expect(
      straight.errors.isEmpty && curly.errors == "warning: the prompt is cleaned as the model's corpus was, and read as \"I don't\"\n")
    #expect(curly.output == "I don\u{2019}t" + straight.output.dropFirst("I don't".count))
    // A tag that is dropped ends its line all the same.
    let line = try await generate("the boat\n"), tag = try await generate("the boat\n[Chorus]")
    #expect(tag.output == "the boat\n[Chorus]\n" + line.output.dropFirst("the boat\n".count), "\(tag.output)")
    let none = try await generate(""), only = try await generate("[Chorus]")
    #expect(only.output == "[Chorus]\n" + none.output, "\(only.output)")
  }
}
