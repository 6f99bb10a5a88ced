internal import ArgumentParser
internal import Basics
internal import Files
internal import Foundation
internal import Inspection
internal import Pages
internal import Refrain
internal import SystemPackage

extension InspectCommand {
  func validateStates() throws {
    guard let model else { throw ValidationError("Missing the model directory to look into.") }
    guard let text else { throw ValidationError("Missing --text: the text to read.") }
    if [model, text, output, states.export, states.cache].contains("") || states.songs.contains("") {
      throw ValidationError("An argument is empty; it must name a file or directory.")
    }
    if let export = states.export {
      if Terminal.isOutput(export) { throw ValidationError("--export must name a file.") }
      if let output, resolvingLinks(FilePath(export)) == resolvingLinks(FilePath(output)) {
        throw ValidationError("--export and --output name one file; give each its own.")
      }
    }
    if states.units != nil, output == nil {
      throw ValidationError("--units chooses what a page shows; give the page with --output.")
    }
    if states.json, Terminal.isOutput(output) {
      throw ValidationError("--json and --output both write to standard output; give --output a file.")
    }
    if let workers = states.workers, workers < 1 { throw ValidationError("--workers must be at least 1, but is \(workers).") }
    try validateLike()
  }

  func runStates() async throws {
    guard let path = model, let file = text else { return }
    let export = try states.export.map { try StatesExport(path: $0) }
    for (file, flag) in [(output, "--output"), (states.export, "--export")] {
      if let file, !Terminal.isOutput(file) { try OutputCheck.check(file, flag: flag, model: path, sources: [text ?? ""]) }
      if let file, !Terminal.isOutput(file) { try OutputCheck.check(file, flag: flag, isOutside: states.songs) }
    }
    Machine.warnOfKernels()
    try Machine.checkProducts()
    let model = try Model(directory: path)
    let options = model.warnedReadingOptions(states.reading, path: path)
    if let units = states.units {
      try UnitPlace.check(units.units, hiddenSizes: model.weights.configuration.hiddenSizes, most: StatesPage.mostUnits)
    }
    let texts = try EvaluationTexts(
      [file], for: model, at: path, tokenizer: model.tokenizer, options: options, flags: states.reading, part: nil)
    let read = InspectedText(texts.encoded, model: model)
    let unknown = texts.encoded.unknownWords.count
    if unknown > 0 {
      Terminal.warn("the vocabulary lacks \(unknown.counted("token")) of \(read.tokens.count.grouped), which are read as <unk>")
    }
    let span = try states.like.map { try read.span(start: $0.start, end: $0.end) }
    let progress = MeasuringProgress("reading", isQuiet: false)
    let recorded = try model.states(of: read) { progress.show(done: $0, total: $1) }
    if let export, let file = states.export { try export.write(recorded, tokens: read.tokens, to: FilePath(file)) }
    if output != nil || span == nil {
      let lexicon = try Lexicon(model: path) ?? Lexicon()
      let ranking = UnitRanking(recorded, FeatureTable(of: read, lexicon: lexicon))
      if span == nil { try report(recorded, ranking) }
      try writePage(read, recorded, ranking, path: path, file: file)
    }
    if let span { try await search(model, path: path, span: span, states: recorded, options: options) }
  }

  private func writePage(
    _ read: InspectedText, _ recorded: RecordedStates, _ ranking: UnitRanking, path: String, file: String
  ) throws {
    guard let output else { return }
    let name = FilePath(path).lastComponent?.string ?? path
    let page = StatesPage(
      title: "\(name) reads \(file == "-" ? "a text" : FilePath(file).lastComponent?.string ?? file)", model: path, text: read,
      states: recorded, ranking: ranking, units: states.units?.units)
    let html = page.document.html
    if Terminal.isOutput(output) { return try Terminal.write(html) }
    try AtomicFile.write(Array(html.utf8), to: FilePath(output))
  }

  private func report(_ recorded: RecordedStates, _ ranking: UnitRanking) throws {
    let report = StatesReport(recorded, ranking)
    if states.json { return try Terminal.write(Terminal.json(report) + "\n") }
    if !Terminal.isOutput(output) { try Terminal.show(report.table) }
  }
}
