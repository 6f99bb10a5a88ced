extension SafetensorsHeader {
  /// The start of a file, up to the first byte of data: the length, then the JSON, padded with spaces to a
  /// multiple of 64 bytes so that the data are aligned. The same arguments give the same bytes.
  ///
  /// - Parameters:
  ///   - metadata: free text by key; left out of the header if empty.
  ///   - tensors: names, types and shapes, in the order in which the caller writes the data. Names are unique, extents not negative.
  package static func encoded(metadata: [String: String], tensors: [(name: String, dtype: String, shape: [Int])]) -> [UInt8] {
    var fields: [String: String] = [:]
    if !metadata.isEmpty {
      fields["__metadata__"] = object(metadata.mapValues(quoted))
    }
    var offset = 0
    for (name, dtype, shape) in tensors {
      precondition(shape.allSatisfy { $0 >= 0 }, "the extents of \(name) must not be negative: \(shape)")
      guard let length = byteCount(shape: shape, elementSize: elementSizes[dtype] ?? 0), offset <= Int.max - length else {
        preconditionFailure("\(name) is too large for a file: \(shape)")
      }
      let sizes = shape.map(String.init).joined(separator: ",")
      let entry = "{\"data_offsets\":[\(offset),\(offset + length)],\"dtype\":\"\(dtype)\",\"shape\":[\(sizes)]}"
      let previous = name == "__metadata__" ? "" : fields.updateValue(entry, forKey: name)
      precondition(previous == nil, "\(name) must be the name of one tensor only")
      offset += length
    }

    var json = Array(object(fields).utf8)
    json += [UInt8](repeating: UInt8(ascii: " "), count: (64 - (8 + json.count) % 64) % 64)
    precondition(json.count <= maximumLength, "a header of \(json.count) bytes exceeds the format's limit of \(maximumLength)")
    return (0..<8).map { UInt8(truncatingIfNeeded: json.count >> (8 * $0)) } + json
  }

  /// A JSON object with its keys in the order of their UTF-8 bytes, which unlike an encoder's own order is the same everywhere.
  private static func object(_ fields: [String: String]) -> String {
    let sorted = fields.sorted { $0.key.utf8.lexicographicallyPrecedes($1.key.utf8) }
    return "{" + sorted.map { quoted($0.key) + ":" + $0.value }.joined(separator: ",") + "}"
  }

  private static func quoted(_ text: String) -> String {
    var quoted = "\""
    for scalar in text.unicodeScalars {
      switch scalar {
      case "\"": quoted += "\\\""
      case "\\": quoted += "\\\\"
      case "\u{0}"..."\u{1F}":
        let digits = String(scalar.value, radix: 16)
        quoted += "\\u" + String(repeating: "0", count: 4 - digits.count) + digits
      default: quoted.unicodeScalars.append(scalar)
      }
    }
    return quoted + "\""
  }
}
