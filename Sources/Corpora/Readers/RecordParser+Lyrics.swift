internal import Basics

/// How the lyrics of a song are written.
enum LyricsForm {
  case plain, timed, subtitles, chordPro

  /// The form of a text whose source does not tell it.
  init(of text: Span<UInt8>) {
    self = TimedLyrics.areIn(text) ? .timed : Subtitles.areIn(text) ? .subtitles : .plain
  }
}

/// Lyrics with times or chords, and lyrics whose form only they themselves tell.
extension RecordParser {
  /// Reads a file that is one text of a form.
  mutating func readLyrics(_ piece: RawPiece, _ bytes: Span<UInt8>, as form: LyricsForm) {
    guard piece.range.count > 0 else { return }
    var field: [UInt8] = []
    field.append(bytes, piece.range)
    addSong(field, line: 1, form: form)
  }

  /// Adds a text with line ends `\n` as the song, or the songs, that it holds.
  ///
  /// - Parameters:
  ///   - form: how it is written; nil: as it looks.
  ///   - details: what is known of it; a song that says more of itself adds what is missing.
  mutating func add(_ text: [UInt8], line: Int, title: [UInt8], form: LyricsForm?, details: [UInt8]) {
    // A pre-tokenized text is taken as given.
    switch form ?? (rules.separation == nil ? .plain : LyricsForm(of: text.span)) {
    case .plain:
      append(RawSong(text: text, line: line, title: title, details: details))
    case .timed:
      let lyrics = TimedLyrics(text.span)
      keptRepeats += lyrics.keptRepeats
      if form == nil { timedSongs += 1 }
      let own = DetailRecord.filled(details, title: detail(lyrics.title), artist: detail(lyrics.artist))
      append(RawSong(text: lyrics.text, line: line, title: title.isEmpty ? lyrics.title : title, details: own))
    case .subtitles:
      if form == nil { timedSongs += 1 }
      append(RawSong(text: Subtitles(text.span).text, line: line, title: title, details: details))
    case .chordPro:
      for song in ChordPro(text.span).songs {
        let own = DetailRecord.filled(details, title: detail(song.title), artist: detail(song.artist))
        append(
          RawSong(text: song.text, line: line + song.line - 1, title: song.title.isEmpty ? title : song.title, details: own))
      }
    }
  }

  /// Adds a song, if it has lyrics.
  private mutating func append(_ song: RawSong) {
    if song.text.allSatisfy({ $0 <= 0x20 }) {
      emptyRecords += 1
    } else {
      songs.append(song)
    }
  }
}
