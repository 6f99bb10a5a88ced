import Basics
import Testing

@Suite("Numbers")
struct NumberTests {
  @Test(
    "Thousands are grouped",
    arguments: [
      (0, "0"), (999, "999"), (1_000, "1,000"), (-12_345, "-12,345"), (1_234_567, "1,234,567"), (Int.min, "-9,223,372,036,854,775,808"),
    ])
  func grouping(number: Int, expected: String) {
    #expect(number.grouped == expected)
  }

  @Test("Things are counted", arguments: [(0, "0 steps"), (1, "1 step"), (2_000, "2,000 steps"), (-1, "-1 steps")])
  func counting(number: Int, expected: String) {
    #expect(number.counted("step") == expected)
    #expect(number.counted("more file", "more files") == expected.replacing("step", with: "more file"))
  }

  @Test(
    "A duration is so many seconds", arguments: [(Duration.seconds(3), 3.0), (.milliseconds(1_500), 1.5), (.nanoseconds(-250), -250e-9)])
  func seconds(duration: Duration, expected: Double) {
    #expect(abs(duration.inSeconds - expected) <= 1e-15 + abs(expected) * 4e-16)
  }
}
