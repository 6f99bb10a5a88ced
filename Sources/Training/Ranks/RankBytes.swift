/// Numbers as the bytes that ranks exchange, the lowest first.
enum RankBytes {
  static func bytes<Number: FixedWidthInteger>(of numbers: some Collection<Number>) -> [UInt8] {
    var bytes: [UInt8] = []
    bytes.reserveCapacity(numbers.count * (Number.bitWidth / 8))
    for number in numbers {
      for shift in stride(from: 0, to: Number.bitWidth, by: 8) { bytes.append(UInt8(truncatingIfNeeded: number >> shift)) }
    }
    return bytes
  }

  static func numbers<Number: FixedWidthInteger>(_ bytes: [UInt8]) -> [Number] {
    let size = Number.bitWidth / 8
    precondition(bytes.count.isMultiple(of: size), "\(bytes.count) bytes are no numbers of \(size) bytes")
    return stride(from: 0, to: bytes.count, by: size).map { start in
      (0..<size).reversed().reduce(0) { $0 << 8 | Number(truncatingIfNeeded: bytes[start + $1]) }
    }
  }
}
