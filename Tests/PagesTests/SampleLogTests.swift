import Pages
import Testing

@Suite("Samples by step") struct SampleLogTests {
  private func log(_ text: String) throws -> SampleLog { try RunFolder(samples: text).run().samples }

  @Test func `samples are read with their steps`() throws {
    let log = try log("=== step 20, loss 3.210 nats ===\nOh river\nrun\n\n\n=== step 40, loss nan nats ===\n=== not one ===\n\n")
    #expect(log.count == 2)
    #expect(log.samples == [.init(step: 20, loss: "3.210", text: "Oh river\nrun"), .init(step: 40, loss: "nan", text: "=== not one ===")])
  }

  @Test("of many samples a few are kept, the first and the last among them", arguments: [1, 2, 15, 16, 17, 31, 32, 33, 34, 100, 1_000])
  func many(count: Int) throws {
    let log = try log((1...count).map { "=== step \($0), loss 1.000 nats ===\ntext \($0)\n\n" }.joined())
    let steps = log.samples.map(\.step)
    #expect(log.count == count && steps.first == 1 && steps.last == count && steps.count <= 17 && steps == steps.sorted())
    #expect(steps.count >= min(count, 8) && Set(steps).count == steps.count)
    #expect(log.samples.allSatisfy { $0.text == "text \($0.step)" })
    // They are spread evenly, but for the last.
    let gaps = Set(zip(steps, steps.dropFirst()).dropLast().map { $1 - $0 })
    #expect(gaps.count <= 1)
  }

  @Test("a long sample is cut", arguments: [1, 50, 5_000])
  func long(lineLength: Int) throws {
    let line = String(repeating: "é", count: lineLength) + "\n"
    let log = try log("=== step 1, loss 1.000 nats ===\n" + String(repeating: line, count: 6_000 / lineLength + 1))
    #expect(log.samples.count == 1 && log.samples[0].isCut && log.samples[0].text.utf8.count <= SampleLog.longestText + 3)
  }

  @Test func `a text without headings has no samples`() throws {
    #expect(try log("Oh river\n\n=== step x, loss 1 nats ===\n").samples.isEmpty)
  }
}
