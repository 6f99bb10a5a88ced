internal import ArgumentParser
internal import Refrain

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
    subcommands: [TrainCommand.self, GenerateCommand.self, EvaluateCommand.self, BenchCommand.self, InfoCommand.self])

  /// Parses and runs, and turns whatever went wrong into one `error:` line.
  static func main() async {
    do {
      var command = try parseAsRoot()
      if var asynchronous = command as? any AsyncParsableCommand {
        try await asynchronous.run()
      } else {
        try command.run()
      }
    } catch {
      leave(after: error)
    }
  }

  private static func leave(after error: any Error) -> Never {
    if let exit = error as? ExitCode { Self.exit(withError: exit) }
    let code = exitCode(for: error)
    if code == .success {
      // Help and version are asked for: they are the product.
      Self.exit(withError: error)
    }
    Terminal.writeError("error: \(message(for: error).split(separator: "\n").joined(separator: " "))\n")
    if code == .validationFailure { Terminal.writeError("See 'refrain --help', or 'refrain train --help' for a command's flags.\n") }
    Self.exit(withError: code)
  }
}
