internal import Files
package import SystemPackage

/// Samples of a run over its steps, from `samples.txt`: a few, spread evenly, with the first and the last among them.
package struct SampleLog: Sendable {
  /// A sample.
  package struct Sample: Sendable, Hashable {
    package var step: Int
    /// The running loss in nats, as the heading writes it.
    package var loss: String
    package var text: String
    /// Whether the text is longer than what is kept.
    package var isCut = false

    package init(step: Int, loss: String, text: String) {
      self.step = step
      self.loss = loss
      self.text = text
    }
  }

  /// What is kept, in the order of the file.
  package private(set) var samples: [Sample] = []
  /// How many samples the file has.
  package private(set) var count = 0
  private let capacity: Int
  private var stride = 1
  private var open: Sample?

  /// The longest text of a sample that is kept, in bytes.
  package static let longestText = 2_000

  /// An empty log, which keeps up to so many samples.
  ///
  /// - Precondition: the number is at least 2.
  package init(capacity: Int = 16) {
    precondition(capacity >= 2, "the first and the last sample are kept")
    self.capacity = capacity
  }

  /// Reads the file.
  ///
  /// - Throws: `FileError`.
  package init(path: FilePath, capacity: Int = 16) throws {
    self.init(capacity: capacity)
    try LineReader.forEachLine(of: path, longest: Self.longestText) { add($0) }
    close()
  }

  private mutating func add(_ line: LineReader.Line) {
    if let heading = Self.heading(line.bytes) {
      close()
      open = heading
    } else if var sample = open {
      open = nil
      let room = Self.longestText - sample.text.utf8.count
      if sample.isCut || line.bytes.count >= room {
        if !sample.isCut { sample.text += Self.text(of: line.bytes, most: max(0, room - 1)) }
        sample.isCut = true
      } else {
        sample.text += String(decoding: line.bytes, as: UTF8.self) + "\n"
        sample.isCut = line.isCut
      }
      open = sample
    }
  }

  /// The beginning of a text, cut between two characters.
  private static func text(of bytes: ArraySlice<UInt8>, most: Int) -> String {
    var end = bytes.startIndex + min(most, bytes.count)
    while end > bytes.startIndex, end < bytes.endIndex, bytes[end] & 0xC0 == 0x80 { end -= 1 }
    return String(decoding: bytes[bytes.startIndex..<end], as: UTF8.self)
  }

  /// Keeps the sample that ends here: the first of each stride, and always the last of the file.
  private mutating func close() {
    guard var sample = open else { return }
    open = nil
    while sample.text.last?.isNewline == true { sample.text.removeLast() }
    // The sample that was last up to now stays only if it is one of the stride.
    if count > 0, (count - 1) % stride != 0 { samples.removeLast() }
    samples.append(sample)
    count += 1
    guard samples.count > capacity else { return }
    let ofStride = (count - 1) % stride == 0 ? samples : samples.dropLast()
    stride *= 2
    samples = ofStride.enumerated().filter { $0.offset % 2 == 0 }.map(\.element)
    // The last sample stays until the next one comes.
    if (count - 1) % stride != 0 { samples.append(sample) }
  }

  /// The heading `=== step 20, loss 3.210 nats ===`.
  private static func heading(_ line: ArraySlice<UInt8>) -> Sample? {
    guard line.count < 100, line.starts(with: "=== step ".utf8) else { return nil }
    let words = String(decoding: line, as: UTF8.self).split(separator: " ")
    guard words.count == 7, words[3] == "loss", words[5] == "nats", words[6] == "===", words[2].last == ",",
      let step = Int(words[2].dropLast()), step >= 0
    else { return nil }
    return Sample(step: step, loss: String(words[4]), text: "")
  }
}
