internal import Basics
internal import Corpora
internal import Files
internal import SystemPackage

/// The bits of ``StateBits`` in a file of the cache. All numbers are little-endian.
///
/// A page of 128 bytes: magic, format, key, tokens, units, XXH64 of the table that follows, zeros, XXH64 of the page so far. The table has
/// the XXH64 of each column, 8 bytes a unit. After it come the columns, each of 8 bytes for 64 tokens.
package enum StatesFile {
  package static let headerSize = 128
  private static let format: UInt64 = 1

  private static func header(key: UInt64, tokens: Int, units: Int, table: [UInt8]) -> [UInt8] {
    var page = CorpusCache.statesMagic
    for number in [format, key, UInt64(tokens), UInt64(units), xxh64(table.span)] { page += bytes([number]) }
    page += [UInt8](repeating: 0, count: headerSize - 8 - page.count)
    return page + bytes([xxh64(page.span)])
  }

  private static func bytes(_ words: [UInt64]) -> [UInt8] {
    var bytes: [UInt8] = []
    bytes.reserveCapacity(8 * words.count)
    for word in words { for shift in 0..<8 { bytes.append(UInt8(truncatingIfNeeded: word >> UInt64(8 * shift))) } }
    return bytes
  }

  private static func words(_ bytes: [UInt8]) -> [UInt64] {
    let span = bytes.span
    return (0..<bytes.count / 8).map { span.eightBytes(at: 8 * $0) }
  }

  /// Writes the bits to a file that only its owner can read, whole or not at all.
  ///
  /// - Throws: `FileError`.
  package static func write(_ bits: StateBits, key: UInt64, to path: String) throws {
    let table = bytes(bits.columns.map { xxh64(bytes($0).span) })
    try AtomicFile.write(to: FilePath(path), forOwnerOnly: true) { writer in
      try writer.write(header(key: key, tokens: bits.tokens, units: bits.columns.count, table: table))
      try writer.write(table)
      for column in bits.columns { try writer.write(bytes(column)) }
    }
  }

  /// Reads the columns of some units; the file may come from anywhere.
  ///
  /// - Returns: the columns in the order of `wanted`; nil if the file is missing, damaged, or of other states.
  package static func read(_ wanted: [Int], key: UInt64, tokens: Int, units: Int, from path: String) -> StateBits? {
    let columnSize = 8 * StateBits.words(tokens)
    guard let file = try? RandomAccessFile(FilePath(path)), file.size == headerSize + 8 * units + columnSize * units,
      let page = try? file.read(headerSize, at: 0), let table = try? file.read(8 * units, at: headerSize),
      page == header(key: key, tokens: tokens, units: units, table: table)
    else { return nil }
    let sums = words(table)
    var columns: [[UInt64]] = []
    for unit in wanted {
      guard let column = try? file.read(columnSize, at: headerSize + 8 * units + columnSize * unit), column.count == columnSize,
        xxh64(column.span) == sums[unit]
      else { return nil }
      columns.append(words(column))
      // The bits after the last token are zeros in every file that was written here.
      if tokens % 64 != 0, let last = columns.last?.last, last >> UInt64(tokens % 64) != 0 { return nil }
    }
    return StateBits(tokens: tokens, columns: columns)
  }
}
