import Files
import Foundation
internal import Models
import SystemPackage

/// Writes the two logs of a run, `metrics.jsonl` and `samples.txt`, and finds how much of them belongs to a checkpoint.
///
/// A user may delete, rotate or cut the logs during the run, so a length alone does not tell where a checkpoint's part ends. The steps in
/// the logs tell it, with the number of pieces that had the checkpoint's own step when it was taken.
package struct RunLogs: Sendable {
  private(set) var metrics: Log
  private(set) var samples: Log

  /// Opens or makes the logs of a directory.
  ///
  /// - Parameter saved: the checkpoint up to which they are kept; nil to empty them.
  /// - Throws: `ModelDirectoryError` or `FileError`.
  init(in directory: FilePath, keeping saved: (checkpoint: TrainingCheckpoint, run: RunRecord?)?, calls: FileCalls) throws {
    // A log is opened without following a link; one that stays inside the directory is followed here.
    let metricsPath = resolvingLinks(try ModelDirectory.ownFile(directory.appending(ModelDirectory.metricsName), in: directory))
    let samplesPath = resolvingLinks(try ModelDirectory.ownFile(directory.appending(ModelDirectory.samplesName), in: directory))
    let part = Part(of: saved)
    metrics = try Log(metricsPath, .metrics, keeping: part.metrics, calls)
    samples = try Log(samplesPath, .samples, keeping: part.samples, calls)
  }

  /// Adds a line to `metrics.jsonl`.
  mutating func append(_ line: Metrics) throws {
    let encoder = JSONEncoder()
    encoder.outputFormatting = [.sortedKeys, .withoutEscapingSlashes]
    // JSON has no infinity: an overflowing perplexity becomes a text that other programs can read.
    encoder.nonConformingFloatEncodingStrategy = .convertToString(positiveInfinity: "Infinity", negativeInfinity: "-Infinity", nan: "NaN")
    try metrics.append(Array(try encoder.encode(line)) + [UInt8(ascii: "\n")], step: line.step)
  }

  /// Adds a sample to `samples.txt`, under a heading.
  mutating func append(sample text: String, at report: StepReport) throws {
    let loss = String(format: "%.3f", report.runningLossNats)
    try samples.append(Array("=== step \(report.step), loss \(loss) nats ===\n\(text)\n\n".utf8), step: report.step)
  }

  /// Writes what the logs lack, as far as possible, and records where they end now.
  func record(in record: inout RunRecord, step: Int) {
    for log in [metrics, samples] { try? log.file.flush() }
    record.metricsLength = metrics.file.length
    record.samplesLength = samples.file.length
    record.metricsAtStep = metrics.count(at: step)
    record.samplesAtStep = samples.count(at: step)
  }

  /// Cuts the logs to what they had at a checkpoint, or to nothing.
  mutating func cut(to saved: (checkpoint: TrainingCheckpoint, run: RunRecord?)?) throws(FileError) {
    let part = Part(of: saved)
    try metrics.cut(to: part.metrics)
    try samples.cut(to: part.samples)
  }

  /// Follows the folder to its new name.
  func move(to directory: FilePath) {
    for log in [metrics, samples] { log.file.path = directory.appending(log.file.path.lastComponent ?? ModelDirectory.metricsName) }
  }

  /// Returns once all is on the disk; any thread may call it beside those that append.
  ///
  /// - Throws: `FileError`, the first of the two logs'; the other is on the disk all the same.
  func sync() throws(FileError) {
    var fault: FileError?
    for log in [metrics, samples] {
      do { try log.file.sync() } catch { fault = fault ?? error }
    }
    if let fault { throw fault }
  }

  /// The parts of the logs that belong to a checkpoint.
  private struct Part {
    var metrics = Log.Part.none
    var samples = Log.Part.none

    init(of saved: (checkpoint: TrainingCheckpoint, run: RunRecord?)?) {
      guard let saved else { return }
      metrics = .all
      samples = .all
      // A checkpoint that was saved without a directory says nothing of its logs.
      guard let run = saved.run else { return }
      metrics = .upTo(step: saved.checkpoint.step, count: run.metricsAtStep, length: run.metricsLength)
      samples = .upTo(step: saved.checkpoint.step, count: run.samplesAtStep, length: run.samplesLength)
    }
  }
}
