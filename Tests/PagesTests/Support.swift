import Files
import Foundation
import Pages
import SystemPackage
import Testing

/// A model directory that goes with the test.
final class RunFolder: Sendable {
  let path: FilePath

  init(metrics: String? = nil, samples: String? = nil) throws {
    path = FilePath(FileManager.default.temporaryDirectory.path).appending("pages-\(UUID().uuidString)")
    try makeDirectories(path)
    if let metrics { try write(metrics, to: "metrics.jsonl") }
    if let samples { try write(samples, to: "samples.txt") }
  }

  deinit { try? removeTree(path) }

  func write(_ text: String, to name: FilePath.Component) throws { try AtomicFile.write(Array(text.utf8), to: path.appending(name)) }

  func run(name: String = "m", columns: Int = 900) throws -> ReportedRun { try ReportedRun(path, name: name, columns: columns) }

  func page(title: String = "t", name: String = "m", showsText: Bool = true) throws -> String {
    RunReport(title: title, runs: [try run(name: name)], showsText: showsText).document.html
  }
}

/// A line of metrics.jsonl.
func line(_ kind: String, step: Int, loss: String, speed: String = "100.5") -> String {
  """
  {"elapsed_seconds":\(step),"epoch":0,"gradient_norm":0.5,"kind":"\(kind)","learning_rate":0.003,"loss_nats":\(loss),"perplexity":2,\
  "step":\(step),"tokens":\(step * 10),"tokens_per_second":\(speed)}

  """
}

/// The JSON in a page.
func data(of page: String) throws -> [String: Any] {
  let start = try #require(page.range(of: "<script type=\"application/json\" id=\"data\">"))
  let end = try #require(page.range(of: "</script>", range: start.upperBound..<page.endIndex))
  return try #require(try JSONSerialization.jsonObject(with: Data(page[start.upperBound..<end.lowerBound].utf8)) as? [String: Any])
}

func plots(of page: String) throws -> [[String: Any]] { try #require(try data(of: page)["plots"] as? [[String: Any]]) }

func series(_ plot: String, _ index: Int, of page: String) throws -> (steps: [Int], values: [Double], extremes: [[Double]]) {
  let plot = try #require(try plots(of: page).first { $0["id"] as? String == plot })
  let series = try #require(plot["series"] as? [[String: Any]])[index]
  return (
    try #require(series["x"] as? [Int]), try #require(series["y"] as? [Double]), try #require(series["extremes"] as? [[Double]])
  )
}
