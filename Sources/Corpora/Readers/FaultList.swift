/// The faults of a piece of a source, or of several sources. All are counted and only the first few are kept, so that a file full of faults
/// takes no more memory than one of songs.
package struct FaultList: Sendable {
  package private(set) var kept: [CorpusError] = []
  /// Records that cannot be used, or were read all the same.
  package private(set) var records = 0
  /// Sources that could not be read to their end, or changed meanwhile.
  package private(set) var sources = 0

  init(_ faults: [CorpusError] = []) {
    for fault in faults { append(fault) }
  }

  mutating func append(_ fault: CorpusError) {
    if fault.isOfSource { sources += 1 } else { records += 1 }
    if kept.count < CorpusReport.mostProblems { kept.append(fault) }
  }

  mutating func append(contentsOf other: FaultList) {
    records += other.records
    sources += other.sources
    kept += other.kept.prefix(max(0, CorpusReport.mostProblems - kept.count))
  }

  /// Drops faults from those that are kept; they still count.
  mutating func drop(where isDropped: (CorpusError) -> Bool) { kept.removeAll(where: isDropped) }

  /// The same faults with their lines counted from another place.
  func shifted(by lines: Int) -> FaultList {
    var list = self
    list.kept = kept.map { $0.shifted(by: lines) }
    return list
  }
}
