package import Files
private import Foundation
package import SystemPackage

/// The model directory of a run under way: metrics and samples as they come, the model when it is saved.
///
/// A run that is to replace a model works in a folder beside it, and takes its place with its first whole save.
package final class RunDirectory {
  /// The directory that was asked for.
  package let path: FilePath
  /// Where the run writes now.
  package private(set) var workingPath: FilePath
  private let metrics: AppendedFile
  private let samples: AppendedFile
  private let calls: FileCalls

  /// Makes the directory and empties its logs.
  ///
  /// - Throws: `ModelDirectoryError.wouldReplace` if there is a model and `overwrites` is false; `FileError`.
  package init(_ path: FilePath, overwrites: Bool, calls: FileCalls = .system) throws {
    if fileExists(path), !isDirectory(path) { throw ModelDirectoryError.notDirectory(path: path.string) }
    let holdsModel = ModelDirectory.holdsModel(path)
    if holdsModel, !overwrites { throw ModelDirectoryError.wouldReplace(path: path.string) }
    self.path = path
    self.calls = calls
    workingPath = holdsModel ? ModelDirectory.partialPath(of: path) : path
    if holdsModel { try removeTree(workingPath, calls: calls) }
    try makeDirectories(workingPath, calls: calls)
    metrics = try AppendedFile(workingPath.appending("metrics.jsonl"))
    samples = try AppendedFile(workingPath.appending("samples.txt"))
  }

  /// Adds a line to `metrics.jsonl`.
  package func append(_ line: Metrics) throws {
    let encoder = JSONEncoder()
    encoder.outputFormatting = [.sortedKeys, .withoutEscapingSlashes]
    // JSON has no infinity: an overflowing perplexity becomes a text that other programs can read.
    encoder.nonConformingFloatEncodingStrategy = .convertToString(positiveInfinity: "Infinity", negativeInfinity: "-Infinity", nan: "NaN")
    try metrics.append(Array(try encoder.encode(line)) + [UInt8(ascii: "\n")])
  }

  /// Adds a sample to `samples.txt`, under a heading.
  package func append(sample text: String, at report: StepReport) throws {
    let loss = String(format: "%.3f", report.runningLossNats)
    try samples.append(Array("=== step \(report.step), loss \(loss) nats ===\n\(text)\n\n".utf8))
  }

  /// Saves the model, whole or not at all.
  package func save(_ model: Model) throws {
    try ModelDirectory.save(model, to: workingPath, calls: calls)
    if workingPath != path {
      try ModelDirectory.promote(workingPath, to: path, calls) { workingPath = path }
    }
  }
}
