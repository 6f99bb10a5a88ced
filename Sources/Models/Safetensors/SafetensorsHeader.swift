/// The table of contents of a safetensors file: which tensors it holds, of what type and shape, and where.
///
/// A file is an 8-byte little-endian length, that many bytes of JSON, and the tensors' data:
///
///     let length = try SafetensorsHeader.headerLength(prefix: firstEightBytes, fileSize: size, path: name)
///     let header = try SafetensorsHeader(json: nextBytes, dataOffset: 8 + length, fileSize: size, path: name)
///
/// Nothing here touches a file, and nothing in a file is trusted: a header that is accepted names tensors whose shapes fit their byte
/// ranges, and whose byte ranges follow each other without hole or overlap up to the end of the file. `path` is for messages only.
package struct SafetensorsHeader: Sendable, Equatable {
  /// One tensor's entry.
  package struct Tensor: Sendable, Equatable {
    /// The name, such as `lstm.weight_ih_l0`; unique in the file.
    package var name: String
    /// The element type in the format's words, such as `F32`.
    package var dtype: String
    /// The extent of each dimension, outermost first; empty for a scalar.
    package var shape: [Int]
    /// Where the elements lie, row-major and little-endian, in bytes from ``SafetensorsHeader/dataOffset``.
    package var byteRange: Range<Int>

    /// An entry as given, unchecked.
    package init(name: String, dtype: String, shape: [Int], byteRange: Range<Int>) {
      self.name = name
      self.dtype = dtype
      self.shape = shape
      self.byteRange = byteRange
    }
  }

  /// Free text by key, as the writer of the file left it.
  package var metadata: [String: String]
  /// The tensors in the order of their data.
  package var tensors: [Tensor]
  /// Where the data begin, in bytes from the start of the file.
  package var dataOffset: Int

  /// The longest header that is read, in bytes: the format's own limit.
  package static let maximumLength = 100_000_000

  /// How many bytes of JSON follow the first eight of a file.
  ///
  /// - Parameters:
  ///   - prefix: the first 8 bytes of the file, or all of them if it has fewer.
  ///   - fileSize: the size of the whole file in bytes.
  ///   - path: the file's name, for messages.
  ///   - limit: the most that the caller will take.
  /// - Throws: `SafetensorsError` if the file is too short, or the length is over the limit or beyond the file's end.
  package static func headerLength(
    prefix: [UInt8], fileSize: Int, path: String, limit: Int = maximumLength
  ) throws(SafetensorsError) -> Int {
    guard prefix.count == 8, fileSize >= 8 else {
      throw .lengthMissing(path: path, found: min(prefix.count, fileSize))
    }
    let length = prefix.reversed().reduce(UInt64(0)) { $0 << 8 | UInt64($1) }
    guard length <= UInt64(limit) else {
      throw .headerTooLong(path: path, limit: limit, found: length)
    }
    guard length <= UInt64(fileSize - 8) else {
      throw .headerTruncated(path: path, expected: length, found: fileSize - 8)
    }
    return Int(length)
  }

  /// Reads and checks a header.
  ///
  /// - Parameters:
  ///   - json: the bytes between the 8-byte length and the data, as many as could be read.
  ///   - dataOffset: where the data begin, 8 + the header's length.
  ///   - fileSize: the size of the whole file in bytes.
  ///   - path: the file's name, for messages.
  /// - Throws: `SafetensorsError` for the first fault found.
  package init(json: [UInt8], dataOffset: Int, fileSize: Int, path: String) throws(SafetensorsError) {
    precondition(dataOffset >= 8 + json.count, "the data of a safetensors file begin after its header")
    guard json.count == dataOffset - 8, fileSize >= dataOffset else {  // the file shrank since its size was taken
      throw .headerTruncated(path: path, expected: UInt64(dataOffset - 8), found: min(json.count, max(0, fileSize - 8)))
    }
    let table = try Table.parsed(from: json, path: path)
    let dataSize = fileSize - dataOffset

    var tensors: [Tensor] = []
    for (name, entry) in table.entries.sorted(by: { $0.key < $1.key }) {
      tensors.append(try Self.checked(entry, name: name, dataSize: dataSize, path: path))
    }
    tensors.sort {
      ($0.byteRange.lowerBound, $0.byteRange.upperBound, $0.name) < ($1.byteRange.lowerBound, $1.byteRange.upperBound, $1.name)
    }

    var end = 0
    for tensor in tensors {
      let begin = tensor.byteRange.lowerBound
      guard begin >= end else { throw .overlap(path: path, tensor: tensor.name, expected: end, found: begin) }
      guard begin == end else { throw .hole(path: path, tensor: tensor.name, expected: end, found: begin) }
      end = tensor.byteRange.upperBound
    }
    guard end == dataSize else { throw .trailingBytes(path: path, expected: end, found: dataSize) }

    self.metadata = table.metadata
    self.tensors = tensors
    self.dataOffset = dataOffset
  }

  /// One tensor by its entry, if type, shape and byte range agree and lie within the data.
  private static func checked(_ entry: Table.Entry, name: String, dataSize: Int, path: String) throws(SafetensorsError) -> Tensor {
    func fault(_ field: String, expected: String, found: String) -> SafetensorsError {
      .wrongField(path: path, tensor: name, field: field, expected: expected, found: found)
    }
    let dtype = try entry.dtype.value { fault("dtype", expected: "a string", found: $0) }
    guard let elementSize = elementSizes[dtype] else { throw .unknownType(path: path, tensor: name, found: dtype) }

    let sizes = "a list of whole numbers from 0 up"
    let shape = try entry.shape.value { fault("shape", expected: sizes, found: $0) }
    if let size = shape.first(where: { $0 < 0 }) { throw fault("shape", expected: sizes, found: "\(size) in it") }

    let pair = "two whole numbers from 0 up"
    let offsets = try entry.offsets.value { fault("data_offsets", expected: pair, found: $0) }
    if let offset = offsets.first(where: { $0 < 0 }) { throw fault("data_offsets", expected: pair, found: "\(offset) in it") }
    guard offsets.count == 2 else { throw fault("data_offsets", expected: pair, found: "\(offsets.count)") }
    let begin = offsets[0]
    let end = offsets[1]

    guard let length = byteCount(shape: shape, elementSize: elementSize) else {
      throw .shapeTooLarge(path: path, tensor: name, shape: shape)
    }
    guard begin <= end else { throw .reversedRange(path: path, tensor: name, begin: begin, end: end) }
    guard end - begin == length else {
      throw .wrongLength(path: path, tensor: name, dtype: dtype, shape: shape, expected: length, found: end - begin)
    }
    guard end <= dataSize else { throw .dataTruncated(path: path, tensor: name, expected: end, found: dataSize) }
    return Tensor(name: name, dtype: dtype, shape: shape, byteRange: begin..<end)
  }

  /// The size of a tensor in bytes; nil if an `Int` cannot hold it.
  static func byteCount(shape: [Int], elementSize: Int) -> Int? {
    var count = elementSize
    for size in shape {
      let (product, overflow) = count.multipliedReportingOverflow(by: size)
      guard !overflow else { return nil }
      count = product
    }
    return count
  }

  /// Bytes an element, for every type of the format that is a whole number of them.
  static let elementSizes = [
    "BOOL": 1, "U8": 1, "I8": 1, "F8_E5M2": 1, "F8_E4M3": 1, "F8_E8M0": 1,
    "U16": 2, "I16": 2, "F16": 2, "BF16": 2,
    "U32": 4, "I32": 4, "F32": 4,
    "U64": 8, "I64": 8, "F64": 8, "C64": 8,
  ]
}
