internal import Basics

/// What a text shares with the songs of an index: copied spans of words, seen n-grams, and songs that are nearly the same.
///
/// ```swift
/// let report = Originality(of: text, against: index)
/// for span in report.spans { print(span.words.joined(separator: " "), span.songs) }
/// ```
/// It compares words, and says nothing about rights.
public struct Originality: Sendable {
  /// Words in a row that stand in a song too, and neither the word before nor the one after does with them.
  public struct Span: Sendable, Hashable {
    /// The number of the first word in the text, counted from 0.
    public var start: Int
    /// The words, normalised.
    public var words: [String]
    /// How often the songs have them.
    public var occurrences: Int
    /// The first songs that have them, at most ``Originality/mostSongs``, in their order.
    public var songs: [CopyIndex.SongName]
  }

  /// The n-grams of one length.
  public struct Grams: Sendable, Hashable {
    /// The words of each.
    public var length: Int
    /// How many the text has.
    public var count: Int
    /// How many of these the songs have too.
    public var seen: Int

    /// The part of them that the songs have; 0 if there are none.
    public var share: Double { count == 0 ? 0 : Double(seen) / Double(count) }
  }

  /// A song that has many of the text's words in the same order.
  public struct NearCopy: Sendable, Hashable {
    /// The song.
    public var song: CopyIndex.SongName
    /// The Jaccard index of the two sets of five words in a row, from 0 to 1.
    public var resemblance: Double
    /// The part of the text's set that is in the song's.
    public var containment: Double
  }

  /// The lengths of ``grams``.
  public static let gramLengths = 2...8
  /// The most songs that are named for a span.
  public static let mostSongs = 3
  /// The least resemblance or containment of a near copy.
  public static let leastNearness = 0.5
  /// Words of the sets that near copies are found by, as when copies are left out of a corpus.
  static let shingle = MinHash.shingle

  /// How many words the text has.
  public let wordCount: Int
  /// The copied spans, the longest first.
  public let spans: [Span]
  /// How many words stand in one of ``spans``.
  public let copiedWordCount: Int
  /// The longest copied span of all, also if it is shorter than those of ``spans``, in words.
  public let longestSpan: Int
  /// The seen n-grams of each length of ``gramLengths``.
  public let grams: [Grams]
  /// The songs that are nearly the same, the nearest first.
  public let nearCopies: [NearCopy]

  /// Compares a text.
  ///
  /// - Parameter shortest: the fewest words of a span that is reported, at least 1.
  /// - Complexity: O(m log n) for a text of m words and songs of n words, if few spans come very often.
  public init(of text: String, against index: CopyIndex, shortest: Int = 5) {
    precondition(shortest >= 1, "a span has at least one word")
    let words = LyricWords.words(in: text)
    let numbers = words.map { index.number(of: $0) }
    let ends = Self.matches(numbers, index)
    wordCount = words.count
    longestSpan = ends.map(\.count).max() ?? 0
    grams = Self.gramLengths.map { length in
      Grams(length: length, count: max(0, words.count - length + 1), seen: ends.count { $0.count >= length })
    }
    var spans: [Span] = []
    var covered = 0
    var end = 0
    for (last, match) in ends.enumerated() where match.count >= shortest {
      // The next word goes on with it.
      if last + 1 < ends.count, ends[last + 1].count == match.count + 1 { continue }
      let start = last + 1 - match.count
      covered += last + 1 - max(end, start)
      end = last + 1
      spans.append(
        Span(start: start, words: Array(words[start...last]), occurrences: match.range.count, songs: Self.songs(match.range, index)))
    }
    copiedWordCount = covered
    self.spans = spans.sorted { ($1.words.count, $0.start) < ($0.words.count, $1.start) }
    nearCopies = Self.nearCopies(numbers, ends, index)
  }
}
