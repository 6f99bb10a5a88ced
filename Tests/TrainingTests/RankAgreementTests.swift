import Corpora
import Models
import Testing
import Training

@Suite("Agreement of ranks") struct RankAgreementTests {
  private static func agreement() throws -> RankAgreement {
    let corpus = try Corpus(
      text: randomText(words: 200, vocabulary: 9, seed: 1), options: CorpusOptions(tokenization: .whitespace, validationFraction: 0))
    return try RankAgreement(TrainingPlan(corpus: corpus, configuration: smallConfiguration(steps: 3), workers: 1), step: 0)
  }

  /// What each of four ranks throws.
  private static func check(_ agreements: [RankAgreement]) async -> [RankDisagreement?] {
    let group = LocalRanks(agreements.count)
    return await withTaskGroup(of: (Int, RankDisagreement?).self) { tasks in
      for (communicator, agreement) in zip(group.communicators, agreements) {
        tasks.addTask {
          do {
            try await agreement.check(among: communicator)
            return (communicator.rank, nil)
          } catch {
            return (communicator.rank, error as? RankDisagreement)
          }
        }
      }
      var found: [RankDisagreement?] = Array(repeating: nil, count: agreements.count)
      for await (rank, fault) in tasks { found[rank] = fault }
      return found
    }
  }

  @Test func `equal ranks agree`() async throws {
    let one = try Self.agreement()
    try #require(one.program != 0)
    #expect(await Self.check([one, one, one]) == [nil, nil, nil])
  }

  /// A difference, and what every rank reports about ranks 1 and 3, which have it.
  struct Change: Sendable, CustomTestStringConvertible {
    var testDescription: String
    var change: @Sendable (inout RankAgreement) -> Void
    var found: RankDisagreement
  }

  @Test(
    "every rank reports what differs, and where",
    arguments: [
      Change(testDescription: "program", change: { $0.program += 1 }, found: .program(ranks: [1, 3])),
      Change(testDescription: "kernels", change: { $0.kernels.vector = "other" }, found: .kernels(ranks: [1, 3])),
      Change(
        testDescription: "setting", change: { $0.configuration.seed = 99 },
        found: .setting(key: "seed", first: "1", other: "99", ranks: [1, 3])),
      Change(
        testDescription: "setting that may change on resume", change: { $0.configuration.steps = 99 },
        found: .setting(key: "steps", first: "3", other: "99", ranks: [1, 3])),
      Change(testDescription: "step", change: { $0.step = 7 }, found: .step(first: 0, other: 7, ranks: [1, 3])),
    ])
  func differences(change: Change) async throws {
    let one = try Self.agreement()
    var other = one
    change.change(&other)
    let found = await Self.check([one, other, one, other])
    #expect(found == Array(repeating: change.found, count: 4))
    #expect(found[0]?.description.hasPrefix("ranks 1, 3 ") == true)
  }

  @Test func `another corpus is reported`() async throws {
    let one = try Self.agreement()
    var other = one
    other.corpus.fingerprint ^= 1
    #expect(await Self.check([one, other])[1] == .corpus(first: one.corpus.tokens, other: one.corpus.tokens, ranks: [1]))
  }
}
