internal import Basics
internal import Refrain

/// What the lines of a shaped song lack, for people to read.
enum ShapeReport {
  /// A line for each miss.
  static func text(_ song: WrittenSong) -> String {
    song.lines.enumerated().filter { !$1.isRepeat }.map { number, line in
      line.misses.map { miss in
        let reason =
          switch miss {
          case .syllables where line.words == 0: "no words were found for it"
          case .syllables: "it has \(line.syllables.counted("syllable")), since no line with \(wanted(line)) was found"
          case .repetition: "it does not repeat the line of the first one, since that would copy a song or say what is banned"
          case .rhyme: "it does not rhyme, since no rhyme for the lines before was left"
          }
        return "line \(number + 1): \(reason)\n"
      }.joined()
    }.joined()
  }

  private static func wanted(_ line: WrittenSong.Line) -> String {
    guard let range = line.wantedSyllables else { return "words" }
    return range.count == 1 ? "\(range.lowerBound)" : "\(range.lowerBound) to \(range.upperBound)"
  }
}
