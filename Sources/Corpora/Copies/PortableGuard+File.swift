internal import Basics
internal import Files
internal import SystemPackage

// A page of `headerSize` bytes, and the filter in numbers of 8 bytes; all numbers are little-endian.
extension PortableGuard {
  static let magic = Array("RFNGUARD".utf8)
  /// The format of guards that are written and read.
  static let format = 1
  static let headerSize = 96
  /// What is added to the name of a store for that of its portable guard.
  public static let ending = ".guard"
  /// The most bytes of a guard that is read: enough for 2^31 spans.
  static let largestFile = 1 << 33

  /// Whether a file begins as a portable guard does.
  public static func isGuard(_ path: String) -> Bool {
    guard let file = try? RandomAccessFile(FilePath(path)), let start = try? file.read(magic.count, at: 0) else { return false }
    return start == magic
  }

  private func page(checksum: UInt64) -> [UInt8] {
    var bytes = Self.magic
    for number in [Self.format, longest, spanCount, Self.probes, bits.count] { bytes.append(littleEndian: UInt64(number)) }
    for number in salts + [checksum] { bytes.append(littleEndian: number) }
    bytes += [UInt8](repeating: 0, count: Self.headerSize - 8 - bytes.count)
    bytes.append(littleEndian: xxh64(bytes.span))
    return bytes
  }

  /// Writes the guard to a file, whole or not at all. It may be given away.
  ///
  /// - Throws: `FileError`.
  public func write(to path: String) throws {
    try AtomicFile.write(to: FilePath(path)) { writer in
      var hash = BlockHash()
      func forEachPiece(_ body: ([UInt8]) throws -> Void) rethrows {
        for start in stride(from: 0, to: bits.count, by: 1 << 17) {
          var bytes: [UInt8] = []
          for number in bits[start..<min(bits.count, start + 1 << 17)] { bytes.append(littleEndian: number) }
          try body(bytes)
        }
      }
      forEachPiece { hash.add($0) }
      try writer.write(page(checksum: hash.value))
      try forEachPiece { try writer.write($0) }
    }
  }

  /// Reads a guard. The file is not trusted.
  ///
  /// - Throws: `CopyError` for what is no guard, is cut off or damaged; `FileError` for what cannot be read.
  public init(path: String) throws {
    func malformed(_ reason: String) -> CopyError { .malformedGuard(path: path, reason: reason) }
    let file = try RandomAccessFile(FilePath(path))
    let page = try file.read(Self.headerSize, at: 0)
    guard page.starts(with: Self.magic) else { throw malformed("it does not begin as a guard does") }
    guard page.count == Self.headerSize else { throw malformed("it is cut off") }
    func field(_ number: Int) -> UInt64 { page.littleEndian(at: 8 + 8 * number) }
    guard field(0) == UInt64(Self.format) else { throw CopyError.unsupportedGuard(path: path, format: Int(clamping: field(0))) }
    guard xxh64(page.span.extracting(0..<Self.headerSize - 8)) == page.littleEndian(at: Self.headerSize - 8) else {
      throw malformed("its header is damaged")
    }
    let longest = Int(clamping: field(1))
    let count = Int(clamping: field(4))
    guard CopyIndex.lengths.contains(longest) else { throw malformed("it allows spans of \(longest) words, expected 1 to 64") }
    guard field(3) == UInt64(Self.probes), field(2) < 1 << 32, page[80..<88].allSatisfy({ $0 == 0 }) else {
      throw malformed("a number in its header is beyond all bounds")
    }
    guard file.size <= Self.largestFile, count > 0, count <= Self.largestFile / 8, file.size == Self.headerSize + 8 * count else {
      throw malformed("it has \(file.size) bytes, which does not fit its header")
    }
    let bytes = try file.read(8 * count, at: Self.headerSize)
    var hash = BlockHash()
    hash.add(bytes)
    guard hash.value == field(8) else { throw malformed("its checksum does not fit its contents") }
    let span = bytes.span
    self.init(
      longest: longest, spanCount: Int(field(2)), salts: [field(5), field(6), field(7)],
      bits: (0..<count).map { span.eightBytes(at: 8 * $0) })
  }
}
