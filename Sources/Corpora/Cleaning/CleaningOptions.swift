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

  /// Removes what web pages leave behind: character references, HTML tags, headings such as `12 Contributors... Lyrics`, advertisements,
  /// `12EmbedShare URLCopyEmbedCopy`, footers, and placeholders that stand for missing lyrics.
  public var residue = true
  /// Removes control characters other than tab and newline, and soft hyphens, zero width spaces, word joiners and byte-order marks.
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
    options.residue = false
    options.controls = false
    options.normalForm = false
    options.blankLines = false
    return options
  }
}

/// How often each rule did something.
public struct CleaningCounts: Sendable, Hashable, Codable {
  /// Pieces of scraper's residue of every kind that were removed: the sum of the seven kinds below, except in a store of an older version,
  /// which does not tell them apart.
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
  /// Character references such as `&amp;` that became characters.
  public var characterReferences = 0
  /// HTML tags and comments that were removed.
  public var htmlTags = 0
  /// Headings such as `12 ContributorsTitle Lyrics`, with the descriptions after them, and blocks of credits at the beginning that were
  /// removed; a song may have both.
  public var headings = 0
  /// Advertisements between lines that were removed.
  public var advertisements = 0
  /// Endings such as `12Embed` that were removed.
  public var embeds = 0
  /// Lines about writers, sources and licences below the lyrics that were removed.
  public var footers = 0
  /// Songs that are nothing but a placeholder such as `[Instrumental]`, which have no lyrics.
  public var placeholders = 0
  /// Characters that cannot be seen and were removed: soft hyphens, zero width spaces, word joiners, byte-order marks.
  public var invisible = 0
  /// Songs of other formats whose lines have time stamps, which were read as timed lyrics.
  public var timedLyrics = 0
  /// Songs of tables and JSON in which `\n` stood instead of line ends.
  public var escapedLineEnds = 0
  /// Songs of tables and JSON that were written as lists of strings, such as `['one line', 'another']`.
  public var stringLists = 0

  /// Creates counts of zero.
  public init() {}

  /// A store that an older version wrote lacks the later counts.
  public init(from decoder: any Decoder) throws {
    let values = try decoder.container(keyedBy: CodingKeys.self)
    residue = try values.decode(Int.self, forKey: .residue)
    controls = try values.decode(Int.self, forKey: .controls)
    normalForm = try values.decode(Int.self, forKey: .normalForm)
    blankLines = try values.decode(Int.self, forKey: .blankLines)
    quotes = try values.decode(Int.self, forKey: .quotes)
    tags = try values.decode(Int.self, forKey: .tags)
    repeats = try values.decode(Int.self, forKey: .repeats)
    func later(_ key: CodingKeys) throws -> Int { try values.decodeIfPresent(Int.self, forKey: key) ?? 0 }
    keptRepeats = try later(.keptRepeats)
    characterReferences = try later(.characterReferences)
    htmlTags = try later(.htmlTags)
    headings = try later(.headings)
    advertisements = try later(.advertisements)
    embeds = try later(.embeds)
    footers = try later(.footers)
    placeholders = try later(.placeholders)
    invisible = try later(.invisible)
    timedLyrics = try later(.timedLyrics)
    escapedLineEnds = try later(.escapedLineEnds)
    stringLists = try later(.stringLists)
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
    sum.characterReferences += other.characterReferences
    sum.htmlTags += other.htmlTags
    sum.headings += other.headings
    sum.advertisements += other.advertisements
    sum.embeds += other.embeds
    sum.footers += other.footers
    sum.placeholders += other.placeholders
    sum.invisible += other.invisible
    sum.timedLyrics += other.timedLyrics
    sum.escapedLineEnds += other.escapedLineEnds
    sum.stringLists += other.stringLists
  }

  /// Counts residue of one kind.
  mutating func add(_ count: Int, _ kind: WritableKeyPath<CleaningCounts, Int>) {
    self[keyPath: kind] += count
    residue += count
  }

  /// Residue that is not counted by its kind, in a store of an older version.
  package var otherResidue: Int {
    residue - characterReferences - htmlTags - headings - advertisements - embeds - footers - placeholders
  }
}
