/// What a unit may track: a number for each token, of the song up to the token or of its place in the whole song.
package enum TextFeature: String, CaseIterable, Sendable {
  case linePosition = "line_position"
  case lineDistance = "line_distance"
  case quotation
  case stanzaLine = "stanza_line"
  case sectionStart = "section_start"
  case rhyme
  case lineEnd = "line_end"
  case songEnd = "song_end"

  /// The name for people.
  package var title: String {
    switch self {
    case .linePosition: "position in the line"
    case .lineDistance: "distance since the line began"
    case .quotation: "inside a quotation"
    case .stanzaLine: "line of the stanza"
    case .sectionStart: "start of a section"
    case .rhyme: "rhyme position"
    case .lineEnd: "last word of a line"
    case .songEnd: "end of the song near"
    }
  }

  /// What the number is.
  package var explanation: String {
    switch self {
    case .linePosition:
      "From 0 at the first token of a line to 1 at its last, which is the line break: the share of the line that is read. It depends "
        + "on how long the line will be."
    case .lineDistance: "The number of tokens since the first one of the line, which a unit can count."
    case .quotation: "1 from an opening quotation mark to the closing one or the end of the stanza, 0 elsewhere."
    case .stanzaLine: "The number of lines before this one since a blank line or a section tag such as [Chorus]."
    case .sectionStart: "1 in a section tag and in the first line after it, after a blank line and at the start of a song; 0 elsewhere."
    case .rhyme:
      "1 in the last word of a line if it rhymes (perfect or family rhyme) with the last word of one of the four lines before, 0 elsewhere."
    case .lineEnd: "1 in the last word of a line, 0 elsewhere."
    case .songEnd: "1 in the last two lines of a song, 0 elsewhere."
    }
  }
}
