import Refrain
import RefrainCommand
import Scoring
import Testing

@Suite("The table at the end of a run") struct TrainingResultTests {
  private static func table(best: Double, at step: Int, last: Double, _ baselines: [BaselineRecord.Loss] = baselines) -> TrainingResult {
    TrainingResult(best: .init(step: step, nats: best), last: .init(step: 744, nats: last), baselines: baselines)
  }

  private static let baselines = [BaselineRecord.Loss(order: 1, lossNats: 5.5), BaselineRecord.Loss(order: 3, lossNats: 4.25)]

  @Test func `best and last validation stand beside the n-gram models`() {
    let result = Self.table(best: 3.875, at: 496, last: 3.95)
    #expect(
      result.text(columns: nil) == """
                            loss  perplexity
        best validation    3.875       48.18   step 496
        last validation    3.950       51.94   step 744
        3-gram model       4.250       70.11   counts of the same songs
        unigram model      5.500       244.7   counts of the same songs
        """)
    #expect(result.text(columns: 30).split(separator: "\n").first == "                  perplexity")
    #expect(result.text(columns: 30).split(separator: "\n").allSatisfy { $0.count <= 30 })
    #expect(!result.text(columns: 40).contains("counts") && result.text(columns: 50).contains("step 496"))
  }

  @Test func `one row is enough if the last validation is the best`() {
    let text = Self.table(best: 3, at: 744, last: 3, []).text(columns: nil)
    #expect(text.split(separator: "\n").count == 2 && text.hasSuffix("step 744"))
  }

  @Test("a model that learned nothing is told so", arguments: [(4.249, false), (4.25, true), (5, true)])
  func poor(nats: Double, isPoor: Bool) {
    let text = Self.table(best: nats, at: 744, last: nats).text(columns: nil)
    #expect(text.contains("no better than the 3-gram model") == isPoor)
  }

  @Test func `the advice fits what happened, and names the worst model that was not beaten`() {
    let poor = Self.table(best: 6, at: 744, last: 6).text(columns: nil)
    #expect(poor.hasSuffix("the unigram model: train it longer, on more songs or with other settings"))
    let worse = Self.table(best: 5, at: 96, last: 6).text(columns: nil)
    #expect(worse.hasSuffix("the 3-gram model: lower the learning rate, or train on more songs"))
  }

  @Test func `without a validation there is no table`() {
    #expect(TrainingResult(best: nil, last: nil, baselines: Self.baselines).text(columns: nil).isEmpty)
  }
}
