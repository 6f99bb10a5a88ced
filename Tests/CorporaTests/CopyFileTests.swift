import Basics
import Corpora
import Files
import Foundation
import SystemPackage
import Testing

/// Indexes and portable guards as files.
@Suite("Files of copies") struct CopyFileTests {
  let folder: TemporaryFolder
  let songs: [Song]

  init() throws {
    folder = try TemporaryFolder()
    songs = (0..<20).map { number in
      Song(
        text: "the river \(number) runs to the sea\nla là la \(number * number)", source: "f\(number).txt", line: 1,
        details: SongDetails(title: number % 2 == 0 ? "Song \(number)" : nil, artist: number % 3 == 0 ? "Ann" : nil))
    }
  }

  private func path(_ name: String) -> String { folder.path.appending(name).string }

  @Test func `an index that is read is the one that was written`() throws {
    let index = try CopyIndex(songs: songs)
    try index.write(to: path("a.index"))
    let read = try CopyIndex(path: path("a.index"))
    #expect(read.identity == index.identity && read.wordCount == index.wordCount && read.songCount == 20)
    #expect((0..<20).map { read.name(ofSong: $0) } == (0..<20).map { index.name(ofSong: $0) })
    #expect(read.name(ofSong: 0) == .init(title: "Song 0", artist: "Ann", source: "f0.txt"))
    for song in songs {
      #expect(Originality(of: song.text, against: read).spans == Originality(of: song.text, against: index).spans)
    }
    #expect(CopyIndex.isIndex(path("a.index")) && !PortableGuard.isGuard(path("a.index")))
  }

  @Test func `only its owner can read an index, also where others could read the old one`() throws {
    let path = FilePath(path("a.index"))
    for _ in 0..<2 {
      try CopyIndex(songs: songs).write(to: path.string)
      #expect(try Stat(path).permissions == FilePermissions(rawValue: 0o600))
      try FileManager.default.setAttributes([.posixPermissions: 0o644], ofItemAtPath: path.string)
    }
  }

  @Test func `an index is not written into a model directory`() throws {
    try folder.write("x", to: "m/model.safetensors")
    #expect(throws: CopyError.insideModel(path: path("m/a.index"))) { try CopyIndex(songs: songs).write(to: path("m/a.index")) }
    #expect(!fileExists(FilePath(path("m/a.index"))))
  }

  @Test("Songs without words are no corpus to compare with", arguments: [[], [""], ["[Chorus]\n--", "!"]])
  func empty(texts: [String]) {
    #expect(throws: CopyError.noWords(path: "the songs")) { try CopyIndex(songs: CopyIndexTests.songs(texts)) }
  }

  @Test func `an index or a guard that is cut off or changed anywhere is refused`() throws {
    let index = try CopyIndex(songs: songs)
    try index.write(to: path("a.index"))
    try PortableGuard(index, longest: 3).write(to: path("a.guard"))
    for name in ["a.index", "a.guard"] {
      let whole = try readFile(FilePath(path(name)))
      func check(_ bytes: [UInt8], _ what: String) throws {
        let file = try folder.write(bytes, to: "b")
        #expect(throws: CopyError.self, "\(name): \(what)") {
          if name == "a.index" { _ = try CopyIndex(path: file) } else { _ = try PortableGuard(path: file) }
        }
      }
      for length in stride(from: 0, to: whole.count, by: 53) { try check(Array(whole[..<length]), "\(length) bytes") }
      for place in stride(from: 0, to: whole.count, by: 17) {
        var changed = whole
        changed[place] ^= 0x55
        try check(changed, "byte \(place)")
      }
      try check(whole + [0], "a byte more")
    }
  }

  @Test("A portable guard that is read is the one that was written", arguments: [1, 5, 64])
  func portable(longest: Int) throws {
    let index = try CopyIndex(songs: songs)
    let written = try PortableGuard(index, longest: longest)
    try written.write(to: path("a.guard"))
    let read = try PortableGuard(path: path("a.guard"))
    #expect(read.longest == longest && read.spanCount == written.spanCount && read.falsePositiveRate == written.falsePositiveRate)
    let bytes = try readFile(FilePath(path("a.guard")))
    // No word can be read from it.
    #expect(bytes.firstRange(of: Array("river".utf8)) == nil && bytes.firstRange(of: Array("runs".utf8)) == nil)
    for song in songs.prefix(3) {
      var exact = index.cursor(longest: longest)
      var cursor = read.cursor()
      for word in LyricWords.words(in: song.text) {
        if exact.isCopied(word) { #expect(cursor.isCopied(word)) }
        exact.append(word)
        cursor.append(word)
      }
    }
    // Another salt gives another file.
    try PortableGuard(index, longest: longest).write(to: path("b.guard"))
    #expect(try readFile(FilePath(path("b.guard"))) != bytes)
  }

  // MARK: - Finding an index

  private func store(_ text: String, _ name: String) throws -> String {
    let source = try folder.write(text, to: name + ".txt")
    try Corpus.prepare([source], options: CorpusOptions(minimumCount: 1, validationFraction: 0), to: path(name))
    return path(name)
  }

  @Test func `the index of a store is the one beside it, or in the cache, or made now`() throws {
    let store = try store("the river runs to the sea", "s.store")
    let cache = CorpusCache(folder: path("cache"))
    #expect(throws: CopyError.noIndex(path: store + ".index")) { try CopyIndex(besideStore: store) }
    var built = 0
    let first = try CopyIndex.open(against: [store], cache: cache) { built += 1 }
    guard case .built(let cached) = first.origin else { return #expect(Bool(false), "\(first.origin)") }
    #expect(try Stat(FilePath(cached)).permissions == FilePermissions(rawValue: 0o600))
    let second = try CopyIndex.open(against: [store], cache: cache) { built += 1 }
    #expect(second.origin == .cached(path: cached) && built == 1 && second.index.wordCount == 6)
    #expect(cache.usage()?.stores == 0 && (cache.usage()?.bytes ?? 0) > 0)
    try first.index.write(to: store + ".index")
    #expect(try CopyIndex.open(against: [store], cache: cache).origin == .file(path: store + ".index"))
    #expect(try CopyIndex.open(against: [store + ".index"]).origin == .file(path: store + ".index"))
    #expect(try CopyIndex.isUpToDate(besideStore: store))
  }

  @Test func `an index of another corpus is refused`() throws {
    let store = try store("the river runs to the sea", "s.store"), other = try self.store("the boat goes down", "t.store")
    try CopyIndex(trainingOfStore: other).write(to: store + ".index")
    #expect(throws: CopyError.otherCorpus(path: store + ".index", corpus: store)) { try CopyIndex.open(against: [store]) }
    #expect(throws: CopyError.nothingToCompare) { try CopyIndex.open(against: []) }
    #expect(throws: CorpusError.storeAmongSources(path: store)) { try CopyIndex.open(against: [other + ".txt", store]) }
  }

  @Test func `a damaged index of the cache is made again`() throws {
    let store = try store("the river runs to the sea", "s.store")
    let cache = CorpusCache(folder: path("cache"))
    guard case .built(let cached) = try CopyIndex.open(against: [store], cache: cache).origin else { return #expect(Bool(false)) }
    try writeDamaged(cached)
    #expect(try CopyIndex.open(against: [store], cache: cache).origin == .built(path: cached))
  }

  private func writeDamaged(_ path: String) throws {
    var bytes = try readFile(FilePath(path))
    bytes[bytes.count - 1] ^= 1
    try AtomicFile.write(bytes, to: FilePath(path))
  }

  @Test func `large files of songs have an index in the cache, small ones do not`() throws {
    let file = try folder.write("the river runs\n\n\nthe boat\n\n\nTHE  boat", to: "songs.txt")
    let cache = CorpusCache(folder: path("cache"))
    let small = try CopyIndex.open(against: [file], cache: cache)
    // Copies count once.
    #expect(small.origin == .memory && small.index.songCount == 2)
    guard case .built(let cached) = try CopyIndex.open(against: [file], cache: cache, memoryBound: 0).origin else {
      return #expect(Bool(false))
    }
    #expect(try CopyIndex.open(against: [file], cache: cache, memoryBound: 0).origin == .cached(path: cached))
    try folder.write("the river runs\n\n\nthe boat goes", to: "songs.txt")
    #expect(try CopyIndex.open(against: [file], cache: cache, memoryBound: 0).origin != .cached(path: cached))
  }
}
