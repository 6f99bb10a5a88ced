import Foundation
import Testing

@Suite("The command: report") struct ReportCommandTests {
  /// A folder with songs and models that were trained on them, with these seeds.
  private static func folder(seeds: [Int] = [1]) async throws -> Folder {
    let folder = try Folder()
    try folder.writeSongs()
    for seed in seeds {
      let result = try await Command.run(
        "train", "songs", "--model", "m\(seed)", "--hidden", "8", "--embedding", "8", "--batch", "2", "--window", "8", "--epochs", "4",
        "--log-every", "5", "--sample-every", "20", "--seed", "\(seed)", "--quiet", in: folder)
      #expect(result.status == 0, "\(result.errors)")
    }
    return folder
  }

  private static func json(_ page: String) throws -> [String: Any] {
    let start = try #require(page.range(of: "id=\"data\">"))
    let end = try #require(page.range(of: "</script>", range: start.upperBound..<page.endIndex))
    return try #require(try JSONSerialization.jsonObject(with: Data(page[start.upperBound..<end.lowerBound].utf8)) as? [String: Any])
  }

  private static func rows(_ model: String, kind: String, in folder: Folder) throws -> [[String: Any]] {
    try folder.text("\(model)/metrics.jsonl").split(separator: "\n").compactMap { line in
      let row = try JSONSerialization.jsonObject(with: Data(line.utf8)) as? [String: Any]
      return row?["kind"] as? String == kind ? row : nil
    }
  }

  @Test func `a page and a table of a run, with baselines`() async throws {
    let folder = try await Self.folder()
    let result = try await Command.run(
      "report", "m1", "--output", "page.html", "--csv", "rows.csv", "--baseline", "songs", "--title", "<My> run", in: folder)
    #expect(result.status == 0 && result.output.isEmpty && result.errors.isEmpty, "\(result.errors)")
    let page = try folder.text("page.html")
    #expect(page.contains("<title>&lt;My&gt; run</title>") && page.contains("Validation loss was lowest at step"))
    #expect(page.contains("spelling rules") && page.contains("Step 20, loss"))
    let plot = try #require((try Self.json(page)["plots"] as? [[String: Any]])?.first)
    let series = try #require(plot["series"] as? [[String: Any]])
    for (one, kind) in zip(series, ["train", "validation"]) {
      let losses = try Self.rows("m1", kind: kind, in: folder).compactMap { $0["loss_nats"] as? Double }
      let extremes = try #require(one["extremes"] as? [[Double]])
      #expect(!losses.isEmpty && extremes.map { $0[1] } == [losses.min(), losses.max()])
    }
    #expect((plot["lines"] as? [[String: Any]])?.compactMap { $0["n"] as? String } == ["unigram model", "3-gram model"])
    let lines = try folder.text("rows.csv").components(separatedBy: "\r\n")
    let count = try ["train", "validation"].map { try Self.rows("m1", kind: $0, in: folder).count }.reduce(0, +)
    #expect(lines.count == count + 2 && lines[1].hasPrefix("m1,train,5,"))
    // The same page again, byte for byte, to standard output.
    let again = try await Command.run("report", "m1", "--output", "-", "--baseline", "songs", "--title", "<My> run", in: folder)
    #expect(again.status == 0 && again.output == page)
  }

  @Test func `the baselines are those that evaluate measures on the same songs`() async throws {
    let folder = try await Self.folder()
    let prepared = try await Command.run("prepare", "songs", "--out", "s.store", in: folder)
    #expect(prepared.status == 0, "\(prepared.errors)")
    let trained = try await Command.run(
      "train", "s.store", "--model", "k", "--hidden", "8", "--batch", "2", "--window", "8", "--epochs", "1", "--quiet", in: folder)
    #expect(trained.status == 0, "\(trained.errors)")
    let page = try await Command.run("report", "k", "--output", "-", "--baseline", "s.store", "--ngram-order", "2", in: folder)
    let lines = try #require((try Self.json(page.output)["plots"] as? [[String: Any]])?.first?["lines"] as? [[String: Any]])
    let found = try await Command.run(
      "evaluate", "k", "s.store", "--baseline", "s.store", "--ngram-order", "2", "--dynamic", "--json", in: folder)
    let report = try #require(try JSONSerialization.jsonObject(with: Data(found.output.utf8)) as? [String: Any])
    let expected = try #require(report["baselines"] as? [[String: Any]]).compactMap { $0["loss_nats"] as? Double }
    let values = lines.compactMap { $0["y"] as? Double }
    #expect(values.count == 2 && expected.count == 2 && zip(values, expected).allSatisfy { abs($0 - $1) < 1e-12 }, "\(values) \(expected)")
  }

  @Test func `a run keeps its baselines, which a report shows without the songs`() async throws {
    let folder = try await Self.folder()
    let record = try #require(try JSONSerialization.jsonObject(with: folder.data("m1/baselines.json")) as? [String: Any])
    let kept = try #require(record["losses"] as? [[String: Any]]).compactMap { $0["loss_nats"] as? Double }
    func levels(_ arguments: String...) async throws -> [Double] {
      let page = try await Command.run(["report", "m1", "--output", "-"] + arguments, in: folder)
      let lines = try #require((try Self.json(page.output)["plots"] as? [[String: Any]])?.first?["lines"] as? [[String: Any]])
      return lines.compactMap { $0["y"] as? Double }
    }
    let counted = try await levels("--baseline", "songs")
    #expect(kept.count == 2 && kept == counted)
    #expect(try await levels() == kept)
    // Those of another corpus are not shown.
    let other = try folder.text("m1/baselines.json").replacing(/"corpus" : "[0-9a-f]+"/, with: "\"corpus\" : \"1f\"")
    try folder.write(other, to: "m1/baselines.json")
    #expect(try await levels().isEmpty)
    let page = try await Command.run("report", "m1", "--output", "-", in: folder)
    #expect(page.output.contains("baselines.json are left out"))
    // The next run of the corpus writes its own again, and a finished one that is resumed too.
    let resumed = try await Command.run("train", "--model", "m1", "--resume", in: folder)
    #expect(resumed.status == 0 && resumed.errors.contains("3-gram model"), "\(resumed.errors)")
    #expect(try await levels() == kept)
  }

  @Test func `runs are compared, and seeds have a mean`() async throws {
    let folder = try await Self.folder(seeds: [1, 2])
    let result = try await Command.run("report", "m1", "m2", "--output", "page.html", "--no-text", in: folder)
    #expect(result.status == 0, "\(result.errors)")
    let page = try folder.text("page.html")
    #expect(page.contains("Runs that differ in their seed only") && page.contains("Settings that differ"))
    #expect(page.contains("<th scope=\"row\">seed</th><td class=\"same\">1</td><td class=\"same\">2</td>"))
    #expect(!page.contains("class=\"sample\"") && page.contains("The texts are left out of this page."))
    let best = try ["m1", "m2"].map {
      try #require(try Self.rows($0, kind: "validation", in: folder).compactMap { $0["loss_nats"] as? Double }.min())
    }
    let mean = (best[0] + best[1]) / 2, deviation = abs(best[0] - best[1]) / 2.0.squareRoot()
    #expect(page.contains("\(String(format: "%.4f", mean)) &plusmn; \(String(format: "%.4f", deviation))"))
  }

  @Test func `parts that are missing or damaged are told on the page`() async throws {
    let folder = try await Self.folder()
    try FileManager.default.removeItem(at: folder.url.appending(path: "m1/samples.txt"))
    try FileManager.default.removeItem(at: folder.url.appending(path: "m1/checkpoints"))
    try folder.write("", to: "m1/metrics.jsonl")
    try folder.write("{", to: "m1/config.json")
    let result = try await Command.run("report", "m1", "--output", "page.html", "--baseline", "songs", in: folder)
    #expect(result.status == 0 && result.errors.isEmpty, "\(result.errors)")
    let page = try folder.text("page.html")
    for sentence in [
      "The configuration cannot be read: m1/config.json: not a model", "since metrics.jsonl has no rows.", "The run took no samples.",
      "There is no checkpoint", "No n-gram model was counted, because the run has no readable checkpoint",
    ] { #expect(page.contains(sentence), "\(sentence)") }
  }

  @Test func `links that lead out of the model are not followed`() async throws {
    let folder = try await Self.folder()
    try folder.write("=== step 1, loss 1.0 nats ===\nsecret\n", to: "secret.txt")
    try FileManager.default.removeItem(at: folder.url.appending(path: "m1/samples.txt"))
    try FileManager.default.createSymbolicLink(atPath: folder.url.path + "/m1/samples.txt", withDestinationPath: "../secret.txt")
    let result = try await Command.run("report", "m1", "--output", "page.html", in: folder)
    let page = try folder.text("page.html")
    #expect(result.status == 0 && !page.contains("secret") && page.contains("The samples cannot be read"))
  }

  @Test(
    "an invalid model argument is refused in one sentence, and nothing is written",
    arguments: [
      (["nowhere"], "nowhere: no such model directory; check the path, or train a model first."),
      (
        ["songs/river.txt"], "songs/river.txt: a model is a directory, but this is a file; give the directory that holds model.safetensors."
      ),
      (["songs"], "songs: not a whole model, config.json is missing; give another directory or train again."),
    ])
  func refused(arguments: [String], message: String) async throws {
    let folder = try Folder()
    try folder.writeSongs()
    let result = try await Command.run(["report"] + arguments + ["--output", "page.html", "--csv", "rows.csv"], in: folder)
    #expect(result.status == 1 && result.errorLines == ["error: \(message)"] && !folder.has("page.html") && !folder.has("rows.csv"))
  }

  @Test(
    "flags that contradict are refused",
    arguments: [
      (["--ngram-order", "3"], "--ngram-order counts the songs of --baseline, which is not given."),
      (["--ngram-order", "9", "--baseline", "s"], "--ngram-order must be from 2 to 8, but is 9."),
      (["--csv", "-"], "--csv must name a file; only the page can go to standard output."),
      (["--title", ""], "--title is empty; give the page a title, or leave it out."),
      (["--csv", "p"], "--csv and --output name one file; give each its own."),
      (["--csv", "./p"], "--csv and --output name one file; give each its own."),
      (["./m"], "./m is given twice; name each model once."), (["--csv", ""], "An argument is empty; it must name a file or directory."),
    ])
  func flags(arguments: [String], message: String) async throws {
    let folder = try Folder()
    try FileManager.default.createDirectory(at: folder.url.appending(path: "m"), withIntermediateDirectories: true)
    let result = try await Command.run(["report", "m", "--output", "p"] + arguments, in: folder)
    #expect(result.status != 0 && result.errorLines == ["error: \(message) See 'refrain report --help'."], "\(result.errors)")
  }

  @Test func `no file of a model is written over, and the baseline must be the run's corpus`() async throws {
    let folder = try await Self.folder()
    for (flags, path) in [(["--output"], "m1/metrics.jsonl"), (["--output", "p", "--csv"], "m1/config.json")] {
      let before = try folder.data(path)
      let result = try await Command.run(["report", "m1"] + flags + [path], in: folder)
      #expect(result.status == 1 && result.errors.contains("this file is part of the model"), "\(result.errors)")
      #expect(try folder.data(path) == before && !folder.has("p"))
    }
    for (flags, path) in [(["--output"], "songs/river.txt"), (["--output", "p", "--csv"], "songs/new.csv")] {
      let before = try? folder.data(path)
      let result = try await Command.run(["report", "m1", "--baseline", "songs"] + flags + [path], in: folder)
      #expect(result.status == 1 && result.errorLines.count == 1 && !folder.has("p"), "\(result.errors)")
      #expect((try? folder.data(path)) == before)
    }
    try folder.write("Another song\nwith other words\n", to: "other/a.txt")
    let result = try await Command.run("report", "m1", "--output", "p", "--baseline", "other", "--baseline", "songs/river.txt", in: folder)
    #expect(result.status == 1 && result.errorLines.count == 1 && !folder.has("p"), "\(result.errors)")
  }
}
