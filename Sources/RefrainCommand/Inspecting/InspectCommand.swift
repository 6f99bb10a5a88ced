internal import ArgumentParser

struct InspectCommand: AsyncParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "inspect", abstract: "Look inside a model: its gates and states for every token of a text.")

  @Argument(help: ArgumentHelp("The model directory to look into.", valueName: "model"))
  var model: String?
  @Option(
    parsing: .unconditional, help: ArgumentHelp("The text to read, - for standard input.", valueName: "file"))
  var text: String?
  @Option(
    name: [.long, .customShort("o")], parsing: .unconditional,
    help: ArgumentHelp("The page to write; - for standard output.", valueName: "file"))
  var output: String?
  @OptionGroup(title: "States of a text") var states: StatesFlags
  @OptionGroup(title: "One time step") var step: StepFlags
  @OptionGroup(title: "Why an LSTM") var study: StudyFlags

  func validate() throws {
    if study.isGiven { return try validateStudy() }
    if step.isGiven { return try validateStep() }
    try validateStates()
  }

  func run() async throws {
    if study.isGiven { return try await runStudy() }
    if step.isGiven { return try await runStep() }
    try await runStates()
  }
}
