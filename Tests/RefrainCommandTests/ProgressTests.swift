import Basics
import Files
import Foundation
import Refrain
import RefrainCommand
import Testing

@Suite("Progress") struct ProgressTests {
  let report = StepReport(
    step: 1_250, totalSteps: 5_000, epoch: 3, tokens: 1, lossNats: 4, runningLossNats: 3.5, gradientNorm: 1)

  @Test("the bar fits any terminal", arguments: [1, 10, 20, 40, 60, 80, 100, 200])
  func fits(columns: Int) {
    let bar = ProgressReporter.bar(report, tokensPerSecond: 41_234, secondsLeft: 75, columns: columns)
    #expect(bar.count < max(2, columns))
  }

  @Test(
    "a line of metrics fits a narrow terminal, and is whole elsewhere",
    arguments: [
      (nil, "step 12/99  epoch 1  loss 4.000  perplexity 54.60  41,234 tokens/s  1:15"),
      (200, "step 12/99  epoch 1  loss 4.000  perplexity 54.60  41,234 tokens/s  1:15"),
      (71, "step 12/99  epoch 1  loss 4.000  perplexity 54.60  41,234 tokens/s"), (40, "step 12/99  loss 4.000  perplexity 54.60"),
      (30, "step 12/99  loss 4.000"), (5, "step 12/99  loss 4.000"),
    ] as [(Int?, String)])
  func metrics(columns: Int?, line: String) throws {
    let json = """
      {"kind": "train", "step": 12, "epoch": 0, "tokens": 1, "loss_nats": 4, "perplexity": 54.598, "tokens_per_second": 41234, \
      "gradient_norm": 1, "learning_rate": 1, "elapsed_seconds": 75}
      """
    let metrics = try JSONDecoder().decode(Metrics.self, from: Data(json.utf8))
    #expect(ProgressReporter.line(metrics, totalSteps: 99, columns: columns) == line)
  }

  @Test func `the bar shows step, loss, perplexity, speed and time left`() {
    let bar = ProgressReporter.bar(report, tokensPerSecond: 41_234, secondsLeft: 75, columns: 120)
    #expect(bar == "[#######-----------------------]  step 1250/5000  loss 3.500  perplexity 33.12  41,234 tokens/s  1:15 left")
  }

  @Test(
    "the time left is estimated from the steps that this process took",
    arguments: [(0, 10.0, 30.0), (1_000, 10, 150), (1_250, 3, .infinity)])
  func timeLeft(firstStep: Int, elapsed: Double, left: Double) {
    #expect(ProgressReporter.secondsLeft(report, firstStep: firstStep, elapsed: elapsed) == left)
  }

  @Test("figures are written for people", arguments: [(0, "0"), (999, "999"), (1_000, "1,000"), (-1_234_567, "-1,234,567")])
  func grouped(number: Int, text: String) { #expect(number.grouped == text) }

  @Test func `perplexities and times are short`() {
    #expect([9.876, 123.45, 4_321.9, 1e7, .infinity].map(\.shortened) == ["9.88", "123.5", "4,322", "1e+07", "inf"])
    #expect([0, 61, 3_725, .infinity].map(\.asTime) == ["0:00", "1:01", "1:02:05", "-:--"])
  }
}
