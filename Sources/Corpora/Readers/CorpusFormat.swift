/// How a file holds its songs.
public enum CorpusFormat: String, CaseIterable, Codable, Sendable {
  /// Lyrics as they are; several songs are separated by blank lines or dividers.
  case txt
  /// A table with a header, a song a record (RFC 4180): separated by commas, semicolons or tabs, as the header is.
  case csv
  /// JSON texts with songs at any depth.
  case json
  /// A JSON value a line, with songs at any depth.
  case jsonl
  /// Lyrics with time stamps, a song a file.
  case lrc
  /// SubRip subtitles, a song a file.
  case srt
  /// WebVTT subtitles, a song a file.
  case vtt
  /// Lyrics with chords (ChordPro), a song a file unless `{new_song}` separates several.
  case chordpro

  /// Whether its songs have named columns or keys.
  var hasColumns: Bool { self == .csv || self == .json || self == .jsonl }

  /// The format that a file's name ends in, or nil for another.
  init?(extension name: String) {
    switch name.lowercased() {
    case "txt", "text": self = .txt
    case "csv", "tsv": self = .csv
    case "json": self = .json
    case "jsonl", "ndjson": self = .jsonl
    case "lrc": self = .lrc
    case "srt": self = .srt
    case "vtt": self = .vtt
    case "cho", "chordpro", "chopro", "crd", "pro": self = .chordpro
    default: return nil
    }
  }
}

/// How a file is compressed, told by its name. It is read through the system's own program.
enum Compression: String, Sendable {
  case none, gzip, zstd

  init(extension name: String) {
    switch name.lowercased() {
    case "gz": self = .gzip
    case "zst", "zstd": self = .zstd
    default: self = .none
    }
  }

  /// The program that writes the contents to its standard output.
  var program: String? { self == .none ? nil : rawValue }
}

/// What separates the songs of a text file.
public enum SongSeparator: Sendable, Hashable, Codable {
  /// Two or more blank lines, or a line of three or more `-`, `=` or `*`.
  case blankLines
  /// Nothing: a file is a song.
  case none
  /// A line of just this, white space at its ends aside, such as `<|endoftext|>`.
  ///
  /// A marker of signs may also stand at the beginning or the end of a line, and one in brackets anywhere; its counterpart, such as
  /// `<|startoftext|>`, separates songs too. Text that lyrics may have, such as `%`, `---` or a word, must be a line of its own.
  case line(String)
  /// A blank line, or a line of three or more `-`, `=` or `*`.
  case blankLine
  /// The end of a line: each line that is not blank is a song.
  case everyLine
}
