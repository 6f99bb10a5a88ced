/// The element types of a safetensors file that can be read as weights.
enum ElementTypes {
  static let known: Set = ["F32", "F16", "BF16", "F64"]

  /// The elements of little-endian bytes as Floats; F64 is rounded to the nearest.
  ///
  /// - Precondition: the type is one of ``known``, and the bytes are whole elements.
  static func floats(_ bytes: [UInt8], dtype: String) -> [Float] {
    switch dtype {
    case "F32": words(bytes, UInt32.self).map { Float(bitPattern: $0) }
    case "BF16": words(bytes, UInt16.self).map { Float(bitPattern: UInt32($0) << 16) }
    case "F16": words(bytes, UInt16.self).map(half)
    case "F64": words(bytes, UInt64.self).map { Float(Double(bitPattern: $0)) }
    default: preconditionFailure("elements of the type \(dtype) are not read")
    }
  }

  private static func words<Word: FixedWidthInteger & UnsignedInteger>(_ bytes: [UInt8], _: Word.Type) -> [Word] {
    let size = Word.bitWidth / 8
    precondition(bytes.count.isMultiple(of: size), "\(bytes.count) bytes are no whole elements")
    return stride(from: 0, to: bytes.count, by: size).map { start in
      (0..<size).reduce(Word(0)) { $0 | Word(truncatingIfNeeded: bytes[start + $1]) << Word(8 * $1) }
    }
  }

  /// IEEE 754 binary16, which Swift's Float16 is on some machines only.
  static func half(_ bits: UInt16) -> Float {
    let exponent = Int(bits >> 10 & 0x1F), fraction = Float(bits & 0x3FF) * 0x1p-10
    let magnitude: Float =
      switch exponent {
      case 0: fraction * 0x1p-14
      case 31: fraction == 0 ? .infinity : .nan
      default: (1 + fraction) * Float(sign: .plus, exponent: exponent - 15, significand: 1)
      }
    return bits & 0x8000 == 0 ? magnitude : -magnitude
  }
}
