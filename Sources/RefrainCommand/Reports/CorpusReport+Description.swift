internal import Basics
internal import Files
internal import Refrain

extension CorpusReport {
  /// What `prepare --stats` prints.
  var text: String {
    var rows: [(String, String)] = [
      ("sources", "\(sources.counted("file")), \(bytes.asBytes)"),
      ("songs", Self.parts(songs)),
      ("tokens", Self.parts(tokens)),
      ("lines", "\(lines.grouped), of \(Self.lengths(lineLengths)) tokens"),
      ("song length", "\(Self.lengths(songLengths)) tokens"),
      ("types", "\(types.grouped) in the training part"),
      ("vocabulary", vocabulary.grouped),
      ("coverage", "\((100 * tokenCoverage).fixed(2))% of the tokens, \((100 * typeCoverage).fixed(2))% of the types"),
      ("unknown", Self.parts(unknown)),
    ]
    if uncountedTokens > 0 { rows.append(("not counted", "\(uncountedTokens.counted("token")), since there were too many types")) }
    rows.append(("cleaned", Self.list(cleaned.named)))
    if decodedWindows1252 > 0 { rows.append(("windows-1252", decodedWindows1252.grouped)) }
    rows.append(
      (
        "left out",
        Self.list([
          ("duplicate", removed.duplicates), ("near duplicate", removed.nearDuplicates), ("held out", removed.heldOut),
          ("without lyrics", removed.empty), ("malformed", removed.malformed),
        ])
      ))
    for condition in conditions ?? [] { rows.append(("where \(condition.condition.shown)", "\(condition.leftOut.grouped) left out")) }
    if let joinedRows {
      let scattered = scatteredSongs.map { "; \($0.counted("song")) in several places" } ?? ""
      rows.append(("joined rows", "\(joinedRows.grouped)\(scattered)"))
    }
    if repaired > 0 { rows.append(("read all the same", "\(repaired.grouped) faulty")) }
    if let passedOver { rows.append(("passed over", Self.endings(passedOver))) }
    if damagedSources > 0 { rows.append(("not read whole", damagedSources.counted("source"))) }
    let words = frequent.prefix(20).map { "\($0.token == "\n" ? "\\n" : $0.token) \($0.count.grouped)" }
    rows.append(("most frequent", words.joined(separator: ", ")))
    let width = rows.map(\.0.count).max() ?? 0
    return rows.map { name, value in name + String(repeating: " ", count: width + 2 - name.count) + value + "\n" }.joined()
  }

  private static func parts(_ parts: Parts) -> String {
    "\(parts.total.grouped): \(parts.training.grouped) to train on, \(parts.validation.grouped) to validate, \(parts.test.grouped) to test"
  }

  private static func lengths(_ lengths: Lengths) -> String {
    """
    \(lengths.mean.fixed(1)) (median \(lengths.median.grouped), 90% up to \(lengths.ninetiethPercentile.grouped), longest \
    \(lengths.longest.grouped))
    """
  }

  /// Numbers of files by their endings, the most first.
  static func endings(_ files: [String: Int]) -> String {
    let order = files.sorted { ($1.value, $0.key) < ($0.value, $1.key) }
    let most = 10
    var parts = order.prefix(most).map { "\($0.value.grouped) \($0.key.isEmpty ? "without an ending" : $0.key.shown)" }
    if order.count > most { parts.append("\(order.dropFirst(most).reduce(0) { $0 + $1.value }.grouped) others") }
    return parts.joined(separator: ", ")
  }

  private static func list(_ counts: [(String, Int)]) -> String {
    let some = counts.filter { $0.1 > 0 }
    return some.isEmpty ? "nothing" : some.map { "\($0.1.grouped) \($0.0)" }.joined(separator: ", ")
  }
}

extension CleaningCounts {
  fileprivate var named: [(String, Int)] {
    [
      ("character references", characterReferences), ("HTML tags", htmlTags), ("headings", headings), ("advertisements", advertisements),
      ("embeds", embeds), ("footers", footers), ("placeholders", placeholders), ("residue", otherResidue),
      ("control characters", controls), ("invisible characters", invisible), ("not in normal form C", normalForm),
      ("blank lines", blankLines), ("quotation marks", quotes), ("section tags", tags), ("repeat marks", repeats),
      ("repeat marks kept", keptRepeats), ("with time stamps", timedLyrics),
      ("with escaped line ends", escapedLineEnds), ("lists of strings", stringLists),
    ]
  }
}
