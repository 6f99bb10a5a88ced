internal import Files
internal import Foundation
internal import Refrain
internal import SystemPackage

/// The score of each token of a text, a line a token, for other programs to read.
struct WordScores {
  private let scores: TextScores
  private let tokenizer: Tokenizer

  init(_ scores: TextScores, _ tokenizer: Tokenizer) {
    self.scores = scores
    self.tokenizer = tokenizer
  }

  /// The columns: the song's number from 1, or 0 before the first; the token as written; its number in the vocabulary; nats and
  /// probability, empty for a token that came first and was not predicted; 1 for a word that the vocabulary lacks.
  static let header = "song\ttoken\tid\tnats\tprobability\tunknown\n"

  /// Writes a file whole, or to standard output.
  func write(to path: String) throws {
    if Terminal.isOutput(path) {
      return try lines { try Terminal.write($0) }
    }
    try AtomicFile.write(to: FilePath(path)) { writer in
      try lines { try writer.write($0) }
    }
  }

  private func lines(_ write: (String) throws -> Void) throws {
    try write(Self.header)
    var song = 0, text = ""
    let songs = scores.text.songs
    for (position, token) in scores.text.tokens.enumerated() {
      if song < songs.count, position == songs[song].range.lowerBound { song += 1 }
      let word = scores.text.unknownWords[position]
      let written = (word ?? tokenizer.vocabulary.tokens[Int(token)]).escaped
      let score = scores.nats[position].map { "\($0)\t\(exp(-$0))" } ?? "\t"
      text += "\(song)\t\(written)\t\(token)\t\(score)\t\(word == nil ? 0 : 1)\n"
      if text.utf8.count > 1 << 16 {
        try write(text)
        text = ""
      }
    }
    try write(text)
  }

}

extension String {
  /// With what would break a line of a table written as `\n`, `\t` and so on.
  fileprivate var escaped: String {
    replacing("\\", with: "\\\\").replacing("\n", with: "\\n").replacing("\t", with: "\\t").replacing("\r", with: "\\r")
  }
}
