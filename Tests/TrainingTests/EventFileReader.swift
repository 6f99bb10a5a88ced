import Files
import Foundation
import SystemPackage
import Testing

/// Reads event files as TensorBoard does, by code that shares nothing with what writes them.
struct EventFileReader {
  /// A value of an event, by its plugin.
  enum Value: Equatable {
    case number(Double)
    case text(String)
    case buckets([[Double]])
  }

  struct Row: Equatable {
    var step: Int
    var tag: String
    var value: Value
  }

  /// What TensorBoard would show: without what a start makes it forget.
  private(set) var rows: [Row] = []
  /// Everything that was written.
  private(set) var written: [Row] = []
  private(set) var starts: [Int] = []

  /// All event files of a folder, by their names.
  init(_ folder: FilePath) throws {
    let names = fileExists(folder) ? try entries(of: folder).map(\.string).sorted() : []
    for name in names where name.contains("tfevents") { try read(Array(readFile(folder.appending(name)))) }
  }

  func rows(of tag: String) -> [Row] { rows.filter { $0.tag == tag } }
  func numbers(of tag: String) -> [Double] { rows(of: tag).compactMap { if case .number(let number) = $0.value { number } else { nil } } }

  private struct Malformed: Error {}

  private static func number(_ bytes: some Collection<UInt8>) -> UInt64 { bytes.reversed().reduce(0) { $0 << 8 | UInt64($1) } }

  private mutating func read(_ file: [UInt8]) throws {
    var place = 0, isFirst = true
    func take(_ count: Int) throws -> ArraySlice<UInt8> {
      guard count >= 0, place + count <= file.count else { throw Malformed() }
      defer { place += count }
      return file[place..<place + count]
    }
    while place < file.count {
      let length = try take(8)
      try #require(Self.number(try take(4)) == Self.maskedChecksum(length), "the length of a record")
      let message = try take(Int(Self.number(length)))
      try #require(Self.number(try take(4)) == Self.maskedChecksum(message), "a record")
      try read(event: message, isFirst: isFirst)
      isFirst = false
    }
    #expect(!isFirst)
  }

  /// Bit by bit.
  static func maskedChecksum(_ bytes: some Sequence<UInt8>) -> UInt64 {
    var register: UInt32 = 0xFFFF_FFFF
    for byte in bytes {
      register ^= UInt32(byte)
      for _ in 0..<8 { register = register & 1 == 0 ? register / 2 : register / 2 ^ 0x82F6_3B78 }
    }
    let checksum = ~register
    return UInt64((checksum / 32_768 | checksum << 17) &+ 0xA282_EAD8)
  }

  /// The fields of a message: numbers as their bits, the others as their bytes.
  private static func fields(_ message: ArraySlice<UInt8>) throws -> [(number: Int, bits: UInt64, bytes: ArraySlice<UInt8>)] {
    var rest = message
    func variableLength() throws -> UInt64 {
      var value: UInt64 = 0
      for shift in stride(from: 0, to: 64, by: 7) {
        guard let byte = rest.popFirst() else { throw Malformed() }
        value |= UInt64(byte & 0x7F) << UInt64(shift)
        if byte < 0x80 { return value }
      }
      throw Malformed()
    }
    var fields: [(number: Int, bits: UInt64, bytes: ArraySlice<UInt8>)] = []
    while !rest.isEmpty {
      let tag = try variableLength()
      switch tag & 7 {
      case 0: fields.append((Int(tag >> 3), try variableLength(), []))
      case 1, 2, 5:
        let count = tag & 7 == 1 ? 8 : tag & 7 == 5 ? 4 : Int(try variableLength())
        guard count <= rest.count else { throw Malformed() }
        let bytes = rest.prefix(count)
        fields.append((Int(tag >> 3), count <= 8 ? number(bytes) : 0, bytes))
        rest = rest.dropFirst(count)
      default: throw Malformed()
      }
    }
    return fields
  }

  private mutating func read(event: ArraySlice<UInt8>, isFirst: Bool) throws {
    let fields = try Self.fields(event)
    let time = try #require(fields.first { $0.number == 1 })
    #expect(abs(Double(bitPattern: time.bits) - Date().timeIntervalSince1970) < 600)
    let step = Int(try #require(fields.first { $0.number == 2 }).bits)
    #expect(isFirst == (fields.first { $0.number == 3 }.map { String(decoding: $0.bytes, as: UTF8.self) } == "brain.Event:2"))
    for field in fields where field.number == 7 {
      #expect(try Self.fields(field.bytes).first { $0.number == 1 }?.bits == 1)
      starts.append(step)
      rows.removeAll { $0.step >= step }
    }
    for summary in fields where summary.number == 5 {
      for value in try Self.fields(summary.bytes) {
        let row = try Self.row(value.bytes, step: step)
        rows.append(row)
        written.append(row)
      }
    }
  }

  private static func row(_ value: ArraySlice<UInt8>, step: Int) throws -> Row {
    func field(_ number: Int, of message: ArraySlice<UInt8>) throws -> ArraySlice<UInt8> {
      try #require(fields(message).first { $0.number == number }).bytes
    }
    func text(_ bytes: ArraySlice<UInt8>) throws -> String { try #require(String(validating: bytes, as: UTF8.self)) }
    let tag = try text(field(1, of: value))
    if let number = try fields(value).first(where: { $0.number == 2 }) {
      #expect(number.bytes.count == 4)
      return Row(step: step, tag: tag, value: .number(Double(Float(bitPattern: UInt32(number.bits)))))
    }
    let tensor = try field(8, of: value)
    let plugin = try text(field(1, of: field(1, of: field(9, of: value))))
    let type = try #require(fields(tensor).first { $0.number == 1 }).bits
    let shape = try fields(field(2, of: tensor)).map { Int(try #require(fields($0.bytes).first { $0.number == 1 }).bits) }
    switch (plugin, type) {
    case ("text", 7):
      #expect(shape.isEmpty)
      return Row(step: step, tag: tag, value: .text(try text(field(8, of: tensor))))
    case ("histograms", 2):
      let bytes = Array(try field(4, of: tensor))
      try #require(shape.count == 2 && shape[1] == 3 && bytes.count == shape[0] * 24)
      return Row(
        step: step, tag: tag,
        value: .buckets(
          (0..<shape[0]).map { row in
            (0..<3).map { Double(bitPattern: number(bytes[(row * 3 + $0) * 8..<(row * 3 + $0 + 1) * 8])) }
          }))
    default: throw Malformed()
    }
  }
}
