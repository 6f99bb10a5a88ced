internal import Basics
internal import Files
internal import Refrain
internal import SystemPackage

/// Where `prepare` writes the songs as it read them: all of them to a text file, and the first to standard output.
final class SongOutput {
  private let text: String?
  private let count: Int
  private let reporter: PreparationReporter
  private var first: [Song] = []

  /// Returns nil if neither is asked for.
  ///
  /// - Parameter corpora: the files and folders that are read, which must not be written over.
  /// - Throws: `OverwritingError`, or `SongOutputError.otherFormat` for a file whose name would have it read as another format.
  init?(text: String?, show count: Int?, corpora: [String], _ reporter: PreparationReporter) throws {
    if text == nil, count == nil { return nil }
    if let text, !Terminal.isOutput(text) {
      if let ending = FilePath(text).extension, ending.lowercased() != "txt", ending.lowercased() != "text" {
        throw SongOutputError.otherFormat(path: text, ending: ending)
      }
      try OutputCheck.check(text, flag: "--text", isOutside: corpora)
    }
    self.text = text
    self.count = count ?? 0
    self.reporter = reporter
  }

  /// Writes the text, and keeps the first songs.
  func write(_ songs: CleanedSongs) throws {
    struct Enough: Error {}
    do {
      try songs.forEach { song in
        if first.count == count { throw Enough() }
        first.append(song)
      }
    } catch is Enough {}
    guard let text else { return }
    let separator = try songs.separator()
    reporter.finish()
    var number = 0
    func write(_ song: Song, _ output: ([UInt8]) throws -> Void) throws {
      number += 1
      try Interruption.check()
      try output(Array(((number == 1 ? "" : separator + "\n") + song.text + "\n").utf8))
    }
    if Terminal.isOutput(text) {
      try songs.forEach { try write($0) { try Terminal.write(String(decoding: $0, as: UTF8.self)) } }
    } else {
      try AtomicFile.write(to: FilePath(text)) { writer in
        try songs.forEach { song in try write(song) { try writer.write($0) } }
      }
    }
    let place = Terminal.isOutput(text) ? "standard output" : text.shown
    // A single song has no separator after it.
    let advice = number == 1 ? "read it with --separator none" : "read them with --separator '\(separator)'"
    reporter.say("wrote \(number.counted("song")) to \(place); \(advice)")
  }

  /// Prints the first songs, each under the place where it was found and what is known of it.
  func show() throws {
    for song in first {
      let details = song.details.text
      try Terminal.show("\(song.source):\(song.line)\(details.isEmpty ? "" : ": \(details)")\n\(song.text)\n\n")
    }
  }
}

/// Why the songs are not written to a text file.
enum SongOutputError: Error, Equatable, CustomStringConvertible {
  case otherFormat(path: String, ending: String)

  var description: String { sentence.text }

  private var sentence: Sentence {
    switch self {
    case .otherFormat(let path, let ending):
      "\(path): --text writes plain text, and a name that ends in .\(ending) may be read as another format; let it end in .txt."
    }
  }
}

extension SongDetails {
  /// Title, artist and the kept columns in one line; empty if nothing is known.
  var text: String {
    var name = title ?? ""
    if let artist { name += title == nil ? "by \(artist)" : " by \(artist)" }
    let others = columns.sorted { $0.key < $1.key }.map { "\($0.key): \($0.value)" }
    return ((name.isEmpty ? [] : [name]) + others).joined(separator: ", ")
  }
}
