package import Basics
private import Files
private import Foundation
package import Models
private import SystemPackage

/// What must be equal on all ranks before they train together.
package struct RankAgreement: Codable, Sendable, Hashable {
  /// A hash of the executable file.
  package var program: UInt64
  /// The kernels that compute the results.
  package var kernels: KernelSet
  /// The settings.
  package var configuration: TrainingConfiguration
  /// The corpus.
  package var corpus: CorpusIdentity
  /// The step that the run starts or resumes from.
  package var step: Int

  package init(program: UInt64, kernels: KernelSet, configuration: TrainingConfiguration, corpus: CorpusIdentity, step: Int) {
    self.program = program
    self.kernels = kernels
    self.configuration = configuration
    self.corpus = corpus
    self.step = step
  }

  /// The values of this process.
  ///
  /// - Throws: `CorpusError` if a store can no longer be read.
  package init(_ plan: TrainingPlan, step: Int) throws {
    self.init(
      program: Self.thisProgram, kernels: .current(products: plan.products), configuration: plan.configuration,
      corpus: try CorpusIdentity(plan), step: step)
  }

  /// The hash of this process's executable; 0 if it cannot be read.
  private static var thisProgram: UInt64 {
    let bytes = (try? Data(contentsOf: URL(filePath: "/proc/self/exe"), options: .alwaysMapped)) ?? Data()
    return bytes.isEmpty ? 0 : xxh64(bytes.span)
  }

  /// Compares the values of all ranks with those of rank 0. Every rank must call this; if there is a difference, all of them throw.
  ///
  /// - Throws: `RankDisagreement` for the first difference.
  package func check(among communicator: any Communicator) async throws {
    let encoder = JSONEncoder()
    encoder.nonConformingFloatEncodingStrategy = .convertToString(positiveInfinity: "Infinity", negativeInfinity: "-Infinity", nan: "NaN")
    let decoder = JSONDecoder()
    decoder.nonConformingFloatDecodingStrategy = .convertFromString(
      positiveInfinity: "Infinity", negativeInfinity: "-Infinity", nan: "NaN")
    let bytes = await communicator.gather(Array(try encoder.encode(self)))
    // Another version may write other keys.
    let all = bytes.map { try? decoder.decode(RankAgreement.self, from: Data($0)) }
    guard let first = all[0] else { throw RankDisagreement.program(ranks: Array(1..<all.count)) }
    let faults = all.map { $0.map { RankDisagreement(first, $0) } ?? .program(ranks: []) }
    guard let rank = faults.firstIndex(where: { $0 != nil }), let fault = faults[rank] else { return }
    throw fault.of(ranks: faults.indices.filter { faults[$0] == fault })
  }
}

/// A difference between ranks that keeps them from training together.
package enum RankDisagreement: Error, Hashable, SentenceError {
  case program(ranks: [Int])
  case kernels(ranks: [Int])
  case setting(key: String, first: String, other: String, ranks: [Int])
  case corpus(first: Int, other: Int, ranks: [Int])
  case step(first: Int, other: Int, ranks: [Int])

  /// The first difference, if there is one.
  init?(_ first: RankAgreement, _ other: RankAgreement) {
    if first.program != other.program {
      self = .program(ranks: [])
    } else if !first.kernels.isSame(as: other.kernels) {
      self = .kernels(ranks: [])
    } else if let difference = TrainingSetting.firstDifference(first.configuration, other.configuration, of: [.model, .run, .changeable]) {
      self = .setting(key: difference.key, first: difference.one, other: difference.other, ranks: [])
    } else if !first.corpus.isSameCorpus(as: other.corpus) || !first.corpus.hasSameHeldOutSet(as: other.corpus) {
      self = .corpus(first: first.corpus.tokens, other: other.corpus.tokens, ranks: [])
    } else if first.step != other.step {
      self = .step(first: first.step, other: other.step, ranks: [])
    } else {
      return nil
    }
  }

  func of(ranks: [Int]) -> Self {
    switch self {
    case .program: .program(ranks: ranks)
    case .kernels: .kernels(ranks: ranks)
    case .setting(let key, let first, let other, _): .setting(key: key, first: first, other: other, ranks: ranks)
    case .corpus(let first, let other, _): .corpus(first: first, other: other, ranks: ranks)
    case .step(let first, let other, _): .step(first: first, other: other, ranks: ranks)
    }
  }

  package var description: String { sentence.text }

  package var sentence: Sentence {
    switch self {
    case .program(let ranks):
      "\(Self.subject(ranks, "runs", "run")) a different build of refrain than rank 0; install the same file on every machine."
    case .kernels(let ranks):
      "\(Self.subject(ranks, "uses", "use")) different kernels than rank 0 (another CPU, or another OpenBLAS); use CPUs of one kind and "
        + "one version of OpenBLAS, or set the same OPENBLAS_CORETYPE on every machine."
    case .setting(let key, let first, let other, let ranks):
      "\(Self.subject(ranks, "has", "have")) \(key: key, value: other), but rank 0 has \(first); start all ranks with the same flags and "
        + "settings file."
    case .corpus(let first, let other, let ranks):
      "\(Self.subject(ranks, "reads", "read")) a different corpus than rank 0 (\(other.counted("token")) to train on, not "
        + "\(first.grouped)); copy the same files to every machine."
    case .step(let first, let other, let ranks):
      "\(Self.subject(ranks, "starts", "start")) at step \(other.grouped), but rank 0 at step \(first.grouped); start all ranks with the "
        + "same flags."
    }
  }

  private static func subject(_ ranks: [Int], _ verb: String, _ pluralVerb: String) -> String {
    ranks.count == 1 ? "rank \(ranks[0]) \(verb)" : "ranks \(ranks.map(String.init).joined(separator: ", ")) \(pluralVerb)"
  }
}
