extension Corpus {
  /// The revision of the rules by which files become tokens. Raise it with every change to readers, cleaning or tokenizing that gives any
  /// file other tokens: what older rules read is then not taken for what these rules read.
  ///
  /// 1: all versions before revisions were recorded. 2: repeat marks give as many copies as they say.
  public static let currentReadingRevision = 2
}
