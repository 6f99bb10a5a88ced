import Foundation
import Testing

@Suite("The command tunes") struct TuneTests {
  static let sizes = ["--embedding", "8", "--hidden", "12", "--window", "8"]
  static let small = sizes + ["--repetitions", "1", "--workers", "1,2"]

  @Test func `what tune saves, train takes, unless it is told otherwise`() async throws {
    let folder = try Folder()
    try folder.writeSongs()
    let train = ["train", "songs", "--model", "m", "--dry-run", "--min-count", "1"] + Self.sizes
    // One worker is fastest where there is no other.
    let tuned = try await Command.run(
      ["tune", "songs", "--min-count", "1", "--workers", "1", "--shards", "4", "--repetitions", "1", "--batch", "8"] + Self.sizes,
      in: folder)
    #expect(tuned.status == 0, "\(tuned.errors)")
    #expect(tuned.output.contains("Recommended: --batch 8 --shards 4 --workers 1,"))
    #expect(tuned.output.contains("the same sums are added in another order"))
    #expect(tuned.output.contains("\nLimit: the arithmetic of one core.\n"))
    #expect(folder.has("config/refrain/tuned.json"))

    let taken = try await Command.run(train + ["--batch", "8"], in: folder)
    #expect(taken.output.contains("8 lanes x 8 tokens in 4 shards on 1 worker\n") && taken.output.contains("\ntuned      "))
    for (flags, minibatch) in [
      (["--batch", "8", "--no-tuned"], "in 1 shard on "), (["--batch", "8", "--shards", "2"], "in 2 shards on "),
      (["--batch", "8", "--workers", "2"], "in 4 shards on 2 workers"), (["--batch", "20"], "20 lanes x 8 tokens in 2 shards on "),
    ] {
      let other = try await Command.run(train + flags, in: folder)
      #expect(other.status == 0 && other.output.contains(minibatch), "\(flags): \(other.output)")
      #expect(other.output.contains("\ntuned      ") == (flags == ["--batch", "8", "--workers", "2"]))
    }
    // Batch and shards are part of the result, so that the number of workers has no say in them.
    let one = try await Command.run(train + ["--batch", "8", "--workers", "1"], in: folder)
    #expect(one.output == taken.output)
    let many = try await Command.run(train + ["--batch", "8", "--workers", "5"], in: folder)
    #expect(many.status == 0 && many.output.contains("in 4 shards on 5 workers"), "\(many.errors)")
    // What was measured with one kernel says nothing of the other.
    let otherKernel = try await Command.run(train + ["--batch", "8", "--products", "openblas"], in: folder)
    #expect(otherKernel.status == 0 && !otherKernel.output.contains("\ntuned      "), "\(otherKernel.errors)")
    // A corpus that cannot fill the batch does without.
    let small = try await Command.run(train + ["--batch", "8", "--window", "300"], in: folder)
    #expect(!small.output.contains("\ntuned      "))
    let ran = try await Command.run(
      ["train", "songs", "--model", "m", "--min-count", "1", "--steps", "3", "--batch", "8"] + Self.sizes, in: folder)
    #expect(ran.status == 0 && ran.errors.contains("tuned      "))
    #expect(try folder.text("m/config.json").contains("\"shards\" : 4"))
  }

  @Test func `of several batches one is chosen, and taken where none is asked for`() async throws {
    let folder = try Folder()
    try folder.writeSongs()
    let tuned = try await Command.run(
      ["tune", "songs", "--min-count", "1", "--json", "--quiet", "--batch", "3, 4"] + Self.small, in: folder)
    #expect(tuned.status == 0 && tuned.errors.isEmpty, "\(tuned.errors)")
    let report = try #require(try JSONSerialization.jsonObject(with: Data(tuned.output.utf8)) as? [String: Any])
    #expect(Set(report.keys) == ["machine", "model", "window", "products", "settings", "recommended", "saved"])
    let recommended = try #require(report["recommended"] as? [String: Int]), batch = try #require(recommended["batch"])
    let plan = try await Command.run(
      ["train", "songs", "--model", "m", "--dry-run", "--min-count", "1"] + Self.sizes, in: folder)
    #expect(plan.output.contains("minibatch  \(batch) lanes x 8 tokens"))
  }

  @Test func `--no-save saves nothing, and without a corpus the vocabulary is said`() async throws {
    let folder = try Folder()
    let tuned = try await Command.run(["tune", "--vocabulary", "50", "--batch", "4", "--no-save"] + Self.small, in: folder)
    #expect(tuned.status == 0 && tuned.output.contains("vocabulary 50, window 8\n") && !folder.has("config"))
    #expect(tuned.errors.contains("measuring 5 settings with a batch of 4\n"))
  }

  @Test(
    "nonsense is one line, and nothing is saved",
    arguments: [
      ["--batch", "0"], ["--batch", "a,b"], ["--batch", ""], ["--batch", "5", "--shards", "2"],
      ["--repetitions", "0"], ["--vocabulary", "-4"], ["--hidden", "0"], ["--workers", "1,,2"], ["--workers", "0"],
      ["--workers", "9223372036854775807"], ["--repetitions", "9223372036854775807"], ["--vocabulary", "9", "nowhere"],
      ["nowhere"],
    ])
  func nonsense(flags: [String]) async throws {
    let folder = try Folder()
    let result = try await Command.run(["tune"] + flags, in: folder)
    #expect(result.status != 0 && result.output.isEmpty && result.errorLines.count == 1, "\(result.errors)")
    #expect(!folder.has("config"))
  }

  @Test func `a batch that the corpus cannot fill is refused, and not tried`() async throws {
    let folder = try Folder()
    try folder.writeSongs()
    let refused = try await Command.run(["tune", "songs", "--batch", "100000"] + Self.small, in: folder)
    #expect(refused.status != 0 && refused.errorLines.count == 1 && refused.errors.contains("a minibatch of 100,000 lanes"))
    let tried = try await Command.run(["tune", "songs", "--batch", "8", "--window", "40", "--repetitions", "1"], in: folder)
    #expect(tried.status == 0 && !tried.errors.contains("with a batch of 32\n"), "\(tried.errors)")
  }

  @Test(
    "measuring nonsense is one line",
    arguments: [
      ["--json", "--format", "csv"], ["--repetitions", "9223372036854775807"],
      ["--sampling", "--streams", "9223372036854775807"], ["--sampling", "--workers", "0"], ["--sampling", "--window", "8"],
      ["--batch", "9223372036854775807", "--window", "9223372036854775807"],
    ])
  func benchNonsense(flags: [String]) async throws {
    let result = try await Command.run(["bench"] + flags, in: try Folder())
    #expect(result.status != 0 && result.output.isEmpty && result.errorLines.count == 1, "\(result.errors)")
  }

  @Test func `phases come as columns too`() async throws {
    let flags = ["--vocabulary", "20", "--hidden", "8", "--embedding", "8", "--window", "4", "--batch", "4", "--repetitions", "2"]
    let result = try await Command.run(["bench", "--phases", "--format", "csv"] + flags, in: try Folder())
    let lines = result.output.split(separator: "\n").map { $0.split(separator: ",", omittingEmptySubsequences: false) }
    #expect(lines.count == 2 && lines[0].count == lines[1].count && lines[0].contains("softmax_milliseconds"))
  }

  @Test func `a damaged file of settings stops tune before it measures, and is passed over by train`() async throws {
    let folder = try Folder()
    try folder.writeSongs()
    try folder.write("no JSON", to: "config/refrain/tuned.json")
    let tuned = try await Command.run(["tune"] + Self.small, in: folder)
    #expect(tuned.status != 0 && tuned.errorLines.count == 1 && tuned.output.isEmpty)
    #expect(try folder.text("config/refrain/tuned.json") == "no JSON")
    let plan = try await Command.run("train", "songs", "--model", "m", "--dry-run", in: folder)
    #expect(plan.status == 0 && plan.errors.hasPrefix("warning: ") && plan.errors.contains("tuned.json"))
  }
}
