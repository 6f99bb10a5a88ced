import Files
import Foundation
import SystemPackage

extension RunLogs {
  /// Writes one of the two logs, and remembers the step of its last piece.
  struct Log: Sendable {
    /// The layout of a log's pieces.
    enum Format: Sendable {
      /// A JSON object a line, with its step.
      case metrics
      /// Samples, each below a heading with its step.
      case samples
    }

    /// A part of a log, from its beginning.
    enum Part: Sendable {
      case none, all
      /// All pieces of earlier steps, and the first few of this one.
      ///
      /// `count` is how many pieces of this step there were; nil in checkpoints of older versions, which have only the file's length.
      case upTo(step: Int, count: Int?, length: Int)
    }

    let file: AppendedFile
    private let format: Format
    private var last: (step: Int, count: Int)

    init(_ path: FilePath, _ format: Format, keeping part: Part, _ calls: FileCalls) throws(FileError) {
      file = try AppendedFile(path, keeping: format.length(of: part, in: path), calls: calls)
      self.format = format
      last = part.last
    }

    mutating func append(_ bytes: [UInt8], step: Int) throws(FileError) {
      last = (step, step == last.step ? last.count + 1 : 1)
      try file.append(bytes)
    }

    func count(at step: Int) -> Int { last.step == step ? last.count : 0 }

    mutating func cut(to part: Part) throws(FileError) {
      // What could not be written before may belong to the part.
      try? file.flush()
      try file.cut(to: format.length(of: part, in: file.path))
      last = part.last
    }
  }
}

extension RunLogs.Log.Part {
  /// The step of the last piece, and how many of this step there are.
  fileprivate var last: (step: Int, count: Int) {
    guard case .upTo(let step, let count, _) = self else { return (0, 0) }
    return (step, count ?? 0)
  }
}

extension RunLogs.Log.Format {
  /// How many of a log's bytes belong to a part of it.
  fileprivate func length(of part: RunLogs.Log.Part, in path: FilePath) throws(FileError) -> Int {
    switch part {
    case .none: 0
    case .all: .max
    case .upTo(_, nil, let length): length
    case .upTo(let step, let count?, let length): try self.length(of: path, upTo: step, count, length)
    }
  }

  /// The most bytes of a log that are read to find where a step begins.
  private static let largestWindow = 1 << 26

  private func length(of path: FilePath, upTo last: Int, _ count: Int, _ length: Int) throws(FileError) -> Int {
    guard fileExists(path) else { return 0 }
    let file = try RandomAccessFile(path)
    var window = 1 << 16
    while true {
      let start = max(0, file.size - window)
      let pieces = pieces(in: try file.read(file.size - start, at: start), from: start)
      // A piece of an earlier step shows that the window has all pieces of this step and later ones.
      if start > 0, !pieces.contains(where: { $0.step.map { $0 < last } ?? false }) {
        // A log from elsewhere may have any size and no steps: then the recorded length decides.
        if window >= Self.largestWindow { return length }
        window *= 4
        continue
      }
      var kept = start, left = count
      for piece in pieces {
        guard let step = piece.step else { continue }
        if step > last || step == last && left == 0 { break }
        if step == last { left -= 1 }
        kept = piece.range.upperBound
        // What follows the last piece, such as half of another one, does not belong to it.
        if piece.range.dropFirst().contains(length) { kept = length }
      }
      return kept
    }
  }

  /// Finds the pieces in bytes of a log that begin at `start`. The first may be half a piece; a piece without a readable step has none.
  private func pieces(in bytes: [UInt8], from start: Int) -> [(range: Range<Int>, step: Int?)] {
    var pieces: [(range: Range<Int>, step: Int?)] = []
    var line = 0
    while line < bytes.count {
      let end = bytes[line...].firstIndex(of: UInt8(ascii: "\n")).map { $0 + 1 } ?? bytes.count
      let range = start + line..<start + end
      switch self {
      case .metrics:
        pieces.append((range, bytes[end - 1] == UInt8(ascii: "\n") ? metricsStep(bytes[line..<end]) : nil))
      case .samples:
        if let step = samplesStep(bytes[line..<end]) {
          pieces.append((range, step))
        } else if let last = pieces.indices.last {
          pieces[last].range = pieces[last].range.lowerBound..<range.upperBound
        }
      }
      line = end
    }
    return pieces
  }

  private func metricsStep(_ line: ArraySlice<UInt8>) -> Int? {
    struct Step: Decodable { var step: Int }
    return (try? JSONDecoder().decode(Step.self, from: Data(line)))?.step
  }

  /// The step in `=== step 20, loss 3.210 nats ===`.
  private func samplesStep(_ line: ArraySlice<UInt8>) -> Int? {
    guard line.count < 100, line.starts(with: "=== step ".utf8) else { return nil }
    let words = String(decoding: line, as: UTF8.self).split(separator: " ")
    guard words.count == 7, words[3] == "loss", words[5] == "nats", words[2].last == "," else { return nil }
    return Int(words[2].dropLast())
  }
}
