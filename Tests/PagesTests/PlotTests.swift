import Foundation
import Pages
import Testing

@Suite("Plots") struct PlotTests {
  static func plot(_ values: [Double], isLogarithmic: Bool) -> Plot {
    var curve = Curve(capacity: 100)
    for (k, value) in values.enumerated() { curve.add(value, at: k) }
    return Plot(
      id: "p", title: "t", unit: "u", isLarge: true, series: [Plot.Series(name: "<b>", colour: 0, weight: .strong, curve: curve)],
      levels: [], quantity: "k", isLogarithmic: isLogarithmic)
  }

  /// The heights of a plot's points, from the drawn path.
  static func heights(_ markup: String) throws -> [Double] {
    let path = try #require(markup.firstMatch(of: /class="curve strong c0" d="(M[^"]*)"/)).output.1
    return path.split { "ML".contains($0) }.compactMap { Double($0.split(separator: " ")[1]) }
  }

  @Test("a logarithmic plot draws equal factors as equal heights", arguments: [1e-30, 0.5, 1e12])
  func logarithmic(first: Double) throws {
    let values = [first, first * 10, first * 100, first * 1_000]
    let heights = try Self.heights(Self.plot(values, isLogarithmic: true).markup(over: 0...3).text)
    let rises = zip(heights, heights.dropFirst()).map { $0 - $1 }
    #expect(rises.count == 3 && rises.allSatisfy { abs($0 - rises[0]) <= 0.11 && $0 > 60 }, "\(heights)")
    let linear = try Self.heights(Self.plot(values, isLogarithmic: false).markup(over: 0...3).text)
    #expect(linear[0] - linear[1] < 3)
  }

  @Test func `the axis and the data name what is counted`() {
    let plot = Self.plot([1, 2], isLogarithmic: true), markup = plot.markup(over: 0...1).text
    #expect(markup.contains("lowest 1 at k 0, highest 2 at k 1") && markup.contains("&lt;b&gt;") && !markup.contains("<b><b>"))
    let data = Plot.data(of: [plot], over: 0...1, quantity: "k", isLogarithmic: true)
    #expect(data.hasPrefix(#"{"range":[0,1],"quantity":"k","log":true,"plots":[{"id":"p","#))
    #expect((try? JSONSerialization.jsonObject(with: Data(data.utf8))) != nil)
    #expect(Plot.toolbar(quantities: "k", isLogarithmic: true).text.contains(#"id="log-y" aria-pressed="true""#))
  }

  @Test("a picture has the curve of the page, and closes its elements", arguments: [true, false])
  func picture(isLogarithmic: Bool) throws {
    let plot = Self.plot([3, 1, 2], isLogarithmic: isLogarithmic), picture = plot.picture(over: 0...2)
    #expect(try Self.heights(picture) == Self.heights(plot.markup(over: 0...2).text))
    for element in ["svg", "text", "style"] {
      #expect(picture.components(separatedBy: "<\(element)").count == picture.components(separatedBy: "</\(element)>").count)
    }
    #expect(picture.contains("prefers-color-scheme:dark") && picture.contains("&lt;b&gt;"))
  }

  @Test("the marks of an axis that begins at 0 begin with 0", arguments: [1.0, 100, 3e9])
  func zero(high: Double) { #expect(Ticks.positions(0, high, most: 4).first.map(Ticks.text) == "0") }
}
