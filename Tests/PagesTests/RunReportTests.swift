import Basics
import Files
import Foundation
import Pages
import SystemPackage
import Testing

@Suite("Pages of training reports") struct RunReportTests {
  private static let rows = (1...40).map { line("train", step: $0, loss: "\(5.0 - Double($0) / 10 + 1e-13)") }.joined()

  @Test func `the page has the curves with their exact extremes`() throws {
    let page = try RunFolder(metrics: Self.rows + line("validation", step: 40, loss: "1.2345678901234567")).page()
    let (steps, values, extremes) = try series("loss", 0, of: page)
    #expect(steps == Array(1...40) && values.map { Float($0) } == (1...40).map { Float(5.0 - Double($0) / 10 + 1e-13) })
    #expect(extremes == [[40, 5.0 - 4.0 + 1e-13], [1, 5.0 - 0.1 + 1e-13]])
    #expect(page.contains("\"extremes\":[[40,1.2345678901234567],[40,1.2345678901234567]]"))
    #expect(try plots(of: page).map { $0["id"] as? String } == ["loss", "rate", "norm", "speed"])
  }

  @Test func `one style and one script are allowed, by hashes that are theirs`() throws {
    let page = try RunFolder(metrics: Self.rows).page()
    func inner(_ start: String, _ end: String) throws -> String {
      let from = try #require(page.range(of: start)), to = try #require(page.range(of: end, range: from.upperBound..<page.endIndex))
      return String(page[from.upperBound..<to.lowerBound])
    }
    let policy = try inner("Content-Security-Policy\" content=\"", "\"")
    func hash(_ text: String) -> String { "'sha256-\(Data(SHA256.hash(Array(text.utf8))).base64EncodedString())'" }
    #expect(
      policy
        == "default-src 'none'; style-src \(hash(try inner("<style>", "</style>"))); script-src "
        + "\(hash(try inner("<script>", "</script>"))); base-uri 'none'; form-action 'none'")
    // What the policy would forbid is not on the page.
    #expect(!page.contains(" style=\"") && !page.contains(" src=") && page.components(separatedBy: "<script").count == 3)
    #expect(page.matches(of: /\son[a-z]+=/).isEmpty && page.matches(of: /https?:/).isEmpty)
    #expect(try inner("<script>", "</script>").utf8.count < 12_000)
  }

  static let hostileTexts = [
    "</script><script>alert(1)</script>", "\"><img src=x onerror=alert(1)>", "'-alert(1)-'", "<!--", "]]>", "&lt;b&gt;", "</style><b>",
    "</pre></div><svg onload=alert(1)>", "\u{202E}gnp", "\u{0}\u{1B}[2J", "javascript:alert(1)", "{{x}}", "\\u003c/script>", "\u{2028}",
  ]

  @Test("hostile titles, names and samples are texts", arguments: hostileTexts)
  func hostile(text: String) throws {
    let folder = try RunFolder(metrics: Self.rows, samples: "=== step 20, loss \("<b>") nats ===\n\(text)\n\n")
    try folder.write("{\"format\":\"\(text)", to: "config.json")
    try folder.write("x", to: "tokenizer.json")
    let plain = try RunFolder(metrics: Self.rows, samples: "=== step 20, loss 1 nats ===\nx\n\n")
    let other = try RunFolder(metrics: Self.rows)
    let runs = [try folder.run(name: text), try other.run(name: "\(text)2")]
    let page = RunReport(title: text, runs: runs).document.html
    let model = RunReport(title: "t", runs: [try plain.run(name: "a"), try other.run(name: "b")]).document.html
    // Whatever the texts are, the page has the same elements as one with harmless texts.
    #expect(Self.tags(page).filter { $0 != "<li>" } == Self.tags(model).filter { $0 != "<li>" })
    let names = try #require(try plots(of: page).first?["series"] as? [[String: Any]]).compactMap { $0["n"] as? String }
    #expect(names == ["\(text), training", "\(text)2, training"])
    for forbidden: Unicode.Scalar in ["\u{0}", "\u{1B}", "\u{202E}", "\u{2028}"] { #expect(!page.unicodeScalars.contains(forbidden)) }
  }

  /// The names of all opening tags.
  private static func tags(_ page: String) -> [String] {
    page.matches(of: /<[a-zA-Z!][a-zA-Z0-9]*/).map { String($0.output) + ">" }
  }

  @Test func `mutated logs and samples always give a whole page`() throws {
    let samples = Array("=== step 20, loss 3.210 nats ===\nOh <river> & \"run\"\n\n=== step 40, loss 2.000 nats ===\nla\n\n".utf8)
    let metrics = Array(
      (line("train", step: 1, loss: "2") + line("validation", step: 2, loss: "3") + line("train", step: 3, loss: "1")).utf8)
    var mutator = Mutator(seed: 22)
    for round in 0..<(mutationCount / 3) {
      let folder = try RunFolder()
      try AtomicFile.write(mutator.mutated(metrics), to: folder.path.appending("metrics.jsonl"))
      try AtomicFile.write(mutator.mutated(samples), to: folder.path.appending("samples.txt"))
      let page = try folder.page()
      #expect(page.hasSuffix("</html>\n") && !page.contains("d=\"Minf"), "round \(round)")
      _ = try data(of: page)
      #expect(page.components(separatedBy: "<script").count == 3, "round \(round)")
    }
  }

  @Test(
    "values at the edge of what a number can be give finite curves", arguments: ["1e308", "-1e308", "5e-324", "0", "-0.0", "1e39", "1e-46"])
  func extremes(loss: String) throws {
    let page = try RunFolder(metrics: line("train", step: 0, loss: "-1e308") + line("train", step: 9_007_199_254_740_992, loss: loss))
      .page()
    #expect(!page.contains("nan") && !page.contains("inf "))
    #expect(try series("loss", 0, of: page).values.count == 2)
  }

  @Test func `the facts of a run are on its page, hostile ones as texts`() throws {
    let folder = try RunFolder(metrics: Self.rows)
    let part = "{\"songs\": 1234, \"tokens\": 1000, \"unknown_tokens\": 25}"
    try folder.write(
      """
      {"format": 1, "workers": 3, "computer": \
      {"processor": "<b>Chip</b>", "cores": 6, "memory_bytes": 8000000000, "system": "an OS"}, \
      "corpus": {"fingerprint": "ff", "training": \(part), "validation": \(part), "test": \(part), "lines": 98765, \
      "distinct_tokens": 4321, \
      "duplicates": 7, "held_out": 0}, "total_steps": 5000, "test": {"loss_nats": 2.5, "tokens": 40}, \
      "faults": [{"kind": "skipped", "step": 17}, {"kind": "rolled_back", "step": 30, "to": 20}]}
      """, to: "run.json")
    let page = try folder.page()
    for text in [
      "&lt;b&gt;Chip&lt;/b&gt;", "8.0 GB", "an OS", "1,234", "25 (2.5% of the training part)", "98,765", "4,321", "7 songs",
      "2.5000 (perplexity 12.18)", "1 minibatch was skipped", "(step 17)", "stopped at step 40 of 5,000",
      "rolled back to an earlier checkpoint 1 time (from step 30 to step 20)",
    ] { #expect(page.contains(text), "\(text)") }
    try folder.write("{", to: "run.json")
    #expect(try folder.page().contains("The facts of the run cannot be read: "))
  }

  @Test func `what is missing is said in a sentence`() throws {
    let empty = try RunFolder(metrics: "").page()
    for sentence in [
      "There are no curves, since metrics.jsonl has no rows.", "There is no checkpoint, so", "config.json or tokenizer.json is missing",
      "The run took no samples.",
      "The configuration is not known", "The machine and the kernels are unknown",
    ] { #expect(empty.contains(sentence), "\(sentence)") }
    #expect(try data(of: empty)["plots"] as? [Any] != nil)
    #expect(try RunFolder(samples: "=== step 1, loss 1 nats ===\nx\n").page().contains("since metrics.jsonl is missing."))
    let nothing = try RunFolder()
    #expect(throws: (any Error).self) { try nothing.run() }
  }

  @Test func `texts are left out where they are not wanted`() throws {
    let folder = try RunFolder(metrics: Self.rows, samples: "=== step 20, loss 3.210 nats ===\nOh secret river\n\n")
    #expect(try folder.page().contains("Oh secret river"))
    let page = try folder.page(showsText: false)
    #expect(!page.contains("secret") && page.contains("The texts are left out of this page.") && page.contains("Perfect rhymes"))
  }

  @Test func `a page for a million rows is under 400 KB, with all extremes`() throws {
    let folder = try RunFolder()
    var generator = SeededGenerator(seed: 5)
    var least = (step: 0, value: Double.infinity)
    try AtomicFile.write(to: folder.path.appending("metrics.jsonl")) { writer in
      for number in 1...1_000_000 {
        let value = 2 + Double.random(in: 0...1, using: &generator)
        if value < least.value { least = (number * 24, value) }
        let kind = number % 100 == 0 ? "validation" : "train"
        if kind == "validation", least.step == number * 24 { least = (0, .infinity) }
        try writer.write(line(kind, step: number * 24, loss: "\(value)", speed: "\(value * 1_000.123)"))
      }
    }
    let page = try folder.page()
    #expect(page.utf8.count < 400_000, "\(page.utf8.count) bytes")
    let (steps, values, extremes) = try series("loss", 0, of: page)
    #expect(extremes[0] == [Double(least.step), least.value] && values.min().map { Float($0) } == Float(least.value))
    #expect(steps.count > 900 && steps.last.map { $0 > 23_000_000 } == true)
  }

  @Test func `the colours have contrast in both schemes`() {
    for palette in [Palette.light, .dark] {
      for front in [palette.ink, palette.muted, palette.accent] + palette.curves {
        for back in [palette.background, palette.panel] { #expect(Self.contrast(front, back) >= 4.5, "\(front) on \(back)") }
      }
    }
    #expect(abs(Self.contrast("#000000", "#ffffff") - 21) < 1e-9)
  }

  /// Source: W3C, "Web Content Accessibility Guidelines 2.2", 2023: contrast ratio and relative luminance.
  private static func contrast(_ one: String, _ other: String) -> Double {
    func luminance(_ colour: String) -> Double {
      let number = Int(colour.dropFirst(), radix: 16) ?? 0
      let parts = [16, 8, 0].map { shift -> Double in
        let part = Double(number >> shift & 255) / 255
        return part <= 0.04045 ? part / 12.92 : pow((part + 0.055) / 1.055, 2.4)
      }
      return 0.2126 * parts[0] + 0.7152 * parts[1] + 0.0722 * parts[2]
    }
    let both = [luminance(one), luminance(other)].sorted()
    return (both[1] + 0.05) / (both[0] + 0.05)
  }
}
