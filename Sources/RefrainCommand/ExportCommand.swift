public import ArgumentParser
public import Refrain
internal import SystemPackage

extension ExportFormat: ExpressibleByArgument {}

struct ExportCommand: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "export", abstract: "Write a model to one file for other programs.",
    discussion: """
      safetensors has PyTorch's names and shapes, and the tokenizer in its metadata; onnx is a graph for onnxruntime and others, whose \
      inputs are tokens [time, lanes] and the state, and whose outputs are logits [time, lanes, vocabulary] and the state after them.
      """)

  @OptionGroup var model: ModelArgument
  @Option(parsing: .unconditional, help: "The format (default: by the ending of --output).")
  var format: ExportFormat?
  @Option(parsing: .unconditional, help: ArgumentHelp("The file to write.", valueName: "file"))
  var output: String

  func validate() throws {
    if output.isEmpty { throw ValidationError("--output is empty; it must name a file.") }
    if resolvedFormat == nil {
      throw ValidationError("'\(output)' ends in neither .safetensors nor .onnx; say which it is to be with --format.")
    }
  }

  private var resolvedFormat: ExportFormat? { format ?? ExportFormat.allCases.first { output.lowercased().hasSuffix("." + $0.rawValue) } }

  func run() throws {
    let (path, extra) = try model.resolved()
    if let extra = extra.first { throw ValidationError("Unexpected argument '\(extra)'; the file to write is named with --output.") }
    guard let format = resolvedFormat else { preconditionFailure("the format was validated") }
    let model = try Model(directory: path)
    try OutputCheck.check(output, flag: "--output", model: path)
    try model.export(to: output, format: format)
    Terminal.writeError("wrote \(output): \(model.weights.configuration.description)\n")
  }
}
