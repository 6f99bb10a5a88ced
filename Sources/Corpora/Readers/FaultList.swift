/// What was wrong in a piece of a source: all are counted, the first few kept in words, so that a file of faults takes no more memory than
/// one of songs.
struct FaultList: Sendable {
  private(set) var kept: [CorpusError] = []
  /// Records that cannot be used, or were read all the same.
  private(set) var records = 0
  /// Sources that could not be read to their end, or changed meanwhile.
  private(set) var sources = 0

  init(_ faults: [CorpusError] = []) {
    for fault in faults { append(fault) }
  }

  mutating func append(_ fault: CorpusError) {
    if fault.isOfSource { sources += 1 } else { records += 1 }
    if kept.count < CorpusReport.mostProblems { kept.append(fault) }
  }
}
