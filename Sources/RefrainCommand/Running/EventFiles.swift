internal import Basics
internal import Refrain
internal import SystemPackage

/// The event files of a run, if `--tensorboard` asks for them. What is wrong with them is warned of once and never ends the run.
struct EventFiles {
  private let directory: FilePath?
  private var log: TensorBoardLog?
  private var isFaulty = false

  /// - Parameter directory: nil: nothing is written.
  init(_ directory: String?) { self.directory = directory.map { FilePath($0) } }

  /// The directory as the user names it; nil if nothing is written.
  var path: String? { directory?.string }

  /// The warning of a new run whose directory has the event files of another; nil if it has none.
  var warningOfOthers: String? {
    guard let directory, TensorBoardLog.hasEvents(in: directory) else { return nil }
    let text: Sentence =
      "\(directory.string) has the event files of another run, and TensorBoard shows both as one; name another --tensorboard directory."
    return text.text
  }

  /// Whether anything is written.
  var isWanted: Bool { directory != nil }

  /// Begins to write, for a run that resumes from a step, or from 0.
  mutating func begin(after step: Int, isValidationDue: Bool) {
    log = directory.map { TensorBoardLog(in: $0, after: step, isValidationDue: isValidationDue) }
  }

  /// Writes something.
  ///
  /// - Returns: the warning to show, if it could not be written and what came before could.
  mutating func write(_ body: (inout TensorBoardLog) throws -> Void) -> String? {
    guard var log else { return nil }
    defer { self.log = log }
    do {
      try body(&log)
      // What is left out while a file is behind does not show that the fault has passed.
      isFaulty = log.isBehind
      return nil
    } catch {
      defer { isFaulty = true }
      let text = ErrorText.text(of: error)
      return isFaulty ? nil : "\(text) Training continues; writing is retried with the next event, and histograms are skipped."
    }
  }

  /// Writes the rest, for a run that ends.
  ///
  /// - Returns: the warning to show if the end of a file is lost.
  mutating func finish() -> String? {
    guard var log else { return nil }
    defer { self.log = log }
    do {
      try log.finish()
      return nil
    } catch {
      return
        "\(ErrorText.text(of: error)) The end of this event file is lost. metrics.jsonl and samples.txt have its numbers and samples; its "
        + "histograms are lost."
    }
  }
}
