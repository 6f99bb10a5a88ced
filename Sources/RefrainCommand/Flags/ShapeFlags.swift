internal import ArgumentParser
internal import Refrain

/// The flags that give a song its shape.
struct ShapeFlags: ParsableArguments {
  @Option(
    parsing: .unconditional,
    help: ArgumentHelp(
      "Write a song of these sections: 'verse:4 chorus:4 verse:4 chorus:=', where = repeats the first chorus.", valueName: "sections"))
  var structure: String?
  @Option(
    parsing: .unconditional,
    help: ArgumentHelp("Syllables of each line: 8, 7-9, or a list by line such as 8,6,8,6 (default: any).", valueName: "numbers"))
  var syllables: String?
  @Option(
    parsing: .unconditional,
    help: ArgumentHelp(
      """
      Lines of a section that rhyme, a letter for each: AABB, ABAB, ABCB; X is a line without a rhyme (default: none).
      """, valueName: "scheme"))
  var rhyme: String?
  @Option(
    parsing: .unconditional,
    help: ArgumentHelp("Write a song with the sections, syllables and rhymes of the song in this file.", valueName: "file"))
  var like: String?
  @Option(parsing: .unconditional, help: "Lines that are written side by side for each line of a shaped song, of which one is kept.")
  var candidates = Model.usualCandidates

  func validate() throws {
    if like != nil, structure != nil || syllables != nil || rhyme != nil {
      throw ValidationError("--like gives the whole shape; leave out --structure, --syllables and --rhyme.")
    }
    if structure == nil, syllables != nil || rhyme != nil {
      throw ValidationError("--syllables and --rhyme shape the sections of --structure, which is not given.")
    }
    if like?.isEmpty == true { throw ValidationError("--like is empty; it must name a file.") }
  }

  /// Whether a song of a given shape is asked for.
  var areGiven: Bool { structure != nil || like != nil }

  /// The shape that is asked for.
  ///
  /// - Precondition: one is.
  func shape(_ lexicon: Lexicon) throws -> SongShape {
    if let like { return try SongShape(like: PromptFile.read(like), lexicon: lexicon) }
    return try SongShape(structure: structure ?? "", syllables: syllables, rhyme: rhyme)
  }
}
