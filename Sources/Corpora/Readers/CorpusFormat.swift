/// How a file holds its songs.
public enum CorpusFormat: String, CaseIterable, Codable, Sendable {
  /// Lyrics as they are; several songs are parted by blank lines or dividers.
  case txt
  /// A table with a header, a song a record (RFC 4180): parted by commas, semicolons or tabs, as the header is.
  case csv
  /// One JSON value: a list of songs, an object with such a list, or one song.
  case json
  /// A JSON object a line, each a song.
  case jsonl
  /// Lyrics with time stamps, a song a file.
  case lrc

  /// The format that a file's name ends in, or nil for another.
  init?(extension name: String) {
    switch name.lowercased() {
    case "txt", "text": self = .txt
    case "csv", "tsv": self = .csv
    case "json": self = .json
    case "jsonl", "ndjson": self = .jsonl
    case "lrc": self = .lrc
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

/// What parts the songs of a text file.
public enum SongSeparator: Sendable, Hashable, Codable {
  /// Two or more blank lines, or a line of three or more `-`, `=` or `*`.
  case blankLines
  /// Nothing: a file is a song.
  case none
  /// A line of just this, white space at its ends aside, such as `<|endoftext|>`.
  case line(String)
}
