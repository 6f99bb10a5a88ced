internal import Files
package import SystemPackage
internal import Training

/// What `metrics.jsonl` tells of a run, in bounded memory: its curves, and how validation went.
package struct MetricsLog: Sendable {
  /// A quantity that is drawn over the steps.
  package enum Quantity: String, CaseIterable, Sendable {
    case trainingLoss, validationLoss, learningRate, gradientNorm, speed
  }

  /// A validation.
  package struct Validation: Sendable, Hashable {
    package var step: Int
    package var nats: Double
    /// The training loss that was reported last before it.
    package var trainingNats: Double?

    package init(step: Int, nats: Double, trainingNats: Double?) {
      self.step = step
      self.nats = nats
      self.trainingNats = trainingNats
    }
  }

  /// The curve of each quantity.
  package private(set) var curves: [Quantity: Curve]
  /// Lines that were parsed as rows.
  package private(set) var rows = 0
  /// Lines that cannot be parsed as rows.
  package private(set) var unreadable = 0
  /// Rows whose loss is missing or not finite.
  package private(set) var notFinite = 0
  /// The last rows.
  package private(set) var lastTraining: MetricsRow?, lastValidationRow: MetricsRow?
  /// The best validation, the first of equals, and the last one.
  package private(set) var best: Validation?, last: Validation?
  /// Validations after the best.
  package private(set) var validationsSinceBest = 0
  /// Wall-clock seconds since training began, by the last row that has them.
  package private(set) var seconds: Double?

  /// - Parameter columns: the columns of each curve, at most.
  package init(columns: Int) {
    curves = Dictionary(uniqueKeysWithValues: Quantity.allCases.map { ($0, Curve(capacity: columns)) })
  }

  /// The longest line that is read as a row.
  private static let longestLine = 1 << 12

  /// Reads a log; a last line that is only half written is left out.
  ///
  /// - Throws: `FileError`.
  package init(path: FilePath, columns: Int) throws {
    self.init(columns: columns)
    try Self.forEachRow(of: path) { row in row.map { add($0) } ?? addUnreadable() }
  }

  /// Calls `body` for each row of a log, and with nil for each line that is no row.
  ///
  /// - Throws: `FileError`, or what `body` throws.
  package static func forEachRow(of path: FilePath, _ body: (MetricsRow?) throws -> Void) throws {
    try LineReader.forEachLine(of: path, longest: longestLine) { line in
      if line.bytes.isEmpty { return }
      let row = line.isCut ? nil : MetricsRow(line.bytes)
      if row != nil || line.isEnded { try body(row) }
    }
  }

  private mutating func addUnreadable() { unreadable += 1 }

  /// Adds a row.
  package mutating func add(_ row: MetricsRow) {
    rows += 1
    if let elapsed = row[.elapsedSeconds], elapsed.isFinite, elapsed >= 0 { seconds = elapsed }
    let loss = row[.lossNats].flatMap { $0.isFinite ? $0 : nil }
    if loss == nil { notFinite += 1 }
    switch row.kind {
    case .train:
      lastTraining = row
      add(loss, to: .trainingLoss, at: row.step)
      add(row[.learningRate], to: .learningRate, at: row.step)
      add(row[.gradientNorm], to: .gradientNorm, at: row.step)
      add(row[.tokensPerSecond], to: .speed, at: row.step)
    case .validation:
      lastValidationRow = row
      add(loss, to: .validationLoss, at: row.step)
      guard let loss else { return }
      let validation = Validation(step: row.step, nats: loss, trainingNats: curves[.trainingLoss]?.last?.value)
      last = validation
      if let best, best.nats <= loss {
        validationsSinceBest += 1
      } else {
        best = validation
        validationsSinceBest = 0
      }
    }
  }

  private mutating func add(_ value: Double?, to quantity: Quantity, at step: Int) {
    if let value, value.isFinite { curves[quantity]?.add(value, at: step) }
  }

  /// The curve of a quantity.
  package subscript(quantity: Quantity) -> Curve { curves[quantity] ?? Curve(capacity: 1) }
  /// The training loss that was reported last.
  package var trainingNats: Double? { self[.trainingLoss].last?.value }
  /// The last step of any row.
  package var lastStep: Int? { [lastTraining?.step, lastValidationRow?.step].compactMap { $0 }.max() }
}
