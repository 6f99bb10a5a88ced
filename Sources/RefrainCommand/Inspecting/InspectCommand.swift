internal import ArgumentParser
internal import Inspection

struct InspectCommand: AsyncParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "inspect",
    abstract: "Show a model's states for every token of a text, or one time step; or compare an LSTM with other cells.",
    discussion: """
      The text is read and cleaned as the model's corpus was, and the model runs over it from its first token to its last. The command \
      prints the units whose hidden states correlate most with features of the text (position in the line, quotation, rhyme, ...), and \
      how often gates are nearly shut or open. With --output, a web page shows the text in the colours of a unit, and the values \
      at each token.

      --like takes the units that are on over a span of the text and searches other songs for them. Each song is read by itself from the \
      initial state. The command prints the best place of each song, at most \(LikeSearch.mostPlaces) places. Layers, \
      units and tokens count from 0.
      """)

  @Argument(help: ArgumentHelp("The model directory to look into.", valueName: "model"))
  var model: String?
  @Option(
    parsing: .unconditional,
    help: ArgumentHelp("The text to read: a file, a folder or a prepared store; - for standard input.", valueName: "file"))
  var text: String?
  @Option(
    name: [.long, .customShort("o")], parsing: .unconditional,
    help: ArgumentHelp(
      "Write a page to this file; - for standard output. A study writes its plot alone to a file named .svg.", valueName: "file"))
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
