/// A message in the wire format of Protocol Buffers, as bytes in memory, put together field by field.
///
/// It is written by hand, since the few kinds of fields that are needed take less than a library's generated code. Source:
/// https://protobuf.dev/programming-guides/encoding
/// ```swift
/// var event = ProtobufBytes()
/// event.add(2, step)
/// event.add(5, summary)
/// ```
package struct ProtobufBytes: Sendable {
  /// The message without a length.
  package private(set) var bytes: [UInt8] = []

  /// An empty message.
  package init() {}

  /// A whole number from 0 up.
  package mutating func add(_ field: Int, _ value: Int) {
    bytes += Self.variableLength(field << 3) + Self.variableLength(value)
  }

  /// A double.
  package mutating func add(_ field: Int, _ value: Double) {
    bytes += Self.variableLength(field << 3 | 1) + Self.littleEndian(value.bitPattern)
  }

  /// A float.
  package mutating func add(_ field: Int, _ value: Float) {
    bytes += Self.variableLength(field << 3 | 5) + Self.littleEndian(value.bitPattern)
  }

  /// A string.
  package mutating func add(_ field: Int, _ text: String) { add(field, bytes: Array(text.utf8)) }

  /// A message inside.
  package mutating func add(_ field: Int, _ message: ProtobufBytes) { add(field, bytes: message.bytes) }

  /// Bytes.
  package mutating func add(_ field: Int, bytes value: [UInt8]) {
    bytes += Self.start(field, length: value.count)
    bytes += value
  }

  /// The tag of a field that has a length, and the length.
  package static func start(_ field: Int, length: Int) -> [UInt8] { variableLength(field << 3 | 2) + variableLength(length) }

  /// Seven bits a byte, the lowest first; the highest bit says that another byte follows.
  ///
  /// - Precondition: the value is not negative: such a number is encoded in another way.
  package static func variableLength(_ value: Int) -> [UInt8] {
    precondition(value >= 0, "negative numbers are encoded in another way")
    var rest = UInt64(value), bytes: [UInt8] = []
    while rest >= 0x80 {
      bytes.append(UInt8(truncatingIfNeeded: rest) | 0x80)
      rest >>= 7
    }
    return bytes + [UInt8(rest)]
  }

  /// The bytes of a number, the lowest first.
  package static func littleEndian(_ value: some FixedWidthInteger & UnsignedInteger) -> [UInt8] {
    (0..<value.bitWidth / 8).map { UInt8(truncatingIfNeeded: value >> ($0 * 8)) }
  }
}
