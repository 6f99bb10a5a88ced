internal import Basics
package import Corpora
internal import Files
package import LanguageModel
package import Models
package import Scoring
package import SystemPackage
package import Training
package import Verse

/// All that a report shows of one model directory. Parts that are missing or damaged are nil, with a sentence in ``notes``.
package struct ReportedRun: Sendable {
  /// The name on the page.
  package var name: String
  /// The directory.
  package let path: FilePath
  /// `config.json` and `tokenizer.json`.
  package var settings: ModelDirectory.Settings?
  /// The newest checkpoint that can be read.
  package var checkpoint: CheckpointSummary?
  package var log: MetricsLog
  package var samples: SampleLog
  /// The pronunciations of the model's words.
  package var lexicon: Lexicon?
  /// What predicts the held-out songs without a network.
  package var baselines: [BaselineRecord.Loss] = []
  /// `run.json`.
  package var facts: RunFacts?
  /// What is missing or cannot be read.
  package var notes: [String] = []

  /// Reads a model directory, which is not trusted.
  ///
  /// - Parameters:
  ///   - name: the name on the page.
  ///   - columns: the columns of each curve, at most.
  /// - Throws: `ModelDirectoryError` if there is no directory, or nothing of a model and of a run in it.
  package init(_ path: FilePath, name: String, columns: Int) throws(ModelDirectoryError) {
    guard isDirectory(path) else { throw fileExists(path) ? .notDirectory(path: path.string) : .missing(path: path.string) }
    self.path = path
    self.name = name
    log = MetricsLog(columns: columns)
    samples = SampleLog()
    func file(_ name: FilePath.Component) throws(ModelDirectoryError) -> FilePath? {
      let file = try ModelDirectory.ownFile(path.appending(name), in: path)
      return fileExists(file) ? file : nil
    }
    var found = 0
    func note(_ what: String, _ error: any Error) { notes.append("\(what) cannot be read: \("\(error)".withoutAdvice).") }
    do {
      settings = try ModelDirectory.settings(path)
      if settings == nil { notes.append("config.json or tokenizer.json is missing; a run writes both with its first checkpoint.") }
    } catch {
      note("The configuration", error)
      found += 1
    }
    do {
      if let metrics = try file(ModelDirectory.metricsName) {
        found += 1
        log = try MetricsLog(path: metrics, columns: columns)
        if log.rows == 0 { notes.append("There are no curves, since metrics.jsonl has no rows.") }
      } else {
        notes.append("There are no curves, since metrics.jsonl is missing.")
      }
    } catch {
      note("The log metrics.jsonl", error)
    }
    do {
      if let file = try file(ModelDirectory.samplesName) {
        found += 1
        samples = try SampleLog(path: file)
      }
    } catch {
      note("The samples", error)
    }
    let checkpoints = CheckpointFolder(in: path).newestSummary()
    checkpoint = checkpoints.found
    for fault in checkpoints.faults { note("A checkpoint", fault) }
    if checkpoint == nil, checkpoints.faults.isEmpty {
      notes.append("There is no checkpoint, so the corpus fingerprint and the number of skipped minibatches are unknown.")
    }
    do { facts = try RunFacts(model: path) } catch { note("The facts of the run", error) }
    if isDirectory(ModelDirectory.unfinishedPath(of: path)) {
      let folder = "\(path.lastComponent?.string ?? path.string).unfinished"
      notes.append("A newer run that is to replace this model works in \(folder); report on that folder to see it.")
    }
    do {
      if let record = try BaselineRecord(model: path) {
        if checkpoint.map({ record.isOf(corpus: $0.corpus.fingerprint) }) ?? true {
          baselines = record.losses
        } else {
          notes.append("The n-gram models of baselines.json are left out, since they are of another corpus.")
        }
      }
    } catch {
      note("The n-gram models", error)
    }
    do { lexicon = try Lexicon(model: path.string) } catch { note("The pronunciations", error) }
    if settings == nil, checkpoint == nil, found == 0 {
      throw .incomplete(path: path.string, missing: "config.json")
    }
  }

  /// How the model was trained.
  package var configuration: TrainingConfiguration? { settings?.training ?? checkpoint?.configuration }
  /// The model's sizes.
  package var model: ModelConfiguration? { settings?.model ?? checkpoint?.model }
  /// What computed it.
  package var kernels: KernelSet? { settings?.kernels ?? checkpoint?.kernels }
  /// How its corpus was read.
  package var reading: ReadingRecord? { settings?.reading ?? checkpoint?.reading }
}
