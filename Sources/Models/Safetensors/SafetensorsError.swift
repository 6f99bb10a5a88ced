private import Basics
private import Files

/// What can be wrong with a safetensors file. Each description is one sentence that names the file.
package enum SafetensorsError: Error, Equatable, Sendable {
  /// The file ends before the 8 bytes that give the header's length.
  case lengthMissing(path: String, found: Int)
  /// The header would be longer than the format allows.
  case headerTooLong(path: String, limit: Int, found: UInt64)
  /// The header would reach beyond the end of the file.
  case headerTruncated(path: String, expected: UInt64, found: Int)
  /// The header is not a JSON object.
  case notAnObject(path: String, found: String)
  /// The header's brackets are nested deeper than any valid header's, so it is not parsed at all.
  case nestedTooDeeply(path: String, limit: Int, byte: Int)
  /// The same name occurs twice in one JSON object.
  case duplicateName(path: String, name: String)
  /// The metadata is not an object of strings.
  case wrongMetadata(path: String, found: String)
  /// A tensor's entry, or one of its fields, is missing or of the wrong kind.
  case wrongField(path: String, tensor: String, field: String, expected: String, found: String)
  /// A tensor's element type is none that the format knows.
  case unknownType(path: String, tensor: String, found: String)
  /// A tensor's size in bytes exceeds what an integer can hold.
  case shapeTooLarge(path: String, tensor: String, shape: [Int])
  /// A tensor's byte range ends before it begins.
  case reversedRange(path: String, tensor: String, begin: Int, end: Int)
  /// A tensor's byte range is not as long as its shape and type ask for.
  case wrongLength(path: String, tensor: String, dtype: String, shape: [Int], expected: Int, found: Int)
  /// A tensor's data reach beyond the end of the file.
  case dataTruncated(path: String, tensor: String, expected: Int, found: Int)
  /// A tensor's data begin before those of the tensor before it end.
  case overlap(path: String, tensor: String, expected: Int, found: Int)
  /// Bytes between two tensors' data belong to neither.
  case hole(path: String, tensor: String, expected: Int, found: Int)
  /// Bytes after the last tensor's data.
  case trailingBytes(path: String, expected: Int, found: Int)
}

extension SafetensorsError: CustomStringConvertible {
  package var description: String { sentence.text }

  private var sentence: Sentence {
    switch self {
    case .lengthMissing(let path, let found):
      "\(path): expected at least the 8 bytes that give the header's length, found \(found); \(Self.again)"
    case .headerTooLong(let path, let limit, let found):
      "\(path): byte 0: expected a header of at most \(limit) bytes, found a length of \(found); check that this is a safetensors file."
    case .headerTruncated(let path, let expected, let found):
      "\(path): byte 0: expected a header of \(expected) bytes, found only \(found) bytes after its length; \(Self.again)"
    case .notAnObject(let path, let found):
      "\(path): byte 8: expected a header that is a JSON object, found \(found); check that this is a safetensors file."
    case .nestedTooDeeply(let path, let limit, let byte):
      "\(path): byte \(byte): expected at most \(limit) levels of brackets in the header, found more; \(Self.writer)"
    case .duplicateName(let path, let name):
      "\(path): expected every name in the header once, found \(Self.quoted(name)) twice; \(Self.writer)"
    case .wrongMetadata(let path, let found):
      "\(path): expected __metadata__ to be an object of strings, found \(found); \(Self.writer)"
    case .wrongField(let path, let tensor, let field, let expected, let found):
      "\(path): tensor \(Self.quoted(tensor)): expected \(field) to be \(expected), found \(found); \(Self.writer)"
    case .unknownType(let path, let tensor, let found):
      "\(path): tensor \(Self.quoted(tensor)): expected a dtype such as F32, found \(Self.quoted(found)); \(Self.writer)"
    case .shapeTooLarge(let path, let tensor, let shape):
      """
      \(path): tensor \(Self.quoted(tensor)): expected a size of fewer than 2^63 bytes, found the shape \(Self.text(of: shape)); \
      \(Self.writer)
      """
    case .reversedRange(let path, let tensor, let begin, let end):
      "\(path): tensor \(Self.quoted(tensor)): expected data_offsets in order, found \(begin) before \(end); \(Self.writer)"
    case .wrongLength(let path, let tensor, let dtype, let shape, let expected, let found):
      """
      \(path): tensor \(Self.quoted(tensor)): expected \(expected) bytes of data for \(dtype) \(Self.text(of: shape)), \
      found data_offsets that span \(found); \(Self.writer)
      """
    case .dataTruncated(let path, let tensor, let expected, let found):
      "\(path): tensor \(Self.quoted(tensor)): expected at least \(expected) bytes after the header, found \(found); \(Self.again)"
    case .overlap(let path, let tensor, let expected, let found):
      """
      \(path): tensor \(Self.quoted(tensor)): expected its data to begin at offset \(expected), where the tensor before ends, \
      found \(found), which overlaps; \(Self.writer)
      """
    case .hole(let path, let tensor, let expected, let found):
      """
      \(path): tensor \(Self.quoted(tensor)): expected its data to begin at offset \(expected), where the tensor before ends, \
      found \(found), which leaves a hole; \(Self.writer)
      """
    case .trailingBytes(let path, let expected, let found):
      "\(path): expected \(expected) bytes of data after the header, found \(found); \(Self.again)"
    }
  }

  private static let again = "the file was not written or copied whole, so save or copy it again."
  private static let writer = "write the file again with a library that follows the safetensors format."

  /// A name from the file, fit for one line of a terminal whatever it holds: short, and without control characters.
  private static func quoted(_ name: String) -> String {
    let limit = 80
    var text = ""
    for scalar in name.unicodeScalars.prefix(limit) {
      switch scalar.properties.generalCategory {
      case .control, .format, .lineSeparator, .paragraphSeparator, .privateUse, .unassigned:
        text += "\\u{" + String(scalar.value, radix: 16) + "}"
      default: text.unicodeScalars.append(scalar)
      }
    }
    return name.unicodeScalars.count > limit ? "'\(text)...'" : "'\(text)'"
  }

  private static func text(of shape: [Int]) -> String {
    let limit = 8
    let sizes = shape.prefix(limit).map(String.init).joined(separator: ", ")
    return shape.count > limit ? "[\(sizes), ...] of \(shape.count) dimensions" : "[\(sizes)]"
  }
}
