import Basics
import Files
import Foundation
import SystemPackage
import Testing

/// Changes bytes at random, as a hostile or a broken writer might: the same seed, the same changes. Copied where another target needs it.
struct Mutator {
  private var generator: SeededGenerator
  /// What breaks readers: numbers at the edges, and JSON where it does not belong.
  private static let words = [
    "0", "-1", "1e999", "-0.0", "9223372036854775807", "9223372036854775808", "-9223372036854775808", "18446744073709551616",
    "4611686018427387904",
    "2147483648", "1048577", "null", "true", "\"\"", "[]", "{}", "[[[[[[[[[[", "{\"a\":", "\\u0000", "\\ud800", "\u{0}", "\u{FEFF}", "NaN",
    "\"\\", "../",
  ].map { Array($0.utf8) }

  init(seed: UInt64) { generator = SeededGenerator(seed: seed) }

  private mutating func below(_ count: Int) -> Int { Int.random(in: 0..<max(1, count), using: &generator) }

  /// A few changes of the bytes.
  mutating func mutated(_ original: [UInt8]) -> [UInt8] {
    var bytes = original
    for _ in 0...below(4) {
      let at = below(bytes.count + 1), length = below(min(64, bytes.count - at + 1))
      switch below(9) {
      case 0 where at < bytes.count: bytes[at] ^= 1 << UInt8(below(8))
      case 1 where at < bytes.count: bytes[at] = UInt8(below(256))
      case 2: bytes.replaceSubrange(at..<at + length, with: [])
      case 3: bytes.insert(contentsOf: bytes[at..<at + length], at: below(bytes.count + 1))
      case 4: bytes.removeLast(bytes.count - at)
      case 5: bytes.append(contentsOf: (0..<below(40)).map { _ in UInt8(below(256)) })
      case 6: bytes.insert(contentsOf: Self.words[below(Self.words.count)], at: at)
      case 7:  // A number in text becomes another.
        guard let start = bytes[at...].firstIndex(where: { (0x30...0x39).contains($0) }) else { continue }
        let end = bytes[start...].firstIndex { !(0x30...0x39).contains($0) } ?? bytes.count
        bytes.replaceSubrange(start..<end, with: Self.words[below(12)])
      default:
        guard below(200) == 0 else { continue }
        bytes.insert(contentsOf: repeatElement(UInt8(ascii: below(2) == 0 ? "[" : "{"), count: 100_000), at: at)
      }
    }
    return bytes
  }
}

/// How many mutations of each kind of file are read: few, or all of `make soak`.
let mutationCount = ProcessInfo.processInfo.environment["REFRAIN_SOAK"] != nil ? 200_000 : 1_000

/// Reads many mutations; counts those that are read all the same, some of which must be (a changed bit of a weight is a weight).
func readMutations(of original: [UInt8], seed: UInt64, count: Int = mutationCount, _ body: ([UInt8]) throws -> Void) -> Int {
  var mutator = Mutator(seed: seed), accepted = 0
  for _ in 0..<count {
    let bytes = mutator.mutated(original)
    do {
      try body(bytes)
      accepted += 1
    } catch {
      // An error that is for people: a line of text that says something.
      #expect(!"\(error)".isEmpty)
    }
  }
  return accepted
}

/// Writes without forcing to the disk, which would take most of the time.
func writeUnsynced(_ bytes: [UInt8], to path: FilePath) throws {
  let file = try FileDescriptor.open(path, .writeOnly, options: [.create, .truncate], permissions: FilePermissions(rawValue: 0o600))
  try file.closeAfter { _ = try file.writeAll(bytes) }
}
