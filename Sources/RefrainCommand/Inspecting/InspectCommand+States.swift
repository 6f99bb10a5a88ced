internal import ArgumentParser

struct StatesFlags: ParsableArguments {
}

extension InspectCommand {
  func validateStates() throws {}
  func runStates() async throws {}
}
