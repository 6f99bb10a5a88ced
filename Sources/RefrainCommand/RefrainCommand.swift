internal import ArgumentParser
internal import Basics
internal import Cluster
internal import Foundation
internal import Refrain
internal import Training

/// `refrain`: trains LSTM language models on song lyrics, and writes lyrics with them.
@main
struct RefrainCommand: AsyncParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "refrain",
    abstract: "Train LSTM language models on song lyrics with every core, and write lyrics with them.",
    discussion: """
      Begin with:
        refrain train songs/ --model my-model
        refrain generate my-model --prompt "The river"
      """,
    version: "0.1.0",
    subcommands: [
      TrainCommand.self, PrepareCommand.self, GenerateCommand.self, PronounceCommand.self, EvaluateCommand.self, OriginalityCommand.self,
      ReportCommand.self, InspectCommand.self,
      SuggestCommand.self, TuneCommand.self, BenchCommand.self, InfoCommand.self, ExportCommand.self, ImportCommand.self,
    ])

  /// Parses and runs, and turns whatever went wrong into one `error:` line.
  static func main() async {
    // First of all: a signal must not find these without a handler, however early it comes.
    if ["train", "prepare"].contains(CommandLine.arguments.dropFirst().first) { Interruption.watch() }
    // A write beyond the limit on a file's size then fails like one to a full disk.
    _ = signal(SIGXFSZ, SIG_IGN)
    // Ranks that train together have rank 0 speak for all. Other subcommands run independently of one another.
    if let launch = Launch(), launch.rank > 0, ["train", "bench"].contains(CommandLine.arguments.dropFirst().first) {
      Terminal.isSilent = true
    }
    Machine.keepOneHeap()
    let limits = Result { () throws(ResourceError) in try Machine.checkLimits() }
    if case .failure = limits { ProgramEnd.waitForNoThread() }
    do {
      if let fault = Arguments.fault { throw fault }
      var command = try parseAsRoot()
      // Help and the version are shown in any case.
      if configuration.subcommands.contains(where: { $0 == type(of: command) }) {
        try limits.get()
        // No thread reads the environment yet, which switching kernels changes for a moment.
        let computes = ![PrepareCommand.self, ExportCommand.self, PronounceCommand.self, OriginalityCommand.self, ReportCommand.self]
          .contains { (type: any ParsableCommand.Type) in type == Swift.type(of: command) }
        if computes { Machine.prepare() }
        if command is TrainCommand || command is BenchCommand { try Ranks.join() }
      }
      if var asynchronous = command as? any AsyncParsableCommand {
        try await asynchronous.run()
      } else {
        try command.run()
      }
      await Ranks.leave()
    } catch {
      await leave(after: error)
    }
  }

  private static func leave(after error: any Error) async -> Never {
    if let exit = error as? ExitCode {
      await Ranks.leave()
      Self.exit(withError: exit)
    }
    var error = error
    if exitCode(for: error) == .success {
      // Help and version are asked for: they are the product.
      do {
        try Terminal.write(fullMessage(for: error) + "\n")
        Self.exit(withError: ExitCode.success)
      } catch let fault {
        error = fault
      }
    }
    let code = exitCode(for: error)
    // Arguments are repeated in messages that others make.
    let message = error is any SentenceError ? ErrorText.text(of: error) : message(for: error)
    let text = Arguments.shown(in: message).split(separator: "\n").joined(separator: " ")
    let complaint = code == .validationFailure ? text + hint(text) : text
    // All ranks know of a disagreement; of anything else this one alone may know.
    if let ranks = Ranks.current, !(error is RankDisagreement) { ranks.end(because: complaint) }
    // Of several processes that find the same fault in their arguments, one says it.
    if !Terminal.isSilent || error is RankDisagreement { Terminal.complain(.error, complaint) }
    Self.exit(withError: code)
  }

  /// Where to read on after a mistake in the arguments.
  private static func hint(_ text: String) -> String {
    let commands = configuration.subcommands.compactMap { $0.configuration.commandName }
    guard let command = CommandLine.arguments.dropFirst().first, commands.contains(command) else {
      return "; the commands are \(commands.joined(separator: ", "))."
    }
    return "\(text.hasSuffix(".") || text.hasSuffix("?") ? "" : ".") See 'refrain \(command) --help'."
  }
}
