internal import Basics
internal import Files
internal import Refrain
internal import SystemPackage

/// Where `prepare` writes what finds copied words: the index beside a store, and the portable guard.
final class CopyOutput {
  private let store: String
  private let index: String?
  private let portable: String?
  private let longest: Int
  private let reporter: PreparationReporter
  private var builder: CopyIndexBuilder?

  /// Returns nil if neither is asked for.
  ///
  /// - Parameter longest: the longest span that the guard allows; nil: there is no guard.
  /// - Throws: `CopyError.invalidSetting`; `OverwritingError` or `CopyOutputError` for a file that may not be written over.
  init?(store: String, index: Bool, longest: Int?, _ reporter: PreparationReporter) throws {
    if !index, longest == nil { return nil }
    self.store = store
    self.index = index ? CopyIndex.path(besideStore: store) : nil
    portable = longest.map { _ in store + PortableGuard.ending }
    self.longest = longest ?? 1
    self.reporter = reporter
    try CopyGuard.check(self.longest, key: "portable_guard")
    if let path = self.index {
      try OutputCheck.check(path, flag: "--out")
      if fileExists(FilePath(path)), !CopyIndex.isIndex(path) { throw CopyOutputError(path: path, kind: "index") }
    }
    if let portable, fileExists(FilePath(portable)), !PortableGuard.isGuard(portable) {
      throw CopyOutputError(path: portable, kind: "portable guard")
    }
  }

  /// Whether the index that is asked for is that of the store as it is now, and no guard is asked for.
  var isUpToDate: Bool { portable == nil && (try? CopyIndex.isUpToDate(besideStore: store)) ?? false }

  /// Takes the songs while the store is prepared.
  func gather(_ songs: CleanedSongs) throws {
    var builder = CopyIndexBuilder()
    try builder.add(songs)
    self.builder = builder
  }

  /// Writes what is asked for, of the songs that were gathered.
  func write() throws {
    guard let builder else { return reporter.say("\(index ?? store) is up to date") }
    self.builder = nil
    try write { try builder.index(ofStore: store) }
  }

  /// Writes what is asked for, of the store's tokens.
  func writeFromStore() throws {
    if isUpToDate { return reporter.say("\(index ?? store) is up to date") }
    try write { try CopyIndex(trainingOfStore: store) }
  }

  private func write(_ build: () throws -> CopyIndex) throws {
    let clock = ContinuousClock()
    let start = clock.now
    let found = try build()
    let words = "\(found.songCount.counted("song")), \(found.wordCount.counted("word"))"
    var unknown = ""
    if found.unknownWordCount > 0 {
      unknown = "; words that are not in the store's vocabulary are not compared: \(found.unknownWordCount.grouped)"
    }
    if let index {
      try found.write(to: index)
      let seconds = start.duration(to: clock.now) / .seconds(1)
      reporter.say("indexed \(words) in \(seconds.fixed(1)) s; the index is in \(index)\(unknown)")
    }
    if let portable {
      let copies = try PortableGuard(found, longest: longest)
      try copies.write(to: portable)
      reporter.say(
        "hashed \(copies.spanCount.counted("span")) of \(longest + 1) words, of which one in \(Int(1 / copies.falsePositiveRate).grouped) "
          + "others is taken for; the portable guard is in \(portable)")
    }
  }
}

/// The name of an index or a guard is taken by another file.
struct CopyOutputError: Error, CustomStringConvertible {
  let path: String
  let kind: String
  var description: String { sentence.text }

  private var sentence: Sentence { "\(path): this is there already and is no \(kind); choose another --out, or remove it yourself." }
}
