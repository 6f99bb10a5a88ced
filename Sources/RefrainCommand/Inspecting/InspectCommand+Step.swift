internal import ArgumentParser

struct StepFlags: ParsableArguments {
  var isGiven: Bool { false }
}

extension InspectCommand {
  func validateStep() throws {}
  func runStep() async throws {}
}
