package import Files
package import Kernels

/// A tensor on its way to a safetensors file.
package struct SavedTensor: Sendable {
  /// Where the elements are, row-major.
  package enum Contents: Sendable {
    /// Part of a buffer; F32.
    case buffer(FloatBuffer, Range<Int>)
    /// F32.
    case floats([Float])
    /// I32.
    case integers([Int32])
    /// U8.
    case bytes([UInt8])
  }

  package let name: String
  package let shape: [Int]
  package let contents: Contents

  /// - Precondition: there are as many elements as the shape asks for.
  package init(_ name: String, _ shape: [Int], _ contents: Contents) {
    self.name = name
    self.shape = shape
    self.contents = contents
    precondition(count == shape.reduce(1, *), "\(name) has \(count) elements, not \(shape)")
  }

  private var count: Int {
    switch contents {
    case .buffer(_, let range): range.count
    case .floats(let elements): elements.count
    case .integers(let elements): elements.count
    case .bytes(let elements): elements.count
    }
  }

  /// The format's word for the type of the elements.
  package var dtype: String {
    switch contents {
    case .buffer, .floats: "F32"
    case .integers: "I32"
    case .bytes: "U8"
    }
  }

  /// The CRC-32C of the elements' bytes.
  package var checksum: UInt32 { withBytes { CRC32C.of($0) } }

  /// How many bytes the elements take.
  package var byteCount: Int {
    if case .bytes = contents { count } else { 4 * count }
  }

  /// Writes the elements, little-endian.
  package func write(to writer: inout FileWriter) throws(FileError) {
    try withBytes { bytes throws(FileError) in try writer.write(bytes) }
  }
}

extension SavedTensor {
  /// Writes a safetensors file of these tensors.
  ///
  /// - Parameter metadata: text by key, for the file's header.
  package static func write(
    _ tensors: [SavedTensor], metadata: [String: String], to writer: inout FileWriter
  ) throws(FileError) {
    try writer.write(SafetensorsHeader.encoded(metadata: metadata, tensors: tensors.map { ($0.name, $0.dtype, $0.shape) }))
    for tensor in tensors { try tensor.write(to: &writer) }
  }
}
