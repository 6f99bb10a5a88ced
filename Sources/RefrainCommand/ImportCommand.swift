internal import ArgumentParser
internal import Basics
internal import Files
internal import Refrain
internal import SystemPackage

struct ImportCommand: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "import", abstract: "Import a PyTorch language model.",
    discussion: """
      The file is a state_dict in safetensors: an embedding, LSTM, GRU or RNN layers with two biases, one or none, and a decoder. The \
      names of the modules do not matter; those of AWD-LSTM and fastai are read too. --tokenizer or --vocabulary names the tokens of the \
      embedding's rows, unless refrain exported the file.
      """)

  @Argument(help: ArgumentHelp("The state_dict, a safetensors file.", valueName: "file"))
  var file: String
  @Option(name: .long, parsing: .unconditional, help: ArgumentHelp("The model directory to write.", valueName: "directory"))
  var model: String
  @Option(parsing: .unconditional, help: ArgumentHelp("A tokenizer.json of refrain's.", valueName: "file"))
  var tokenizer: String?
  @Option(
    parsing: .unconditional,
    help: ArgumentHelp(
      "The tokens, one a line in the order of the embedding's rows; \\n stands for a line end, \\t for a tab.", valueName: "file"))
  var vocabulary: String?
  @Option(parsing: .unconditional, help: "With --vocabulary: how text is cut: word, char or whitespace (default: whitespace).")
  var tokens: Tokenization?
  @Option(parsing: .unconditional, help: ArgumentHelp("The name of the embedding's tensor, where it cannot be told.", valueName: "name"))
  var embeddingTensor: String?
  @Flag(help: "Replace the model that is there.")
  var overwrite = false

  func validate() throws {
    for (name, value) in [("the file", file), ("--model", model), ("--tokenizer", tokenizer), ("--vocabulary", vocabulary)]
    where value == "" {
      throw ValidationError("The name of \(name) is empty.")
    }
    try ModelName.check(model)
    if tokenizer != nil, vocabulary != nil { throw ValidationError("--tokenizer and --vocabulary say the same; give one of them.") }
    if tokens != nil, vocabulary == nil {
      throw ValidationError("--tokens says how the words of --vocabulary are cut, which is not given.")
    }
    if tokens == .bpe {
      throw ValidationError(
        "--tokens bpe needs the merges of its byte pairs, which a list does not have; give --tokenizer in place of --vocabulary.")
    }
  }

  func run() throws {
    if !overwrite, try FilePath(model).isOccupied { throw ImportError.wouldReplace(path: model) }
    let source: TokenSource =
      if let tokenizer { .tokenizer(path: tokenizer) } else if let vocabulary {
        .list(path: vocabulary, tokenization: tokens ?? .whitespace)
      } else {
        .metadata
      }
    let imported = try Model(importing: file, tokens: source, embedding: embeddingTensor)
    try imported.save(to: model)
    Terminal.writeError("imported \(imported.weights.configuration.description); the model is in \(model)\n")
  }
}

extension FilePath {
  /// Whether there is something at the path that a model would take the place of.
  fileprivate var isOccupied: Bool {
    get throws { isDirectory(self) ? try !entries(of: self).isEmpty : fileExists(self) }
  }
}

/// Why a model is not taken in.
enum ImportError: Error, Equatable, CustomStringConvertible {
  case wouldReplace(path: String)

  var description: String { sentence.text }

  private var sentence: Sentence {
    switch self {
    case .wouldReplace(let path):
      "\(path): something is there already; choose another --model, or say --overwrite to replace the model that is there."
    }
  }
}
