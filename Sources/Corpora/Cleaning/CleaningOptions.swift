/// What is done to lyrics before they are cut into tokens. Pre-tokenized sets are never cleaned.
public struct CleaningOptions: Sendable, Hashable, Codable {
  /// What becomes of section tags such as `[Chorus]` and `[Verse 1: Ann]`.
  public enum Tags: String, CaseIterable, Sendable, Codable {
    /// They stay as they are.
    case keep
    /// Lines that are a tag are left out.
    case drop
    /// `[CHORUS: Ann & Bob]` becomes `[Chorus]`, `[verse 2` becomes `[Verse 2]`; tags of no known kind stay.
    case normalise
  }

  /// What becomes of marks such as `(x2)`, `[2x]` and `[Repeat x2]`.
  public enum Repeats: String, CaseIterable, Sendable, Codable {
    /// They stay as they are.
    case keep
    /// The line, or the stanza before a mark on a line of its own, is written that many times in all.
    ///
    /// Marks in a row do not multiply: the largest counts. A mark is kept if its number is above 8, or if the song would grow to more than
    /// 16 times its size or to over 16 MiB.
    case expand
  }

  /// Leaves out what web pages leave behind: `12 Contributors... Lyrics`, `You might also like`, `12EmbedShare URLCopyEmbedCopy`.
  public var residue = true
  /// Leaves out control characters other than tab and newline.
  public var controls = true
  /// Puts texts in Unicode's normal form C.
  public var normalForm = true
  /// Makes one blank line of several.
  public var blankLines = true
  /// Makes typographic quotation marks and apostrophes straight.
  public var quotes = false
  /// What becomes of section tags.
  public var tags = Tags.keep
  /// What becomes of repeat marks.
  public var repeats = Repeats.keep

  /// The usual choices, which change nothing that a writer meant.
  public init() {}

  /// Nothing but line ends is touched.
  public static var none: CleaningOptions {
    var options = CleaningOptions()
    (options.residue, options.controls, options.normalForm, options.blankLines) = (false, false, false, false)
    return options
  }
}

/// How often each rule did something.
public struct CleaningCounts: Sendable, Hashable, Codable {
  /// Pieces of scraper's residue that were left out.
  public var residue = 0
  /// Control characters that were left out.
  public var controls = 0
  /// Songs that were not in normal form C.
  public var normalForm = 0
  /// Blank lines that were left out.
  public var blankLines = 0
  /// Quotation marks and apostrophes that were made straight.
  public var quotes = 0
  /// Section tags that were left out or rewritten.
  public var tags = 0
  /// Repeat marks that were carried out.
  public var repeats = 0
  /// Repeat marks that were kept, and lines of timed lyrics that were written once, since the song would have grown too large.
  public var keptRepeats = 0

  /// Nothing yet.
  public init() {}

  /// A store that an older version wrote has no number of kept repeat marks.
  public init(from decoder: any Decoder) throws {
    let values = try decoder.container(keyedBy: CodingKeys.self)
    residue = try values.decode(Int.self, forKey: .residue)
    controls = try values.decode(Int.self, forKey: .controls)
    normalForm = try values.decode(Int.self, forKey: .normalForm)
    blankLines = try values.decode(Int.self, forKey: .blankLines)
    quotes = try values.decode(Int.self, forKey: .quotes)
    tags = try values.decode(Int.self, forKey: .tags)
    repeats = try values.decode(Int.self, forKey: .repeats)
    keptRepeats = try values.decodeIfPresent(Int.self, forKey: .keptRepeats) ?? 0
  }

  static func += (sum: inout CleaningCounts, other: CleaningCounts) {
    sum.residue += other.residue
    sum.controls += other.controls
    sum.normalForm += other.normalForm
    sum.blankLines += other.blankLines
    sum.quotes += other.quotes
    sum.tags += other.tags
    sum.repeats += other.repeats
    sum.keptRepeats += other.keptRepeats
  }
}
