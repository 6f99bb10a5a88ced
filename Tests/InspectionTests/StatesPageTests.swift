import Basics
import Foundation
import Inspection
import LanguageModel
import Models
import Pages
import Testing

@Suite("The page of states") struct StatesPageTests {
  static func page(
    _ text: String = sampleText, title: String = "t", cell: RecurrentCell = .lstm, hidden: [Int] = [7, 5], units: [UnitPlace]? = nil,
    most: Int = StatesPage.mostTokens
  ) throws -> (html: String, text: InspectedText, states: RecordedStates) {
    let model = try makeModel(cell, hidden: hidden, text: sampleText), text = try inspected(text, by: model)
    let states = try model.states(of: text)
    let ranking = UnitRanking(states, FeatureTable(of: text))
    let page = StatesPage(title: title, model: title, text: text, states: states, ranking: ranking, units: units, mostTokens: most)
    return (page.document.html, text, states)
  }

  static func data(of page: String) throws -> [String: Any] {
    let start = try #require(page.range(of: "<script type=\"application/json\" id=\"data\">"))
    let end = try #require(page.range(of: "</script>", range: start.upperBound..<page.endIndex))
    return try #require(try JSONSerialization.jsonObject(with: Data(page[start.upperBound..<end.lowerBound].utf8)) as? [String: Any])
  }

  private static func inner(_ page: String, _ start: String, _ end: String) throws -> String {
    let from = try #require(page.range(of: start)), to = try #require(page.range(of: end, range: from.upperBound..<page.endIndex))
    return String(page[from.upperBound..<to.lowerBound])
  }

  @Test("its values are those of the chosen units", arguments: RecurrentCell.allCases)
  func values(cell: RecurrentCell) throws {
    let units = [UnitPlace(layer: 1, unit: 4), UnitPlace(layer: 0, unit: 2)]
    let (page, text, states) = try Self.page(cell: cell, units: units)
    let data = try Self.data(of: page)
    let scales = try #require(data["scales"] as? [Double]), found = try #require(data["units"] as? [[String: Any]])
    #expect(found.count == 2 && scales.count == states.quantities.count)
    for (unit, place) in zip(found, units) {
      let values = try #require(unit["v"] as? [[Double]])
      for (quantity, numbers) in values.enumerated() {
        #expect(numbers.count == text.tokens.count)
        for (token, number) in numbers.enumerated() {
          #expect(abs(number / scales[quantity] - Double(states.value(quantity, place, token: token))) <= 0.51 / scales[quantity])
        }
      }
      #expect(unit["m"] as? Double == values.last?.map(abs).max())
    }
    #expect(page.contains("<option>1:4, ") && page.contains("<th scope=\"row\">0:2</th>"))
    #expect(page.components(separatedBy: "<i class=").count - 1 == text.tokens.count)
    // Without the script, the text has the colours of the first unit.
    #expect(page.contains("<i class=\"p9") || page.contains("<i class=\"n9"))
  }

  @Test("it takes at most 8 KB a token, with as many units as it shows", arguments: [1, 8, StatesPage.mostUnits])
  func size(units: Int) throws {
    let text = Array(repeating: sampleText, count: 12).joined(separator: "\n\n\n")
    let places = (0..<units).map { UnitPlace(layer: 0, unit: $0) }
    let (page, read, _) = try Self.page(text, hidden: [StatesPage.mostUnits], units: places)
    #expect(read.tokens.count > 400)
    #expect(page.utf8.count <= 8_000 * read.tokens.count && page.utf8.count / read.tokens.count < 60 + 45 * units + 60)
  }

  @Test("a long text is cut, which the page says", arguments: [1, 2, 10, 30])
  func cut(most: Int) throws {
    let (page, text, _) = try Self.page(most: most)
    #expect(page.contains("The first \(most) of \(text.tokens.count) tokens are shown"))
    #expect(page.components(separatedBy: "<i class=").count - 1 == most)
    #expect(!(try Self.page(most: text.tokens.count).html.contains("tokens are shown;")))
  }

  @Test func `one style and one script are allowed, by hashes that are theirs`() throws {
    let page = try Self.page().html
    let policy = try Self.inner(page, "Content-Security-Policy\" content=\"", "\"")
    func hash(_ text: String) -> String { "'sha256-\(Data(SHA256.hash(Array(text.utf8))).base64EncodedString())'" }
    #expect(
      policy
        == "default-src 'none'; style-src \(hash(try Self.inner(page, "<style>", "</style>"))); script-src "
        + "\(hash(try Self.inner(page, "<script>", "</script>"))); base-uri 'none'; form-action 'none'")
    #expect(!page.contains(" style=\"") && !page.contains(" src=") && page.components(separatedBy: "<script").count == 3)
    #expect(page.matches(of: /\son[a-z]+=/).isEmpty && page.matches(of: /https?:/).isEmpty)
  }

  static let hostileTexts = [
    "</script><script>alert(1)</script>", "\"><img src=x onerror=alert(1)>", "'-alert(1)-'", "<!-- x", "]]>", "&lt;b&gt;", "</style><b>",
    "</p></div><svg onload=alert(1)>", "\u{202E}gnp", "x\u{0}\u{1B}[2J", "javascript:alert(1)", "\\u003c/script>", "a\u{2028}b",
  ]

  @Test("hostile texts and titles are texts", arguments: hostileTexts)
  func hostile(text: String) throws {
    // A file with a zero byte is no text, but a title may have one.
    let line = text.replacing("\0", with: "")
    let page = try Self.page("\(line)\nthe river\n\n\(line)", title: text).html
    let plain = try Self.page("x\nthe river\n\nx", title: "x").html
    func tags(_ page: String) -> Set<String> { Set(page.matches(of: /<[a-zA-Z!][a-zA-Z0-9]*/).map { String($0.output) }) }
    #expect(tags(page) == tags(plain))
    #expect(page.components(separatedBy: "<script").count == 3)
    for forbidden: Unicode.Scalar in ["\u{0}", "\u{1B}", "\u{202E}", "\u{2028}"] { #expect(!page.unicodeScalars.contains(forbidden)) }
    _ = try Self.data(of: page)
  }

  @Test func `texts with any bytes give a whole page`() throws {
    var mutator = Mutator(seed: 4)
    let model = try makeModel(hidden: [3])
    for round in 0..<150 {
      let bytes = mutator.mutated(Array(sampleText.utf8))
      let text = String(decoding: bytes, as: UTF8.self)
      guard let read = try? inspected(text, by: model), !read.tokens.isEmpty else { continue }
      let states = try model.states(of: read)
      let page = StatesPage(
        title: text, model: "m", text: read, states: states, ranking: UnitRanking(states, FeatureTable(of: read))
      ).document.html
      #expect(page.hasSuffix("</html>\n") && page.components(separatedBy: "<script").count == 3, "round \(round)")
      let data = try Self.data(of: page)
      #expect((data["units"] as? [[String: Any]])?.isEmpty == false, "round \(round)")
    }
  }

  @Test("text has contrast on every colour", arguments: [false, true])
  func contrast(isDark: Bool) {
    let palette = isDark ? Palette.dark : .light
    let scale = StateColours.scale(palette, isDark: isDark)
    #expect(scale.count == 2 * StateColours.levels + 1 && Set(scale).count == scale.count && scale[StateColours.levels] == palette.panel)
    for colour in scale { #expect(Self.contrast(palette.ink, colour) >= 4.5, "\(palette.ink) on \(colour)") }
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
