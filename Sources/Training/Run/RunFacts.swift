internal import Corpora
private import Files
private import Foundation
package import Models
package import SystemPackage

/// Facts about a run for its report, which no other file has: `run.json` in the model directory.
package struct RunFacts: Sendable, Hashable, Codable {
  /// The computer.
  package struct Computer: Sendable, Hashable, Codable {
    /// The processor's name.
    package var processor: String
    /// The physical cores that the process could use.
    package var cores: Int
    /// The memory that the process could use, in bytes.
    package var memoryBytes: Int
    /// The operating system's name and version.
    package var system: String

    private enum CodingKeys: String, CodingKey { case processor, cores, memoryBytes = "memory_bytes", system }

    /// This computer.
    static var current: Computer {
      Computer(
        processor: Machine.processor, cores: Machine.usableCores, memoryBytes: Int(Machine.usableMemory),
        system: ProcessInfo.processInfo.operatingSystemVersionString)
    }
  }

  /// Counts of one part of the corpus.
  package struct Part: Sendable, Hashable, Codable {
    package var songs: Int
    package var tokens: Int
    /// Tokens that the vocabulary lacks.
    package var unknownTokens: Int

    private enum CodingKeys: String, CodingKey { case songs, tokens, unknownTokens = "unknown_tokens" }
  }

  /// What the corpus holds.
  package struct CorpusFacts: Sendable, Hashable, Codable {
    /// `Corpus.fingerprint()` in hexadecimal digits.
    package var fingerprint: String
    package var training: Part
    package var validation: Part
    package var test: Part
    /// Lines of all songs.
    package var lines: Int
    /// Distinct tokens, those that the vocabulary lacks included.
    package var distinctTokens: Int
    /// Songs that were left out as copies, or nearly copies, of others.
    package var duplicates: Int
    /// Songs that were left out of training because they are held out too.
    package var heldOut: Int

    private enum CodingKeys: String, CodingKey {
      case fingerprint, training, validation, test, lines, distinctTokens = "distinct_tokens", duplicates, heldOut = "held_out"
    }

    init(_ corpus: Corpus, fingerprint: UInt64) {
      let report = corpus.report
      func part(_ count: (CorpusReport.Parts) -> Int) -> Part {
        Part(songs: count(report.songs), tokens: count(report.tokens), unknownTokens: count(report.unknown))
      }
      self.fingerprint = String(fingerprint, radix: 16)
      training = part { $0.training }
      validation = part { $0.validation }
      test = part { $0.test }
      lines = report.lines
      distinctTokens = report.types
      duplicates = report.removed.duplicates + report.removed.nearDuplicates
      heldOut = report.removed.heldOut
    }
  }

  /// Something that went wrong in the run.
  package struct Fault: Sendable, Hashable, Codable {
    /// The kind of a fault.
    package enum Kind: String, Sendable, Codable {
      /// A minibatch was skipped.
      case skipped
      /// The run rolled back to a checkpoint.
      case rolledBack = "rolled_back"
    }

    package var kind: Kind
    /// The step at which it happened.
    package var step: Int
    /// The step of the checkpoint that the run rolled back to; nil for a skipped minibatch.
    package var to: Int?

    package init(_ kind: Kind, step: Int, to: Int? = nil) {
      self.kind = kind
      self.step = step
      self.to = to
    }
  }

  package var computer: Computer
  /// Threads' worth of parallelism.
  package var workers: Int
  package var corpus: CorpusFacts
  /// How many steps the run was planned to take.
  package var totalSteps: Int
  /// The step after which the run ended; nil if it is under way, or was stopped before its end.
  package var endStep: Int?
  /// What went wrong, oldest first; at most ``mostFaults``.
  package private(set) var faults: [Fault] = []
  /// The model on the test part; nil if there is none, or before the end.
  package var test: Evaluation?
  private var format = Self.format

  private enum CodingKeys: String, CodingKey {
    case computer, workers, corpus, totalSteps = "total_steps", endStep = "end_step", faults, test, format
  }

  private static let format = 1
  private static let largestFile = 1 << 16
  /// The most faults that are kept: the first ones.
  package static let mostFaults = 200

  /// The facts of a run that begins on this computer.
  ///
  /// - Parameter fingerprint: that of the plan's corpus.
  package init(_ plan: TrainingPlan, fingerprint: UInt64) {
    computer = .current
    workers = plan.workers
    totalSteps = plan.totalSteps
    corpus = CorpusFacts(plan.corpus, fingerprint: fingerprint)
  }

  /// Adds a fault, if there is room.
  package mutating func add(_ fault: Fault) {
    if faults.count < Self.mostFaults { faults.append(fault) }
  }

  /// Takes over the faults of the run that is resumed, up to the step that it is resumed from.
  package mutating func resume(_ earlier: RunFacts, at step: Int) {
    faults = earlier.faults.filter { $0.step <= step || $0.kind == .rolledBack && $0.to ?? .max <= step }
  }

  // MARK: - The file

  /// Reads the facts in a model directory, which is not trusted; returns nil if there are none.
  ///
  /// - Throws: `FileError` or `ModelDirectoryError`.
  package init?(model directory: FilePath) throws {
    let file = try ModelDirectory.ownFile(directory.appending(ModelDirectory.factsName), in: directory)
    guard fileExists(file) else { return nil }
    let data = Data(try readFile(file, limit: Self.largestFile))
    guard let facts = try? JSONDecoder().decode(Self.self, from: data), facts.isPossible else {
      throw ModelDirectoryError.malformed(path: file.string, fault: "it does not hold the facts of a run")
    }
    self = facts
  }

  private var isPossible: Bool {
    let counts =
      [corpus.training, corpus.validation, corpus.test].flatMap { [$0.songs, $0.tokens, $0.unknownTokens] }
      + [
        corpus.lines, corpus.distinctTokens, corpus.duplicates, corpus.heldOut, computer.cores, computer.memoryBytes, workers, totalSteps,
        endStep ?? 0,
      ]
      + faults.flatMap { [$0.step, $0.to ?? 0] }
    return format == Self.format && counts.allSatisfy { (0...1 << 53).contains($0) } && faults.count <= Self.mostFaults
      && test?.lossNats.isFinite != false
  }

  /// Writes the facts to a model directory.
  ///
  /// - Throws: `FileError` or `ModelDirectoryError`.
  package func write(model directory: FilePath) throws {
    let file = try ModelDirectory.ownFile(directory.appending(ModelDirectory.factsName), in: directory)
    let encoder = JSONEncoder()
    encoder.outputFormatting = [.prettyPrinted, .sortedKeys]
    try AtomicFile.write(Array(try encoder.encode(self)) + [0x0A], to: file)
  }
}
