import Foundation
import Testing

/// What the article says of other programs is what they do. Passed over where Python lacks them; `make interchange` sees that it has them.
@Suite("Interchange with PyTorch and onnxruntime", .enabled(if: Python.isNamed || Python.isUsable), .timeLimit(.minutes(4)))
struct InterchangePythonTests {
  static let tests = URL(filePath: #filePath).deletingLastPathComponent().deletingLastPathComponent()

  static func number(_ output: String) throws -> Double {
    try #require(Double(output.trimmingCharacters(in: .whitespacesAndNewlines)), "\(output)")
  }

  /// The relative difference that the issue allows.
  static let tolerance = 1e-4

  @Test(
    "PyTorch and onnxruntime find the same perplexity",
    arguments: [
      ["--layers", "1"], ["--layers", "2"], ["--layers", "2", "--tied"], ["--layers", "1", "--tied", "--embedding", "12"],
      ["--hidden", "12,9"], ["--hidden", "9,12", "--tied"], ["--cell", "gru", "--layers", "2"],
      ["--cell", "gru", "--hidden", "12,9"], ["--cell", "rnn", "--layers", "2", "--tied"],
    ])
  func perplexity(flags: [String]) async throws {
    let folder = try Folder(), expected = try await Self.train(flags, in: folder)
    let unpacked = try await Command.run("export", "m", "--format", "safetensors", "--output", "out/weights", in: folder)
    #expect(unpacked.status == 1 && unpacked.errorLines.count == 1, "there is no folder out")

    for (script, model) in zip(try InterchangeArticle.scripts(), ["m", "m.onnx"]) {
      let found = try Self.perplexity(of: model, script, in: folder)
      #expect(abs(found / expected - 1) < Self.tolerance, "\(model): \(found), not \(expected)")
    }
    try Self.checkGraph(in: folder)
  }

  @Test(
    "onnxruntime finds the same perplexity of models that PyTorch has no modules for",
    arguments: [
      ["--capped-input"], ["--capped-input", "--layers", "2", "--layer-norm"], ["--capped-input", "--hidden", "12,9", "--tied"],
      ["--layer-norm", "--layers", "2"], ["--layer-norm", "--hidden", "12,9"], ["--layer-norm", "--cell", "gru", "--layers", "2"],
      ["--layer-norm", "--cell", "rnn", "--hidden", "9,12"], ["--output-sum", "--layers", "2"],
      ["--output-sum", "--layers", "3", "--tied", "--capped-input"], ["--output-sum", "--layers", "2", "--cell", "gru"],
    ])
  func primitives(flags: [String]) async throws {
    let folder = try Folder(), expected = try await Self.train(flags, in: folder)
    let found = try Self.perplexity(of: "m.onnx", try InterchangeArticle.scripts()[1], in: folder)
    #expect(abs(found / expected - 1) < Self.tolerance, "\(found), not \(expected)")
    try Self.checkGraph(in: folder)
    if flags.contains("--layer-norm"), !flags.contains("--capped-input") { return }
    // The export and the script, which takes seconds to load PyTorch, refuse what would be computed otherwise.
    if flags.count == 1 || flags == ["--output-sum", "--layers", "2"] {
      try folder.write(try InterchangeArticle.scripts()[0], to: "script.py")
      #expect(try Python.run(["script.py", "m", "words.tsv"].map { folder.url.appending(path: $0).path }).status != 0)
    }
    let refused = try await Command.run("export", "m", "--output", "m.safetensors", in: folder)
    #expect(refused.status == 1 && refused.errorLines.count == 1 && !folder.has("m.safetensors"))
    #expect(refused.errorLines.first?.hasSuffix(" of PyTorch does not compute; use --format onnx.") == true, "\(refused.errors)")
  }

  /// Trains the model m, writes words.tsv and m.onnx, and returns the perplexity.
  static func train(_ flags: [String], in folder: Folder) async throws -> Double {
    try folder.writeSongs()
    let trained = try await Command.run(
      ["train", "songs", "--model", "m", "--quiet"] + WorkflowTests.tiny + ["--steps", "150"] + flags, in: folder)
    #expect(trained.status == 0, "\(trained.errors)")
    let evaluated = try await Command.run("evaluate", "m", "songs", "--dynamic", "--json", "--words", "words.tsv", in: folder)
    let report = try #require(try JSONSerialization.jsonObject(with: Data(evaluated.output.utf8)) as? [String: Any])
    let exported = try await Command.run("export", "m", "--output", "m.onnx", in: folder)
    #expect(exported.status == 0 && exported.output.isEmpty, "\(exported.errors)")
    return try #require(report["perplexity"] as? Double)
  }

  /// What a script of the article finds.
  static func perplexity(of model: String, _ script: String, in folder: Folder) throws -> Double {
    try folder.write(script, to: "script.py")
    let run = try Python.run(["script.py", model, "words.tsv"].map { folder.url.appending(path: $0).path })
    #expect(run.status == 0)
    return try number(run.output)
  }

  static func checkGraph(in folder: Folder) throws {
    let check = "import onnx, sys; onnx.checker.check_model(sys.argv[1], full_check=True)"
    #expect(try Python.run(["-c", check, folder.url.appending(path: "m.onnx").path]).status == 0)
  }

  @Test(
    "a model that PyTorch made has the same perplexity here",
    arguments: [
      ("2", "float32", "0", "LSTM"), ("1", "float32", "0", "LSTM"), ("0", "float32", "1", "LSTM"), ("2", "float16", "1", "LSTM"),
      ("2", "bfloat16", "0", "LSTM"),
      ("2", "float32", "2", "LSTM"),
      ("1", "float64", "0", "LSTM"), ("2", "float32", "0", "GRU"), ("0", "float32", "1", "GRU"), ("2", "bfloat16", "0", "RNN"),
      ("2", "float32", "1", "AWD"), ("2", "float32", "0", "AWD"),
    ])
  func imports(biases: String, type: String, tied: String, cell: String) async throws {
    let folder = try Folder()
    let made = try Python.run([Self.tests.appending(path: "Interchange/torch_model.py").path, folder.url.path, biases, type, tied, cell])
    #expect(made.status == 0)
    let imported = try await Command.run("import", "model.safetensors", "--vocabulary", "words.txt", "--model", "m", in: folder)
    #expect(imported.status == 0 && imported.output.isEmpty, "\(imported.errors)")
    let evaluated = try await Command.run("evaluate", "m", "text.txt", "--dynamic", "--json", in: folder)
    let report = try #require(try JSONSerialization.jsonObject(with: Data(evaluated.output.utf8)) as? [String: Any])
    let expected = try Self.number(made.output)
    #expect(report["tokens"] as? Int == 600 && report["unknown_tokens"] as? Int == 0)
    #expect(abs(try #require(report["perplexity"] as? Double) / expected - 1) < Self.tolerance, "\(evaluated.output), not \(expected)")
  }

  @Test(
    "the advice on a file of torch.save converts it",
    arguments: [
      "torch.save(state, path)", "torch.save({'model': state, 'opt': {}}, path)", "torch.save({'state_dict': state, 'epoch': 3}, path)",
    ]
      + ["torch.save(state, path, _use_new_zipfile_serialization=False)"])
  func convertsTorchFiles(saving: String) async throws {
    let folder = try Folder()
    #expect(
      try Python.run([Self.tests.appending(path: "Interchange/torch_model.py").path, folder.url.path, "2", "float32", "1", "AWD"]).status
        == 0)
    let path = folder.url.appending(path: "theirs.pth").path
    let script = "import sys, torch; from safetensors.torch import load_file; path = sys.argv[2]; state = load_file(sys.argv[1]); "
    #expect(try Python.run(["-c", script + saving, folder.url.appending(path: "model.safetensors").path, path]).status == 0)
    let refused = try await Command.run("import", path, "--vocabulary", "words.txt", "--model", "m", in: folder)
    #expect(refused.status == 1 && refused.errorLines.count == 1)
    let advice = try #require(refused.errorLines.first?.components(separatedBy: "convert it in Python with: ").last)
    #expect(try Python.run(["-c", advice]).status == 0)
    let imported = try await Command.run("import", "theirs.safetensors", "--vocabulary", "words.txt", "--model", "m", in: folder)
    #expect(imported.status == 0, "\(imported.errors)")
  }
}

/// The article on interchange, whose scripts are run as they stand there.
enum InterchangeArticle {
  static func scripts() throws -> [String] {
    let article = InterchangePythonTests.tests.deletingLastPathComponent().appending(path: "Sources/Refrain/Refrain.docc/Interchange.md")
    let parts = try String(contentsOf: article, encoding: .utf8).components(separatedBy: "```python\n").dropFirst()
    return parts.map { $0.components(separatedBy: "```")[0] }
  }
}

@Suite("The article on interchange") struct InterchangeArticleTests {
  @Test func `its scripts have fewer than sixty lines each`() throws {
    let scripts = try InterchangeArticle.scripts()
    #expect(scripts.count == 2 && scripts[0].contains("nn.LSTM") && scripts[1].contains("onnxruntime"))
    for script in scripts { #expect(script.split(separator: "\n", omittingEmptySubsequences: false).count < 60) }
  }
}
