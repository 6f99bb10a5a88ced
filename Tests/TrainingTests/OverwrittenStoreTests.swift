import Corpora
import Files
import Foundation
import SystemPackage
import Testing
import Training

/// Stores that are overwritten while a run trains on them.
@Suite("Overwritten stores")
struct OverwrittenStoreTests {
  let folder: TemporaryFolder
  let store: String

  init() throws {
    folder = try TemporaryFolder()
    store = folder.path("s.store").string
    let songs = folder.path("songs.txt")
    try AtomicFile.write(Array(randomText(words: 1_200, vocabulary: 40, seed: 2).replacing("\n", with: "\n\n\n").utf8), to: songs)
    var options = CorpusOptions(minimumCount: 1, validationFraction: 0.2)
    options.deduplication = .none
    try Corpus.prepare([songs.string], options: options, to: store)
  }

  /// Overwrites the tokens with the same number of bytes: each becomes `<unk>`.
  private static func writeOver(_ store: String, share: Double) throws {
    let corpus = try Corpus(store: store)
    let count = Double(2 * (corpus.training.count + (corpus.validation?.count ?? 0))) * share
    let file = try FileDescriptor.open(FilePath(store), .writeOnly)
    try file.closeAfter { _ = try file.writeAll(toAbsoluteOffset: 4_096, [UInt8](repeating: 0, count: Int(count))) }
  }

  @Test(
    "Nothing is learned from what was written over, and what was learned before is saved and can be resumed", arguments: [1, 3, 25],
    [0.05, 1])
  func trained(step: Int, share: Double) async throws {
    let configuration = smallConfiguration(steps: 60), store = store
    let original = try readFile(FilePath(store))
    let whole = try Trainer(corpus: Corpus(store: store), configuration: configuration)
    try await whole.train()

    let trainer = try Trainer(corpus: Corpus(store: store), configuration: configuration)
    await #expect(throws: CorpusError.changedWhileRead(path: store)) {
      try await trainer.train { event in
        if case .step(let report) = event, report.step == step { try Self.writeOver(store, share: share) }
      }
    }
    let checkpoint = await trainer.checkpoint()
    // The minibatch after the step was assembled beside it, before the store was written over or after.
    #expect((step...step + 2).contains(checkpoint.step))
    try AtomicFile.write(original, to: FilePath(store))
    let resumed = try await Trainer(TrainingPlan(corpus: Corpus(store: store), configuration: configuration), resuming: checkpoint)
    try await resumed.train()
    #expect(await resumed.model.isSame(as: whole.model))
  }

  @Test("A validation on an overwritten store is an error")
  func validated() async throws {
    let store = store
    let trainer = try Trainer(corpus: Corpus(store: store), configuration: smallConfiguration(steps: 4))
    await #expect(throws: CorpusError.changedWhileRead(path: store)) {
      try await trainer.train { event in
        if case .metrics(let line) = event, line.kind == .train, line.step == 4 { try Self.writeOver(store, share: 1) }
      }
    }
    #expect(await trainer.checkpoint().step == 4)
  }

  @Test("Touching a store while a run trains on it does not change the result")
  func touched() async throws {
    let configuration = smallConfiguration(steps: 20), store = store
    let whole = try Trainer(corpus: Corpus(store: store), configuration: configuration)
    try await whole.train()
    let trainer = try Trainer(corpus: Corpus(store: store), configuration: configuration)
    try await trainer.train { event in
      if case .step(let report) = event, report.step % 5 == 0 {
        try FileManager.default.setAttributes([.modificationDate: Date(timeIntervalSince1970: Double(report.step))], ofItemAtPath: store)
      }
    }
    #expect(await trainer.model.isSame(as: whole.model))
  }
}
