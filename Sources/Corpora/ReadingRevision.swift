extension Corpus {
  /// The revision of the rules by which files become tokens. Raise it with every change to readers, cleaning or tokenizing that gives any
  /// file other tokens, so that stores and runs of older rules are recognised.
  ///
  /// - 1: all versions before revisions were recorded.
  /// - 2: a repeat mark such as (x2) gives exactly that many copies.
  /// - 3: JSON is read by one rule, residue is removed whole, all line ends end lines, and timed lyrics are read wherever they stand.
  /// - 4: byte-order marks of UTF-16 and UTF-32 tell the encoding, markers of songs may stand inside lines, files without an ending are
  ///   read in folders of such files, and a field of a .tsv that continues after its closing quotation mark is plain text. Apostrophes
  ///   after words and combining marks in byte pairs stay with what they belong to, vowel signs of Myanmar are no longer lost at word
  ///   level, and lines of no-break or ideographic spaces are blank.
  /// - 5: at word level, `<join>` and `<space>` note white space that is not as usual, and words keep curly apostrophes. Residue
  ///   of more sites and languages is removed, escaped line ends and lists of strings in tables become lines, and timed words in JSON are
  ///   joined.
  public static let currentReadingRevision = 5
}
