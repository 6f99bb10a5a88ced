import Basics
import Corpora
import Files
import Foundation
import LanguageModel
import Models
import SystemPackage
import Testing
import Training

@Suite("The facts that a run keeps for its report") struct RunFactsTests {
  private static func folder() throws -> FilePath {
    let path = FilePath(FileManager.default.temporaryDirectory.path).appending("facts-\(UUID().uuidString)")
    try makeDirectories(path)
    return path
  }

  private static func facts() throws -> RunFacts {
    let text = (0..<40).map { "one two three \($0)\nfour five\n\n\n" }.joined()
    let corpus = try Corpus(text: text)
    var configuration = TrainingConfiguration()
    configuration.batchSize = 2
    configuration.windowLength = 4
    configuration.hiddenSizes = 8
    return RunFacts(try TrainingPlan(corpus: corpus, configuration: configuration, workers: 2), fingerprint: 255)
  }

  @Test func `they are read as they were written`() throws {
    let folder = try Self.folder()
    defer { try? removeTree(folder) }
    #expect(try RunFacts(model: folder) == nil)
    var facts = try Self.facts()
    facts.add(.init(.skipped, step: 3))
    facts.add(.init(.rolledBack, step: 9, to: 4))
    facts.test = Evaluation(lossNats: 2.5, tokens: 7)
    try facts.write(model: folder)
    #expect(try RunFacts(model: folder) == facts)
    #expect(facts.workers == 2 && facts.corpus.fingerprint == "ff" && facts.computer.cores == Machine.usableCores)
    #expect(facts.corpus.training.songs + facts.corpus.validation.songs == 40 && facts.corpus.lines == 80)
  }

  @Test("a resumed run keeps the faults up to its step", arguments: [(0, 1), (3, 2), (4, 3), (8, 3), (9, 3), (20, 4)])
  func resumed(step: Int, count: Int) throws {
    var earlier = try Self.facts(), facts = earlier
    earlier.add(.init(.skipped, step: 0))
    earlier.add(.init(.skipped, step: 3))
    earlier.add(.init(.rolledBack, step: 9, to: 4))
    earlier.add(.init(.skipped, step: 12))
    facts.resume(earlier, at: step)
    #expect(facts.faults.count == count)
  }

  @Test func `the list of faults has an end`() throws {
    var facts = try Self.facts()
    for step in 0..<1_000 { facts.add(.init(.skipped, step: step)) }
    #expect(facts.faults.count == RunFacts.mostFaults && facts.faults.last?.step == RunFacts.mostFaults - 1)
    let folder = try Self.folder()
    defer { try? removeTree(folder) }
    try facts.write(model: folder)
    #expect(try RunFacts(model: folder) == facts)
  }

  @Test func `a file that anything has changed is read or refused, and never trusted`() throws {
    let folder = try Self.folder()
    defer { try? removeTree(folder) }
    try Self.facts().write(model: folder)
    let good = try readFile(folder.appending("run.json"))
    for number in ["-1", "1e30", "1.5", "\"x\"", "null"] {
      let text = String(decoding: good, as: UTF8.self).replacing(/"workers" : 2/, with: "\"workers\" : \(number)")
      try AtomicFile.write(Array(text.utf8), to: folder.appending("run.json"))
      #expect(throws: (any Error).self, "\(number)") { try RunFacts(model: folder) }
    }
    var mutator = Mutator(seed: 5)
    for _ in 0..<300 {
      try AtomicFile.write(mutator.mutated(good), to: folder.appending("run.json"))
      _ = try? RunFacts(model: folder)
    }
  }
}
