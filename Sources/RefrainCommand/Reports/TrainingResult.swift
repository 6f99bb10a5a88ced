internal import Basics
internal import Foundation
package import Refrain

/// The table at the end of a run: its validations, with n-gram models beside them.
package struct TrainingResult {
  /// The most tokens that n-gram models are counted on at the end of a run: some 200 MiB of memory, and a few seconds.
  static let mostCountedTokens = 2_000_000

  /// A validation, and the step after which it was made.
  package struct Validation {
    var step: Int
    var nats: Double

    package init(step: Int, nats: Double) {
      self.step = step
      self.nats = nats
    }
  }

  private let best: Validation?
  private let last: Validation?
  private let baselines: [BaselineRecord.Loss]

  /// - Parameter baselines: what n-gram models make of the same songs; empty if they were not counted.
  package init(best: Validation?, last: Validation?, baselines: [BaselineRecord.Loss]) {
    self.best = best
    self.last = last
    self.baselines = baselines
  }

  init(_ summary: TrainingSummary, baselines: [BaselineRecord.Loss]) {
    self.init(
      best: summary.bestValidation.map { Validation(step: $0.step, nats: $0.evaluation.lossNats) },
      last: summary.validation.map { Validation(step: summary.steps, nats: $0.lossNats) }, baselines: baselines)
  }

  private struct Row {
    var name: String
    var nats: Double
    var note = ""
  }

  private var rows: [Row] {
    guard let best else { return [] }
    var rows = [Row(name: "best validation", nats: best.nats, note: "step \(best.step.grouped)")]
    if let last, best.step != last.step { rows.append(Row(name: "last validation", nats: last.nats, note: "step \(last.step.grouped)")) }
    for baseline in baselines.sorted(by: { $0.order > $1.order }) {
      rows.append(Row(name: baseline.name, nats: baseline.lossNats, note: "counts of the same songs"))
    }
    return rows
  }

  /// The lines of the table, and what they mean; empty if nothing was validated.
  ///
  /// - Parameter columns: the terminal's width, for which the last column and then the losses are left out; nil: all is shown.
  package func text(columns: Int?) -> String {
    let rows = rows
    if rows.isEmpty { return "" }
    func line(_ name: String, _ loss: String, _ perplexity: String, _ note: String) -> String {
      let name = name + String(repeating: " ", count: max(0, 16 - name.count))
      let isNarrow = columns.map { $0 < 36 } ?? false
      let numbers = [(loss, 8), (perplexity, 12)].dropFirst(isNarrow ? 1 : 0).map { number, width in
        String(repeating: " ", count: max(0, width - number.count)) + number
      }
      let start = name + numbers.joined()
      return note.isEmpty || start.count + 3 + note.count > columns ?? .max ? start : start + "   " + note
    }
    var lines = [line("", "loss", "perplexity", "")]
    lines += rows.map { line($0.name, $0.nats.fixed(3), exp($0.nats).shortened, $0.note) }
    // Name only the weakest n-gram model that is not beaten: the stronger ones follow from it.
    let unbeaten = baselines.filter { ($0.lossNats) <= rows[0].nats }.max { $0.lossNats < $1.lossNats }
    if let unbeaten {
      let becameWorse = last.map { $0.nats > rows[0].nats } ?? false
      let advice = becameWorse ? "lower the learning rate, or train on more songs" : "train it longer, on more songs or with other settings"
      lines.append("the model predicts the held-out songs no better than the \(unbeaten.name): \(advice)")
    }
    return lines.joined(separator: "\n")
  }
}
