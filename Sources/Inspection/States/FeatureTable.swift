package import Verse

/// The features of a text for each of its tokens.
///
/// The features are of the written text, so that they are the same for words, byte pairs and characters. A token of several characters has
/// the features of its last one, since the states are those after the token was read. `<song>` has none.
package struct FeatureTable: Sendable {
  /// For each feature a number for each token; 0 where `counted` leaves it out.
  package private(set) var values: [TextFeature: [Double]]
  /// The positions of the tokens that have features, in order.
  package private(set) var counted: [Int]

  /// - Parameter lexicon: tells which words rhyme.
  package init(of text: InspectedText, lexicon: Lexicon = Lexicon()) {
    self.init(
      pieces: text.pieces, songs: text.songs.map { song in song.filter { text.isText($0) } }, lexicon: lexicon)
  }

  /// - Parameters:
  ///   - pieces: what each token adds to the text.
  ///   - songs: the positions of each song's tokens.
  package init(pieces: [String], songs: [[Int]], lexicon: Lexicon = Lexicon()) {
    var values: [TextFeature: [Double]] = [:]
    for feature in TextFeature.allCases { values[feature] = [Double](repeating: 0, count: pieces.count) }
    for song in songs where !song.isEmpty {
      let lines = SongLines(song.map { pieces[$0] }, lexicon: lexicon)
      for (feature, numbers) in lines.features {
        for (position, number) in zip(song, numbers) { values[feature]?[position] = number }
      }
    }
    self.values = values
    counted = songs.flatMap { $0 }
  }
}

/// The lines of one song.
private struct SongLines {
  private struct Line {
    /// Its characters, with the line break.
    var characters: Range<Int>
    /// Its tokens: those whose last character is in it.
    var tokens: [Int] = []
    /// The characters of its last word; nil for a blank line and a section tag.
    var lastWord: Range<Int>?
    /// How many lines of its stanza come before it.
    var number = 0
    var startsSection = false
    var rhymes = false
  }

  private let characters: [Character]
  /// The last character of each token.
  private let places: [Int]
  private var lines: [Line] = []

  init(_ pieces: [String], lexicon: Lexicon) {
    var characters: [Character] = []
    var places: [Int] = []
    for piece in pieces {
      characters += piece
      // A token that prints nothing, such as the first byte of a character, is where the last one was.
      places.append(max(0, characters.count - 1))
    }
    self.characters = characters
    self.places = places
    cut()
    number()
    findRhymes(lexicon)
  }

  private mutating func cut() {
    var start = 0
    var lineOf = [Int](repeating: 0, count: max(1, characters.count))
    for (index, character) in characters.enumerated() {
      lineOf[index] = lines.count
      if character.isNewline {
        lines.append(Line(characters: start..<index + 1))
        start = index + 1
      }
    }
    if start < characters.count || lines.isEmpty { lines.append(Line(characters: start..<characters.count)) }
    for (token, place) in places.enumerated() { lines[lineOf[place]].tokens.append(token) }
  }

  private mutating func number() {
    var number = 0
    var startsSection = true
    for index in lines.indices {
      let text = characters[lines[index].characters].filter { !$0.isWhitespace }
      let isTag = text.first == "[" && text.last == "]"
      if isTag || text.isEmpty {
        lines[index].number = isTag ? 0 : number
        lines[index].startsSection = isTag
        startsSection = true
        number = 0
        continue
      }
      lines[index].number = number
      lines[index].startsSection = startsSection
      lines[index].lastWord = lastWord(of: lines[index].characters)
      startsSection = false
      number += 1
    }
  }

  private func lastWord(of line: Range<Int>) -> Range<Int>? {
    func isLetter(_ index: Int) -> Bool { characters[index].isLetter || characters[index].isNumber }
    guard let last = line.last(where: isLetter) else { return nil }
    var first = last
    while first > line.lowerBound, isLetter(first - 1) || "'\u{2019}-".contains(characters[first - 1]) { first -= 1 }
    while first < last, !isLetter(first), characters[first] == "-" { first += 1 }
    return first..<last + 1
  }

  private mutating func findRhymes(_ lexicon: Lexicon) {
    var ends: [(word: String, spoken: [Pronunciation])] = []
    for index in lines.indices {
      guard let range = lines[index].lastWord else { continue }
      let word = String(characters[range]).lowercased(), spoken = lexicon.pronunciations(of: word)
      lines[index].rhymes = ends.suffix(LyricMetrics.rhymeDistance).contains { end in
        guard end.word != word, let kind = end.spoken.rhymes(with: spoken) else { return false }
        return kind < .assonant
      }
      ends.append((word, spoken))
    }
  }

  /// Whether each character is inside a quotation, once it is read.
  private var quoted: [Bool] {
    var opening: Character?
    var quoted: [Bool] = []
    for (index, character) in characters.enumerated() {
      switch character {
      case "\"": opening = opening == nil ? character : nil
      case "\u{201C}": opening = opening == "\u{201E}" ? nil : character
      case "\u{201E}", "\u{AB}", "\u{300C}", "\u{300E}": opening = opening == nil ? character : opening
      case "\u{201D}", "\u{BB}", "\u{300D}", "\u{300F}": opening = nil
      // A mark that is never closed ends with its stanza.
      case _ where character.isNewline && index > 0 && characters[index - 1].isNewline: opening = nil
      default: break
      }
      quoted.append(opening != nil)
    }
    return quoted
  }

  /// The value of each feature for each token.
  var features: [TextFeature: [Double]] {
    var features: [TextFeature: [Double]] = [:]
    for feature in TextFeature.allCases { features[feature] = [Double](repeating: 0, count: places.count) }
    let quoted = quoted
    let ending = lines.indices.filter { lines[$0].lastWord != nil }.suffix(2).first
    for (index, line) in lines.enumerated() {
      for (distance, token) in line.tokens.enumerated() {
        func set(_ feature: TextFeature, _ value: Double) { features[feature]?[token] = value }
        let isLastWord = line.lastWord?.contains(places[token]) == true
        set(.linePosition, line.tokens.count > 1 ? Double(distance) / Double(line.tokens.count - 1) : 0)
        set(.lineDistance, Double(distance))
        set(.quotation, quoted.indices.contains(places[token]) && quoted[places[token]] ? 1 : 0)
        set(.stanzaLine, Double(line.number))
        set(.sectionStart, line.startsSection ? 1 : 0)
        set(.rhyme, isLastWord && line.rhymes ? 1 : 0)
        set(.lineEnd, isLastWord ? 1 : 0)
        set(.songEnd, ending.map { index >= $0 } == true ? 1 : 0)
      }
    }
    return features
  }
}
