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
  /// TensorBoard discards the events of later steps that are there, such as those of a process that was killed after its last checkpoint.
  ///
  /// - Parameters:
  ///   - step: the step to resume from; 0 for a new run, which discards all events.
  ///   - isValidationDue: whether the validation of this step is still to be made, so that an event of it is discarded too.
  package init(in directory: FilePath, after step: Int, isValidationDue: Bool = false, calls: FileCalls = .system) {
    training = EventFile(in: directory.appending("train"), from: Self.next(after: step), calls: calls)
    validation = EventFile(
      in: directory.appending("validation"), from: isValidationDue ? step : Self.next(after: step), calls: calls)
  }

  /// The first step that is written after a step; all steps of a new run, which may validate before its first one.
  private static func next(after step: Int) -> Int { step == 0 ? 0 : step + 1 }

  /// Whether a directory has event files of training.
  package static func hasEvents(in directory: FilePath) -> Bool {
    let names = (try? entries(of: directory.appending("train"))) ?? []
    return names.contains { $0.string.contains("tfevents") }
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

  /// Makes TensorBoard discard the events after this step, for a run that rolls back.
  ///
  /// - Parameter isValidationDue: whether the validation of this step is made again.
  /// - Throws: `FileError`.
  package mutating func goBack(to step: Int, isValidationDue: Bool = false) throws(FileError) {
    var fault: FileError?
    do throws(FileError) { try training.discard(from: Self.next(after: step)) } catch { fault = error }
    do throws(FileError) { try validation.discard(from: isValidationDue ? step : Self.next(after: step)) } catch { fault = fault ?? error }
    if let fault { throw fault }
  }

  /// Writes what is kept and forces it to the disk, for a run that ends.
  ///
  /// - Throws: `FileError`, the first of the two files'; the other is on the disk all the same.
  package mutating func finish() throws(FileError) {
    var fault: FileError?
    do throws(FileError) { try training.sync() } catch { fault = error }
    do throws(FileError) { try validation.sync() } catch { fault = fault ?? error }
    if let fault { throw fault }
  }
}
