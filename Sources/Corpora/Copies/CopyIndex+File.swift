internal import Basics
internal import Files
internal import SystemPackage

// A file of numbers, all little-endian: a page of `headerSize` bytes, and after it without gaps the ends of the different words in their
// bytes (4 bytes each), those bytes, the words' numbers in order (2, 3 or 4 bytes each), the suffix array (4 bytes a word), the beginnings
// of the songs (4 bytes each) and the songs' names.
extension CopyIndex {
  static let magic = Array("RFNCOPYS".utf8)
  /// The format of indexes that are written and read.
  static let format = 1
  static let headerSize = 128
  /// What is added to the name of a store for that of its index.
  public static let ending = ".index"

  /// The index beside a store, whether it exists or not.
  public static func path(besideStore store: String) -> String { store + ending }

  /// Whether a file begins as an index does.
  public static func isIndex(_ path: String) -> Bool {
    guard let file = try? RandomAccessFile(FilePath(path)), let start = try? file.read(magic.count, at: 0) else { return false }
    return start == magic
  }

  private struct Header {
    var identity: Identity
    var unknownWordCount: Int
    var distinct: Int
    var vocabularyBytes: Int
    var idSize: Int
    var ids: Int
    var suffixes: Int
    var songs: Int
    var nameBytes: Int
    var checksum: UInt64 = 0

    var fileSize: Int { headerSize + 4 * distinct + vocabularyBytes + idSize * ids + 4 * suffixes + 4 * songs + nameBytes }

    var page: [UInt8] {
      var bytes = magic
      let numbers = [format, unknownWordCount, distinct, vocabularyBytes, idSize, ids, suffixes, songs, nameBytes].map { UInt64($0) }
      for number in numbers + [identity.source, identity.corpus, checksum] { bytes.append(littleEndian: number) }
      bytes += [UInt8](repeating: 0, count: headerSize - 8 - bytes.count)
      bytes.append(littleEndian: xxh64(bytes.span))
      return bytes
    }

    init(of index: CopyIndex) {
      identity = index.identity
      unknownWordCount = index.unknownWordCount
      distinct = index.vocabulary.count
      vocabularyBytes = index.vocabulary.bytes.count
      idSize = distinct < 1 << 16 ? 2 : distinct < 1 << 24 ? 3 : 4
      ids = index.ids.count
      suffixes = index.suffixes.count
      songs = index.songStarts.count
      nameBytes = index.names.count
    }

    /// Reads a header, which may come from anywhere.
    init(page: [UInt8], fileSize: Int, path: String) throws(CopyError) {
      func malformed(_ reason: String) -> CopyError { .malformedIndex(path: path, reason: reason) }
      guard page.starts(with: magic) else { throw malformed("it does not begin as an index does") }
      guard page.count == headerSize else { throw malformed("it is cut off") }
      func field(_ number: Int) -> UInt64 { page.littleEndian(at: 8 + 8 * number) }
      guard field(0) == UInt64(format) else { throw .unsupportedIndex(path: path, format: Int(clamping: field(0))) }
      guard xxh64(page.span.extracting(0..<headerSize - 8)) == page.littleEndian(at: headerSize - 8) else {
        throw malformed("its header is damaged")
      }
      // A header that is whole may still be forged.
      let numbers = (1...8).map { field($0) }
      guard numbers.allSatisfy({ $0 <= UInt64(UInt32.max) }), page[8 + 8 * 12..<headerSize - 8].allSatisfy({ $0 == 0 }) else {
        throw malformed("a number in its header is beyond all bounds")
      }
      unknownWordCount = Int(numbers[0])
      distinct = Int(numbers[1])
      vocabularyBytes = Int(numbers[2])
      idSize = Int(numbers[3])
      ids = Int(numbers[4])
      suffixes = Int(numbers[5])
      songs = Int(numbers[6])
      nameBytes = Int(numbers[7])
      identity = Identity(source: field(9), corpus: field(10))
      checksum = field(11)
      guard (2...4).contains(idSize) else { throw malformed("its words' numbers have \(idSize) bytes, expected 2 to 4") }
      guard distinct > 0, songs > 0 else { throw malformed("it has no words") }
      guard self.fileSize == fileSize else { throw malformed("it has \(fileSize) bytes, expected \(self.fileSize)") }
    }
  }

  // MARK: - Writing

  /// Writes the index to a file that only its owner can read, whole or not at all.
  ///
  /// - Throws: `CopyError.insideModel` for a file in a model directory, `FileError` for what cannot be written.
  public func write(to path: String) throws {
    // A path without a folder is in the current one.
    let folder = resolvingLinks(FilePath(path)).removingLastComponent()
    if fileExists(folder.appending("model.safetensors")) { throw CopyError.insideModel(path: path) }
    if let kind = FileKind(of: FilePath(path)), kind != .file {
      throw kind == .folder ? FileError.isDirectory(path: path) : .endless(path: path, found: kind.rawValue)
    }
    var header = Header(of: self)
    try AtomicFile.write(to: FilePath(path), forOwnerOnly: true) { writer in
      try writer.write([UInt8](repeating: 0, count: Self.headerSize))
      var hash = BlockHash()
      func write(_ bytes: [UInt8], _ writer: inout FileWriter) throws {
        hash.add(bytes)
        try writer.write(bytes)
      }
      func write(_ count: Int, size: Int, _ writer: inout FileWriter, _ number: (Int) -> UInt32) throws {
        for start in stride(from: 0, to: count, by: Self.piece) {
          var bytes: [UInt8] = []
          bytes.reserveCapacity(size * min(Self.piece, count - start))
          for index in start..<min(count, start + Self.piece) {
            var rest = number(index)
            for _ in 0..<size {
              bytes.append(UInt8(truncatingIfNeeded: rest))
              rest >>= 8
            }
          }
          try write(bytes, &writer)
        }
      }
      try write(vocabulary.count, size: 4, &writer) { UInt32(vocabulary.range(of: $0).upperBound) }
      try write(vocabulary.bytes, &writer)
      try write(ids.count, size: header.idSize, &writer) { ids[$0] }
      try write(suffixes.count, size: 4, &writer) { suffixes[$0] }
      try write(songStarts.count, size: 4, &writer) { songStarts[$0] }
      try write(names, &writer)
      header.checksum = hash.value
      try writer.overwrite(header.page, at: 0)
    }
  }

  /// How many numbers are written or read at once.
  private static let piece = 1 << 18

  // MARK: - Reading

  /// What an index was made of; only its header is read.
  ///
  /// - Throws: `CopyError`, and `FileError` for what cannot be read.
  static func identity(ofIndexAt path: String) throws -> Identity {
    let file = try RandomAccessFile(FilePath(path))
    return try Header(page: file.read(headerSize, at: 0), fileSize: file.size, path: path).identity
  }

  /// Reads an index into memory. The file is not trusted.
  ///
  /// - Throws: `CopyError` for what is no index, is cut off or damaged; `FileError` for what cannot be read.
  public init(path: String) throws {
    func malformed(_ reason: String) -> CopyError { .malformedIndex(path: path, reason: reason) }
    let file = try RandomAccessFile(FilePath(path))
    let header = try Header(page: file.read(Self.headerSize, at: 0), fileSize: file.size, path: path)
    var reader = PieceReader(file: file, place: Self.headerSize)
    let ends = try reader.numbers(header.distinct, size: 4)
    let bytes = try reader.bytes(header.vocabularyBytes)
    let ids = try reader.numbers(header.ids, size: header.idSize)
    let suffixes = try reader.numbers(header.suffixes, size: 4)
    let songStarts = try reader.numbers(header.songs, size: 4)
    let names = try reader.bytes(header.nameBytes)
    guard reader.hash.value == header.checksum else { throw malformed("its checksum does not fit its contents") }
    guard let vocabulary = Self.vocabulary(bytes, ends: ends) else { throw malformed("its list of words is no list of distinct words") }
    let index = CopyIndex(
      identity: header.identity, unknownWordCount: header.unknownWordCount, vocabulary: vocabulary, ids: ids, suffixes: suffixes,
      songStarts: songStarts, names: names)
    guard let index else { throw malformed("its parts do not fit together") }
    self = index
  }

  private static func vocabulary(_ bytes: [UInt8], ends: [UInt32]) -> TokenTable? {
    var table = TokenTable(expecting: ends.count)
    var start = 0
    for (number, end) in ends.enumerated() {
      guard end > start, end <= bytes.count, String(validating: bytes[start..<Int(end)], as: UTF8.self) != nil else { return nil }
      let range = start..<Int(end)
      guard table.intern(bytes.span, range, hash: TokenTable.hash(bytes.span, range)) == number else { return nil }
      start = Int(end)
    }
    return start == bytes.count ? table : nil
  }

  /// Reads one piece of a file after the other, and hashes it.
  private struct PieceReader {
    let file: RandomAccessFile
    var place: Int
    var hash = BlockHash()
    private var buffer: [UInt8] = []

    init(file: RandomAccessFile, place: Int) {
      self.file = file
      self.place = place
    }

    private mutating func read(_ count: Int) throws(FileError) {
      try file.read(count, at: place, into: &buffer)
      hash.add(buffer)
      place += count
    }

    mutating func bytes(_ count: Int) throws(FileError) -> [UInt8] {
      try read(count)
      return buffer
    }

    mutating func numbers(_ count: Int, size: Int) throws(FileError) -> [UInt32] {
      var numbers: [UInt32] = []
      numbers.reserveCapacity(count)
      for start in stride(from: 0, to: count, by: piece) {
        let taken = min(piece, count - start)
        try read(taken * size)
        let bytes = buffer.span
        for index in 0..<taken { numbers.append(UInt32(truncatingIfNeeded: bytes.fewBytes(index * size..<(index + 1) * size))) }
      }
      return numbers
    }
  }
}
