internal import Files
internal import SystemPackage

/// From sources to a corpus, in memory or in a store: gather, settle, count, encode.
struct Preparation {
  let options: CorpusOptions
  let list: SourceList
  let workers: Int
  let limits: PreparationLimits

  /// - Parameters:
  ///   - options: those that the list was made with.
  ///   - workers: threads' worth of parallelism; never part of the result.
  init(_ list: SourceList, options: CorpusOptions, workers: Int, limits: PreparationLimits = .init()) {
    self.options = options
    self.list = list
    self.limits = limits
    // Little work is not worth a thread.
    self.workers = list.totalBytes.map { $0 < limits.batchBytes } ?? false ? 1 : workers
  }

  /// A text that is in memory.
  init(text: String, options: CorpusOptions) throws(CorpusError) {
    self.options = options
    list = try SourceList(text: text, options: options)
    workers = 1
    limits = .init()
  }

  /// What the passes before the last have found.
  struct Plan {
    var encoding: Encoding
    var report: CorpusReport
    var excluded: Int
    /// Whether every source was read.
    var isWhole: Bool
    /// What is carried of the songs besides their tokens; nil if there is nothing.
    var carried: CarriedSongs?
  }

  /// All passes but the last, in memory.
  func planInMemory() throws(CorpusError) -> Plan {
    do { return try plan(scratch: nil, songs: nil) { _ in } } catch { throw CorpusError(any: error) }
  }

  /// All passes but the last.
  ///
  /// - Parameter songs: takes the songs as texts, once it is known which stay.
  /// - Throws: `CorpusError`; what `songs` and `progress` throw.
  func plan(
    scratch: FilePath?, songs: ((CleanedSongs) throws -> Void)?, progress: (PreparationProgress) throws -> Void
  ) throws -> Plan {
    var gathering = try Gathering(list, options: options, keepsTexts: songs != nil, scratch: scratch, limits: limits)
    try gathering.gather(workers: workers, progress: progress)
    let settlement = try gathering.settle()
    if let songs, let texts = gathering.texts {
      try songs(CleanedSongs(texts, gathering.songs, gathering.details, columns: options.keptColumns, sources: list.files.map(\.name)))
    }
    let counting = try Counting(gathering, settlement, workers: workers, progress: progress)
    let numbers = try TypeNumbers(gathering.table, counting.counts, options: options)
    var report = gathering.report
    counting.fill(&report)
    report.songs = settlement.songs
    report.vocabulary = numbers.tokenizer.vocabulary.count
    Self.fill(&report, gathering.table, counting.counts, numbers)
    return Plan(
      encoding: Encoding(settlement: settlement, numbers: numbers, ids: gathering.ids), report: report, excluded: report.removed.heldOut,
      isWhole: !gathering.hasUnreadable,
      carried: gathering.details.isEmpty
        ? nil : CarriedSongs(settlement: settlement, records: gathering.details, columns: options.keptColumns))
  }

  /// Types, coverage and the most frequent tokens.
  private static func fill(_ report: inout CorpusReport, _ table: TokenTable, _ counts: [Int], _ numbers: TypeNumbers) {
    var types = 0, knownTypes = 0, tokens = counts[0], knownTokens = 0
    var frequent: [UInt32] = []
    // What cannot be among the fifty most frequent needs no sorting.
    let least = counts.dropFirst().sorted(by: >).prefix(50).last ?? 0
    for id in 0..<table.count where counts[id + 1] > 0 && !numbers.isLeftOut(id) {
      types += 1
      tokens += counts[id + 1]
      if numbers.isKnown(id) {
        knownTypes += 1
        knownTokens += counts[id + 1]
      }
      if counts[id + 1] >= least { frequent.append(UInt32(id)) }
    }
    report.types = types
    report.tokenCoverage = tokens == 0 ? 1 : Double(knownTokens) / Double(tokens)
    report.typeCoverage = types == 0 ? 1 : Double(knownTypes) / Double(types)
    TypeNumbers.sort(&frequent, table, counts)
    report.frequent = frequent.prefix(50).map { .init(token: table.string(Int($0)), count: counts[Int($0) + 1]) }
  }
}
