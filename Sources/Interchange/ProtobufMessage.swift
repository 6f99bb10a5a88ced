internal import Basics
package import Files
internal import LanguageModel
package import Models

/// A message in the wire format of Protocol Buffers, put together field by field.
///
/// It is written by hand, since a library would hold the whole message in memory, and a model's weights are written as they lie.
///
/// Only what an ONNX file needs: variable-length integers, and fields with a length (strings, bytes, messages). Large tensors are kept
/// where they are until they are written. Source: https://protobuf.dev/programming-guides/encoding
/// ```swift
/// var node = ProtobufMessage()
/// node.add(4, "LSTM")
/// graph.add(1, node)
/// ```
package struct ProtobufMessage {
  private enum Piece {
    case bytes([UInt8])
    case tensor(SavedTensor)
  }

  private var pieces: [Piece] = []
  /// The length of the message.
  package private(set) var byteCount = 0

  /// An empty message.
  package init() {}

  /// A whole number from 0 up.
  package mutating func add(_ field: Int, _ value: Int) {
    append(ProtobufBytes.variableLength(field << 3) + ProtobufBytes.variableLength(value))
  }

  /// A string.
  package mutating func add(_ field: Int, _ text: String) {
    begin(field, length: text.utf8.count)
    append(Array(text.utf8))
  }

  /// A message inside.
  package mutating func add(_ field: Int, _ message: ProtobufMessage) {
    begin(field, length: message.byteCount)
    pieces += message.pieces
    byteCount += message.byteCount
  }

  /// Bytes, which are the elements of tensors of Floats, little-endian, one after the other.
  package mutating func add(_ field: Int, _ tensors: [SavedTensor]) {
    begin(field, length: tensors.reduce(0) { $0 + $1.byteCount })
    pieces += tensors.map { .tensor($0) }
    byteCount += tensors.reduce(0) { $0 + $1.byteCount }
  }

  /// Writes the message without tag and length, as it stands in a file.
  package func write(to writer: inout FileWriter) throws(FileError) {
    for piece in pieces {
      switch piece {
      case .bytes(let bytes): try writer.write(bytes)
      case .tensor(let tensor): try tensor.write(to: &writer)
      }
    }
  }

  /// The tag of a field that has a length, and the length.
  private mutating func begin(_ field: Int, length: Int) {
    append(ProtobufBytes.start(field, length: length))
  }

  private mutating func append(_ bytes: [UInt8]) {
    byteCount += bytes.count
    if case .bytes(let last) = pieces.last {
      pieces[pieces.count - 1] = .bytes(last + bytes)
    } else {
      pieces.append(.bytes(bytes))
    }
  }
}
