import Basics
import Corpora
import Files
import SystemPackage
import Testing

/// Indexes of songs and portable guards from elsewhere.
@Suite("Hostile indexes", .timeLimit(.minutes(60))) struct HostileCopyTests {
  let folder: TemporaryFolder
  let index: CopyIndex

  init() throws {
    folder = try TemporaryFolder()
    index = try CopyIndex(
      songs: (0..<6).map { Song(text: "the river \($0) runs là to the sea", source: "f", line: 1, details: SongDetails(title: "T\($0)")) })
  }

  /// Uses all that an index offers.
  private func use(_ index: CopyIndex) {
    let report = Originality(of: "the river 3 runs là to the sea the river 4 runs", against: index, shortest: 2)
    #expect(report.wordCount == 12 && report.longestSpan <= 12)
    for song in 0..<index.songCount { _ = index.name(ofSong: song) }
    var copies = index.cursor(longest: 2)
    for word in ["the", "river", "3", "runs"] {
      _ = copies.copiedNextWords
      copies.append(word)
    }
  }

  @Test func `an index`() throws {
    let path = folder.path("a.index")
    try index.write(to: path.string)
    let whole = try readFile(path)
    _ = readMutations(of: whole, seed: 21) { bytes in
      try writeUnsynced(bytes, to: path)
      use(try CopyIndex(path: path.string))
      // The checksums find every change.
      #expect(bytes == whole)
    }
  }

  /// A forger makes the checksums right.
  @Test func `an index with checksums that fit`() throws {
    let path = folder.path("a.index")
    try index.write(to: path.string)
    let whole = try readFile(path)
    let accepted = readMutations(of: Array(whole[128...]), seed: 22) { payload in
      try writeUnsynced(Self.forged(Array(whole[..<128]), payload, checksumAt: 8 + 8 * 11), to: path)
      use(try CopyIndex(path: path.string))
    }
    #expect(accepted > 0)
    // Numbers of the header are changed too.
    for field in 1...8 {
      for value in [0, 1, 2, 3, 5, 1 << 16, 1 << 31, UInt64(UInt32.max), .max] {
        var page = Array(whole[..<128])
        Self.put(value, at: 8 + 8 * field, in: &page)
        try writeUnsynced(Self.forged(page, Array(whole[128...]), checksumAt: 8 + 8 * 11), to: path)
        if let index = try? CopyIndex(path: path.string) { use(index) }
      }
    }
  }

  @Test func `a portable guard`() throws {
    let path = folder.path("a.guard")
    try PortableGuard(index, longest: 3).write(to: path.string)
    let whole = try readFile(path)
    func use(_ copies: PortableGuard) {
      var cursor = copies.cursor()
      for word in ["the", "river", "3", "runs", "to"] {
        _ = cursor.isCopied(word)
        cursor.append(word)
      }
      #expect(copies.falsePositiveRate >= 0 && copies.falsePositiveRate <= 1)
    }
    _ = readMutations(of: whole, seed: 23) { bytes in
      try writeUnsynced(bytes, to: path)
      use(try PortableGuard(path: path.string))
      #expect(bytes == whole)
    }
    let forged = readMutations(of: Array(whole[96...]), seed: 24, count: mutationCount / 4) { payload in
      var page = Array(whole[..<96])
      Self.put(UInt64(payload.count / 8), at: 8 + 8 * 4, in: &page)
      try writeUnsynced(Self.forged(page, payload, checksumAt: 8 + 8 * 8), to: path)
      use(try PortableGuard(path: path.string))
    }
    #expect(forged > 0)
  }

  private static func put(_ number: UInt64, at place: Int, in bytes: inout [UInt8]) {
    for index in 0..<8 { bytes[place + index] = UInt8(truncatingIfNeeded: number >> UInt64(8 * index)) }
  }

  /// A file with hashes that fit; the payload is one block.
  private static func forged(_ page: [UInt8], _ payload: [UInt8], checksumAt place: Int) -> [UInt8] {
    var page = page
    var blocks = [UInt8](repeating: 0, count: payload.isEmpty ? 0 : 8)
    if !payload.isEmpty { put(xxh64(payload.span), at: 0, in: &blocks) }
    put(xxh64(blocks.span), at: place, in: &page)
    put(xxh64(page.span.extracting(0..<page.count - 8)), at: page.count - 8, in: &page)
    return page + payload
  }
}
