internal import Files
internal import SystemPackage

/// A file of Python's pickle, as PyTorch writes models, told by its first bytes. It is never read further: a pickle is a program.
enum PickleFile: Sendable {
  /// What `torch.save` writes: a ZIP archive with a pickle in it.
  case archive
  /// What `torch.save` wrote by default before PyTorch 1.6: pickles one after the other.
  case legacy
  /// Any other pickle.
  case other

  /// The number in the first pickle of a legacy file, with the operations around it.
  private static let legacyMagic: [UInt8] = [0x80, 0x02, 0x8A, 0x0A, 0x6C, 0xFC, 0x9C, 0x46, 0xF9, 0x20, 0x6A, 0xA8, 0x50, 0x19]
  /// How many bytes are looked at; the pickle is the first file of the archive.
  private static let lookedAt = 1 << 12

  /// The kind of a file that is no safetensors file; nil if it is no pickle.
  ///
  /// - Throws: `FileError`.
  init?(_ path: FilePath) throws(FileError) {
    let file = try RandomAccessFile(path)
    let bytes = try file.read(min(file.size, Self.lookedAt), at: 0)
    if bytes.starts(with: Self.legacyMagic) {
      self = .legacy
    } else if bytes.starts(with: Array("PK\u{3}\u{4}".utf8)) {
      let name = Array("data.pkl".utf8)
      guard bytes.indices.contains(where: { bytes[$0...].starts(with: name) }) else { return nil }
      self = .archive
    } else if bytes.count > 2, bytes[0] == 0x80, (2...5).contains(bytes[1]) {
      self = .other
    } else {
      return nil
    }
  }
}
