internal import ArgumentParser

/// A model directory, given as `--model DIR` or as the first plain argument.
struct ModelArgument: ParsableArguments {
  @Option(
    name: .long, parsing: .unconditional, help: ArgumentHelp("The model directory, if not the first argument.", valueName: "directory"))
  var model: String?
  @Argument(
    help: ArgumentHelp("The model directory, unless --model gives it, and then the files to work on.", valueName: "model-and-files"))
  var arguments: [String] = []

  /// The directory, and the arguments after it.
  func resolved() throws -> (model: String, files: [String]) {
    if model?.isEmpty == true || arguments.contains("") { throw ValidationError("An argument is empty; it must name a file or directory.") }
    if let model { return (model, arguments) }
    guard let first = arguments.first else { throw ValidationError("Missing the model directory: give it first, or with --model.") }
    return (first, Array(arguments.dropFirst()))
  }
}
