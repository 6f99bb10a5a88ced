import Corpora
import Files
import Foundation
import Interchange
import Kernels
import LanguageModel
import Measuring
import Models
import SystemPackage
import Testing
import Training

/// Files from the internet: they can fail to load, and nothing else.
@Suite("Hostile files", .timeLimit(.minutes(60))) struct HostileFileTests {
  @Test func `model.safetensors`() throws {
    let folder = try TemporaryFolder(), path = folder.path("model.safetensors")
    let model = try Model.small(seed: 1)
    try ModelDirectory.save(model, to: folder.path("m"))
    let original = try readFile(folder.path("m/model.safetensors"))
    let accepted = readMutations(of: original, seed: 1) { bytes in
      try writeUnsynced(bytes, to: path)
      let (weights, _) = try Weights.read(path, configuration: model.weights.configuration)
      #expect(weights.values.isFinite(in: 0..<weights.values.count))
    }
    #expect(accepted > 0 && accepted < mutationCount / 2)
  }

  @Test func `the header of a safetensors file`() throws {
    let tensors: [(String, String, [Int])] = [("a", "F32", [2, 3]), ("b", "I32", [4]), ("c", "U8", []), ("d", "F32", [0])]
    let original = SafetensorsHeader.encoded(metadata: ["k": "v", "step": "3"], tensors: tensors)
    let accepted = readMutations(of: original, seed: 2) { bytes in
      let size = bytes.count + 41
      let length = try SafetensorsHeader.headerLength(prefix: Array(bytes.prefix(8)), fileSize: size, path: "f")
      let json = Array(bytes.dropFirst(8).prefix(length))
      let header = try SafetensorsHeader(json: json, dataOffset: 8 + length, fileSize: size, path: "f")
      #expect(header.tensors.last?.byteRange.upperBound ?? 0 == size - header.dataOffset)
    }
    #expect(accepted < mutationCount / 2)
  }

  @Test(arguments: Tokenization.allCases)
  func `tokenizer.json`(tokenization: Tokenization) throws {
    var options = CorpusOptions(tokenization: tokenization, minimumCount: 1, validationFraction: 0)
    if tokenization == .bpe { options.maximumVocabulary = 264 }
    let original = try Corpus(text: "the river, the boat\nand \"quotes\" \\ é", options: options).tokenizer.jsonData()
    _ = readMutations(of: original, seed: 3, count: mutationCount / 4 + 1) { bytes in
      let tokenizer = try Tokenizer(json: bytes, path: "t")
      // What is accepted can be used.
      let ids = tokenizer.encode("the boat\nxyz")
      #expect(ids.allSatisfy { tokenizer.vocabulary.tokens.indices.contains(Int($0)) })
      _ = tokenizer.decode(ids)
    }
  }

  @Test func `config.json`() throws {
    let folder = try TemporaryFolder(), path = folder.path("m")
    try ModelDirectory.save(.small(seed: 1), to: path)
    let file = path.appending("config.json")
    let original = try readFile(file)
    let accepted = readMutations(of: original, seed: 4) { bytes in
      try writeUnsynced(bytes, to: file)
      let model = try ModelDirectory.load(path)
      try model.configuration.validate()
    }
    #expect(accepted > 0)
  }

  @Test func `tuned settings`() throws {
    let file = TunedSettingsFile(path: try TemporaryFolder().path("tuned.json").string)
    let model = ModelConfiguration(vocabularySize: 40, embeddingSize: 6, hiddenSize: 16, layerCount: 1)
    let settings = [1, 2].map { workers in
      TunedSetting(
        machine: "here", model: model, window: 3, batch: 4, shards: 2, workers: workers, tokensPerSecond: 1.5, isPreferred: workers == 2)
    }
    try file.write(settings)
    let original = try readFile(FilePath(file.path))
    let accepted = readMutations(of: original, seed: 7) { bytes in
      try writeUnsynced(bytes, to: FilePath(file.path))
      var found = try file.read()
      for batch in [nil, 4] {
        guard let best = found.best(for: model, window: 3, batch: batch, machine: "here") else { continue }
        // What is obeyed can be.
        #expect((1...1 << 16).contains(best.workers) && best.shards > 0 && best.batch.isMultiple(of: best.shards))
      }
      found.record(settings)
    }
    #expect(accepted > 0)
  }

  @Test func `a model of PyTorch's`() throws {
    let folder = try TemporaryFolder(), path = folder.path("model.safetensors")
    let model = try Model.small(seed: 1)
    try model.export(to: path.string, format: .safetensors)
    let original = try readFile(path)
    let accepted = readMutations(of: original, seed: 8) { bytes in
      try writeUnsynced(bytes, to: path)
      let model = try Model(importing: path.string)
      #expect(model.weights.values.isFinite(in: 0..<model.weights.values.count) && model.step >= 0)
    }
    #expect(accepted > 0)
  }

  @Test func `a list of words`() throws {
    let folder = try TemporaryFolder(), path = folder.path("words.txt"), weights = folder.path("model.safetensors")
    let model = try Model.small(seed: 1)
    try model.export(to: weights.string, format: .safetensors)
    let original = Array(model.tokenizer.vocabulary.tokens.map { $0 == "\n" ? "\\n" : $0 }.joined(separator: "\n").utf8)
    let accepted = readMutations(of: original, seed: 9) { bytes in
      try writeUnsynced(bytes, to: path)
      let model = try Model(importing: weights.string, tokens: .list(path: path.string, tokenization: .word))
      _ = model.tokenizer.decode(model.tokenizer.encode("the river"))
    }
    #expect(accepted > 0)
  }

  @Test func `a checkpoint`() async throws {
    let folder = try TemporaryFolder(), path = folder.path("c.safetensors")
    try await TrainingCheckpoint.small(seed: 1).write(to: path.string)
    let original = try readFile(path)
    let accepted = readMutations(of: original, seed: 5) { bytes in
      try writeUnsynced(bytes, to: path)
      _ = try TrainingCheckpoint.read(path)
    }
    // The checksums find all but changes to the empty rest of the header and the like.
    #expect(accepted < mutationCount / 20)
  }

  /// A forger makes the checksums right.
  @Test func `a checkpoint's state, with checksums that fit`() async throws {
    let folder = try TemporaryFolder(), path = folder.path("c.safetensors")
    try await TrainingCheckpoint.small(seed: 1).write(to: path.string)
    let bytes = try readFile(path)
    let length = try SafetensorsHeader.headerLength(prefix: Array(bytes.prefix(8)), fileSize: bytes.count, path: "c")
    let header = try SafetensorsHeader(
      json: Array(bytes[8..<8 + length]), dataOffset: 8 + length, fileSize: bytes.count, path: "c")
    let state = try #require(header.metadata["state"]), checksums = try #require(header.metadata["crc32c"])
    let tensors = header.tensors.map { ($0.name, $0.dtype, $0.shape) }
    let data = bytes[(8 + length)...]
    let accepted = readMutations(of: Array(state.utf8), seed: 6) { changed in
      var metadata = header.metadata
      let text = String(decoding: changed, as: UTF8.self)
      metadata["state"] = text
      metadata["state_crc32c"] = String(format: "%08x", CRC32C.of(Array((text + checksums).utf8)))
      try writeUnsynced(SafetensorsHeader.encoded(metadata: metadata, tensors: tensors) + data, to: path)
      let (checkpoint, _) = try TrainingCheckpoint.read(path)
      #expect(checkpoint.step >= 0 && checkpoint.optimizer.weights.values.isFinite(in: 0..<10))
      // What is accepted can be gone on from, or is refused for not fitting the corpus or the settings.
      guard checkpoint.configuration.batchSize == 4, checkpoint.configuration.windowLength == 5 else { return }
      _ = checkpoint.model
    }
    #expect(accepted > 0)
  }

  private static let revision = "\"reading_revision\":\(Corpus.currentReadingRevision)"

  @Test(
    "numbers at the edge, from which counting on would overflow, are refused",
    arguments: [
      ("\"updates\":3", "\"updates\":2147483647"), ("\"count\":3", "\"count\":9223372036854775807"),
      ("\"step\":3", "\"step\":9223372036854775807"), ("\"tokens\":60", "\"tokens\":9223372036854775807"),
      ("\"epoch\":0", "\"epoch\":9223372036854775807"), ("\"roll_backs\":0", "\"roll_backs\":9223372036854775807"),
      ("\"roll_backs\":0", "\"roll_backs\":0,\"plateaus\":[9223372036854775807,9223372036854775807]"),
      (revision, "\"reading_revision\":-9223372036854775808"), (revision, "\"reading_revision\":0"),
      (revision, "\"reading_revision\":2147483648"),
    ])
  func edges(old: String, new: String) async throws {
    let folder = try TemporaryFolder(), path = folder.path("c.safetensors")
    try await TrainingCheckpoint.small(seed: 1).write(to: path.string)
    let bytes = try readFile(path)
    let length = try SafetensorsHeader.headerLength(prefix: Array(bytes.prefix(8)), fileSize: bytes.count, path: "c")
    let header = try SafetensorsHeader(
      json: Array(bytes[8..<8 + length]), dataOffset: 8 + length, fileSize: bytes.count, path: "c")
    var metadata = header.metadata
    let state = try #require(metadata["state"]), checksums = try #require(metadata["crc32c"])
    try #require(state.contains(old), "\(state)")
    let changed = state.replacing(old, with: new)
    metadata["state"] = changed
    metadata["state_crc32c"] = String(format: "%08x", CRC32C.of(Array((changed + checksums).utf8)))
    let tensors = header.tensors.map { ($0.name, $0.dtype, $0.shape) }
    try writeUnsynced(SafetensorsHeader.encoded(metadata: metadata, tensors: tensors) + bytes[(8 + length)...], to: path)
    #expect(throws: TrainingCheckpointError.self) { try TrainingCheckpoint.read(path) }
  }

  // MARK: - Sizes that would take all memory

  @Test("brackets without end are no reason to fall", arguments: ["[", "{\"a\":", "[{\"a\":"])
  func depth(piece: String) throws {
    let folder = try TemporaryFolder(), path = folder.path("m")
    try ModelDirectory.save(.small(seed: 1), to: path)
    let deep = Array(String(repeating: piece, count: 100_000).utf8)
    #expect(throws: CorpusError.self) { try Tokenizer(json: deep, path: "t") }
    #expect(throws: CorpusError.self) { try Tokenizer(json: Array("{\"model\":".utf8) + deep, path: "t") }
    for prefix in ["", "{\"training\":", "{\"format\":1,\"model\":"] {
      try writeUnsynced(Array(prefix.utf8) + deep, to: path.appending("config.json"))
      #expect(throws: ModelDirectoryError.self) { try ModelDirectory.load(path) }
    }
  }

  @Test func `a small file that claims to be large takes no memory`() throws {
    let folder = try TemporaryFolder(), path = folder.path("m")
    try ModelDirectory.save(.small(seed: 1), to: path)
    // 2^34 weights would be 64 GiB.
    let text = String(decoding: try readFile(path.appending("config.json")), as: UTF8.self)
    let large = text.replacing("\"hidden\" : 8", with: "\"hidden\" : 40000")
    try writeUnsynced(Array(large.utf8), to: path.appending("config.json"))
    #expect(throws: ModelError.self) { try ModelDirectory.load(path) }
    // A header of 100 MB, in a sparse file.
    let file = try FileDescriptor.open(path.appending("model.safetensors"), .readWrite)
    try file.resize(to: 110_000_000)
    _ = try file.writeAll(toAbsoluteOffset: 0, [0, 0xE1, 0xF5, 5, 0, 0, 0, 0])
    try file.close()
    try writeUnsynced(Array(text.utf8), to: path.appending("config.json"))
    #expect(throws: SafetensorsError.headerTooLong(path: path.appending("model.safetensors").string, limit: 4 << 20, found: 100_000_000)) {
      try ModelDirectory.load(path)
    }
  }

  // MARK: - Ways out

  @Test("a link that leads out of a model is not followed", arguments: ["config.json", "tokenizer.json", "model.safetensors"])
  func links(name: String) throws {
    let folder = try TemporaryFolder(), path = folder.path("m")
    try ModelDirectory.save(.small(seed: 1), to: path)
    let file = path.appending(name), outside = folder.path("outside")
    try FileCalls.system.rename(file, outside)
    try FileManager.default.createSymbolicLink(atPath: file.string, withDestinationPath: "../outside")
    #expect(throws: ModelDirectoryError.leadsOut(path: file.string)) { try ModelDirectory.load(path) }
    // Within the model a link is fine, and so is one to the whole model.
    try FileCalls.system.remove(file)
    try FileCalls.system.rename(outside, path.appending("elsewhere"))
    try FileManager.default.createSymbolicLink(atPath: file.string, withDestinationPath: "elsewhere")
    try FileManager.default.createSymbolicLink(atPath: outside.string, withDestinationPath: "m")
    #expect(try ModelDirectory.load(outside).isSame(as: .small(seed: 1)))
  }

  @Test func `a pipe in a model is not waited for`() throws {
    let folder = try TemporaryFolder(), path = folder.path("m")
    try ModelDirectory.save(.small(seed: 1), to: path)
    let file = path.appending("tokenizer.json")
    try FileCalls.system.remove(file)
    #expect(unsafe mkfifo(file.string, 0o600) == 0)
    #expect(throws: ModelDirectoryError.otherKind(path: file.string, expected: "file", found: "pipe")) { try ModelDirectory.load(path) }
  }

  @Test(
    "a link that leads to nothing or itself is refused before anything is written",
    arguments: ["config.json", "tokenizer.json", "model.safetensors", "metrics.jsonl", "samples.txt", "checkpoints"],
    ["../outside", "loop"])
  func nowhere(name: String, target: String) throws {
    let folder = try TemporaryFolder(), path = folder.path("m")
    try makeDirectories(path)
    let link = path.appending(name)
    try FileManager.default.createSymbolicLink(atPath: link.string, withDestinationPath: target == "loop" ? name : target)
    let fault = ModelDirectoryError.leadsNowhere(path: link.string)
    #expect(throws: fault) { try RunDirectory(path, overwrites: true) }
    #expect(throws: fault) { try RunDirectory(path, overwrites: false) }
    #expect(throws: fault) { try RunDirectory(resuming: path).start() }
    if name.contains(".json") && name != "metrics.jsonl" || name == "model.safetensors" {
      #expect(throws: fault) { try ModelDirectory.save(.small(seed: 1), to: path) }
      if name == "config.json" { #expect(throws: fault) { try ModelDirectory.load(path) } }
    }
    #expect(!fileExists(folder.path("outside")))
  }

  @Test("a log with another name elsewhere is not emptied", arguments: ["metrics.jsonl", "samples.txt"])
  func hardLinks(name: String) async throws {
    let folder = try TemporaryFolder(), path = folder.path("m"), outside = folder.path("outside")
    try await RunDirectory(path, overwrites: false).save(of: .small(seed: 1)).write()
    try FileCalls.system.remove(path.appending(name))
    try writeUnsynced(Array("precious".utf8), to: outside)
    let file = folder.path("m/\(name)")
    #expect(unsafe link(outside.string, file.string) == 0)
    #expect(throws: FileError.shared(path: file.string, names: 2)) { try RunDirectory(resuming: path).start() }
    #expect(try readFile(outside) == Array("precious".utf8))
  }

  @Test("a model is not written where something else than a file is", arguments: ["config.json", "model.safetensors"], ["pipe", "device"])
  func noFile(name: String, kind: String) throws {
    let folder = try TemporaryFolder(), path = folder.path("m"), file = folder.path("m/\(name)")
    try ModelDirectory.save(.small(seed: 1), to: path)
    try FileCalls.system.remove(file)
    if kind == "pipe" {
      #expect(unsafe mkfifo(file.string, 0o600) == 0)
    } else {
      try FileManager.default.createSymbolicLink(atPath: file.string, withDestinationPath: "/dev/zero")
    }
    #expect(throws: ModelDirectoryError.self) { try ModelDirectory.save(.small(seed: 2), to: path) }
    #expect(throws: ModelDirectoryError.self) { try ModelDirectory.load(path) }
  }

  @Test func `a config.json of any size is not read to compare it`() throws {
    let folder = try TemporaryFolder(), path = folder.path("m")
    try ModelDirectory.save(.small(seed: 1), to: path)
    let file = try FileDescriptor.open(path.appending("config.json"), .readWrite)
    try file.resize(to: 1 << 36)
    try file.close()
    try ModelDirectory.save(.small(seed: 2), to: path)
    #expect(try ModelDirectory.load(path).isSame(as: .small(seed: 2)))
  }

  @Test func `a folder for unfinished runs that is a link is not emptied`() async throws {
    let folder = try TemporaryFolder(), path = folder.path("m"), outside = folder.path("outside")
    try ModelDirectory.save(.small(seed: 1), to: path)
    try makeDirectories(outside)
    try writeUnsynced(Array("precious".utf8), to: outside.appending("metrics.jsonl"))
    try FileManager.default.createSymbolicLink(atPath: folder.path("m.unfinished").string, withDestinationPath: "outside")
    let fault = FileError.link(path: folder.path("m.unfinished").string)
    #expect(throws: fault) { try RunDirectory(path, overwrites: true) }
    #expect(throws: fault) { try RunDirectory(resuming: path) }
    #expect(throws: fault) { try RunDirectory.latest(path) }
    #expect(try readFile(outside.appending("metrics.jsonl")) == Array("precious".utf8))
  }

  @Test func `a run writes and removes nothing through a link`() async throws {
    let folder = try TemporaryFolder(), path = folder.path("m"), outside = folder.path("outside")
    let checkpoint = try await TrainingCheckpoint.small(seed: 1)
    try RunDirectory(path, overwrites: false).save(of: checkpoint).write()
    let checkpoints = path.appending("checkpoints")
    try FileCalls.system.rename(checkpoints, outside)
    try FileManager.default.createSymbolicLink(atPath: checkpoints.string, withDestinationPath: "../outside")
    #expect(throws: ModelDirectoryError.leadsOut(path: checkpoints.appending("step-0000000003.safetensors").string)) {
      try RunDirectory(resuming: path)
    }
    #expect(throws: ModelDirectoryError.leadsOut(path: checkpoints.string)) {
      try CheckpointFolder(in: path).write(checkpoint, run: nil)
    }
    #expect(try entries(of: outside).map(\.string) == ["step-0000000003.safetensors"])
  }
}
