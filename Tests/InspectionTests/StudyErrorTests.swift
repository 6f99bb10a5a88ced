import Inspection
import Testing

@Suite("Errors of studies") struct StudyErrorTests {
  @Test func `the range of steps is in the sentence`() {
    #expect(StudyError.stepOutsideText(step: 9, tokens: 4).description.contains("from 0 to 3"))
  }
}
