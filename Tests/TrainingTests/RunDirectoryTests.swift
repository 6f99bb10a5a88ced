import Files
import Foundation
import Models
import SystemPackage
import Testing
import Training

@Suite("The directory of a run under way") struct RunDirectoryTests {
  let folder: TemporaryFolder
  var path: FilePath { folder.path("model") }

  init() throws { folder = try TemporaryFolder() }

  /// The events of ten steps, to have lines and reports of.
  static func events() async throws -> EventLog {
    var configuration = smallConfiguration(steps: 10)
    configuration.logEvery = 5
    let trainer = try Trainer(corpus: corpus(randomText(words: 100, vocabulary: 9, seed: 1)), configuration: configuration)
    let log = EventLog()
    try await trainer.train { await log.add($0) }
    return log
  }

  private func text(_ name: String) throws -> String { String(decoding: try readFile(path.appending(name)), as: UTF8.self) }

  @Test func `a line of metrics has the keys that scripts rely on`() async throws {
    let run = try RunDirectory(path, overwrites: false)
    let lines = try await Self.events().metrics
    var validation = lines[1]
    validation.kind = .validation
    try run.append(lines[0])
    try run.append(validation)
    let texts = try text("metrics.jsonl").split(separator: "\n", omittingEmptySubsequences: false)
    #expect(texts.count == 3 && texts[2].isEmpty)
    for (text, expected) in zip(texts, [lines[0], validation]) {
      let object = try #require(try JSONSerialization.jsonObject(with: Data(text.utf8)) as? [String: Any])
      #expect(
        Set(object.keys) == [
          "kind", "step", "epoch", "tokens", "loss_nats", "perplexity", "tokens_per_second", "gradient_norm", "learning_rate",
          "elapsed_seconds",
        ])
      #expect(object["kind"] as? String == expected.kind.rawValue)
      #expect(object["step"] as? Int == expected.step && object["tokens"] as? Int == expected.tokens)
      #expect(try JSONDecoder().decode(Metrics.self, from: Data(text.utf8)) == expected)
    }
  }

  @Test func `a perplexity beyond all numbers is still a line of JSON`() async throws {
    let run = try RunDirectory(path, overwrites: false)
    var line = try #require(try await Self.events().metrics.first)
    line.lossNats = 1_000
    line.perplexity = .infinity
    try run.append(line)
    let object = try #require(try JSONSerialization.jsonObject(with: Data(try text("metrics.jsonl").utf8)) as? [String: Any])
    #expect(object["perplexity"] as? String == "Infinity" && object["loss_nats"] as? Double == 1_000)
  }

  @Test func `samples stand under a heading`() async throws {
    let run = try RunDirectory(path, overwrites: false)
    var report = try #require(try await Self.events().steps.last)
    report.runningLossNats = 2.5
    try run.append(sample: "a line\nanother", at: report)
    #expect(try text("samples.txt") == "=== step 10, loss 2.500 nats ===\na line\nanother\n\n")
  }

  @Test func `a model is not replaced unless that is said`() throws {
    let old = try Model.small(seed: 2)
    try ModelDirectory.save(old, to: path)
    let error = #expect(throws: ModelDirectoryError.self) { try RunDirectory(path, overwrites: false) }
    #expect(
      error?.description
        == "\(path): config.json is there already; choose another directory, or replace the model.")
    #expect(try ModelDirectory.load(path).isSame(as: old))
    #expect(try names(in: path).count == 3)
  }

  @Test func `a run that replaces a model works beside it and takes its place when it is finished`() async throws {
    let old = try Model.small(seed: 2), checkpoint = try await TrainingCheckpoint.small(seed: 1), new = checkpoint.model
    try ModelDirectory.save(old, to: path)
    let run = try RunDirectory(path, overwrites: true)
    let events = try await Self.events()
    let lines = await events.metrics, report = try #require(await events.steps.last)
    try run.append(lines[0])
    try run.append(sample: "before", at: report)
    #expect(run.path == path && run.workingPath == folder.path("model.unfinished") && run.isReplacing)
    let working = run.workingPath
    #expect(try ModelDirectory.load(path).isSame(as: old))
    #expect(try names(in: path).count == 3)

    try run.save(of: checkpoint).write()
    #expect(try ModelDirectory.load(path).isSame(as: old) && ModelDirectory.load(working).isSame(as: new))
    try run.finish()
    #expect(run.workingPath == path)
    #expect(try ModelDirectory.load(path).isSame(as: new))
    #expect(!fileExists(working))

    // The logs came along, and go on.
    try run.append(lines[1])
    try run.append(sample: "after", at: report)
    #expect(try text("metrics.jsonl").split(separator: "\n").count == 2)
    #expect(try text("samples.txt").split(separator: "\n").filter { !$0.hasPrefix("=") } == ["before", "after"])
    let later = try await TrainingCheckpoint.small(seed: 1, steps: 9)
    try run.save(of: later).write()
    #expect(try ModelDirectory.load(path).isSame(as: later.model))
    #expect(
      try names(in: path) == [
        "checkpoints/step-0000000003.safetensors", "checkpoints/step-0000000009.safetensors", "config.json", "metrics.jsonl",
        "model.safetensors", "samples.txt", "tokenizer.json",
      ])
  }

  @Test func `what a user put beside a model stays when the model is replaced`() async throws {
    try ModelDirectory.save(.small(seed: 2), to: path)
    try AtomicFile.write(Array("my favourite".utf8), to: path.appending("song.txt"))
    try makeDirectories(path.appending("notes"))
    try AtomicFile.write(Array("why".utf8), to: path.appending("notes/why.txt"))
    try ModelDirectory.save(.small(seed: 3), to: path)
    #expect(try ModelDirectory.load(path).isSame(as: .small(seed: 3)))
    #expect(try text("song.txt") == "my favourite" && text("notes/why.txt") == "why")
    let run = try RunDirectory(path, overwrites: true)
    try run.finish(with: await .small(seed: 4))
    #expect(try text("song.txt") == "my favourite" && text("notes/why.txt") == "why")
    #expect(try entries(of: path.removingLastComponent()).count == 1)
  }

  @Test func `a run that is stopped leaves the model that it was to replace, and its own beside it`() async throws {
    let old = try Model.small(seed: 2), new = try await TrainingCheckpoint.small(seed: 3)
    try ModelDirectory.save(old, to: path)
    let place = folder.path("model.unfinished")
    for checkpoint in [try await TrainingCheckpoint.small(seed: 4), new] {
      // The second begins anew, without the first one's checkpoints.
      try RunDirectory(path, overwrites: true).save(of: checkpoint).write()
      #expect(try ModelDirectory.load(place).isSame(as: checkpoint.model) && ModelDirectory.load(path).isSame(as: old))
    }
    #expect(throws: ModelDirectoryError.runThere(path: path.string)) { try RunDirectory(path, overwrites: false) }

    // It is what is gone on with, and takes the model's place in the end.
    let last = try await TrainingCheckpoint.small(seed: 3, steps: 8)
    func resume() throws {
      let resumed = try RunDirectory(resuming: path)
      #expect(resumed.latest?.checkpoint.isSame(as: new) == true && resumed.isReplacing)
      try resumed.start()
      try resumed.finish(with: last)
    }
    try resume()
    #expect(try ModelDirectory.load(path).step == 8)
    #expect(try entries(of: path.removingLastComponent()).map(\.string) == ["model"])

    let failed = try RunDirectory(path, overwrites: true)
    failed.discard()
    #expect(try ModelDirectory.load(path).step == 8)
    #expect(try entries(of: path.removingLastComponent()).count == 1)
  }

  @Test func `a folder beside the model that is none of ours is not touched`() throws {
    try ModelDirectory.save(.small(seed: 2), to: path)
    let place = folder.path("model.unfinished")
    try makeDirectories(place)
    try AtomicFile.write(Array("mine".utf8), to: place.appending("novel.txt"))
    #expect(throws: ModelDirectoryError.wouldReplace(path: place.string, name: "novel.txt")) { try RunDirectory(path, overwrites: true) }
    #expect(try String(decoding: readFile(place.appending("novel.txt")), as: UTF8.self) == "mine")
  }

  @Test(
    "files with a model's names are not emptied unless that is said",
    arguments: ["samples.txt", "metrics.jsonl", "tokenizer.json", "pronunciations.txt"])
  func ownNames(name: String) throws {
    try makeDirectories(path)
    try AtomicFile.write(Array("mine".utf8), to: path.appending(name))
    #expect(throws: ModelDirectoryError.wouldReplace(path: path.string, name: name)) { try RunDirectory(path, overwrites: false) }
    #expect(try text(name) == "mine")
  }

  @Test func `a model is replaced where a link leads, and the link stays`() async throws {
    try ModelDirectory.save(.small(seed: 2), to: path)
    let link = folder.path("link")
    try FileManager.default.createSymbolicLink(atPath: link.string, withDestinationPath: path.string)
    try RunDirectory(link, overwrites: true).finish(with: await .small(seed: 3))
    #expect(try ModelDirectory.load(path).isSame(as: await TrainingCheckpoint.small(seed: 3).model))
    try ModelDirectory.save(.small(seed: 4), to: link)
    #expect(try ModelDirectory.load(path).isSame(as: .small(seed: 4)))
    #expect(resolvingLinks(link) == path)
  }

  @Test func `a model that nothing can take the place of is refused before training`() throws {
    let root = FilePath("/")
    #expect(throws: ModelDirectoryError.cannotReplace(path: "/")) {
      guard ModelDirectory.canBeReplaced(root) else { throw ModelDirectoryError.cannotReplace(path: "/") }
    }
    #expect(!ModelDirectory.canBeReplaced(resolvingLinks(".")))
    try makeDirectories(path)
    #expect(ModelDirectory.canBeReplaced(path))
  }

  @Test func `a run in an empty place has its logs there from the beginning, and no model until the first save`() async throws {
    let run = try RunDirectory(path, overwrites: false)
    try run.append(try #require(try await Self.events().metrics.first))
    #expect(run.workingPath == path && !ModelDirectory.holdsModel(path))
    #expect(try names(in: path) == ["metrics.jsonl", "samples.txt"])
    let checkpoint = try await TrainingCheckpoint.small(seed: 1)
    try run.save(of: checkpoint).write()
    #expect(try ModelDirectory.load(path).isSame(as: checkpoint.model))
    #expect(try text("metrics.jsonl").split(separator: "\n").count == 1)
  }

  @Test func `a file where the directory should be is left alone`() throws {
    try Data("a letter".utf8).write(to: URL(filePath: path.string))
    for overwrites in [false, true] {
      let error = #expect(throws: ModelDirectoryError.self) { try RunDirectory(path, overwrites: overwrites) }
      #expect(error?.description == "\(path): a model is a directory, but this is a file; give the directory that holds model.safetensors.")
    }
    #expect(String(decoding: try readFile(path), as: UTF8.self) == "a letter")
  }
}
