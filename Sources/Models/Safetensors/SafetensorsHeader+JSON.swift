import Foundation

extension SafetensorsHeader {
  /// The header's JSON as it stands, before types, shapes and ranges are checked.
  struct Table: Decodable {
    var metadata: [String: String] = [:]
    var entries: [String: Entry] = [:]

    /// One tensor's fields. Fields that the format does not know are ignored.
    struct Entry: Decodable {
      var dtype: Field<String>
      var shape: Field<[Int]>
      var offsets: Field<[Int]>

      init(from decoder: any Decoder) throws {
        let fields = try decoder.container(keyedBy: Name.self)
        dtype = try fields.decodeIfPresent(Field.self, forKey: Name("dtype")) ?? .other("nothing")
        shape = try fields.decodeIfPresent(Field.self, forKey: Name("shape")) ?? .other("nothing")
        offsets = try fields.decodeIfPresent(Field.self, forKey: Name("data_offsets")) ?? .other("nothing")
      }
    }

    /// Decodes the header's bytes.
    static func parsed(from json: [UInt8], path: String) throws(SafetensorsError) -> Table {
      try scan(json, path: path)
      do {
        return try JSONDecoder().decode(Table.self, from: Data(json))
      } catch let error as Fault {
        switch error {
        case .metadata(let found): throw .wrongMetadata(path: path, found: found)
        case .entry(let name, let found):
          throw .wrongField(path: path, tensor: name, field: "its entry", expected: "an object", found: found)
        }
      } catch {
        throw .notAnObject(path: path, found: "text that is not valid JSON")
      }
    }

    private enum Fault: Error {
      case metadata(found: String)
      case entry(name: String, found: String)
    }

    init(from decoder: any Decoder) throws {
      let names = try decoder.container(keyedBy: Name.self)
      for name in names.allKeys where name.stringValue == "__metadata__" {
        metadata = try names.decode(Field<[String: String]>.self, forKey: name).value { Fault.metadata(found: $0) }
      }
      for name in names.allKeys where name.stringValue != "__metadata__" {
        entries[name.stringValue] = try names.decode(Field<Entry>.self, forKey: name).value {
          Fault.entry(name: name.stringValue, found: $0)
        }
      }
    }
  }

  /// A JSON value that should be a `Value`, or words for what it is instead.
  enum Field<Value: Decodable>: Decodable {
    case value(Value)
    case other(String)

    init(from decoder: any Decoder) throws {
      do {
        self = .value(try decoder.singleValueContainer().decode(Value.self))
      } catch {
        self = .other(Self.kind(of: decoder))
      }
    }

    /// The value, or the error that is made of the words for what is there instead.
    func value<Failure: Error>(_ fault: (String) -> Failure) throws(Failure) -> Value {
      switch self {
      case .value(let value): return value
      case .other(let found): throw fault(found)
      }
    }

    private static func kind(of decoder: any Decoder) -> String {
      let contents = Value.self == [Int].self || Value.self == [String: String].self ? " with something else in it" : ""
      if (try? decoder.container(keyedBy: Name.self)) != nil { return "an object" + contents }
      if (try? decoder.unkeyedContainer()) != nil { return "a list" + contents }
      guard let container = try? decoder.singleValueContainer(), !container.decodeNil() else { return "null" }
      if let value = try? container.decode(Bool.self) { return "\(value)" }
      return (try? container.decode(String.self)) == nil ? "a number" : "a string"
    }
  }

  /// Any string as a key.
  struct Name: CodingKey {
    let stringValue: String
    let intValue: Int? = nil

    init(_ name: String) { stringValue = name }
    init?(stringValue: String) { self.init(stringValue) }
    init?(intValue: Int) { nil }
  }

  /// Finds, before anything is parsed, what the parser would not report or not survive: brackets nested too deeply (a parser may
  /// recurse into each), text that is not UTF-8 throughout (zero bytes make Foundation take it for UTF-16), and repeated names (of
  /// which it would silently keep one).
  private static func scan(_ json: [UInt8], path: String) throws(SafetensorsError) {
    guard let first = json.first else { throw .notAnObject(path: path, found: "no bytes at all") }
    guard first == UInt8(ascii: "{") else { throw .notAnObject(path: path, found: "other text") }

    let limit = 32
    var depth = 0
    var names = [Set<String>](repeating: [], count: 3)  // by depth; tensors' names are at 1, their fields and the metadata's keys at 2
    var position = 0
    while position < json.count {
      switch json[position] {
      case 0:
        throw .notAnObject(path: path, found: "text that is not valid JSON")
      case UInt8(ascii: "{"), UInt8(ascii: "["):
        depth += 1
        guard depth <= limit else { throw .nestedTooDeeply(path: path, limit: limit, byte: 8 + position) }
        if depth < names.count { names[depth] = [] }
      case UInt8(ascii: "}"), UInt8(ascii: "]"):
        depth -= 1
        guard depth >= 0 else { throw .notAnObject(path: path, found: "text that is not valid JSON") }
      case UInt8(ascii: "\""):
        let end = endOfString(json, from: position + 1)
        let next = json[min(end + 1, json.count)...].first { $0 != 0x20 && $0 != 0x09 && $0 != 0x0A && $0 != 0x0D }
        if next == UInt8(ascii: ":"), names.indices.contains(depth) {
          let name = text(of: json[position...end])
          guard names[depth].insert(name).inserted else { throw .duplicateName(path: path, name: name) }
        }
        position = end
      default:
        break
      }
      position += 1
    }
  }

  /// The index of the quote that closes a string whose contents begin at `start`; the end of the bytes if there is none.
  private static func endOfString(_ json: [UInt8], from start: Int) -> Int {
    var position = start
    while position < json.count, json[position] != UInt8(ascii: "\"") {
      position += json[position] == UInt8(ascii: "\\") ? 2 : 1
    }
    return min(position, json.count)
  }

  /// The text of a JSON string with its quotes; names with escapes are compared by what they stand for.
  private static func text(of string: ArraySlice<UInt8>) -> String {
    if string.contains(UInt8(ascii: "\\")), let text = try? JSONDecoder().decode(String.self, from: Data(string)) { return text }
    return String(decoding: string.dropFirst().dropLast(), as: UTF8.self)
  }
}
