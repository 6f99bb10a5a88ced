import Foundation
import Testing

@Suite("The command, from songs to a song") struct WorkflowTests {
  static let tiny = [
    "--embedding", "8", "--hidden", "12", "--batch", "4", "--window", "8", "--steps", "30", "--shards", "2", "--min-count", "1",
  ]

  @Test func `train, generate and evaluate`() async throws {
    let folder = try Folder()
    try folder.writeSongs()
    let trained = try await Command.run(["train", "songs", "--model", "m", "--sample-every", "10"] + Self.tiny, in: folder)
    #expect(trained.status == 0, "\(trained.errors)")
    #expect(trained.output.isEmpty, "logs do not go to standard output")
    #expect(trained.errors.contains("--- sample at step 20,"))
    #expect(!trained.errors.contains("\u{1B}"), "no terminal, no escapes")
    for name in ["config.json", "tokenizer.json", "model.safetensors", "metrics.jsonl", "samples.txt"] { #expect(folder.has("m/\(name)")) }
    #expect(try folder.text("m/samples.txt").components(separatedBy: "=== step ").count == 4)

    let first = try await Command.run("generate", "m", "--seed", "5", "--length", "40", in: folder)
    let again = try await Command.run("generate", "--model", "m", "--seed", "5", "--length", "40", in: folder)
    let other = try await Command.run("generate", "m", "--seed", "6", "--length", "40", in: folder)
    #expect(first.status == 0 && !first.output.isEmpty && first.errors.isEmpty)
    #expect(first.output == again.output && first.output != other.output)

    let prompted = try await Command.run(
      "generate", "m", "--prompt", "The zeppelin", "--temperature", "0", "--length", "5", "--output", "song.txt", in: folder)
    #expect(prompted.output.isEmpty)
    #expect(prompted.errors == "warning: the model's vocabulary lacks \"zeppelin\"; it reads <unk> instead.\n")
    #expect(try folder.text("song.txt").hasPrefix("The zeppelin"))

    let evaluated = try await Command.run("evaluate", "m", "songs", "--json", in: folder)
    let report = try #require(try JSONSerialization.jsonObject(with: Data(evaluated.output.utf8)) as? [String: Any])
    #expect(Set(report.keys).isSuperset(of: ["loss_nats", "perplexity", "bits_per_character", "tokens", "unknown_tokens"]))
    let table = try await Command.run("evaluate", "m", "songs", in: folder)
    #expect(table.status == 0 && table.output.hasPrefix("tokens  ") && table.errors.isEmpty)
  }

  @Test func `the number of workers changes no byte of the model`() async throws {
    let folder = try Folder()
    try folder.writeSongs()
    for workers in ["1", "2"] {
      let result = try await Command.run(
        ["train", "songs", "--model", "m" + workers, "--workers", workers, "--quiet"] + Self.tiny, in: folder)
      #expect(result.status == 0 && result.errors.isEmpty && result.output.isEmpty)
    }
    for name in ["model.safetensors", "config.json", "tokenizer.json"] {
      #expect(try folder.data("m1/\(name)") == folder.data("m2/\(name)"), "\(name)")
    }
  }

  @Test func `a model is replaced only when asked, and then whole`() async throws {
    let folder = try Folder()
    try folder.writeSongs()
    _ = try await Command.run(["train", "songs", "--model", "m", "--quiet"] + Self.tiny, in: folder)
    let before = try folder.data("m/model.safetensors")
    let refused = try await Command.run(["train", "songs", "--model", "m", "--seed", "2"] + Self.tiny, in: folder)
    #expect(refused.status != 0)
    #expect(
      refused.errorLines == [
        """
        error: m: a run is there already; choose another --model, pass --resume to continue it, or --overwrite to replace it once the \
        new model is trained.
        """
      ])
    #expect(try folder.data("m/model.safetensors") == before)
    let replaced = try await Command.run(
      ["train", "songs", "--model", "m", "--seed", "2", "--overwrite", "--quiet"] + Self.tiny, in: folder)
    #expect(replaced.status == 0, "\(replaced.errors)")
    #expect(try folder.data("m/model.safetensors") != before)
    #expect(try FileManager.default.contentsOfDirectory(atPath: folder.url.path).sorted() == ["m", "songs"])
  }

  @Test func `--dry-run prints the plan and makes nothing`() async throws {
    let folder = try Folder()
    try folder.writeSongs()
    let plan = try await Command.run(["train", "songs", "--model", "m", "--dry-run"] + Self.tiny, in: folder)
    #expect(plan.status == 0 && plan.errors.isEmpty)
    #expect(plan.output.contains("minibatch  4 lanes x 8 tokens in 2 shards on 2 workers\n"))
    #expect(plan.output.contains("model      1 x 12 LSTM, embedding 8 tied to the decoder: "))
    #expect(!folder.has("m"))
  }

  @Test func `a vocabulary that is too large for the model is warned about, with what a smaller one would keep`() async throws {
    let folder = try Folder()
    // 30,000 words that come twice, and 20,100 that come once.
    let words = (0..<30_000).map { "w\($0) w\($0)" } + (30_000..<50_100).map { "w\($0)" }
    try folder.write(words.joined(separator: "\n") + "\n", to: "song.txt")
    let arguments = [
      "train", "song.txt", "--model", "m", "--tokens", "whitespace", "--validation-fraction", "0", "--hidden", "4", "--embedding", "4",
      "--batch", "4", "--window", "4", "--shards", "2", "--steps", "1",
    ]
    let advice =
      "the decoder takes 99.9% of a step, since a vocabulary of 50,102 tokens is large for these sizes: --max-vocabulary 20000 keeps "
    let plan = try await Command.run(arguments + ["--dry-run"], in: folder)
    #expect(plan.status == 0 && plan.errors.isEmpty && plan.output.contains("\nproportion \(advice)"), "\(plan.output)")
    #expect(plan.output.contains("; --min-count 2 keeps 30,002 tokens and ") && plan.output.contains("; --tokens bpe keeps all of it, "))
    let trained = try await Command.run(arguments, in: folder)
    #expect(trained.status == 0 && trained.errors.contains("warning: \(advice)"), "\(trained.errors)")
    let quiet = try await Command.run(arguments + ["--overwrite", "--quiet"], in: folder)
    #expect(quiet.status == 0 && quiet.errors.isEmpty, "\(quiet.errors)")
  }

  @Test func `what waits for a validation is warned of where nothing is held out`() async throws {
    let folder = try Folder()
    try folder.writeSongs()
    let arguments = ["train", "songs", "--validation-fraction", "0"] + Self.tiny + ["--steps", "2"]
    let asked = try await Command.run(
      arguments + ["--model", "m", "--patience", "2", "--schedule", "plateau", "--average-decay", "1", "--average-patience", "1"],
      in: folder)
    #expect(
      asked.status == 0
        && asked.errors.hasPrefix(
          "warning: --patience and --average-patience and --schedule plateau wait for a validation, and no songs are held out for one; "
            + "give --validation or --validation-fraction\n"),
      "\(asked.errors)")
    let usual = try await Command.run(arguments + ["--model", "n"], in: folder)
    #expect(usual.status == 0 && !usual.errors.contains("warning"), "\(usual.errors)")
  }

  @Test(
    "a decay that the schedule lacks is warned of",
    arguments: [
      (["--decay", "0.5", "--decay-every", "2"], "--decay and --decay-every have no effect with --schedule constant"),
      (
        ["--schedule", "exponential", "--decay", "0.9", "--decay-after", "1", "--decay-every", "1"],
        "--decay-every has no effect with --schedule exponential"
      ),
      (["--schedule", "step", "--decay", "0.9", "--decay-after", "1", "--decay-every", "1"], nil),
    ])
  func idleDecay(flags: [String], warning: String?) async throws {
    let folder = try Folder()
    try folder.writeSongs()
    let result = try await Command.run(["train", "songs", "--model", "m"] + Self.tiny + ["--steps", "2"] + flags, in: folder)
    #expect(result.status == 0, "\(result.errors)")
    if let warning {
      #expect(result.errors.hasPrefix("warning: \(warning)\n"), "\(result.errors)")
    } else {
      #expect(!result.errors.contains("warning"), "\(result.errors)")
    }
  }

  @Test(
    "a flag that another makes idle is warned of",
    arguments: [
      (["--dropout", "0.9", "--dropout-output", "0.3"], "--dropout has no effect on one layer if --dropout-output is given"),
      (["--layers", "2", "--dropout", "0.9", "--dropout-output", "0.3"], nil),
      (
        ["--average-decay", "1", "--average-patience", "4", "--patience", "4"],
        "--patience 4 ends the run before --average-patience 4 can begin an average; raise --patience"
      ), (["--average-decay", "1", "--average-patience", "3", "--patience", "4"], nil),
    ])
  func idlePair(flags: [String], warning: String?) async throws {
    let folder = try Folder()
    try folder.writeSongs()
    let result = try await Command.run(["train", "songs", "--model", "m"] + Self.tiny + ["--steps", "2"] + flags, in: folder)
    #expect(result.status == 0, "\(result.errors)")
    let warnings = result.errors.split(separator: "\n").filter { $0.hasPrefix("warning:") }
    #expect(warnings == (warning.map { ["warning: \($0)"] } ?? []), "\(result.errors)")
  }

  @Test(
    "a model that predicts nothing takes no other's place",
    arguments: [
      (
        ["--steps", "3", "--warmup-steps", "0", "--learning-rate", "1e20", "--average-decay", "0"],
        "training ended at step 3 with a loss beyond all bounds"
      ),
      (
        ["--steps", "3", "--warmup-steps", "0", "--learning-rate", "1e20", "--average-decay", "0", "--validation-fraction", "0"],
        "training ended at step 3 with a loss beyond all bounds"
      ),
      (["--steps", "5", "--activation-penalty", "1e30"], "training diverged at step 5: 5 minibatches in a row"),
    ])
  func nothingPredicted(flags: [String], message: String) async throws {
    let folder = try Folder()
    try folder.writeSongs()
    let good = try await Command.run(["train", "songs", "--model", "m", "--quiet"] + Self.tiny, in: folder)
    #expect(good.status == 0, "\(good.errors)")
    let before = try folder.data("m/model.safetensors")
    let result = try await Command.run(["train", "songs", "--model", "m", "--overwrite", "--quiet"] + Self.tiny + flags, in: folder)
    #expect(result.status == 1 && result.errorLines.count == 1 && result.errors.contains(message), "\(result.errors)")
    #expect(try folder.data("m/model.safetensors") == before)
    #expect(try FileManager.default.contentsOfDirectory(atPath: folder.url.path).sorted() == ["m", "songs"])
    // In a place of its own it leaves nothing that the mended command would stumble over.
    let fresh = try await Command.run(["train", "songs", "--model", "n", "--quiet"] + Self.tiny + flags, in: folder)
    #expect(fresh.status == 1, "\(fresh.errors)")
    let mended = try await Command.run(["train", "songs", "--model", "n", "--quiet"] + Self.tiny, in: folder)
    #expect(mended.status == 0, "\(mended.errors)")
  }

  @Test func `--patience 0 keeps the last model, and the preset's patience the best one`() async throws {
    let folder = try Folder()
    try folder.writeSongs()
    // A rate at which the last epochs are worse than the first.
    let arguments = [
      "train", "songs", "--epochs", "12", "--average-decay", "0", "--dropout", "0", "--learning-rate", "0.3", "--embedding", "8",
      "--hidden", "12", "--batch", "4", "--window", "8", "--shards", "2", "--min-count", "1",
    ]
    let last = try await Command.run(arguments + ["--model", "last", "--patience", "0"], in: folder)
    let best = try await Command.run(arguments + ["--model", "best", "--patience", "12"], in: folder)
    #expect(last.status == 0 && best.status == 0, "\(last.errors)")
    #expect(last.errors.contains("to stop there, train again with --steps "), "\(last.errors)")
    #expect(best.errors.contains("the model is that of this step"), "\(best.errors)")
    #expect(try folder.data("last/model.safetensors") != folder.data("best/model.safetensors"))
  }

  @Test func `the field's other names of the flags mean the same`() async throws {
    let folder = try Folder()
    try folder.writeSongs()
    let names = try await Command.run(
      "train", "songs", "--model", "m", "--dry-run", "--emsize", "9", "--nhid", "10", "--nlayers", "2", "--batch_size", "6", "--bptt", "7",
      "--lr", "0.5", "--clip", "3", "-t", "1", "--shards", "3", in: folder)
    #expect(names.output.contains("2 x 10 LSTM, embedding 9"))
    #expect(names.output.contains("6 lanes x 7 tokens in 3 shards on 1 worker"))
    #expect(names.output.contains("learning rate 0.5"))
    let others = try await Command.run(
      "train", "songs", "--model", "m", "--dry-run", "--rnn_size", "11", "--num_layers", "3", "--seq_length", "5", in: folder)
    #expect(others.output.contains("3 x 11 LSTM"))
    #expect(others.output.contains("lanes x 5 tokens"))
  }

  @Test func `a configuration file stands between preset and flags`() async throws {
    let folder = try Folder()
    try folder.writeSongs()
    try folder.write(#"{"hidden": 21, "layers": 2, "learning_rate": 0.25}"#, to: "mine.json")
    let plan = try await Command.run("train", "songs", "--model", "m", "--dry-run", "--config", "mine.json", "--layers", "3", in: folder)
    #expect(plan.output.contains("3 x 21 LSTM, embedding 128"))
    #expect(plan.output.contains("learning rate 0.25"))
    _ = try await Command.run(["train", "songs", "--model", "m", "--quiet"] + Self.tiny, in: folder)
    let again = try await Command.run("train", "songs", "--model", "n", "--dry-run", "--config", "m/config.json", in: folder)
    #expect(again.output.contains("1 x 12 LSTM, embedding 8"))
  }

  @Test func `bench prints one object a line, or a table`() async throws {
    let folder = try Folder()
    let sizes = [
      "--vocabulary", "40", "--embedding", "8", "--hidden", "16", "--layers", "1", "--window", "4", "--batch", "8", "--repetitions", "2",
    ]
    let json = try await Command.run(["bench", "--json"] + sizes, in: folder)
    let lines = json.output.split(separator: "\n")
    #expect(json.status == 0 && lines.count == 1 && json.errors.isEmpty)
    let report = try #require(try JSONSerialization.jsonObject(with: Data(json.output.utf8)) as? [String: Any])
    let promised: Set = [
      "preset", "vocabulary", "embedding", "hidden", "layers", "batch", "window", "workers", "shards", "tokens_per_second",
      "tokens_per_second_deviation", "step_milliseconds", "gflops", "gemm_gflops_bound", "fraction_of_bound", "peak_memory_mib",
    ]
    #expect(promised.isSubset(of: report.keys))
    let table = try await Command.run(["bench", "--phases"] + sizes, in: folder)
    #expect(table.output.hasPrefix("| preset | V | E |") && table.output.contains("| ms | assemble | embed |"))
    let csv = try await Command.run(["bench", "--format", "csv"] + sizes, in: folder)
    #expect(csv.output.split(separator: "\n").map { $0.split(separator: ",").count } == [17, 17])
    let scaling = try await Command.run(["bench", "--scaling", "--workers", "2", "--shards", "2"] + sizes, in: folder)
    let headers = scaling.output.components(separatedBy: "\n\n").map { $0.split(separator: "|")[1] }
    #expect(headers == [" workers ", " shards ", " batch ", " window ", " hidden "], "\(scaling.output)")
    let series = try await Command.run(["bench", "--scaling", "--workers", "2", "--shards", "2", "--format", "json"] + sizes, in: folder)
    let array = try #require(try JSONSerialization.jsonObject(with: Data(series.output.utf8)) as? [[String: Any]])
    let shards = array.filter { $0["series"] as? String == "shards" }
    #expect(shards.count == 3 && shards.allSatisfy { $0["relative_speed"] is Double && $0["single_thread_fraction"] is Double })
    #expect(array.count == 3 + 3 + 3 * 4 && array.filter { $0["series"] as? String == "workers" }.allSatisfy { $0["speedup"] is Double })
    let other = try await Command.run(["bench", "--products", "openblas"] + sizes, in: folder)
    #expect(other.output.contains("| custom, openblas | 40 |"), "\(other.output)")
    let wrong = try await Command.run("bench", "char-9000", in: folder)
    #expect(wrong.status != 0 && wrong.errorLines.count == 1)
  }

  @Test func `info tells the machine, and the kernels that the user chose`() async throws {
    let folder = try Folder()
    let info = try await Command.run("info", "--json", in: folder)
    let report = try #require(try JSONSerialization.jsonObject(with: Data(info.output.utf8)) as? [String: Any])
    #expect(
      Set(report.keys) == [
        "cores", "cores_limit", "memory_bytes", "memory_limit", "openblas_version", "openblas_kernels", "openblas_threads",
        "vector_kernels", "self_test", "cache_folder", "cache_bytes",
      ])
    #expect(report["self_test"] as? String == "passed" && report["openblas_threads"] as? Int == 1)
    let table = try await Command.run("info", in: folder)
    #expect(table.output.contains("self-test       passed"))
    #expect(table.output.contains("cache           0 B in 0 stores in \(folder.url.path)/cache/refrain\n"))
  }

  @Test func `--preset classic samples every hundred iterations into a text file`() async throws {
    let folder = try Folder()
    try folder.writeSongs()
    let run = try await Command.run("train", "songs", "--model", "m", "--preset", "classic", "--steps", "250", in: folder)
    #expect(run.status == 0, "\(run.errors)")
    let samples = try folder.text("m/samples.txt")
    #expect(samples.contains("=== step 100,") && samples.contains("=== step 200,"))
    // And one as soon as the running loss fell under the threshold.
    #expect(samples.components(separatedBy: "=== step ").count == 4)
  }

  @Test(
    "Ctrl-C finishes the step, saves and says so", .timeLimit(.minutes(2)),
    arguments: [(SIGINT, 130), (SIGTERM, 143), (SIGHUP, 129)] as [(Int32, Int32)])
  func interruption(signal: Int32, status: Int32) async throws {
    let folder = try Folder()
    try folder.writeSongs()
    let long = ["train", "songs", "--model", "m"] + Self.tiny + ["--steps", "100000000", "--log-every", "1"]
    let (process, output, errors) = try Command.start(long, in: folder)
    // A process that does not stop must not hold up the others.
    DispatchQueue.global().asyncAfter(deadline: .now() + 60) { if process.isRunning { kill(process.processIdentifier, SIGKILL) } }
    // The first line of metrics says that steps are being taken.
    var seen = Data()
    while !String(decoding: seen, as: UTF8.self).contains("step 1/") {
      let more = errors.fileHandleForReading.availableData
      if more.isEmpty { break }
      seen.append(more)
    }
    kill(process.processIdentifier, signal)
    let rest = errors.fileHandleForReading.readDataToEndOfFile()
    process.waitUntilExit()
    _ = output.fileHandleForReading.readDataToEndOfFile()
    #expect(process.terminationStatus == status)
    #expect(String(decoding: rest, as: UTF8.self).contains("stopped after step "))
    let generated = try await Command.run("generate", "m", "--length", "3", in: folder)
    #expect(generated.status == 0)
  }

  @Test func `a run that is stopped does not replace the model that is there`() async throws {
    let folder = try Folder()
    try folder.writeSongs()
    _ = try await Command.run(["train", "songs", "--model", "m", "--quiet"] + Self.tiny, in: folder)
    let before = try folder.data("m/model.safetensors")
    let long = ["train", "songs", "--model", "m", "--overwrite"] + Self.tiny + ["--steps", "100000000", "--log-every", "1"]
    let (process, output, errors) = try Command.start(long, in: folder)
    DispatchQueue.global().asyncAfter(deadline: .now() + 60) { if process.isRunning { kill(process.processIdentifier, SIGKILL) } }
    _ = errors.fileHandleForReading.availableData
    kill(process.processIdentifier, SIGINT)
    let rest = String(decoding: errors.fileHandleForReading.readDataToEndOfFile(), as: UTF8.self)
    process.waitUntilExit()
    _ = output.fileHandleForReading.readDataToEndOfFile()
    #expect(process.terminationStatus == 130 && folder.has("m.unfinished/model.safetensors"))
    #expect(rest.contains("m.unfinished, and the one that it is to replace still in m\n"), "\(rest)")
    #expect(try folder.data("m/model.safetensors") == before)
  }

  @Test func `songs that are given for validation or test are not trained on`() async throws {
    let folder = try Folder()
    try folder.writeSongs()
    let sizes = ["--embedding", "8", "--hidden", "12", "--batch", "2", "--window", "8", "--steps", "3", "--shards", "1"]
    let run = try await Command.run(
      ["train", "songs", "--model", "m", "--validation", "songs/river.txt", "--test", "songs/engine.txt"] + sizes, in: folder)
    #expect(run.errors.contains(" (2 songs left out: held out too), "), "\(run.errors)")
    #expect(run.output.hasPrefix("test: loss "))
    let all = try await Command.run(["train", "songs", "--model", "n", "--validation", "songs"] + sizes, in: folder)
    #expect(all.status == 1 && all.errorLines.count == 1 && all.errorLines[0].contains("all given for validation or test too"))
  }

  @Test func `a model under the corpus adds no songs to it`() async throws {
    let folder = try Folder()
    try folder.writeSongs()
    let sizes = Self.tiny + ["--dry-run"]
    let before = try await Command.run(["train", "songs", "--model", "n"] + sizes, in: folder)
    // A run refuses such a place, but a model may be moved there.
    _ = try await Command.run(["train", "songs", "--model", "m", "--sample-every", "10", "--quiet"] + Self.tiny, in: folder)
    try FileManager.default.moveItem(atPath: folder.url.path + "/m", toPath: folder.url.path + "/songs/m")
    #expect(folder.has("songs/m/samples.txt"))
    let after = try await Command.run(["train", "songs", "--model", "n"] + sizes, in: folder)
    #expect(before.status == 0 && before.output == after.output)
    // Nor does one that is not finished.
    try FileManager.default.removeItem(at: folder.url.appending(path: "songs/m/model.safetensors"))
    #expect(try await Command.run(["train", "songs", "--model", "n"] + sizes, in: folder).output == before.output)
  }

  @Test("standard output by its name is standard output", arguments: ["-", "/dev/stdout"])
  func outputByName(name: String) async throws {
    let folder = try Folder()
    try folder.writeSongs()
    _ = try await Command.run(["train", "songs", "--model", "m", "--quiet"] + Self.tiny, in: folder)
    let plain = try await Command.run("generate", "m", "--seed", "5", "--length", "9", in: folder)
    let named = try await Command.run("generate", "m", "--seed", "5", "--length", "9", "--output", name, in: folder)
    #expect(plain.output == named.output && !plain.output.isEmpty)
  }
}
