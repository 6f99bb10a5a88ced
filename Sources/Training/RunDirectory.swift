package import Files
private import Foundation
package import SystemPackage

/// The model directory of a run under way: metrics and samples as they come, the model when it is saved.
///
/// A run that is to replace a model works in a hidden folder beside it, and takes its place with its first whole save.
package final class RunDirectory {
  /// The directory that was asked for, links followed.
  package let path: FilePath
  /// Where the run writes now.
  package private(set) var workingPath: FilePath
  private let metrics: AppendedFile
  private let samples: AppendedFile
  private let calls: FileCalls

  /// Makes the directory and empties its logs.
  ///
  /// - Throws: `ModelDirectoryError.wouldReplace` if there is a model, or a file with one of its names, and `overwrites` is false;
  ///   `ModelDirectoryError.cannotReplace`; `FileError`.
  package init(_ given: FilePath, overwrites: Bool, calls: FileCalls = .system) throws {
    let path = resolvingLinks(given)
    if fileExists(path), !isDirectory(path) { throw ModelDirectoryError.notDirectory(path: given.string) }
    if !overwrites, let name = ModelDirectory.ownNames.first(where: { fileExists(path.appending($0)) }) {
      throw ModelDirectoryError.wouldReplace(path: given.string, name: name)
    }
    let holdsModel = ModelDirectory.holdsModel(path)
    if holdsModel, !ModelDirectory.canBeReplaced(path) { throw ModelDirectoryError.cannotReplace(path: given.string) }
    self.path = path
    self.calls = calls
    let workingPath = holdsModel ? ModelDirectory.partialPath(of: path) : path
    self.workingPath = workingPath
    do {
      try makeDirectories(workingPath, calls: calls)
      metrics = try AppendedFile(workingPath.appending("metrics.jsonl"))
      samples = try AppendedFile(workingPath.appending("samples.txt"))
    } catch {
      if holdsModel { try? removeTree(workingPath) }
      throw error
    }
  }

  /// Whether the model that is to be replaced is still in its place.
  package var isReplacing: Bool { workingPath != path }

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
    if isReplacing {
      try ModelDirectory.promote(workingPath, to: path, calls) { workingPath = path }
    }
  }

  /// Saves the model of a run that was stopped early, without replacing another by it.
  ///
  /// - Returns: where it is.
  package func saveStopped(_ model: Model) throws -> FilePath {
    try ModelDirectory.save(model, to: workingPath, calls: calls)
    guard isReplacing else { return path }
    var place = path
    var number = 1
    repeat {
      place = path.removingLastComponent().appending(
        (path.lastComponent?.string ?? "model") + (number == 1 ? ".stopped" : ".stopped\(number)"))
      number += 1
    } while fileExists(place)
    do {
      try calls.rename(workingPath, place)
    } catch {
      throw FileError(writing: place, error, action: "put the stopped run's model there")
    }
    workingPath = place
    return place
  }

  /// Removes what a run that failed has made beside a model that it was to replace.
  package func discard() {
    if isReplacing { try? removeTree(workingPath) }
  }
}
