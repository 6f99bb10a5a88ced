internal import ArgumentParser
internal import Basics
internal import Refrain
internal import SystemPackage

/// Counting the rhymes, syllables and repetitions of songs, which needs no model.
extension EvaluateCommand {
  /// Refuses flags that count for nothing here, or for nothing elsewhere.
  func validateLyrics() throws {
    guard !lyrics.isEmpty else {
      if !against.isEmpty { throw ValidationError("--against compares the songs of --lyrics, which is not given.") }
      if pronunciationFlags.areGiven {
        throw ValidationError("--pronunciations, --language and --espeak are for the songs of --lyrics, which is not given.")
      }
      return
    }
    if lyrics.contains("") || against.contains("") { throw ValidationError("An argument is empty; it must name a file.") }
    if let argument = model.arguments.first {
      throw ValidationError(
        "Unexpected argument '\(argument)'; --lyrics needs no model, but --model gives one whose pronunciations are used.")
    }
    let others =
      [
        ("--dynamic", dynamic), ("--songs", songs), ("--words", words != nil), ("--baseline", !baseline.isEmpty), ("--part", part != nil),
        ("--batch", batch != nil),
      ] + scoringFlags.given.map { ($0, true) }
    if let other = others.first(where: \.1) { throw ValidationError("\(other.0) is for evaluating a model; leave it out with --lyrics.") }
  }

  /// Measures the songs of `--lyrics`.
  func runOnLyrics() throws {
    let songs = try lyricLines(lyrics)
    let others = against.isEmpty ? nil : try lyricLines(against)
    let saved = try model.model.flatMap { try Lexicon(model: $0) }
    if saved != nil, pronunciationFlags.areGiven {
      throw ValidationError("--model gives the pronunciations; leave it out, or leave out --pronunciations, --language and --espeak.")
    }
    let sources = try pronunciationFlags.sources(language: saved?.language ?? .english)
    var lexicon = saved ?? Lexicon(language: sources.language)
    try sources.add(Set(songs.flatMap { $0.lines.joined() }).sorted(), to: &lexicon) { $0.warn() }
    let report = LyricReport(
      LyricMetrics(of: songs, lexicon: lexicon), copied: others.map { LyricMetrics.copiedShare(of: songs, from: $0) }, lexicon: lexicon)
    try json ? Terminal.write(Terminal.json(report) + "\n") : Terminal.show(report.table)
  }

  private func lyricLines(_ files: [String]) throws -> [LyricLines] {
    var reader = SongReader(options: readingFlags.options())
    reader.format = readingFlags.format
    reader.conditions = readingFlags.conditions
    reader.isStrict = readingFlags.strict
    reader.requiresSeparator = readingFlags.separator != nil
    reader.skipsUnreadable = readingFlags.skipUnreadable
    let (songs, skipped) = try readingFlags.advising { try reader.read(files.map { FilePath($0) }) }
    PreparationReporter.warn(about: skipped)
    return songs.map { LyricLines($0.text) }
  }
}
