internal import Basics

/// What can be counted in lyrics without a model: rhymes, syllables, variety and repetition, alike for written and generated songs.
///
/// ```swift
/// let metrics = LyricMetrics(of: songs.map { LyricLines($0.text) }, lexicon: lexicon)
/// print(metrics.perfectRhymes, metrics.syllables.mean)
/// ```
/// Every measure counts within a song. Lines are those with words; section tags are left out.
public struct LyricMetrics: Sendable, Hashable {
  /// A mean and the standard deviation around it.
  public struct Spread: Sendable, Hashable, Codable {
    /// The mean.
    public var mean: Double
    /// The standard deviation, of all values and not of a sample.
    public var deviation: Double
  }

  /// How many songs were counted.
  public let songs: Int
  /// How many lines with words there are.
  public let lines: Int
  /// How many words there are.
  public let words: Int
  /// The share of words that have a pronunciation.
  public let pronounced: Double
  /// The share of lines whose last word rhymes perfectly with that of one of the four lines before.
  public let perfectRhymes: Double
  /// The share of lines whose last word has the same vowels from the stress on as that of one of the four lines before; perfect and family
  /// rhymes count too.
  public let assonantRhymes: Double
  /// The rhyme factor: the mean over words of the longest vowel sequence that ends with the word and with one of the 15 words before.
  ///
  /// Source: Malmi et al., "DopeLearning: A computational approach to rap lyrics generation", 2016, section 3.
  public let rhymeFactor: Double
  /// Syllables a line, over the lines whose words all have a pronunciation.
  public let syllables: Spread
  /// The numbers of different sequences of 1, 2 and 3 words, divided by those of all such sequences.
  ///
  /// Source: Li et al., "A diversity-promoting objective function for neural conversation models", 2016. They fall as texts get longer:
  /// compare texts of one length.
  public let distinct: [Double]
  /// The share of lines that their song has had before.
  public let repeatedLines: Double

  /// How many lines back a rhyme is looked for.
  public static let rhymeDistance = 4
  /// How many words back a vowel sequence is looked for.
  public static let factorDistance = 15

  /// Measures songs.
  ///
  /// - Complexity: O(*n*) in the words.
  public init(of songs: [LyricLines], lexicon: Lexicon) {
    var speech = Speech(lexicon)
    var tally = Tally()
    for song in songs { tally.add(song, &speech) }
    func share(_ count: Int, of total: Int) -> Double { total == 0 ? 0 : Double(count) / Double(total) }
    self.songs = songs.count
    lines = tally.lines
    words = tally.words
    pronounced = share(tally.pronounced, of: tally.words)
    perfectRhymes = share(tally.perfect, of: tally.lines)
    assonantRhymes = share(tally.assonant, of: tally.lines)
    rhymeFactor = share(tally.matchedVowels, of: tally.pronounced)
    let mean = share(tally.syllables, of: tally.spokenLines)
    let square = share(tally.squaredSyllables, of: tally.spokenLines)
    syllables = Spread(mean: mean, deviation: max(0, square - mean * mean).squareRoot())
    distinct = (1...3).map { n in
      var different: Set<[String]> = []
      var total = 0
      for song in songs {
        let words = song.words
        guard words.count >= n else { continue }
        for start in 0...words.count - n {
          different.insert(Array(words[start..<start + n]))
          total += 1
        }
      }
      return share(different.count, of: total)
    }
    repeatedLines = share(tally.repeated, of: tally.lines)
  }

  /// The share of the word sequences of one length in these songs that the others have too.
  ///
  /// - Parameter length: how many words a sequence has.
  /// - Complexity: O(*n*) in the words of both. Sequences are compared by hashes of 64 bits, 8 bytes for each different one of the others:
  ///   two sequences are taken for one by chance with a probability of 2^-64.
  public static func copiedShare(of songs: [LyricLines], from others: [LyricLines], length: Int = 5) -> Double {
    var known: Set<UInt64> = []
    for song in others { forEachSequence(of: song, length) { known.insert($0) } }
    var total = 0
    var copied = 0
    for song in songs {
      forEachSequence(of: song, length) { hash in
        total += 1
        if known.contains(hash) { copied += 1 }
      }
    }
    return total == 0 ? 0 : Double(copied) / Double(total)
  }

  private static func forEachSequence(of song: LyricLines, _ length: Int, _ body: (UInt64) -> Void) {
    precondition(length > 0, "a sequence has a word")
    let words = song.words
    guard words.count >= length else { return }
    for start in 0...words.count - length {
      var hash = FNV1a()
      for word in words[start..<start + length] {
        for byte in word.utf8 { hash.add(UInt64(byte)) }
        hash.add(0)
      }
      body(mixed(hash.value))
    }
  }
}

/// The pronunciations of the words met so far.
private struct Speech {
  private let lexicon: Lexicon
  private var found: [String: [Pronunciation]] = [:]

  init(_ lexicon: Lexicon) { self.lexicon = lexicon }

  mutating func pronunciations(of word: String) -> [Pronunciation] {
    if let known = found[word] { return known }
    let new = lexicon.pronunciations(of: word)
    found[word] = new
    return new
  }
}

private struct Tally {
  var lines = 0
  var words = 0
  var pronounced = 0
  var perfect = 0
  var assonant = 0
  var repeated = 0
  var matchedVowels = 0
  var spokenLines = 0
  var syllables = 0
  var squaredSyllables = 0

  mutating func add(_ song: LyricLines, _ speech: inout Speech) {
    var seen: Set<[String]> = []
    var ends: [(word: String, pronunciations: [Pronunciation])] = []
    var sung = SungWords()
    for line in song.lines {
      lines += 1
      words += line.count
      if !seen.insert(line).inserted { repeated += 1 }
      let spoken = line.map { speech.pronunciations(of: $0) }
      for (word, pronunciations) in zip(line, spoken) {
        guard let first = pronunciations.first else { continue }
        pronounced += 1
        matchedVowels += sung.add(word, first.vowels)
      }
      if spoken.allSatisfy({ !$0.isEmpty }) {
        let count = spoken.reduce(0) { $0 + ($1.first?.syllableCount ?? 0) }
        spokenLines += 1
        syllables += count
        squaredSyllables += count * count
      }
      guard let word = line.last, let end = spoken.last else { continue }
      let before = ends.suffix(LyricMetrics.rhymeDistance)
      let kinds = before.compactMap { $0.word == word ? nil : $0.pronunciations.rhymes(with: end) }
      if kinds.contains(.perfect) { perfect += 1 }
      if !kinds.isEmpty { assonant += 1 }
      ends.append((word, end))
    }
  }
}

/// The vowels of a song's words so far.
private struct SungWords {
  private var words: [String] = []
  /// Where the vowels of each word end.
  private var ends: [Int] = []
  private var vowels: [String] = []
  /// The word of each vowel.
  private var owners: [Int] = []

  /// Adds a word, and returns the length of the longest vowel sequence at its end that one of the words before ends with too.
  mutating func add(_ word: String, _ new: [String]) -> Int {
    let number = words.count
    words.append(word)
    vowels += new
    owners += new.map { _ in number }
    ends.append(vowels.count)
    var longest = 0
    for other in max(0, number - LyricMetrics.factorDistance)..<number { longest = max(longest, matched(number, other)) }
    return longest
  }

  /// Counts equal vowels from the ends of two words back. A word that is repeated is no rhyme, and ends the sequence.
  private func matched(_ word: Int, _ other: Int) -> Int {
    var first = ends[word] - 1
    var second = ends[other] - 1
    var length = 0
    // The later sequence may not reach into the end of the earlier.
    while second >= 0, first >= ends[other], vowels[first] == vowels[second], words[owners[first]] != words[owners[second]] {
      length += 1
      first -= 1
      second -= 1
    }
    return length
  }
}
