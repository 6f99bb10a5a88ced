internal import ArgumentParser
internal import Basics
internal import Files
internal import Foundation
internal import Inspection
internal import Pages
internal import Refrain
internal import SystemPackage

/// Studies of why an LSTM: how far back gradients reach, and which cell remembers.
struct StudyFlags: ParsableArguments {
  @Option(
    parsing: .unconditional,
    help: ArgumentHelp(
      """
      Train a plain cell, a GRU and an LSTM alike on these songs, and print how large the gradient of a time step's loss is with respect \
      to the state k steps before it. --output writes a page with plot and table; if the file is named .svg, it writes the plot alone.
      """,
      valueName: "corpus"))
  var gradientFlow: String?
  @Flag(
    help: """
      Train a plain cell, a GRU and an LSTM alike to say which symbol was named k tokens ago, and print their accuracy by k. --output as \
      for --gradient-flow.
      """)
  var recall = false
  @Option(parsing: .unconditional, help: "The number of units of all three cells, from 1 to 4096 (default: 128; --recall: 64).")
  var hidden: Int?
  @Option(parsing: .unconditional, help: "How many steps each cell is trained for (default: 300; --recall: 3,000).")
  var steps: Int?
  @Option(parsing: .unconditional, help: "The seed of weights and sequences (default: 1).")
  var seed: UInt64?
  @Option(parsing: .unconditional, help: "The learning rate of all three cells (default: 0.005).")
  var learningRate: Float?
  @Option(
    parsing: .unconditional,
    help: "The window of --gradient-flow: how many tokens back it trains and measures, from 1 to 2000 (default: 100).")
  var window: Int?
  @Option(
    parsing: .unconditional, help: "How --gradient-flow cuts text that is not a store: char, word, bpe or whitespace (default: char).")
  var tokens: Tokenization?
  @Option(parsing: .unconditional, help: "How many symbols --recall has, from 2 to 1000 (default: 10).")
  var symbols: Int?
  @Option(
    parsing: .unconditional,
    help: "The longest k in the training of --recall, from 1 to 500; it measures k up to four times as long (default: 50).")
  var longest: Int?

  /// The flags that only studies have, as given.
  private var others: [String] {
    let given: [(String, Bool)] = [
      ("--hidden", hidden != nil), ("--steps", steps != nil), ("--seed", seed != nil), ("--learning-rate", learningRate != nil),
      ("--window", window != nil), ("--tokens", tokens != nil), ("--symbols", symbols != nil), ("--longest", longest != nil),
    ]
    return given.filter(\.1).map(\.0)
  }

  var isGiven: Bool { gradientFlow != nil || recall || !others.isEmpty }

  fileprivate func checkValues() throws {
    if gradientFlow != nil, recall { throw ValidationError("--gradient-flow and --recall are two studies; run one after the other.") }
    if gradientFlow == nil, !recall {
      throw ValidationError("\(others.first ?? "") is for a study; give --gradient-flow with songs, or --recall.")
    }
    if gradientFlow?.isEmpty == true { throw ValidationError("--gradient-flow is empty; it must name songs or a store.") }
    if recall, window != nil || tokens != nil {
      throw ValidationError("\(window != nil ? "--window" : "--tokens") is for --gradient-flow; --recall makes its own sequences.")
    }
    if !recall, symbols != nil || longest != nil {
      throw ValidationError("\(symbols != nil ? "--symbols" : "--longest") is for --recall.")
    }
    func check(_ flag: String, _ value: Int?, _ range: ClosedRange<Int>) throws {
      if let value, !range.contains(value) {
        throw ValidationError("\(flag) must be from \(range.lowerBound) to \(range.upperBound), but is \(value).")
      }
    }
    try check("--hidden", hidden, 1...4_096)
    try check("--steps", steps, 1...1_000_000)
    try check("--window", window, 1...2_000)
    try check("--symbols", symbols, 2...1_000)
    try check("--longest", longest, 1...500)
    if let learningRate, !(learningRate > 0 && learningRate <= 1) {
      throw ValidationError("--learning-rate must be above 0 and at most 1, but is \(learningRate).")
    }
  }
}

extension InspectCommand {
  func validateStudy() throws {
    try study.checkValues()
    if model != nil || text != nil {
      throw ValidationError("A study trains models of its own; leave out \(model != nil ? "the model" : "--text").")
    }
    if let flag = states.given.first(where: { $0 != "--workers" }) {
      throw ValidationError("\(flag) is for the states of a text; a study does not have it.")
    }
    if let workers = states.workers, workers < 1 { throw ValidationError("--workers must be at least 1, but is \(workers).") }
    if step.isGiven { throw ValidationError("--step looks into a model, and a study trains models of its own; run one after the other.") }
    if output?.isEmpty == true { throw ValidationError("--output is empty; it must name a file.") }
  }

  func runStudy() async throws {
    Machine.warnOfKernels()
    try Machine.checkProducts()
    let progress = MeasuringProgress("training three cells", isQuiet: false)
    if let path = study.gradientFlow {
      if let output, !Terminal.isOutput(output) { try OutputCheck.check(output, flag: "--output", isOutside: [path]) }
      var settings = GradientFlow.Settings()
      settings.hiddenSize = study.hidden ?? settings.hiddenSize
      settings.steps = study.steps ?? settings.steps
      settings.window = study.window ?? settings.window
      settings.seed = study.seed ?? settings.seed
      settings.learningRate = study.learningRate ?? settings.learningRate
      let corpus = try corpus(path)
      let found = try await GradientFlow(of: corpus, settings: settings, workers: states.workers) { progress.show(done: $0, total: $1) }
      try show(found.text, found.page, picture: found.picture)
    } else {
      if let output, !Terminal.isOutput(output) { try OutputCheck.check(output, flag: "--output") }
      var settings = RecallStudy.Settings()
      settings.hiddenSize = study.hidden ?? settings.hiddenSize
      settings.steps = study.steps ?? settings.steps
      settings.symbols = study.symbols ?? settings.symbols
      settings.longest = study.longest ?? settings.longest
      settings.seed = study.seed ?? settings.seed
      settings.learningRate = study.learningRate ?? settings.learningRate
      let found = try await RecallStudy(settings: settings, workers: states.workers) { progress.show(done: $0, total: $1) }
      try show(found.text, found.page, picture: found.picture)
    }
  }

  private func corpus(_ path: String) throws -> Corpus {
    guard Corpus.isStore(path) else { return try Corpus(reading: [path], options: CorpusOptions(tokenization: study.tokens ?? .char)) }
    if study.tokens != nil { throw SettledError(path: path, flag: "--tokens") }
    return try Corpus(store: path)
  }

  /// Writes the page, or only its plot if the file's name ends in .svg. Prints the table unless the page goes to standard output.
  private func show(_ text: String, _ page: PageDocument, picture: String) throws {
    guard let output else { return try Terminal.show(text) }
    if Terminal.isOutput(output) { return try Terminal.write(page.html) }
    // Print the table first: the result took minutes and must not be lost if the file cannot be written.
    try Terminal.show(text)
    let isPicture = FilePath(output).extension?.lowercased() == "svg"
    try AtomicFile.write(Array((isPicture ? picture : page.html).utf8), to: FilePath(output))
  }
}
