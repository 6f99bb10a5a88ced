// The unsafe part of reading tensors: they are read to where they are to lie, without a copy. Every bit pattern is a Float and an Int32;
// all supported machines are little-endian, as the file is.
package import Files
package import Kernels

extension SafetensorsReader {
  /// Reads an F32 tensor to a part of a buffer.
  ///
  /// - Precondition: the range has as many elements as the tensor.
  package func read(_ tensor: SafetensorsHeader.Tensor, to buffer: inout FloatBuffer, range: Range<Int>) throws(FileError) {
    precondition(tensor.dtype == "F32" && tensor.byteRange.count == 4 * range.count, "the range is for a tensor of another size")
    try unsafe buffer.withMutableBytes(of: range) { bytes throws(FileError) in
      try unsafe file.read(into: bytes, at: header.dataOffset + tensor.byteRange.lowerBound)
    }
  }

  /// The elements of an F32 tensor.
  package func floats(of tensor: SafetensorsHeader.Tensor) throws(FileError) -> [Float] {
    precondition(tensor.dtype == "F32", "a tensor of \(tensor.dtype) has no floats")
    return unsafe try bytes(of: tensor).withUnsafeBytes { bytes in
      (0..<bytes.count / 4).map { unsafe bytes.loadUnaligned(fromByteOffset: 4 * $0, as: Float.self) }
    }
  }

  /// The elements of an I32 tensor.
  package func integers(of tensor: SafetensorsHeader.Tensor) throws(FileError) -> [Int32] {
    precondition(tensor.dtype == "I32", "a tensor of \(tensor.dtype) has no 32-bit numbers")
    return unsafe try bytes(of: tensor).withUnsafeBytes { bytes in
      (0..<bytes.count / 4).map { unsafe bytes.loadUnaligned(fromByteOffset: 4 * $0, as: Int32.self) }
    }
  }
}
