import Foundation
import Testing

@Suite("The command train --from") struct FineTuningTests {
  @Test func `known words keep their rows, new ones start from the mean, and the change is told`() async throws {
    let folder = try Folder()
    try folder.writeSongs()
    let trained = try await Command.run(["train", "songs", "--model", "m", "--quiet"] + WorkflowTests.tiny, in: folder)
    #expect(trained.status == 0, "\(trained.errors)")
    try folder.writeSongs("more")
    try folder.write("Zeppelin over the harbour, zeppelin over the sea,\nzeppelin, come to me.\n", to: "more/zeppelin.txt")
    let from = ["train", "more", "--from", "m", "--validation-fraction", "0", "--min-count", "2", "--seed", "9"]

    let plan = try await Command.run(from + ["--model", "n", "--dry-run"], in: folder)
    #expect(
      plan.status == 0 && plan.output.hasPrefix("from       m, trained for 30 steps: ") && plan.output.contains(", 2 new\n"),
      "\(plan.output)")
    #expect(plan.output.contains("1 x 12 LSTM, embedding 8") && plan.output.contains("30 steps"), "sizes and settings are the model's")

    let tuned = try await Command.run(from + ["--model", "n", "--steps", "20", "--learning-rate", "0.01"], in: folder)
    #expect(tuned.status == 0 && tuned.output.isEmpty, "\(tuned.errors)")
    let change = try #require(tuned.errors.split(separator: "\n").first { $0.hasPrefix("change     embedding ") })
    #expect(change.contains("%, layer 1 ") && change.contains("%, decoder ") && change.hasSuffix("% of the weights' norm"))
    let evaluated = try await Command.run("evaluate", "n", "more/zeppelin.txt", "--json", in: folder)
    #expect(evaluated.status == 0)

    // The old tokens come first, in their order.
    func vocabulary(_ model: String) throws -> [String: Int] {
      let object = try #require(try JSONSerialization.jsonObject(with: folder.data("\(model)/tokenizer.json")) as? [String: Any])
      return try #require((object["model"] as? [String: Any])?["vocab"] as? [String: Int])
    }
    let old = try vocabulary("m"), new = try vocabulary("n")
    #expect(new.count == old.count + 2 && old.allSatisfy { new[$0.key] == $0.value })
  }

  @Test func `a run that was stopped goes on`() async throws {
    let folder = try Folder()
    try folder.writeSongs()
    _ = try await Command.run(["train", "songs", "--model", "m", "--quiet"] + WorkflowTests.tiny, in: folder)
    try folder.writeSongs("more")
    try folder.write("Zeppelin over the harbour, zeppelin over the sea,\nzeppelin, come to me.\n", to: "more/zeppelin.txt")
    let from = ["train", "more", "--from", "m", "--min-count", "2", "--checkpoint-every", "5"]
    let whole = try await Command.run(from + ["--model", "whole", "--steps", "20"], in: folder)
    let half = try await Command.run(from + ["--model", "half", "--steps", "10"], in: folder)
    let rest = try await Command.run("train", "--model", "half", "--resume", "--steps", "20", in: folder)
    #expect(whole.status == 0 && half.status == 0 && rest.status == 0, "\(rest.errors)")
    #expect(whole.errors.contains("validation perplexity ") && rest.errors.contains("change     embedding "))
    #expect(try folder.data("whole/model.safetensors") == folder.data("half/model.safetensors"))
  }

  @Test func `a model of byte pairs keeps its tokens, whatever the corpus`() async throws {
    let folder = try Folder()
    try folder.writeSongs()
    let bpe = ["--tokens", "bpe", "--max-vocabulary", "300"]
    let trained = try await Command.run(
      ["train", "songs", "--model", "m", "--quiet", "--embedding", "8", "--hidden", "12", "--batch", "4", "--window", "8", "--steps", "10"]
        + bpe, in: folder)
    #expect(trained.status == 0, "\(trained.errors)")
    try folder.write("Zeppelin über dem Hafen, zeppelin over the sea,\nzeppelin, come to me.\n", to: "more/zeppelin.txt")
    let from = ["train", "more", "--from", "m", "--model", "n", "--validation-fraction", "0"]
    let tuned = try await Command.run(from + ["--steps", "5"], in: folder)
    #expect(tuned.status == 0 && tuned.errors.contains("known, ") && tuned.errors.contains(", 0 new"), "\(tuned.errors)")
    #expect(try folder.data("m/tokenizer.json") == folder.data("n/tokenizer.json"))
    let refused = try await Command.run(from + ["--overwrite", "--max-vocabulary", "400"], in: folder)
    #expect(refused.status != 0 && refused.errors.contains("keeps its vocabulary as it is; leave out --max-vocabulary"))
  }

  @Test func `a prepared store must have the model's vocabulary`() async throws {
    let folder = try Folder()
    try folder.writeSongs()
    try folder.write("Zeppelin over the harbour, zeppelin over the sea,\nzeppelin, come to me.\n", to: "more/zeppelin.txt")
    for (source, store) in [("songs", "own.store"), ("more", "other.store")] {
      let prepared = try await Command.run("prepare", source, "--out", store, "--min-count", "1", "--quiet", in: folder)
      #expect(prepared.status == 0, "\(prepared.errors)")
    }
    let small = ["--embedding", "8", "--hidden", "12", "--batch", "4", "--window", "8", "--steps", "5", "--quiet"]
    _ = try await Command.run(["train", "own.store", "--model", "m"] + small, in: folder)
    let tuned = try await Command.run("train", "own.store", "--from", "m", "--model", "n", "--steps", "5", "--quiet", in: folder)
    #expect(tuned.status == 0 && folder.has("n"), "\(tuned.errors)")
    let refused = try await Command.run("train", "other.store", "--from", "m", "--model", "o", in: folder)
    #expect(
      refused.errorLines == [
        "error: other.store: this store was prepared with another vocabulary than that of m, which --from keeps; name the files that the "
          + "store was made of, or the store that the model was trained on."
      ])
    #expect(!folder.has("o"))
  }

  @Test(
    "what does not go together is refused",
    arguments: [
      (
        ["--hidden", "16"],
        "has 12, and this cannot change; leave out --hidden, or the --preset or --config that sets it, or train a new model."
      ),
      (["--cell", "gru"], "--cell is gru, but the model to train further has lstm, and"),
      (["--lowercase"], "m: the model tells capitals from small letters, which --lowercase would not; leave it out, or train anew."),
      (["--tokens", "char"], "the model cuts texts by --tokens word, not char"),
      (["--forget-bias", "2"], "--from begins with a model's weights; leave out --forget-bias, --init-range and --unigram-bias."),
      (["--no-tied"], "--tied is false, but the model to train further has true, and"),
      (["--layers", "2"], "--layers is 2, but the model to train further has 1, and"),
      (["--from", "nowhere"], "nowhere: no such model directory"),
    ])
  func refused(arguments: [String], message: String) async throws {
    let folder = try Folder()
    try folder.writeSongs()
    _ = try await Command.run(["train", "songs", "--model", "m", "--quiet"] + WorkflowTests.tiny, in: folder)
    let result = try await Command.run(["train", "songs", "--model", "n", "--from", "m"] + arguments, in: folder)
    #expect(result.status != 0 && result.errorLines.count == 1 && result.errors.contains(message), "\(result.errors)")
    #expect(!folder.has("n"))
  }
}
