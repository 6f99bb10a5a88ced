import Foundation
import LanguageModel
import Refrain
import Testing

@Suite("The command evaluate") struct EvaluateTests {
  @Test func `a perplexity beyond all numbers is null in JSON`() async throws {
    let folder = try await Self.folder()
    let path = folder.url.appending(path: "m").path
    var model = try Model(directory: path)
    // Nothing but <unk> is expected.
    let first = model.weights.layout[.decoderBias].range.lowerBound
    model.weights.add([1e6], to: first..<first + 1)
    try model.save(to: path)
    let evaluated = try await Command.run("evaluate", "m", "held", "--json", "--songs", in: folder)
    #expect(evaluated.status == 0 && evaluated.errors.isEmpty, "\(evaluated.errors)")
    let report = try #require(try JSONSerialization.jsonObject(with: Data(evaluated.output.utf8)) as? [String: Any])
    #expect(report["perplexity"] is NSNull && report["known_perplexity"] is NSNull)
    #expect(try #require(report["loss_nats"] as? Double) > 1e5)
    let song = try #require((report["songs"] as? [[String: Any]])?.first)
    #expect(song["perplexity"] is NSNull && song["loss_nats"] is Double)
    // For people it has a sign.
    let table = try await Command.run("evaluate", "m", "held", in: folder)
    #expect(table.status == 0 && table.output.contains("perplexity          inf"), "\(table.output)")
  }

  /// A model of some songs, and others to try it on: the last of them has a word that no other has.
  static func folder() async throws -> Folder {
    let folder = try Folder()
    try folder.writeSongs()
    try folder.writeSongs("held")
    for name in ["engine", "candle", "garden"] {
      let text = try folder.text("held/\(name).txt")
      try folder.write(text.replacing("sister", with: "brother"), to: "held/\(name).txt")
    }
    for name in ["river", "lantern", "harbour", "orchard", "window", "mountain", "bridge", "kettle", "ribbon"] {
      try FileManager.default.removeItem(at: folder.url.appending(path: "held/\(name).txt"))
    }
    try folder.write("The zeppelin\n\nOh the zeppelin, oh the river.\n", to: "held/zeppelin.txt")
    let trained = try await Command.run(
      ["train", "songs", "--model", "m", "--quiet"] + WorkflowTests.tiny + ["--steps", "120"], in: folder)
    #expect(trained.status == 0, "\(trained.errors)")
    return folder
  }

  static func report(_ arguments: String..., of text: String = "held", in folder: Folder) async throws -> [String: Any] {
    let result = try await Command.run(["evaluate", "m", text, "--json"] + arguments, in: folder)
    #expect(result.status == 0 && result.errors.isEmpty, "\(result.errors)")
    return try #require(try JSONSerialization.jsonObject(with: Data(result.output.utf8)) as? [String: Any])
  }

  @Test func `songs, words, baselines and the whole text, in JSON`() async throws {
    let folder = try await Self.folder()
    let plain = try await Self.report(in: folder)
    #expect(
      Set(plain.keys) == [
        "loss_nats", "perplexity", "bits_per_character", "tokens", "unknown_tokens", "known_tokens", "known_loss_nats", "known_perplexity",
      ])
    let tokens = try #require(plain["tokens"] as? Int), unknown = try #require(plain["unknown_tokens"] as? Int)
    #expect(unknown == 2 && plain["known_tokens"] as? Int == tokens - 2)

    let dynamic = try await Self.report("--dynamic", in: folder)
    #expect(dynamic["tokens"] as? Int == tokens && dynamic["loss_nats"] as? Double == plain["loss_nats"] as? Double)
    // A longer text has lanes enough to lose something by.
    try folder.write(String(repeating: "I walked beside the river,\nI waited by the bridge.\n", count: 120), to: "long.txt")
    let lanes = try await Self.report(of: "long.txt", in: folder), whole = try await Self.report("--dynamic", of: "long.txt", in: folder)
    let oneLane = try await Self.report("--batch", "1", of: "long.txt", in: folder)
    #expect(lanes["tokens"] as? Int == whole["tokens"] as? Int && lanes["loss_nats"] as? Double != whole["loss_nats"] as? Double)
    #expect(oneLane["loss_nats"] as? Double == whole["loss_nats"] as? Double)

    let full = try await Self.report("--songs", "--words", "words.tsv", "--baseline", "songs", "--ngram-order", "4", in: folder)
    let songs = try #require(full["songs"] as? [[String: Any]])
    #expect(songs.map { $0["source"] as? String } == ["candle", "engine", "garden", "zeppelin"].map { "held/\($0).txt" })
    #expect(songs.map { $0["unknown_tokens"] as? Int } == [0, 0, 0, 2])
    #expect(songs.reduce(0) { $0 + ($1["tokens"] as? Int ?? 0) } == tokens)
    let baselines = try #require(full["baselines"] as? [[String: Any]])
    #expect(baselines.map { $0["order"] as? Int } == [1, 4])
    let perplexities = baselines.compactMap { $0["perplexity"] as? Double } + [try #require(full["perplexity"] as? Double)]
    #expect(perplexities.allSatisfy { $0 > 1 && $0 < 60 } && Set(perplexities).count == 3)

    // The words add up to the whole.
    let lines = try folder.text("words.tsv").split(separator: "\n").map { $0.split(separator: "\t", omittingEmptySubsequences: false) }
    #expect(lines[0] == ["song", "token", "id", "nats", "probability", "unknown"] && lines.allSatisfy { $0.count == 6 })
    #expect(lines.count == 1 + tokens + 1 && lines[1][0] == "0" && lines[1][1] == "<song>" && lines[1][3].isEmpty)
    let nats = lines.dropFirst(2).compactMap { Double($0[3]) }
    #expect(nats.count == tokens && abs(nats.reduce(0, +) / Double(tokens) - (full["loss_nats"] as? Double ?? 0)) < 1e-12)
    #expect(lines.dropFirst(2).allSatisfy { abs((Double($0[4]) ?? 0) - exp(-(Double($0[3]) ?? 0))) < 1e-15 })
    #expect(lines.filter { $0[5] == "1" }.map { $0[1] } == ["zeppelin", "zeppelin"] && lines.contains { $0[1] == "\\n" })
    #expect(lines.last?[0] == "4" && lines.last?[1] == "<song>")
  }

  @Test func `tables for people, and the words alone for a pipe`() async throws {
    let folder = try await Self.folder()
    let table = try await Command.run("evaluate", "m", "held", "--songs", "--baseline", "songs", in: folder)
    #expect(table.status == 0 && table.errors.isEmpty)
    let names = table.output.split(separator: "\n").map { String($0.prefix(20)).trimmingCharacters(in: .whitespaces) }
    #expect(
      names.prefix(8) == [
        "tokens", "unknown", "loss", "perplexity", "of known tokens", "unigram model", "3-gram model", "bits per token",
      ])
    #expect(table.output.contains("unknown             2 (") && table.output.contains("%), predicted as <unk>\n"))
    #expect(table.output.contains("\nperplexity   tokens  unknown  song\n") && table.output.contains("  held/zeppelin.txt\n"))
    let words = try await Command.run("evaluate", "m", "held", "--words", "-", in: folder)
    #expect(words.status == 0 && words.output.hasPrefix("song\ttoken\tid\t") && !words.output.contains("perplexity"))
  }

  @Test func `a baseline must have songs of its own`() async throws {
    let folder = try await Self.folder()
    let own = try await Command.run("evaluate", "m", "held", "--baseline", "held", in: folder)
    #expect(own.status == 1 && own.output.isEmpty)
    #expect(
      own.errorLines == [
        """
        error: held: all songs for --baseline are also among those to evaluate on, and so left out; name the songs that the model was \
        trained on, and evaluate on others.
        """
      ])
  }

  @Test func `copies in a baseline count once, as in training`() async throws {
    let folder = try await Self.folder()
    let once = try await Self.report("--baseline", "songs", in: folder)
    let twice = try await Self.report("--baseline", "songs", "--baseline", "songs", in: folder)
    let losses = try [once, twice].map { report in
      try #require(report["baselines"] as? [[String: Any]]).map { try #require($0["loss_nats"] as? Double) }
    }
    #expect(losses[0].count == 2 && losses[0] == losses[1])
  }

  @Test func `no command writes over a file of another model`() async throws {
    let folder = try await Self.folder()
    try FileManager.default.copyItem(at: folder.url.appending(path: "m"), to: folder.url.appending(path: "k"))
    try FileManager.default.createDirectory(at: folder.url.appending(path: "k/notes"), withIntermediateDirectories: true)
    func message(_ path: String, _ flag: String) -> String { "error: \(path): this file is a part of a model; choose another \(flag)." }
    for (arguments, path, flag) in [
      (["evaluate", "m", "held", "--words"], "k/tokenizer.json", "--words"),
      (["generate", "m", "--output"], "k/config.json", "--output"),
      (["export", "m", "--output"], "k/model.safetensors", "--output"),
      (["prepare", "songs", "--out", "s.store", "--tokenizer"], "k/tokenizer.json", "--tokenizer"),
      (["prepare", "songs", "--out"], "k/metrics.jsonl", "--out"),
    ] {
      let before = try folder.data(path)
      let result = try await Command.run(arguments + [path], in: folder)
      #expect(result.status == 1 && result.errorLines == [message(path, flag)[...]], "\(result.errors)")
      #expect(try folder.data(path) == before && !folder.has("s.store"))
    }
    // Other names in a model's folder, and a model's names elsewhere, are free.
    for path in ["k/notes/song.txt", "k/song.txt", "config.json"] {
      let result = try await Command.run("generate", "m", "--length", "3", "--output", path, in: folder)
      #expect(result.status == 0 && folder.has(path), "\(result.errors)")
    }
  }

  @Test func `nothing that is read is written over`() async throws {
    let folder = try await Self.folder()
    try FileManager.default.createDirectory(at: folder.url.appending(path: "copies"), withIntermediateDirectories: true)
    try folder.write(folder.text("held/candle.txt"), to: "copies/a.txt")
    let own = "m/model.safetensors", song = "./held/../held/candle.txt"
    let before = try [folder.data(own), folder.data(song)]
    for (arguments, message) in [
      (["evaluate", "m", "held", "--words", own], "\(own): this file is part of the model; choose another --words."),
      (["generate", "m", "--output", own], "\(own): this file is part of the model; choose another --output."),
      (["evaluate", "m", "held", "--words", song], "\(song): these are the songs that are read; choose another --words."),
      (
        ["evaluate", "m", "songs", "--baseline", "held", "--words", song],
        "\(song): these are the songs that are read; choose another --words."
      ),
      (
        ["evaluate", "m", "held", "--baseline", "copies", "--baseline", "songs", "--words", "copies/a.txt"],
        "copies/a.txt: these are the songs that are read; choose another --words."
      ),
    ] {
      let result = try await Command.run(arguments, in: folder)
      #expect(result.status == 1 && result.errorLines == ["error: \(message)"], "\(result.errors)")
    }
    #expect(try [folder.data(own), folder.data(song)] == before)
  }

  @Test(
    "what cannot be is refused",
    arguments: [
      (["--ngram-order", "1"], "--ngram-order must be from 2 to 8, but is 1."),
      (["--ngram-order", "4"], "--ngram-order counts the songs of --baseline, which is not given."),
      (["--words", ""], "--words is empty; it must name a file."),
      (["--json", "--words", "-"], "--json and --words both write to standard output; give --words a file."),
      (["--batch", "0"], "--batch and --window must be at least 1."),
      (["--dynamic", "--batch", "3"], "--dynamic reads the whole text as one; leave out --batch."),
    ])
  func refused(arguments: [String], message: String) async throws {
    let folder = try Folder()
    let result = try await Command.run(["evaluate", "m", "held"] + arguments, in: folder)
    #expect(result.status != 0 && result.errorLines == ["error: \(message) See 'refrain evaluate --help'."])
  }
}
