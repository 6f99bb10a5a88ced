package import Files
package import SystemPackage

/// A safetensors file that is open to be read, its header checked.
///
/// Memory is taken only for tensors that the file is known to hold, byte for byte; a reader decides by the header which it wants.
package struct SafetensorsReader: ~Copyable {
  /// What the file holds.
  package let header: SafetensorsHeader
  let path: FilePath
  let file: RandomAccessFile

  /// The longest header of a file that Refrain writes, some forty times what the largest model needs: a longer one would take much memory
  /// to parse and be refused all the same.
  package static let longestHeader = 4 << 20

  /// - Throws: `FileError` or `SafetensorsError`; the file is not trusted.
  package init(_ path: FilePath) throws { try self.init(RandomAccessFile(path)) }

  /// - Throws: `FileError` or `SafetensorsError`; the file is not trusted.
  package init(_ file: RandomAccessFile) throws {
    let path = file.path
    let length = try SafetensorsHeader.headerLength(
      prefix: file.read(8, at: 0), fileSize: file.size, path: path.string, limit: Self.longestHeader)
    let header = try SafetensorsHeader(
      json: file.read(length, at: 8), dataOffset: 8 + length, fileSize: file.size, path: path.string)
    self.path = path
    self.header = header
    self.file = file
  }

  /// The bytes of a tensor of the header.
  package func bytes(of tensor: SafetensorsHeader.Tensor) throws(FileError) -> [UInt8] {
    let range = tensor.byteRange
    let bytes = try file.read(range.count, at: header.dataOffset + range.lowerBound)
    // Its size was right when it was opened.
    guard bytes.count == range.count else { throw .failed(path: path.string, action: "read it", reason: "it became shorter meanwhile") }
    return bytes
  }
}
