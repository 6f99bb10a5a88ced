internal import ArgumentParser

struct StudyFlags: ParsableArguments {
  var isGiven: Bool { false }
}

extension InspectCommand {
  func validateStudy() throws {}
  func runStudy() async throws {}
}
