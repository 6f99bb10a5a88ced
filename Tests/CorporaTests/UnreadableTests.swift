import Basics
import Corpora
import Files
import Foundation
import SystemPackage
import Testing

/// Sources that cannot be read to their end: a part of them is never left out without a word.
@Suite("Unreadable sources")
struct UnreadableTests {
  let folder: TemporaryFolder
  var songs: String { folder.path.appending("songs").string }

  enum Kind: CaseIterable, Sendable {
    /// Opens, but reading fails with EIO: the memory of this process at address 0.
    case failsToRead
    case deadLink
    case cutOff
    /// Is cut off after more unusable records than the report keeps.
    case cutOffAfterMuchElse
  }

  init() throws {
    folder = try TemporaryFolder()
    for number in 0..<3 { try folder.write("song number \(number)\nof a few words\nand a few more\n", to: "songs/\(number).txt") }
  }

  /// Makes the file, and returns the error that reading it gives.
  private func make(_ kind: Kind, in place: String) throws -> CorpusError {
    let name = folder.path.appending(place).string
    func link(_ target: String) throws -> String {
      try FileManager.default.createSymbolicLink(atPath: name + "/bad.txt", withDestinationPath: target)
      return name + "/bad.txt"
    }
    try makeDirectories(FilePath(name))
    switch kind {
    case .failsToRead:
      return .unreadable(.failed(path: try link("/proc/self/mem"), action: "read it", reason: Errno.ioError.description))
    case .deadLink:
      let reason = Errno.noSuchFileOrDirectory.description
      return .unreadable(.failed(path: try link("nowhere.txt"), action: "follow this link", reason: reason))
    case .cutOff, .cutOffAfterMuchElse:
      let isText = kind == .cutOff
      var generator = SeededGenerator(seed: 5)
      let text = (0..<600).map { line in
        isText ? "a song of words \(UInt64.random(in: 0...99_999, using: &generator))\n" : "no record \(line)\n"
      }.joined()
      let file = name + (isText ? "/bad.txt" : "/bad.jsonl")
      try AtomicFile.write(Array(text.utf8), to: FilePath(file))
      try #require(try launch("gzip", [file]))
      let whole = try readFile(FilePath(file + ".gz"))
      try AtomicFile.write(Array(whole.prefix(whole.count * 3 / 4)), to: FilePath(file + ".gz"))
      return .notDecompressed(path: file + ".gz", program: "gzip")
    }
  }

  /// All that reads a corpus.
  private func readings(_ paths: [String], _ options: CorpusOptions) -> [(String, () throws -> CorpusReport)] {
    let store = folder.path.appending("s.store").string, cache = CorpusCache(folder: folder.path.appending("cache").string)
    return [
      ("memory", { try Corpus(reading: paths, options: options).report }),
      ("survey", { try CorpusSource(paths, options: options).survey(scratch: "/tmp") }),
      ("store", { try Corpus.prepare(paths, options: options, to: store) }),
      ("cache", { try Corpus.open(paths, options: options, in: cache, memoryBound: 0).corpus.report }),
    ]
  }

  @Test("An unreadable source in a folder is an error, or is skipped on request and named first", arguments: Kind.allCases)
  func found(kind: Kind) throws {
    let error = try make(kind, in: "songs")
    for (name, read) in readings([songs], .init()) {
      #expect(throws: error, "\(name)") { try read() }
    }
    #expect(!fileExists(folder.path.appending("s.store")))
    #expect(throws: error) { try SongReader().songs(at: [FilePath(songs)]) }
    // Far more faults than the report keeps come before it.
    try folder.write(String(repeating: "{\n", count: 50), to: "songs/a.jsonl")
    var options = CorpusOptions()
    options.skipsUnreadable = true
    for (name, read) in readings([songs], options) {
      let report = try read()
      #expect(report.problems.first == error.description && report.damagedSources == 1, "\(name)")
      #expect(report.songs.total >= 3 && report.problemCount >= 51, "\(name)")
    }
    // What was left out may be readable the next time, without a sign of it.
    #expect(try !Corpus.isUpToDate(folder.path.appending("s.store").string, with: [songs], options: options))
  }

  @Test("An unreadable named source is an error", arguments: [Kind.failsToRead, .cutOff], ["corpus", "validation", "test"])
  func named(kind: Kind, part: String) throws {
    let error = try make(kind, in: "other")
    let path = folder.path.appending("other/" + (kind == .cutOff ? "bad.txt.gz" : "bad.txt")).string
    var options = CorpusOptions(validation: part == "validation" ? [path] : [], test: part == "test" ? [path] : [])
    let paths = [songs] + (part == "corpus" ? [path] : [])
    for (name, read) in readings(paths, options) {
      #expect(throws: error, "\(name)") { try read() }
    }
    options.skipsUnreadable = true
    if part == "corpus" || kind == .cutOff {
      for (name, read) in readings(paths, options) {
        #expect(try read().problems == [error.description], "\(name)")
      }
    } else {
      // No other path has songs for this part.
      #expect(throws: error) { try Corpus(reading: paths, options: options) }
    }
  }

  @Test("A pipe or a device in a folder is an error if its name is that of songs", arguments: [false, true])
  func notAFile(isDevice: Bool) throws {
    try folder.write("one song\n", to: "songs/a.txt")
    let path = folder.path.appending("songs/b.txt").string
    if isDevice {
      try #require(try launch("ln", ["-s", "/dev/zero", path]))
    } else {
      try #require(try launch("mkfifo", [path]))
    }
    let fault = FileError.endless(path: path, found: isDevice ? "device" : "pipe")
    for (name, read) in readings([songs], CorpusOptions()) {
      #expect(throws: CorpusError.unreadable(fault), "\(name)") { try read() }
    }
    try FileCalls.system.rename(FilePath(path), folder.path.appending("songs/b.sock"))
    #expect(try Corpus(reading: [songs], options: CorpusOptions(minimumCount: 1, validationFraction: 0)).report.problems.isEmpty)
  }

  @Test("Options without skipping have the same hash as in older versions")
  func fingerprint() throws {
    var options = CorpusOptions()
    let before = try JSONEncoder().encode(options)
    options.skipsUnreadable = true
    options.skipsUnreadable = false
    options.cleaning.repeats = .keep
    let same = try JSONDecoder().decode(CorpusOptions.self, from: JSONEncoder().encode(options))
    #expect(same == CorpusOptions() && !String(decoding: before, as: UTF8.self).contains("skip"))
  }

  @Test("A folder with a model in it loses the model's own files only")
  func modelAmongSongs() throws {
    try folder.write("a b c\n", to: "songs/model.safetensors")
    for name in ["config.json", "tokenizer.json", "metrics.jsonl", "run.json", "baselines.json"] {
      try folder.write("{\"text\": \"not a song\"}", to: "songs/\(name)")
    }
    try folder.write("not a song\n", to: "songs/samples.txt")
    try folder.write("not a song\n", to: "songs/run/samples.txt")
    try folder.write("{}", to: "songs/run/metrics.jsonl")
    try folder.write("a song named like that\n", to: "songs/below/samples.txt")
    try folder.write("{\"text\": \"songs in a file named like that\"}\n", to: "songs/alone/metrics.jsonl")
    let report = try Corpus(reading: [songs]).report
    #expect(report.songs.total == 5 && report.sources == 5)
  }
}
