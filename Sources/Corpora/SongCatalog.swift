internal import Files
internal import SystemPackage

/// The songs' titles, artists and kept columns.
///
/// ```swift
/// if let catalog = corpus.catalog {
///   for details in try catalog.details(of: .training, 0..<10) { print(details.title ?? "?", details.artist ?? "?") }
/// }
/// ```
///
/// The songs of a part have the order of their tokens: song 0 is the one whose tokens come first. A corpus of fewer than ten songs is one
/// text whose last tokens are held out; a song that is cut there is in both parts.
public struct SongCatalog: Sendable {
  /// A column, and how many songs have a value in it.
  public struct Column: Sendable, Hashable, Codable {
    /// `title`, `artist`, or the name of a kept column.
    public let name: String
    /// How many songs of all parts have a value.
    public let songs: Int
  }

  /// What the description of a store says of it.
  struct Summary: Sendable, Hashable, Codable {
    /// Title, artist and the kept columns.
    var columns: [Column]
    /// How many songs training, validation and test have.
    var songs: [Int]
  }

  private enum Storage: Sendable {
    case memory(records: [UInt8], index: [UInt8])
    case store(StoreFile, records: StoreSection, index: StoreSection)
  }

  /// The index has the place of every song whose number is a multiple of this.
  static let indexStep = 64

  private let summary: Summary
  private let storage: Storage

  /// The columns in which at least one song has a value, title and artist first.
  public var columns: [Column] { summary.columns.filter { $0.songs > 0 } }

  /// How many songs a part has.
  public func songCount(of part: Corpus.Part) -> Int { summary.songs[part.number] }

  /// The details of songs of a part, by their numbers in it, counted from 0.
  ///
  /// - Precondition: the range lies within 0..<`songCount(of:)`.
  /// - Throws: `CorpusError` if the store can no longer be read, was written over, or holds something else there.
  /// - Complexity: O(n) in the number of songs, and up to 126 more that are passed over.
  public func details(of part: Corpus.Part, _ range: Range<Int>) throws(CorpusError) -> [SongDetails] {
    precondition(range.lowerBound >= 0 && range.upperBound <= songCount(of: part), "the range must lie within the part's songs")
    if range.isEmpty { return [] }
    let before = summary.songs[..<part.number].reduce(0, +)
    let songs = before + range.lowerBound..<before + range.upperBound
    guard case .store(let store, _, _) = storage else { return try read(songs) }
    var details: [SongDetails]
    repeat { details = try read(songs) } while try !store.isUntouched()
    return details
  }

  /// - Parameter songs: numbers among the songs of all parts.
  private func read(_ songs: Range<Int>) throws(CorpusError) -> [SongDetails] {
    let first = songs.lowerBound / Self.indexStep
    let last = (songs.upperBound + Self.indexStep - 1) / Self.indexStep
    let places = try bytes(ofIndex: 8 * first..<min(8 * (last + 1), indexCount))
    let start = places.littleEndian(at: 0)
    let end = places.count == 8 * (last - first + 1) ? places.littleEndian(at: 8 * (last - first)) : UInt64(recordsCount)
    guard start <= end, end <= UInt64(recordsCount) else { throw malformed }
    let bytes = try bytes(ofRecords: Int(start)..<Int(end))
    let kept = summary.columns.dropFirst(DetailRecord.fixedColumns.count).map(\.name)
    var details: [SongDetails] = []
    var index = 0
    for song in first * Self.indexStep..<songs.upperBound {
      guard let count = DetailRecord.number(bytes[...], &index), count <= bytes.count - index else { throw malformed }
      if song >= songs.lowerBound {
        guard let found = DetailRecord.details(bytes[index..<index + count], columns: kept) else { throw malformed }
        details.append(found)
      }
      index += count
    }
    return details
  }

  private var malformed: CorpusError {
    guard case .store(let store, _, _) = storage else { preconditionFailure("what is in memory is as it was written") }
    return .malformedStore(path: store.file.path.string, reason: "its songs' details are damaged")
  }

  private var indexCount: Int {
    switch storage {
    case .memory(_, let index): index.count
    case .store(_, _, let index): index.count
    }
  }

  private var recordsCount: Int {
    switch storage {
    case .memory(let records, _): records.count
    case .store(_, let records, _): records.count
    }
  }

  private func bytes(ofIndex range: Range<Int>) throws(CorpusError) -> [UInt8] {
    switch storage {
    case .memory(_, let index): Array(index[range])
    case .store(let store, _, let index): try Self.read(store, index, range)
    }
  }

  private func bytes(ofRecords range: Range<Int>) throws(CorpusError) -> [UInt8] {
    switch storage {
    case .memory(let records, _): Array(records[range])
    case .store(let store, let records, _): try Self.read(store, records, range)
    }
  }

  private static func read(_ store: StoreFile, _ section: StoreSection, _ range: Range<Int>) throws(CorpusError) -> [UInt8] {
    var bytes: [UInt8] = []
    do throws(FileError) {
      try store.file.read(range.count, at: section.offset + range.lowerBound, into: &bytes)
    } catch {
      throw CorpusError(error)
    }
    return bytes
  }

  // MARK: - Where it comes from

  /// A catalog in memory.
  init(_ summary: Summary, records: [UInt8], index: [UInt8]) {
    self.summary = summary
    storage = .memory(records: records, index: index)
  }

  /// The catalog of a store; nil if its numbers cannot be right.
  init?(_ summary: Summary, _ store: StoreFile) {
    guard let records = store.header.section(StoreSection.songs), let index = store.header.section(StoreSection.songIndex),
      summary.songs.count == 3, summary.songs.allSatisfy({ (0..<StoreHeader.mostOfAnything).contains($0) }),
      summary.columns.map(\.name).starts(with: DetailRecord.fixedColumns), summary.columns.count <= 2 + CorpusOptions.mostKeptColumns
    else { return nil }
    let count = summary.songs.reduce(0, +)
    // A record has a byte at least.
    guard records.count >= count, index.count == 8 * ((count + Self.indexStep - 1) / Self.indexStep) else { return nil }
    guard summary.columns.allSatisfy({ (0...count).contains($0.songs) }) else { return nil }
    self.summary = summary
    storage = .store(store, records: records, index: index)
  }
}

extension Corpus.Part {
  /// The number of the part among the three.
  var number: Int {
    switch self {
    case .training: 0
    case .validation: 1
    case .test: 2
    }
  }
}
