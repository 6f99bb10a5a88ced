package import Files
package import SystemPackage

/// Writes what a run tells as event files of TensorBoard.
///
/// ```
/// DIR/train/events.out.tfevents.*         lines of metrics of kind "train", samples, histograms
/// DIR/validation/events.out.tfevents.*    lines of kind "validation"
/// ```
/// TensorBoard shows the two folders as two runs, and numbers of one name in one plot. What cannot be written is kept and tried again with
/// the next event, except for histograms, which are left out meanwhile.
package struct TensorBoardLog {
  private var training: EventFile
  private var validation: EventFile
  /// Whether something is kept that could not be written.
  package var isBehind: Bool { training.isBehind || validation.isBehind }

  /// Nothing is written before the first event.
  ///
  /// - Parameter step: the step that the run stands at. What is there of later steps, such as what a process wrote that was killed after
  ///   its last checkpoint, counts no longer; of step 0, all that is there.
  package init(in directory: FilePath, after step: Int, calls: FileCalls = .system) {
    training = EventFile(in: directory.appending("train"), after: step, calls: calls)
    validation = EventFile(in: directory.appending("validation"), after: step, calls: calls)
  }

  /// Adds a line of metrics.
  ///
  /// - Throws: `FileError`.
  package mutating func append(_ line: Metrics) throws(FileError) {
    let event = TensorBoardEvent.metrics(line, time: EventFile.now)
    switch line.kind {
    case .train: try training.append(event)
    case .validation: try validation.append(event)
    }
  }

  /// Adds a sample.
  ///
  /// - Throws: `FileError`.
  package mutating func append(sample text: String, at report: StepReport) throws(FileError) {
    try training.append(.text("sample", text, time: EventFile.now, step: report.step))
  }

  /// Adds histograms.
  ///
  /// - Throws: `FileError`.
  package mutating func append(_ histograms: [TensorHistogram], step: Int) throws(FileError) {
    if training.isBehind { return }
    try training.append(.histograms(histograms, time: EventFile.now, step: step))
  }

  /// Makes what was written of the steps after this one count no longer, for a run that goes back.
  ///
  /// - Throws: `FileError`.
  package mutating func goBack(to step: Int) throws(FileError) {
    try both { (file) throws(FileError) in try file.goBack(to: step) }
  }

  /// Writes what is kept and forces it to the disk, for a run that ends.
  ///
  /// - Throws: `FileError`, the first of the two files'; the other is on the disk all the same.
  package mutating func finish() throws(FileError) {
    try both { (file) throws(FileError) in try file.sync() }
  }

  /// Does the same to both files, to the second even if it fails for the first.
  private mutating func both(_ body: (inout EventFile) throws(FileError) -> Void) throws(FileError) {
    var fault: FileError?
    do throws(FileError) { try body(&training) } catch { fault = error }
    do throws(FileError) { try body(&validation) } catch { fault = fault ?? error }
    if let fault { throw fault }
  }
}
