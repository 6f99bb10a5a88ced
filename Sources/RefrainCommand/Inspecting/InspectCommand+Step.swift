internal import ArgumentParser
internal import Basics
internal import Inspection
internal import Refrain

/// What one time step computed, with its numbers in the cell's formulas.
struct StepFlags: ParsableArguments {
  @Option(
    parsing: .unconditional,
    help: ArgumentHelp(
      "Print what the model computes when it reads this token of the text, counted from 0: its numbers in the formulas of the cells.",
      valueName: "token"))
  var step: Int?
  @Option(parsing: .unconditional, help: "The one layer that --step prints, counted from 0 (default: all).")
  var layer: Int?
  @Option(
    parsing: .unconditional,
    help: ArgumentHelp("How many units of each layer --step prints, those whose state changed most (default: 5).", valueName: "units"))
  var top: Int?

  var isGiven: Bool { step != nil || layer != nil || top != nil }
}

extension InspectCommand {
  func validateStep() throws {
    guard let number = step.step else {
      throw ValidationError("\(step.layer != nil ? "--layer" : "--top") is for one time step; give its token with --step.")
    }
    if number < 0 { throw ValidationError("--step must be at least 0, the first token of the text, but is \(number).") }
    if let layer = step.layer, layer < 0 { throw ValidationError("--layer must be at least 0, but is \(layer).") }
    if let top = step.top, top < 1 { throw ValidationError("--top must be at least 1, but is \(top).") }
    guard let model, !model.isEmpty else { throw ValidationError("Missing the model directory to look into.") }
    guard let text, !text.isEmpty else {
      throw ValidationError("--step needs a text to read: give a file with --text, or - for standard input.")
    }
    if let flag = states.given.first(where: { $0 == "--workers" || !states.reading.given.map(\.flag).contains($0) }) {
      throw ValidationError("\(flag) is for the states of a text; leave it out, or leave out --step.")
    }
    if output != nil { throw ValidationError("--step prints to standard output; leave out --output.") }
  }

  func runStep() async throws {
    guard let path = model, let file = text, let number = step.step else { return }
    Machine.warnOfKernels()
    try Machine.checkProducts()
    let model = try Model(directory: path)
    if let layer = step.layer, layer >= model.weights.configuration.layerCount {
      throw StudyError.noLayer(layer: layer, layers: model.weights.configuration.layerCount)
    }
    let options = model.warnedReadingOptions(states.reading, path: path)
    let text = try EvaluationTexts(
      [file], for: model, at: path, tokenizer: model.tokenizer, options: options, flags: states.reading, part: nil
    ).encoded
    let found = try TimeStep(number, of: text, model: model)
    try Terminal.show(found.text(units: step.top ?? 5, layer: step.layer))
  }
}
