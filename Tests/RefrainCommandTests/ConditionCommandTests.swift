import Foundation
import Testing

@Suite("The flag --condition") struct ConditionCommandTests {
  static let tiny = WorkflowTests.tiny
  let folder: Folder

  init() throws {
    folder = try Folder()
    try folder.write(Self.table, to: "songs.csv")
  }

  /// Songs of two artists, and of some who have one song each.
  static let table =
    "artist,genre,lyrics\n"
    + (0..<40).map { number in
      let artist = number % 10 == 9 ? "Cy \(number)" : number % 2 == 0 ? "Ann" : "Bo Lee"
      return
        "\(artist),\(number % 3 == 0 ? "folk" : "pop"),\"the \(number % 2 == 0 ? "red rose" : "blue wave") of song \(number)\noh la\"\n"
    }.joined()

  private func train(_ arguments: String..., model: String = "m") async throws -> Command.Result {
    try await Command.run(["train", "--model", model] + arguments, in: folder)
  }

  private func trained(_ arguments: String...) async throws {
    let result = try await Command.run(
      ["train", "songs.csv", "--model", "m", "--condition", "Artist,genre", "--quiet"] + Self.tiny + arguments, in: folder)
    try #require(result.status == 0, "\(result.errors)")
  }

  @Test func `a model is trained on columns, described, and writes on their values`() async throws {
    let plan = try await Command.run(
      ["train", "songs.csv", "--model", "m", "--condition", "artist,genre", "--dry-run"] + Self.tiny, in: folder)
    #expect(plan.output.contains("\ncondition  artist (2 values for "), "\(plan.output)")
    try await trained("--steps", "200", "--learning-rate", "0.02")
    let info = try await Command.run("info", "m", in: folder)
    #expect(info.status == 0 && info.output.contains("\n  artist (2 values)\n    "), "\(info.output)\(info.errors)")
    #expect(
      info.output.contains("  Ann\n") && info.output.contains("  Bo Lee\n") && info.output.contains("  songs with another value or none\n"))
    let json = try await Command.run("info", "m", "--json", in: folder)
    let object = try JSONSerialization.jsonObject(with: Data(json.output.utf8)) as? [String: Any]
    let columns = try #require(object?["conditions"] as? [[String: Any]])
    #expect(columns.map { $0["name"] as? String } == ["artist", "genre"])
    #expect((columns[0]["values"] as? [[String: Any]])?.compactMap { $0["text"] as? String }.sorted() == ["Ann", "Bo Lee"])

    let write = ["generate", "m", "--seed", "3", "--length", "12", "--temperature", "1"]
    let ann = try await Command.run(write + ["--condition", "artist=ann", "--condition", "genre=folk"], in: folder)
    let again = try await Command.run(write + ["--condition", "genre=FOLK", "--condition=Artist=Ann"], in: folder)
    let bo = try await Command.run(write + ["--condition", "artist=Bo Lee", "--condition", "genre=folk"], in: folder)
    #expect(ann.status == 0 && ann.output == again.output && ann.output != bo.output, "\(ann.errors)\(again.errors)")
    let drawn = try await Command.run(write, in: folder)
    let two = try await Command.run(write + ["--count", "2"], in: folder)
    #expect(drawn.status == 0 && two.output.hasPrefix(drawn.output), "\(drawn.output) \(two.output)")

    let evaluation = try await Command.run("evaluate", "m", "songs.csv", "--json", in: folder)
    #expect(evaluation.status == 0 && evaluation.errors.isEmpty, "\(evaluation.errors)")
    try folder.write("the red rose of song 2\noh la\n", to: "plain.txt")
    #expect(try await Command.run("evaluate", "m", "plain.txt", in: folder).status == 0)
  }

  private static let mistakes: [(arguments: [String], message: String)] = [
    (
      ["generate", "m", "--condition", "artist=Anna"],
      "error: the model knows no artist \"Anna\"; the nearest of its values is \"Ann\". Give a value that the model knows in --condition."
    ),
    (
      ["generate", "m", "--condition", "year=1990"],
      "error: the model is not conditioned on year (its columns: artist, genre); name one of these in --condition."
    ),
    (["generate", "m", "--condition", "artist"], "The value 'artist' is invalid for '--condition <column=value>'"),
    (
      ["generate", "m", "--condition", "artist=Ann", "--condition", "artist=Bo Lee"],
      "--condition gives \"artist\" more than once; give one value for a column."
    ),
    (
      ["generate", "n", "--condition", "artist=Ann"],
      "error: the model was trained without conditions, so it cannot be given one; leave --condition out, or train a model with it."
    ),
    (["export", "m", "--output", "m.onnx"], "error: the model has conditions, which such a file cannot say"),
    (["export", "m", "--output", "m.safetensors"], "error: the model has conditions, which such a file cannot say"),
    (
      ["train", "songs.store", "--model", "x", "--condition", "artist,year"],
      "error: the corpus carries no column year with its songs (it carries artist, genre); correct the name in --condition, or prepare "
        + "the store again and keep the column."
    ),
    (
      ["train", "plain.txt", "--model", "x", "--condition", "artist"],
      "error: the corpus carries no columns with its songs, and so no artist for --condition;"
    ),
    (["train", "songs.csv", "--model", "x", "--condition", "year"], "error: No song has a value in a column or key named year"),
    (
      ["train", "songs.csv", "--model", "x", "--condition", "lyrics"],
      "error: no value of the column lyrics occurs in 5 or more training songs"
    ),
    (
      ["train", "songs.csv", "--model", "x", "--condition", "artist,artist"],
      "error: --condition must be 1 to 18 different names, but is artist,artist; choose another value."
    ),
    (
      ["train", "songs.csv", "--model", "x", "--condition", "artist", "--tokens", "whitespace"],
      "error: --condition needs songs with boundaries between them, which pre-tokenized text (whitespace) does not have; choose "
        + "another kind of --tokens."
    ),
    (
      ["train", "--model", "m", "--resume", "--condition", "artist"],
      "error: --condition is artist, but the run to resume has artist,genre, and a run keeps this setting; leave it out, or train "
        + "a new model."
    ),
    (
      ["train", "songs.csv", "--model", "x", "--from", "n", "--condition", "artist"],
      "error: --condition is artist, but the model to train further has none, and this cannot change;"
    ),
    (
      ["train", "songs.csv", "--model", "x", "--from", "m", "--condition", "artist"],
      "error: --condition is artist, but the model to train further has artist,genre, and this cannot change;"
    ),
  ]

  @Test("bad input is one sentence", arguments: mistakes.indices)
  func errors(index: Int) async throws {
    let (arguments, message) = Self.mistakes[index]
    try folder.write("the red rose\noh la\n\n\nthe blue wave\noh no\n", to: "plain.txt")
    if arguments.contains("m") { try await trained() }
    if arguments.contains("n") {
      let plain = try await train("songs.csv", "--quiet", "--steps", "2", "--hidden", "8", "--batch", "2", "--window", "8", model: "n")
      try #require(plain.status == 0, "\(plain.errors)")
    }
    if arguments.contains("songs.store") {
      try #require(try await Command.run("prepare", "songs.csv", "--out", "songs.store", "--keep", "genre", in: folder).status == 0)
    }
    let result = try await Command.run(arguments, in: folder)
    #expect(result.status != 0 && result.errors.contains(message), "\(result.errors)")
    #expect(!folder.has("x/model.safetensors"))
  }

  @Test func `a run keeps its conditions when it is resumed, from a table and from a store`() async throws {
    let prepared = try await Command.run("prepare", "songs.csv", "--out", "songs.store", "--keep", "genre", "--min-count", "1", in: folder)
    try #require(prepared.status == 0, "\(prepared.errors)")
    for (name, corpus) in [("a", "songs.csv"), ("b", "songs.store")] {
      let flags = Self.tiny.filter { corpus == "songs.csv" || $0 != "--min-count" }.dropLast(corpus == "songs.csv" ? 0 : 1)
      let whole = try await Command.run(["train", corpus, "--model", name, "--condition", "artist,genre", "--quiet"] + flags, in: folder)
      try #require(whole.status == 0, "\(whole.errors)")
      let start = ["train", corpus, "--model", name + "2", "--condition", "artist,genre", "--quiet"] + flags + ["--steps", "12"]
      let first = try await Command.run(start, in: folder)
      try #require(first.status == 0, "\(first.errors)")
      let rest = try await Command.run("train", "--model", name + "2", "--resume", "--steps", "30", "--quiet", in: folder)
      #expect(rest.status == 0, "\(rest.errors)")
      for file in ["model.safetensors", "conditions.json", "tokenizer.json"] {
        #expect(try folder.data("\(name)/\(file)") == folder.data("\(name)2/\(file)"), "\(file)")
      }
    }
    #expect(try folder.data("a/model.safetensors") == folder.data("b/model.safetensors"))
  }

  @Test func `a conditioned model is trained further on a table without its columns`() async throws {
    try await trained()
    try folder.write("lyrics\n" + (0..<12).map { "the red rose of harbour \($0)\n" }.joined(), to: "more.csv")
    let result = try await train("more.csv", "--from", "m", "--steps", "3", "--window", "4", model: "n")
    #expect(result.status == 0 && result.errors.contains("no song of the corpus has a value in genre"), "\(result.errors)")
    #expect(try folder.data("n/conditions.json") == folder.data("m/conditions.json"))
    let more = try await Command.run("train", "--model", "n", "--resume", "--steps", "5", in: folder)
    #expect(more.status == 0, "\(more.errors)")
  }
}
