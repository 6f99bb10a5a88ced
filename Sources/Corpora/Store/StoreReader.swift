internal import Files
private import FoundationEssentials
internal import SystemPackage

/// A store that was opened and checked.
struct StoreReader {
  let header: StoreHeader
  let tokenizer: Tokenizer
  let report: CorpusReport
  /// How its texts were read; nil if an older version wrote the store.
  let reading: ReadingRecord?
  let parts: [Tokens]
  /// What is carried of its songs; nil if there is nothing.
  let catalog: SongCatalog?

  /// The most bytes that the vocabulary and the JSON text may have: more are neither read nor written.
  static let mostBytes = 1 << 30

  /// Reads the header alone.
  ///
  /// - Throws: `CorpusError`.
  static func header(_ path: FilePath) throws(CorpusError) -> StoreHeader {
    let file = try CorpusError.converting { () throws(FileError) in try RandomAccessFile(path) }
    return try header(file, path)
  }

  static func header(_ file: RandomAccessFile, _ path: FilePath) throws(CorpusError) -> StoreHeader {
    let page = try read(file, StoreHeader.size, at: 0)
    return try StoreHeader(page: page, fileSize: file.size, path: path.string)
  }

  /// Whether a file begins as a store does.
  static func isStore(_ path: FilePath) -> Bool {
    guard let stamp = FileStamp(path), stamp.size >= StoreHeader.magic.count, !isDirectory(path) else { return false }
    guard let file = try? RandomAccessFile(path), let start = try? file.read(StoreHeader.magic.count, at: 0) else { return false }
    return start == StoreHeader.magic
  }

  /// Whether a file is laid out as a store and does not begin as one: no text has a page of so many zeros.
  static func isDamagedStore(_ path: FilePath) -> Bool {
    guard let file = try? RandomAccessFile(path), let page = try? file.read(StoreHeader.size, at: 0), page.count == StoreHeader.size
    else { return false }
    return !page.starts(with: StoreHeader.magic) && page[StoreHeader.unused].allSatisfy { $0 == 0 }
  }

  /// Opens a store, which may come from anywhere: all that is read of it is compared with its checksums, and every token with the
  /// vocabulary.
  ///
  /// - Throws: `CorpusError`.
  init(_ path: FilePath) throws(CorpusError) {
    func malformed(_ reason: String) -> CorpusError { .malformedStore(path: path.string, reason: reason) }
    let file = try CorpusError.converting { () throws(FileError) in try RandomAccessFile(path) }
    // Before anything is read: what changes from now on is found.
    let version = try CorpusError.converting { () throws(FileError) in try file.version() }
    let header = try Self.header(file, path)
    self.header = header
    let sections = [StoreSection.vocabulary, StoreSection.description].compactMap { header.section($0) }
    guard sections.count == 2, sections[0].count + sections[1].count <= Self.mostBytes else {
      throw malformed("its vocabulary is beyond all bounds")
    }
    try Self.check(file, header, path: path.string)
    let vocabularyBytes = try Self.read(file, sections[0].count, at: sections[0].offset)
    let manifestBytes = try Self.read(file, sections[1].count, at: sections[1].offset)

    guard let vocabulary = Self.vocabulary(vocabularyBytes, count: header.vocabularyCount) else {
      throw malformed("its vocabulary is no list of distinct tokens with <unk>")
    }
    let manifest: StoreManifest
    do { manifest = try JSONDecoder().decode(StoreManifest.self, from: Data(manifestBytes)) } catch {
      throw malformed("its description is not what this version writes")
    }
    guard let rules = LexingRules(recorded: manifest.rules) else { throw malformed("its rules for cutting texts are not known") }
    if manifest.tokenization == .bpe {
      guard let merges = manifest.merges, merges.count.isMultiple(of: 2),
        let pairs = BytePairs(
          merges: stride(from: 0, to: merges.count, by: 2).map { (merges[$0], merges[$0 + 1]) }, vocabulary: vocabulary)
      else { throw malformed("its merges do not fit its vocabulary") }
      tokenizer = Tokenizer(bytePairs: pairs, vocabulary: vocabulary, lowercase: manifest.lowercase, rules: rules)
    } else {
      tokenizer = Tokenizer(
        tokenization: manifest.tokenization, vocabulary: vocabulary, lowercase: manifest.lowercase, rules: rules)
    }
    if manifest.tokenization != .whitespace, tokenizer.songBoundary == nil { throw malformed("its vocabulary lacks <song>") }
    report = manifest.report
    let revision = header.readingRevision
    reading = manifest.reading.map { ReadingRecord(options: $0, revision: revision) }
    do { try reading?.check() } catch { throw malformed("its reading options are not valid") }
    guard report.isPlausible(for: header) else { throw malformed("its description does not fit its header") }

    let store = StoreFile(file, header, version: version)
    var parts: [Tokens] = []
    for (name, count) in zip(StoreSection.tokens, header.tokens) {
      guard let section = header.section(name) else { throw malformed("it has no section \(name)") }
      parts.append(
        Tokens(
          StoredTokens(
            store: store, offset: section.offset, count: count, isWide: header.tokenSize == 4, vocabularyCount: header.vocabularyCount)))
    }
    self.parts = parts
    // Both sections are optional.
    if let summary = manifest.songs, header.section(StoreSection.songs) != nil || header.section(StoreSection.songIndex) != nil {
      guard let found = SongCatalog(summary, store) else { throw malformed("its list of songs' details does not fit its sections") }
      catalog = found
    } else {
      catalog = nil
    }
  }

  private static func read(_ file: RandomAccessFile, _ count: Int, at offset: Int) throws(CorpusError) -> [UInt8] {
    do throws(FileError) { return try file.read(count, at: offset) } catch { throw CorpusError(error) }
  }

  /// Reads everything once, block by block, and compares it with its checksums.
  static func check(_ file: RandomAccessFile, _ header: StoreHeader, path: String) throws(CorpusError) {
    let count = UInt32(clamping: header.vocabularyCount)
    for checked in header.checked {
      var hash = BlockHash()
      var offset = checked.range.lowerBound
      while offset < checked.range.upperBound {
        let bytes = try read(file, min(StoreHeader.blockSize, checked.range.upperBound - offset), at: offset)
        hash.add(bytes)
        // A block's size is a multiple of a token's.
        let end = min(bytes.count, checked.tokensEnd - offset)
        if end > 0, largestToken(bytes.span, end, size: header.tokenSize) >= count {
          throw .malformedStore(path: path, reason: "it has a token that is not in its vocabulary")
        }
        offset += bytes.count
        if bytes.isEmpty { break }
      }
      guard hash.value == checked.checksum else {
        throw .malformedStore(path: path, reason: "its checksum does not fit its contents")
      }
    }
  }

  private static func largestToken(_ bytes: Span<UInt8>, _ end: Int, size: Int) -> UInt32 {
    var largest: UInt32 = 0
    var index = 0
    while index + size <= end {
      var token = UInt32(bytes[index]) | UInt32(bytes[index + 1]) << 8
      if size == 4 { token |= UInt32(bytes[index + 2]) << 16 | UInt32(bytes[index + 3]) << 24 }
      largest = max(largest, token)
      index += size
    }
    return largest
  }

  private static func vocabulary(_ bytes: [UInt8], count: Int) -> Vocabulary? {
    guard count <= bytes.count / 4 else { return nil }
    var tokens: [String] = []
    tokens.reserveCapacity(count)
    var offset = 4 * count
    for number in 0..<count {
      let length = (0..<4).reduce(0) { $0 | Int(bytes[4 * number + $1]) << (8 * $1) }
      guard length > 0, length <= bytes.count - offset, let token = String(validating: bytes[offset..<offset + length], as: UTF8.self)
      else {
        return nil
      }
      tokens.append(token)
      offset += length
    }
    return offset == bytes.count ? Vocabulary(tokens: tokens) : nil
  }
}

extension CorpusReport {
  /// Whether its numbers are those of the store, and none is so large that adding them up would overflow.
  fileprivate func isPlausible(for header: StoreHeader) -> Bool {
    var counts = [
      sources, bytes, lines, types, vocabulary, uncountedTokens, removed.empty, removed.malformed, removed.duplicates,
      removed.nearDuplicates, removed.heldOut, decodedWindows1252, repaired, damagedSources,
    ]
    counts += [joinedRows, scatteredSongs, mojibake, replacementCharacters, separation?.divider?.count].compactMap(\.self)
    counts += (conditions ?? []).map(\.leftOut)
    for songs in [separation?.texts, separation?.records].compactMap(\.self) {
      counts += [songs.songs, songs.bytes, songs.huge, songs.hugeBytes, songs.oneLine, songs.oneLineBytes]
    }
    let files = passedOver.map { Array($0.values) } ?? []
    counts += files
    // They are added up when they are shown.
    guard files.reduce(0.0, { $0 + Double($1) }) < Double(StoreHeader.mostOfAnything) else { return false }
    return counts.allSatisfy { (0..<StoreHeader.mostOfAnything).contains($0) }
      && (0..<3).allSatisfy { songs[$0] == header.songs[$0] && tokens[$0] == header.tokens[$0] && unknown[$0] == header.unknown[$0] }
  }
}
