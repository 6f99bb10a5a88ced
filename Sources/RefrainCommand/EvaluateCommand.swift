internal import ArgumentParser
internal import Foundation
internal import Refrain

struct EvaluateCommand: AsyncParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "evaluate", abstract: "Measure how well a model predicts held-out songs.",
    discussion: """
      Every token but the first is predicted once, line breaks and song ends included; a word that the vocabulary lacks counts as <unk>.
      """)

  @OptionGroup var model: ModelArgument
  @Flag(help: "Print one JSON object.")
  var json = false
  @Option(parsing: .unconditional, help: "Lanes that the text is cut into; 1 keeps all context, more is faster.")
  var batch = 16
  @Option(parsing: .unconditional, help: "Time steps computed at once; never part of the result.")
  var window = 64

  /// The object of `--json`.
  struct Report: Encodable {
    var lossNats: Double
    var perplexity: Double
    var bitsPerCharacter: Double
    var tokens: Int
    var unknownTokens: Int

    enum CodingKeys: String, CodingKey {
      case lossNats = "loss_nats", perplexity, bitsPerCharacter = "bits_per_character", tokens, unknownTokens = "unknown_tokens"
    }
  }

  func run() async throws {
    let (path, files) = try model.resolved()
    if files.isEmpty { throw ValidationError("Missing the files to evaluate on.") }
    if batch < 1 || window < 1 { throw ValidationError("--batch and --window must be at least 1.") }
    let model = try Model(directory: path)
    let stream = try Corpus.stream(reading: files, tokenizer: model.tokenizer)
    let evaluation = try await Evaluator(lanes: batch, window: window, shards: batch % 2 == 0 ? 2 : 1)
      .evaluate(stream.tokens, weights: model.weights)
    let report = Report(
      lossNats: evaluation.lossNats, perplexity: evaluation.perplexity, bitsPerCharacter: evaluation.bitsPerCharacter,
      tokens: evaluation.tokens, unknownTokens: stream.unknownCount)
    if json {
      try Terminal.write(Terminal.json(report) + "\n")
      return
    }
    let unit = model.tokenizer.tokenization == .char ? "character" : "token"
    let share = 100 * Double(report.unknownTokens) / Double(max(1, stream.tokens.count))
    try Terminal.write(
      """
      tokens              \(report.tokens.grouped)
      unknown             \(report.unknownTokens.grouped) (\(share.fixed(2))%)
      loss                \(report.lossNats.fixed(4)) nats a \(unit)
      perplexity          \(report.perplexity.shortened)
      bits per \(unit)\(String(repeating: " ", count: 11 - unit.count))\(report.bitsPerCharacter.fixed(4))

      """)
  }
}
