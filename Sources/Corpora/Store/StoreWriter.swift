internal import Basics
internal import Files
private import FoundationEssentials
internal import SystemPackage

/// What a store says in JSON, after its vocabulary.
struct StoreManifest: Codable {
  var tokenization: Tokenization
  var lowercase: Bool
  /// Each merge of byte pairs as its two parts, one after the other.
  var merges: [String]?
  var report: CorpusReport
  /// How files were read and texts cleaned; nil in stores of older versions.
  var reading: ReadingOptions?
  /// The number of the rules that cut the texts; nil for the first, which stores of older versions have.
  var rules: Int?
  /// What is carried of the songs; nil if there is nothing.
  var songs: SongCatalog.Summary?
}

extension Preparation {
  /// Prepares a store: written beside its place, forced to the disk and renamed, so that it is there whole or not at all.
  ///
  /// - Throws: `CorpusError`, `FileError`; what `songs` and `progress` throw.
  func write(
    to path: FilePath, isCached: Bool = false, songs: ((CleanedSongs) throws -> Void)? = nil,
    progress: (PreparationProgress) throws -> Void
  ) throws -> CorpusReport {
    // A store's header is written last, which a pipe does not allow, and a pipe may have no reader.
    if let kind = FileKind(of: path), kind != .file {
      throw kind == .folder ? FileError.isDirectory(path: path.string) : .endless(path: path.string, found: kind.rawValue)
    }
    let folder = resolvingLinks(path).removingLastComponent()
    var plan = try plan(scratch: folder, songs: songs, progress: progress)
    let tokenizer = plan.encoding.numbers.tokenizer
    // A store that no model can be trained on is of no use.
    try tokenizer.checkSize()
    var header = StoreHeader()
    header.vocabularyCount = tokenizer.vocabulary.count
    header.tokenSize = tokenizer.vocabulary.count <= 1 << 16 ? 2 : 4
    header.songs = (0..<3).map { plan.report.songs[$0] }
    header.hasPart = (0..<3).map { part in
      part == 0 || (part == 2 && !options.test.isEmpty) || !plan.encoding.settlement.isEmpty(part)
    }
    header.excludedSongs = plan.excluded
    // A source that was left out may be readable the next time, with the same size and times.
    header.sources = plan.isWhole ? list.fingerprint() ?? 0 : 0
    header.isCached = isCached
    header.options = Self.fingerprint(of: options)
    let total = plan.encoding.settlement.total
    let vocabulary = Self.bytes(of: tokenizer.vocabulary)
    // 4 KiB are more than the counts take that are not known yet; a byte of a column's name takes six at most.
    let named = 6 * options.keptColumns.reduce(0) { $0 + $1.utf8.count }
    let described = try vocabulary.count + json(of: tokenizer, report: plan.report).count + named + (1 << 12)
    guard described <= StoreReader.mostBytes else {
      throw CorpusError.vocabularyTooLarge(tokens: tokenizer.vocabulary.count, bytes: described, limit: StoreReader.mostBytes)
    }
    // Before there is anything to leave behind.
    try progress(.init(phase: .writing, done: 0, total: total, songs: plan.report.songs.total))
    try AtomicFile.write(to: path) { writer in
      try writer.write([UInt8](repeating: 0, count: StoreHeader.size))
      var table = SectionWriter()
      var done = 0, part = -1
      func begin(upTo last: Int) {
        while part < last {
          part += 1
          table.begin(StoreSection.tokens[part])
        }
      }
      try plan.encoding.run(workers: workers, tokenSize: header.tokenSize) { block in
        begin(upTo: block.part)
        header.tokens[block.part] += block.tokens.count
        header.unknown[block.part] += block.unknown
        try table.write(block.bytes, to: &writer)
        done += block.tokens.count
        try progress(.init(phase: .writing, done: min(done, total), total: total, songs: plan.report.songs.total))
      }
      begin(upTo: 2)
      table.begin(StoreSection.vocabulary)
      try table.write(vocabulary, to: &writer)
      table.end()
      header.fingerprint = Self.fingerprint(of: table.sections)
      plan.report.tokens = .init(header.tokens)
      plan.report.unknown = .init(header.unknown)
      var summary: SongCatalog.Summary?
      if let carried = plan.carried {
        table.begin(StoreSection.songs, isRequired: false)
        let written = try carried.write { try table.write($0, to: &writer) }
        table.begin(StoreSection.songIndex, isRequired: false)
        try table.write(written.index, to: &writer)
        summary = written.summary
      }
      table.begin(StoreSection.description)
      try table.write(json(of: tokenizer, report: plan.report, songs: summary), to: &writer)
      table.end()
      header.sections = table.sections
      try writer.overwrite(header.page, at: 0)
    }
    return plan.report
  }

  /// A hash of what sections hold, wherever they lie.
  private static func fingerprint(of sections: [StoreSection]) -> UInt64 {
    var bytes: [UInt8] = []
    for section in sections {
      bytes.append(littleEndian: UInt64(section.count))
      bytes.append(littleEndian: section.checksum)
    }
    return xxh64(bytes.span)
  }

  /// Each token's length in four bytes, then all tokens' bytes.
  private static func bytes(of vocabulary: Vocabulary) -> [UInt8] {
    var bytes: [UInt8] = []
    for token in vocabulary.tokens { bytes.append(littleEndian: UInt32(token.utf8.count)) }
    for token in vocabulary.tokens { bytes += token.utf8 }
    return bytes
  }

  private func json(of tokenizer: Tokenizer, report: CorpusReport, songs: SongCatalog.Summary? = nil) throws -> [UInt8] {
    let encoder = JSONEncoder()
    encoder.outputFormatting = [.sortedKeys]
    let merges = tokenizer.bytePairs.map { pairs in
      pairs.merges.flatMap { [tokenizer.vocabulary.tokens[Int($0.left)], tokenizer.vocabulary.tokens[Int($0.right)]] }
    }
    return Array(
      try encoder.encode(
        StoreManifest(
          tokenization: tokenizer.tokenization, lowercase: tokenizer.lowercase, merges: merges, report: report, reading: options.reading,
          rules: tokenizer.rules.recorded(for: tokenizer.tokenization), songs: songs)))
  }

  /// A hash of all that the options decide.
  static func fingerprint(of options: CorpusOptions) -> UInt64 {
    let encoder = JSONEncoder()
    encoder.outputFormatting = [.sortedKeys]
    do {
      let bytes = Array(try encoder.encode(options))
      // Stores with repeat marks expanded by the earlier rule, which multiplied marks, are not up to date.
      return xxh64(bytes.span, seed: options.cleaning.repeats == .expand ? 1 : 0)
    } catch {
      preconditionFailure("options that were checked can be written as JSON: \(error)")
    }
  }
}

extension CorpusReport.Parts {
  init(_ numbers: [Int]) {
    training = numbers[0]
    validation = numbers[1]
    test = numbers[2]
  }
}
