package import Files
internal import Models
internal import SystemPackage
internal import Training

/// The rows of several runs' `metrics.jsonl` as one table in CSV (RFC 4180), with the numbers as they are written in the logs.
package enum MetricsTable {
  /// The first line.
  package static let header = (["model", "kind"] + MetricsRow.Column.allCases.map(\.key)).joined(separator: ",") + "\r\n"

  /// Writes the rows of all runs, one after the other; the logs are read as streams.
  ///
  /// - Throws: `FileError` if a log cannot be read or the table not be written, or `ModelDirectoryError` for a log that leads elsewhere.
  package static func write(_ runs: [ReportedRun], to writer: inout FileWriter) throws {
    try writer.write(header)
    for run in runs {
      let log = try ModelDirectory.ownFile(run.path.appending(ModelDirectory.metricsName), in: run.path)
      guard fileExists(log) else { continue }
      let name = cell(run.name)
      var lines = ""
      try MetricsLog.forEachRow(of: log) { row in
        guard let row else { return }
        lines += "\(name),\(row.kind.rawValue)," + row.texts.map(number).joined(separator: ",") + "\r\n"
        if lines.utf8.count > 1 << 16 {
          try writer.write(lines)
          lines = ""
        }
      }
      try writer.write(lines)
    }
  }

  /// A number as a cell: as it is written, unless a spreadsheet could take it for a formula. A negative number is none.
  private static func number(_ text: String) -> String {
    guard let first = text.utf8.first, first == UInt8(ascii: "+") || first == UInt8(ascii: "-") else { return text }
    let next = text.utf8.dropFirst().first ?? 0
    return first == UInt8(ascii: "-") && (UInt8(ascii: "0")...UInt8(ascii: "9")).contains(next) ? text : cell(text)
  }

  /// A text as a cell. One that begins with a character by which spreadsheets know a formula gets an apostrophe before it.
  package static func cell(_ text: String) -> String {
    let isFormula = text.unicodeScalars.first.map { "=+-@\t\r\n".unicodeScalars.contains($0) } ?? false
    let safe = isFormula ? "'" + text : text
    let needsQuotes = isFormula || safe.unicodeScalars.contains { ",\"\r\n;\t".unicodeScalars.contains($0) }
    return needsQuotes ? "\"" + safe.replacing("\"", with: "\"\"") + "\"" : safe
  }
}
