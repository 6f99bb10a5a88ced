internal import Basics
internal import Refrain

/// What `refrain evaluate --lyrics` found: the object of `--json`, and the table. Shares are from 0 to 1 in JSON.
struct LyricReport: Encodable {
  var songs: Int
  var lines: Int
  var words: Int
  var pronounced: Double
  var perfectRhymes: Double
  var assonantRhymes: Double
  var rhymeFactor: Double
  var syllablesMean: Double
  var syllablesDeviation: Double
  var distinct: [Double]
  var repeatedLines: Double
  /// Absent without songs to compare with.
  var copied: Double?
  /// How many different words are pronounced by each source.
  var sources: [String: Int]

  enum CodingKeys: String, CodingKey {
    case songs, lines, words, pronounced, perfectRhymes = "perfect_rhymes", assonantRhymes = "assonant_rhymes"
    case rhymeFactor = "rhyme_factor", syllablesMean = "syllables_mean", syllablesDeviation = "syllables_deviation", distinct
    case repeatedLines = "repeated_lines", copied = "copied_5_grams", sources
  }

  init(_ metrics: LyricMetrics, copied: Double?, lexicon: Lexicon) {
    songs = metrics.songs
    lines = metrics.lines
    words = metrics.words
    pronounced = metrics.pronounced
    perfectRhymes = metrics.perfectRhymes
    assonantRhymes = metrics.assonantRhymes
    rhymeFactor = metrics.rhymeFactor
    syllablesMean = metrics.syllables.mean
    syllablesDeviation = metrics.syllables.deviation
    distinct = metrics.distinct
    repeatedLines = metrics.repeatedLines
    self.copied = copied
    sources = Dictionary(uniqueKeysWithValues: lexicon.countBySource.map { ($0.key.rawValue, $0.value) })
  }

  /// For people to read.
  var table: String {
    func line(_ name: String, _ value: String) -> String { name + String(repeating: " ", count: max(1, 22 - name.count)) + value + "\n" }
    func percent(_ share: Double) -> String { "\((100 * share).fixed(1))%" }
    let counts = PronunciationSource.allCases.compactMap { source in sources[source.rawValue].map { "\(source.rawValue) \($0.grouped)" } }
    var text = line("songs", "\(songs.grouped) (\(lines.grouped) lines, \(words.grouped) words)")
    text += line("pronounced", "\(percent(pronounced)) of the words (\(counts.joined(separator: ", ")))")
    text += line("perfect rhymes", "\(percent(perfectRhymes)) of the lines")
    text += line("assonant or better", "\(percent(assonantRhymes)) of the lines")
    text += line("rhyme factor", rhymeFactor.fixed(3))
    text += line("syllables a line", "\(syllablesMean.fixed(1)) +- \(syllablesDeviation.fixed(1))")
    for (index, share) in distinct.enumerated() { text += line("distinct-\(index + 1)", share.fixed(3)) }
    text += line("repeated lines", "\(percent(repeatedLines)) of the lines")
    if let copied { text += line("copied 5-grams", percent(copied)) }
    return text
  }
}
