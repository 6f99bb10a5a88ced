internal import ArgumentParser
internal import Basics
internal import Files
internal import Foundation
internal import Refrain
internal import SystemPackage

struct OriginalityCommand: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "originality", abstract: "Report what songs have in common with a corpus, word for word.",
    discussion: """
      Compares each song of the files with the training songs of a store, or with all songs of other files: the longest spans of words \
      that stand there too and the songs that they come from, the shares of n-grams that do, and songs that are nearly the same.

      Words are compared without case, punctuation, line ends and section tags. The report says nothing about rights.

      The index of a store is the file beside it that 'refrain prepare --index' writes; without one, it is made now and kept in the cache.
      """)

  @Argument(help: ArgumentHelp("The songs to report on: files and folders, or - for standard input.", valueName: "file"))
  var files: [String]
  @Option(
    parsing: .unconditionalSingleValue,
    help: ArgumentHelp("What to compare with: a store, an index, or files and folders of songs; may be repeated.", valueName: "corpus"))
  var against: [String] = []
  @Flag(help: "Print one JSON object.")
  var json = false
  @Option(parsing: .unconditional, help: "The fewest words of a span that is reported.")
  var shortest = 5
  @Option(parsing: .unconditional, help: "The most spans to report for a song.")
  var spans = 10
  @Option(
    parsing: .unconditional,
    help: ArgumentHelp("Where indexes are kept that are made now (default: ~/.cache/refrain).", valueName: "directory"))
  var cache: String?
  @Flag(help: "Keep no index that is made now.")
  var noCache = false
  @OptionGroup(title: "Reading") var readingFlags: ReadingFlags

  func validate() throws {
    if against.isEmpty { throw ValidationError("Missing --against with the store or the songs to compare with.") }
    if (files + against).contains("") { throw ValidationError("An argument is empty; it must name a file or directory.") }
    if shortest < 1 { throw ValidationError("--shortest must be at least 1, but is \(shortest).") }
    if spans < 0 { throw ValidationError("--spans must be at least 0, but is \(spans).") }
    if cache != nil, noCache { throw ValidationError("--cache and --no-cache contradict each other; leave one of them out.") }
    if cache == "" { throw ValidationError("--cache is empty; it must name a folder.") }
  }

  func run() throws {
    var reader = SongReader(options: readingFlags.options())
    reader.format = readingFlags.format
    reader.conditions = readingFlags.conditions
    reader.isStrict = readingFlags.strict
    reader.skipsUnreadable = readingFlags.skipUnreadable
    let (songs, skipped) = try readingFlags.advising { try reader.read(files.map { FilePath($0) }) }
    PreparationReporter.warn(about: skipped)
    var cache = CorpusCache(folder: self.cache ?? CorpusFlags.usualCache)
    cache.isDefault = self.cache == nil
    let opened = try readingFlags.advising { try TrainingSongs.open(against, reader: reader, cache: noCache ? nil : cache) }
    let report = OriginalityReport(songs, opened, shortest: shortest, mostSpans: spans)
    try json ? Terminal.write(Terminal.json(report) + "\n") : Terminal.show(report.text)
  }
}
