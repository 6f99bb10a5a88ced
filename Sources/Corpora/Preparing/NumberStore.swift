internal import Files
internal import SystemPackage

/// Numbers that are added in order, and read and replaced in stretches: in memory, or in a nameless file.
struct NumberStore: Sendable {
  private var memory: [UInt32] = []
  private let file: ScratchFile?
  private(set) var count = 0

  /// - Parameter folder: where to keep them on disk; nil: in memory.
  init(in folder: FilePath?) throws(CorpusError) {
    file = try CorpusError.converting { () throws(FileError) in if let folder { try ScratchFile(in: folder) } else { nil } }
  }

  mutating func append(_ values: [UInt32]) throws(CorpusError) {
    if file == nil { memory += values } else { try write(values, at: count) }
    count += values.count
  }

  /// Writes over numbers that are there.
  mutating func replace(at index: Int, with values: [UInt32]) throws(CorpusError) {
    precondition(index >= 0 && index + values.count <= count, "the numbers must be there")
    if file == nil { memory.replaceSubrange(index..<index + values.count, with: values) } else { try write(values, at: index) }
  }

  private func write(_ values: [UInt32], at index: Int) throws(CorpusError) {
    try CorpusError.converting { () throws(FileError) in try file?.write(values, at: index * 4) }
  }

  func read(_ range: Range<Int>) throws(CorpusError) -> [UInt32] {
    guard let file else { return Array(memory[range]) }
    return try CorpusError.converting { () throws(FileError) in
      try file.read(range.count, at: range.lowerBound * 4)
    }
  }
}
