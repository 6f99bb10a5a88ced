import Corpora
import Files
import Foundation
import SystemPackage
import Testing

/// Sources that somebody writes to while they are read.
@Suite("Changing sources")
struct ChangingSourceTests {
  enum Change: CaseIterable, Sendable {
    case grows, shrinks, isEmptied, isReplaced, isRemoved, isRewritten
  }

  let folder: TemporaryFolder
  let source: String

  init() throws {
    folder = try TemporaryFolder()
    var lyrics = SyntheticLyrics(types: 2_000, seed: 6)
    var text: [UInt8] = []
    // More than a batch, so that something is left to read when the first has been taken.
    while text.count < 5_500_000 { text += lyrics.nextSong(as: .txt) }
    source = try folder.write(text, to: "songs.txt")
  }

  func apply(_ change: Change) throws {
    let size = FileStamp(FilePath(source))?.size ?? 0
    switch change {
    case .grows:
      let file = try #require(FileHandle(forWritingAtPath: source))
      try file.seekToEnd()
      try file.write(contentsOf: Data("\n\n\none more song\nthat came late\n".utf8))
    case .shrinks: try #require(FileHandle(forWritingAtPath: source)).truncate(atOffset: UInt64(size - 100_000))
    case .isEmptied: try #require(FileHandle(forWritingAtPath: source)).truncate(atOffset: 0)
    case .isReplaced: try folder.write("another text altogether\n", to: "songs.txt")
    case .isRemoved: try FileManager.default.removeItem(atPath: source)
    case .isRewritten:
      let file = try #require(FileHandle(forWritingAtPath: source))
      try file.seek(toOffset: UInt64(size - 50))
      try file.write(contentsOf: Data("la la".utf8))
    }
  }

  @Test("A source that changes is named, never a silent loss, and its store is not up to date", arguments: Change.allCases)
  func reported(change: Change) throws {
    let store = folder.path.appending("s.store").string
    var hasChanged = false
    let report = try Corpus.prepare([source], to: store, workers: 1) { progress in
      if progress.phase == .reading, !hasChanged {
        hasChanged = true
        try apply(change)
      }
    }
    #expect(hasChanged && report.damagedSources == 1)
    #expect(report.problems == ["\(source): the file changed while it was read; prepare again when nobody writes to it."])
    #expect(report.songs.total > 1_000)
    // What was read is a whole store of its own.
    let corpus = try Corpus(store: store)
    #expect(corpus.songCount == report.songs.total)
    if change == .isRemoved { try folder.write("new\n", to: "songs.txt") }
    #expect(try !Corpus.isUpToDate(store, with: [source], options: .init()))
  }

  @Test("Strict stops at a source that changes, and leaves nothing", arguments: [Change.grows, .shrinks])
  func strict(change: Change) throws {
    var options = CorpusOptions()
    options.isStrict = true
    var hasChanged = false
    #expect(throws: CorpusError.changedWhileRead(path: source)) {
      try Corpus.prepare([source], options: options, to: folder.path.appending("s.store").string, workers: 1) { _ in
        if !hasChanged { try apply(change) }
        hasChanged = true
      }
    }
    #expect(try FolderListing(folder.path).files.map(\.lastComponent?.string) == ["songs.txt"])
  }

  @Test("A file that is removed from a folder before it is read is an error, or is skipped and named", arguments: [false, true])
  func gone(skips: Bool) throws {
    for number in 0..<20 { try folder.write("small song number \(number)\nof a few words\n", to: "z/\(number).txt") }
    var options = CorpusOptions()
    options.skipsUnreadable = skips
    var hasChanged = false
    func prepare() throws -> CorpusReport {
      try Corpus.prepare([folder.path.string], options: options, to: folder.path.appending("s.store").string, workers: 1) { _ in
        if !hasChanged { try removeTree(folder.path.appending("z")) }
        hasChanged = true
      }
    }
    let first = folder.path.string + "/z/0.txt"
    guard skips else {
      #expect(throws: CorpusError.missing(path: first)) { try prepare() }
      return #expect(!fileExists(folder.path.appending("s.store")))
    }
    let report = try prepare()
    #expect(report.problems.first?.hasPrefix(first + ": there is no such file") == true, "\(report.problems)")
    #expect(report.problemCount == 20 && report.damagedSources == 20 && report.songs.total > 1_000)
  }

  @Test("NUL bytes and other control characters are left out and counted, in every format")
  func controls() throws {
    let files: [(String, [UInt8])] = [
      ("a.txt", Array("one\u{0}two\u{1} three\n".utf8)), ("b.csv", Array("text,n\none\u{0}two\u{1} three,1\n".utf8)),
      ("c.jsonl", Array("{\"text\": \"one\\u0000two\\u0001 three\"}\n".utf8)),
      ("d.json", Array("[{\"text\": \"one\u{0}two\u{1} three\"}]".utf8)),
      ("e.lrc", Array("[00:01.00]one\u{0}two\u{1} three\n".utf8)),
    ]
    for (name, bytes) in files {
      let corpus = try Corpus(reading: [folder.write(bytes, to: name)], options: .init(minimumCount: 1, validationFraction: 0))
      #expect(corpus.report.cleaned.controls == 2, "\(name)")
      #expect(try corpus.tokenizer.decode(corpus.training.read()).contains("onetwo three"), "\(name)")
    }
    let zeros = try folder.write([UInt8](repeating: 0, count: 3_000), to: "zeros.txt")
    #expect(throws: CorpusError.noSongs(path: zeros)) { try Corpus(reading: [zeros]) }
  }
}
