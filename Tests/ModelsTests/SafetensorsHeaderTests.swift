import LanguageModel
import Models
import Testing

/// Reads a whole header as a reader of files does: length first, then the JSON.
private func header(of file: [UInt8], fileSize: Int? = nil) throws(SafetensorsError) -> SafetensorsHeader {
  let size = fileSize ?? file.count
  let length = try SafetensorsHeader.headerLength(prefix: Array(file.prefix(8)), fileSize: size, path: "m.safetensors")
  let json = Array(file.dropFirst(8).prefix(length))
  return try SafetensorsHeader(json: json, dataOffset: 8 + length, fileSize: size, path: "m.safetensors")
}

/// A file's bytes up to the data: the length of `json`, then `json`.
private func prefixed(_ json: String) -> [UInt8] {
  let bytes = Array(json.utf8)
  return (0..<8).map { UInt8(truncatingIfNeeded: bytes.count >> (8 * $0)) } + bytes
}

/// A tensor's entry; F32 of shape [2, 3] from 0 to 24 unless told otherwise.
private func entry(_ name: String, dtype: String = "\"F32\"", shape: String = "[2,3]", offsets: String = "[0,24]") -> String {
  "\"\(name)\":{\"dtype\":\(dtype),\"shape\":\(shape),\"data_offsets\":\(offsets)}"
}

/// What the format's own Python library wrote for five tensors and 48 bytes of data.
private let fromPython =
  "X\u{1}\0\0\0\0\0\0"
  + #"{"__metadata__":{"format":"pt"},"steps":{"dtype":"I64","shape":[],"data_offsets":[0,8]},"#
  + #""decoder.bias":{"dtype":"F32","shape":[3],"data_offsets":[8,20]},"#
  + #""decoder.weight":{"dtype":"F32","shape":[3,2],"data_offsets":[20,44]},"#
  + #""none":{"dtype":"F32","shape":[0,4],"data_offsets":[44,44]},"#
  + #""half":{"dtype":"F16","shape":[2,1],"data_offsets":[44,48]}} "#

@Suite("Safetensors header")
struct SafetensorsHeaderTests {
  @Test("A header that was encoded reads back as it was, with its data aligned to 64 bytes", arguments: 0..<70)
  func roundTrip(padding: Int) throws {
    let metadata = ["format": "pt", "a \"quote\" \\ and \n\t\u{1}": "čšž 🎵", "padding": String(repeating: "x", count: padding)]
    let bytes = SafetensorsHeader.encoded(
      metadata: metadata,
      tensors: [
        ("lstm.weight_ih_l0", "F32", [8, 3]), ("decoder.bias", "F32", [5]), ("scalar", "F32", []), ("empty \u{7F}/", "F32", [4, 0]),
        ("d", "F32", [1, 2, 3]), ("bytes", "U8", [7]),
      ])
    #expect(bytes.count.isMultiple(of: 64))

    let header = try header(of: bytes, fileSize: bytes.count + 4 * (24 + 5 + 1 + 6) + 7)
    #expect(header.metadata == metadata)
    #expect(header.dataOffset == bytes.count)
    #expect(
      header.tensors == [
        .init(name: "lstm.weight_ih_l0", dtype: "F32", shape: [8, 3], byteRange: 0..<96),
        .init(name: "decoder.bias", dtype: "F32", shape: [5], byteRange: 96..<116),
        .init(name: "scalar", dtype: "F32", shape: [], byteRange: 116..<120),
        .init(name: "empty \u{7F}/", dtype: "F32", shape: [4, 0], byteRange: 120..<120),
        .init(name: "d", dtype: "F32", shape: [1, 2, 3], byteRange: 120..<144),
        .init(name: "bytes", dtype: "U8", shape: [7], byteRange: 144..<151),
      ])
  }

  @Test("The encoded bytes are these, with sorted keys")
  func encodedBytes() {
    let bytes = SafetensorsHeader.encoded(metadata: ["z": "1", "B": "2"], tensors: [("b", "I32", [2]), ("a", "F32", [])])
    let json =
      #"{"__metadata__":{"B":"2","z":"1"},"a":{"data_offsets":[8,12],"dtype":"F32","shape":[]},"#
      + #""b":{"data_offsets":[0,8],"dtype":"I32","shape":[2]}}"#
    #expect(bytes == prefixed(json + String(repeating: " ", count: 184 - json.utf8.count)))
    #expect(SafetensorsHeader.encoded(metadata: [:], tensors: []) == prefixed("{}" + String(repeating: " ", count: 54)))
  }

  @Test("A header that the format's Python library wrote is read")
  func pythonHeader() throws {
    let header = try header(of: Array(fromPython.utf8), fileSize: fromPython.utf8.count + 48)
    #expect(header.metadata == ["format": "pt"])
    #expect(header.dataOffset == 352)
    #expect(
      header.tensors == [
        .init(name: "steps", dtype: "I64", shape: [], byteRange: 0..<8),
        .init(name: "decoder.bias", dtype: "F32", shape: [3], byteRange: 8..<20),
        .init(name: "decoder.weight", dtype: "F32", shape: [3, 2], byteRange: 20..<44),
        .init(name: "none", dtype: "F32", shape: [0, 4], byteRange: 44..<44),
        .init(name: "half", dtype: "F16", shape: [2, 1], byteRange: 44..<48),
      ])
  }

  @Test(
    "Every element type has its size",
    arguments: [
      ("BOOL", 1), ("U8", 1), ("I8", 1), ("F8_E5M2", 1), ("F8_E4M3", 1), ("F8_E8M0", 1), ("U16", 2), ("I16", 2), ("F16", 2),
      ("BF16", 2), ("U32", 4), ("I32", 4), ("F32", 4), ("U64", 8), ("I64", 8), ("F64", 8), ("C64", 8),
    ])
  func elementSize(dtype: String, size: Int) throws {
    let bytes = prefixed("{\(entry("w", dtype: "\"\(dtype)\"", offsets: "[0,\(6 * size)]"))}")
    #expect(try header(of: bytes, fileSize: bytes.count + 6 * size).tensors.map(\.dtype) == [dtype])
  }

  @Test("Unknown fields, brackets inside strings, white space and exactly 32 levels of nesting are accepted")
  func accepted() throws {
    let deep = String(repeating: "[", count: 30) + String(repeating: "]", count: 30)
    let more = #""more":{"x":[1.5e3,null,true,"\"]}"]},"deep":\#(deep)"#
    let braces = String(repeating: "[{", count: 50)
    let bytes = prefixed("{ \"__metadata__\" : {\"\(braces)\":\"\\\"\(braces)\"} ,\n\t\(entry("w").dropLast()),\(more)}}  ")
    #expect(try header(of: bytes, fileSize: bytes.count + 24).tensors.map(\.name) == ["w"])
    #expect(try header(of: bytes, fileSize: bytes.count + 24).metadata == [braces: "\"" + braces])
  }

  @Test(
    "A wrong length of the header is named",
    arguments: [
      (
        [1, 2, 3], 3,
        """
        m.safetensors: expected at least the 8 bytes that give the header's length, found 3; \
        the file was not written or copied whole, so save or copy it again.
        """
      ),
      (
        [255, 255, 255, 255, 255, 255, 255, 255], 500,
        """
        m.safetensors: byte 0: expected a header of at most 100000000 bytes, found a length of 18446744073709551615; \
        check that this is a safetensors file.
        """
      ),
      (
        [1, 225, 245, 5, 0, 0, 0, 0], 1 << 40,
        """
        m.safetensors: byte 0: expected a header of at most 100000000 bytes, found a length of 100000001; \
        check that this is a safetensors file.
        """
      ),
      (
        [3, 1, 0, 0, 0, 0, 0, 0], 266,
        """
        m.safetensors: byte 0: expected a header of 259 bytes, found only 258 bytes after its length; \
        the file was not written or copied whole, so save or copy it again.
        """
      ),
    ] as [([UInt8], Int, String)])
  func wrongLength(prefix: [UInt8], fileSize: Int, message: String) {
    let error = #expect(throws: SafetensorsError.self) {
      try SafetensorsHeader.headerLength(prefix: prefix, fileSize: fileSize, path: "m.safetensors")
    }
    #expect(error?.description == message)
  }

  @Test("The longest header that is allowed is allowed")
  func longestHeader() throws {
    let length = try SafetensorsHeader.headerLength(prefix: [0, 225, 245, 5, 0, 0, 0, 0], fileSize: 100_000_008, path: "m")
    #expect(length == 100_000_000)
  }

  @Test("A header that could not be read whole is an error, not a trap")
  func shortRead() {
    let error = #expect(throws: SafetensorsError.self) {
      try SafetensorsHeader(json: Array("{}".utf8), dataOffset: 18, fileSize: 30, path: "m")
    }
    #expect(error == .headerTruncated(path: "m", expected: 10, found: 2))
  }

  static let whole = "the file was not written or copied whole, so save or copy it again."
  static let writer = "write the file again with a library that follows the safetensors format."
  static let check = "check that this is a safetensors file."

  /// JSON, bytes of data after it, and what the message says after the path.
  static let faults: [(String, Int, String)] = [
    ("", 24, "byte 8: expected a header that is a JSON object, found no bytes at all; \(check)"),
    ("[1]", 24, "byte 8: expected a header that is a JSON object, found other text; \(check)"),
    (" {}", 0, "byte 8: expected a header that is a JSON object, found other text; \(check)"),
    ("{\(entry("w"))", 24, "byte 8: expected a header that is a JSON object, found text that is not valid JSON; \(check)"),
    ("{}}}{{{\"a\":1", 24, "byte 8: expected a header that is a JSON object, found text that is not valid JSON; \(check)"),
    ("{\"w\":\"\\", 24, "byte 8: expected a header that is a JSON object, found text that is not valid JSON; \(check)"),
    ("{\0}\0", 24, "byte 8: expected a header that is a JSON object, found text that is not valid JSON; \(check)"),
    (
      "{\"w\":" + String(repeating: "[", count: 32) + String(repeating: "]", count: 32) + "}", 24,
      "byte 44: expected at most 32 levels of brackets in the header, found more; \(writer)"
    ),
    ("{\(entry("w")),\(entry("w"))}", 24, "expected every name in the header once, found 'w' twice; \(writer)"),
    ("{\(entry("w")),\(entry("\\u0077"))}", 24, "expected every name in the header once, found 'w' twice; \(writer)"),
    ("{\"w\":{\"dtype\":\"F32\", \"dtype\" :\"F16\"}}", 24, "expected every name in the header once, found 'dtype' twice; \(writer)"),
    ("{\"__metadata__\":7}", 0, "expected __metadata__ to be an object of strings, found a number; \(writer)"),
    (
      "{\"__metadata__\":{\"a\":1}}", 0,
      "expected __metadata__ to be an object of strings, found an object with something else in it; \(writer)"
    ),
    ("{\"w\":true}", 24, "tensor 'w': expected its entry to be an object, found true; \(writer)"),
    ("{\"w\":null}", 24, "tensor 'w': expected its entry to be an object, found null; \(writer)"),
    ("{\"w\":{}}", 24, "tensor 'w': expected dtype to be a string, found nothing; \(writer)"),
    ("{\(entry("w", dtype: "[\"F32\"]"))}", 24, "tensor 'w': expected dtype to be a string, found a list; \(writer)"),
    ("{\(entry("w", dtype: "32"))}", 24, "tensor 'w': expected dtype to be a string, found a number; \(writer)"),
    ("{\(entry("w", dtype: "\"f32\""))}", 24, "tensor 'w': expected a dtype such as F32, found 'f32'; \(writer)"),
    (
      "{\(entry("w", shape: "\"6\""))}", 24,
      "tensor 'w': expected shape to be a list of whole numbers from 0 up, found a string; \(writer)"
    ),
    (
      "{\(entry("w", shape: "[2,1.5]"))}", 24,
      "tensor 'w': expected shape to be a list of whole numbers from 0 up, found a list with something else in it; \(writer)"
    ),
    (
      "{\(entry("w", shape: "[9223372036854775808]"))}", 24,
      "tensor 'w': expected shape to be a list of whole numbers from 0 up, found a list with something else in it; \(writer)"
    ),
    (
      "{\(entry("w", shape: "[-2,-3]"))}", 24,
      "tensor 'w': expected shape to be a list of whole numbers from 0 up, found -2 in it; \(writer)"
    ),
    (
      "{\"w\":{\"dtype\":\"F32\",\"shape\":[6]}}", 24,
      "tensor 'w': expected data_offsets to be two whole numbers from 0 up, found nothing; \(writer)"
    ),
    (
      "{\(entry("w", offsets: "[0,12,24]"))}", 24,
      "tensor 'w': expected data_offsets to be two whole numbers from 0 up, found 3; \(writer)"
    ),
    ("{\(entry("w", offsets: "[]"))}", 24, "tensor 'w': expected data_offsets to be two whole numbers from 0 up, found 0; \(writer)"),
    (
      "{\(entry("w", offsets: "[-24,0]"))}", 24,
      "tensor 'w': expected data_offsets to be two whole numbers from 0 up, found -24 in it; \(writer)"
    ),
    (
      "{\(entry("w", shape: "[4294967296,2147483648]"))}", 24,
      "tensor 'w': expected a size of fewer than 2^63 bytes, found the shape [4294967296, 2147483648]; \(writer)"
    ),
    (
      "{\(entry("w", shape: "[1,2,3,4,5,6,7,8,9,9223372036854775807]"))}", 24,
      "tensor 'w': expected a size of fewer than 2^63 bytes, found the shape [1, 2, 3, 4, 5, 6, 7, 8, ...] of 10 dimensions; \(writer)"
    ),
    ("{\(entry("w", offsets: "[24,0]"))}", 24, "tensor 'w': expected data_offsets in order, found 24 before 0; \(writer)"),
    (
      "{\(entry("w", offsets: "[0,23]"))}", 24,
      "tensor 'w': expected 24 bytes of data for F32 [2, 3], found data_offsets that span 23; \(writer)"
    ),
    (
      "{\(entry("w", dtype: "\"F16\"", shape: "[]", offsets: "[0,9223372036854775807]"))}", 24,
      "tensor 'w': expected 2 bytes of data for F16 [], found data_offsets that span 9223372036854775807; \(writer)"
    ),
    ("{\(entry("w"))}", 23, "tensor 'w': expected at least 24 bytes after the header, found 23; \(whole)"),
    (
      "{\(entry("w")),\(entry("v", offsets: "[20,44]"))}", 48,
      "tensor 'v': expected its data to begin at offset 24, where the tensor before ends, found 20, which overlaps; \(writer)"
    ),
    (
      "{\(entry("w")),\(entry("v", offsets: "[0,24]"))}", 24,
      "tensor 'w': expected its data to begin at offset 24, where the tensor before ends, found 0, which overlaps; \(writer)"
    ),
    (
      "{\(entry("w")),\(entry("v", shape: "[0]", offsets: "[12,12]"))}", 24,
      "tensor 'v': expected its data to begin at offset 24, where the tensor before ends, found 12, which overlaps; \(writer)"
    ),
    (
      "{\(entry("w")),\(entry("v", offsets: "[28,52]"))}", 52,
      "tensor 'v': expected its data to begin at offset 24, where the tensor before ends, found 28, which leaves a hole; \(writer)"
    ),
    (
      "{\(entry("w", offsets: "[4,28]"))}", 28,
      "tensor 'w': expected its data to begin at offset 0, where the tensor before ends, found 4, which leaves a hole; \(writer)"
    ),
    ("{\(entry("w"))}", 25, "expected 24 bytes of data after the header, found 25; \(whole)"),
    ("{}", 1, "expected 0 bytes of data after the header, found 1; \(whole)"),
    (
      "{\"\\u001b[2J\\n\(String(repeating: "a", count: 100))\":7}", 0,
      """
      tensor '\\u{1b}[2J\\u{a}\(String(repeating: "a", count: 75))...': expected its entry to be an object, found a number; \(writer)
      """
    ),
  ]

  @Test("A faulty header is named in one sentence", arguments: faults)
  func faultyHeader(json: String, dataSize: Int, message: String) {
    let bytes = prefixed(json)
    let error = #expect(throws: SafetensorsError.self) { try header(of: bytes, fileSize: bytes.count + dataSize) }
    #expect(error?.description == "m.safetensors: " + message)
  }

  @Test("Brackets nested a million deep are an error, not an overflow of the stack", arguments: ["{\"w\":", "["])
  func deeplyNested(level: String) {
    let bytes = prefixed("{\"w\":" + String(repeating: level, count: 1_000_000))
    let error = #expect(throws: SafetensorsError.self) { try header(of: bytes) }
    #expect(error == .nestedTooDeeply(path: "m.safetensors", limit: 32, byte: 8 + 5 + 31 * level.utf8.count))
  }

  @Test("No mutation of a header traps, and one that is accepted still covers its data", arguments: [1, 2] as [UInt64])
  func mutations(seed: UInt64) throws {
    var random = SplitMix(state: seed)
    let hostile = [
      "-1", "0", "9223372036854775807", "18446744073709551616", "1e999", "1.5", "null", "[", "{", "\"", "}", "\\", ":", ",", "\0",
    ]
    let (original, dataSize) = seed == 1 ? (Array(fromPython.utf8), 48) : (prefixed("{\(entry("w"))}"), 24)
    var accepted = 0
    for _ in 0..<10_000 {
      var bytes = original
      for _ in 0...Int.random(in: 0..<3, using: &random) {
        let place = Int.random(in: 8..<bytes.count, using: &random)
        switch Int.random(in: 0..<6, using: &random) {
        case 0: bytes[place] = .random(in: 0...255, using: &random)
        case 1: bytes[place] ^= 1 << UInt8.random(in: 0..<8, using: &random)
        case 2: bytes.remove(at: place)
        case 3: bytes.insert(contentsOf: (hostile.randomElement(using: &random) ?? "").utf8, at: place)
        case 4: bytes.insert(contentsOf: Array(bytes[place...].prefix(60)), at: place)
        default: bytes.replaceSubrange(place..<min(place + 3, bytes.count), with: (hostile.randomElement(using: &random) ?? "").utf8)
        }
        if bytes.count < 9 { bytes = original }
      }
      bytes.replaceSubrange(0..<8, with: (0..<8).map { UInt8(truncatingIfNeeded: (bytes.count - 8) >> (8 * $0)) })
      if Int.random(in: 0..<20, using: &random) == 0 {
        bytes[Int.random(in: 0..<8, using: &random)] = .random(in: 0...255, using: &random)
      }

      do throws(SafetensorsError) {
        let header = try header(of: bytes, fileSize: bytes.count + dataSize)
        accepted += 1
        #expect(header.tensors.map(\.byteRange.lowerBound) == [0] + header.tensors.dropLast().map(\.byteRange.upperBound))
        #expect(header.tensors.last?.byteRange.upperBound == dataSize)
      } catch {
        #expect(error.description.hasPrefix("m.safetensors: ") && !error.description.contains("\n"))
      }
    }
    #expect((10..<9_000).contains(accepted), "\(accepted) of 10,000 were accepted: mutations should be neither all fatal nor all harmless")
  }
}

/// A small seeded generator, so that a failure can be repeated.
private struct SplitMix: RandomNumberGenerator {
  var state: UInt64

  mutating func next() -> UInt64 {
    state &+= 0x9E37_79B9_7F4A_7C15
    var z = state
    z = (z ^ (z >> 30)) &* 0xBF58_476D_1CE4_E5B9
    z = (z ^ (z >> 27)) &* 0x94D0_49BB_1331_11EB
    return z ^ (z >> 31)
  }
}
