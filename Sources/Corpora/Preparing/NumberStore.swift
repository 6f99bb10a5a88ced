internal import Files
internal import SystemPackage

/// Numbers that are written once, in order, and read back in stretches: in memory, or in a nameless file.
struct NumberStore: Sendable {
  private var memory: [UInt32] = []
  private let file: ScratchFile?
  private(set) var count = 0

  /// - Parameter folder: where to keep them on disk; nil: in memory.
  init(in folder: FilePath?) throws(CorpusError) {
    file = try CorpusError.converting { () throws(FileError) in if let folder { try ScratchFile(in: folder) } else { nil } }
  }

  mutating func append(_ values: [UInt32]) throws(CorpusError) {
    if let file {
      try CorpusError.converting { () throws(FileError) in try file.write(values, at: count * 4) }
    } else {
      memory += values
    }
    count += values.count
  }

  func read(_ range: Range<Int>) throws(CorpusError) -> [UInt32] {
    guard let file else { return Array(memory[range]) }
    return try CorpusError.converting { () throws(FileError) in
      try file.read(range.count, at: range.lowerBound * 4)
    }
  }
}
