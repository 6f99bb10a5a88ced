internal import Basics
private import Foundation

/// The file `conditions.json` of a model directory.
extension ControlVocabulary {
  static let format = 1
  /// The most bytes that the file may have: more than the longest values of all columns take.
  package static let largestFile = 1 << 24

  private struct Format: Codable {
    var format: Int
  }

  private struct File: Codable {
    var format: Int
    var columns: [Column]
  }

  /// The file's bytes.
  package func fileData() throws -> [UInt8] {
    let encoder = JSONEncoder()
    encoder.outputFormatting = [.prettyPrinted, .sortedKeys, .withoutEscapingSlashes]
    let bytes = Array(try encoder.encode(File(format: Self.format, columns: columns))) + [UInt8(ascii: "\n")]
    precondition(bytes.count <= Self.largestFile, "conditions of \(bytes.count) bytes could not be read back")
    return bytes
  }

  /// Reads the file, which is not trusted.
  ///
  /// - Throws: `ConditionError.malformed` or `.otherFormat`.
  package init(json bytes: [UInt8], path: String) throws(ConditionError) {
    do {
      guard bytes.count <= Self.largestFile else { throw ConditionError.malformed(path: path, fault: "it is too long") }
      let data = Data(bytes)
      let found = try JSONDecoder().decode(Format.self, from: data).format
      guard found == Self.format else { throw ConditionError.otherFormat(path: path, expected: Self.format, found: found) }
      let columns = try JSONDecoder().decode(File.self, from: data).columns
      if let fault = Self.fault(of: columns) { throw ConditionError.malformed(path: path, fault: fault) }
      self.init(columns: columns)
    } catch let error as ConditionError {
      throw error
    } catch let error as DecodingError {
      throw .malformed(path: path, fault: error.sentence)
    } catch {
      throw .malformed(path: path, fault: "it is not JSON")
    }
  }

  /// What is wrong with columns that come from a file; nil if nothing is.
  private static func fault(of columns: [Column]) -> String? {
    guard (1...mostColumns).contains(columns.count) else { return "it has \(columns.count) columns" }
    guard Set(columns.map(\.name)).count == columns.count, columns.allSatisfy({ (1...4_096).contains($0.name.utf8.count) }) else {
      return "its columns have no names of their own"
    }
    // Sums must not overflow.
    let counts = 0...1 << 40
    for column in columns {
      guard (1...mostValues).contains(column.values.count) else { return "a column has \(column.values.count) values" }
      guard Set(column.values.map { key($0.text) }).count == column.values.count else { return "a value is there twice" }
      guard column.values.allSatisfy({ (1...longestValue).contains($0.text.utf8.count) && counts.contains($0.songs) && $0.songs > 0 }),
        counts.contains(column.otherSongs)
      else { return "a value is too long, or has an impossible number of songs" }
    }
    return nil
  }
}
