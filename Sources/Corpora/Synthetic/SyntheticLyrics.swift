private import Basics

/// Makes lyrics that look like songs to a tokenizer: verses and choruses of rhymed lines over a vocabulary with Zipf's law, in any number.
/// The same seed gives the same bytes on every machine.
///
/// For load tests and benchmarks; a model learns nothing from them that a reader would enjoy.
///
/// ```swift
/// var lyrics = SyntheticLyrics(types: 50_000, seed: 7)
/// let bytes = lyrics.nextSong(as: .jsonl)
/// ```
public struct SyntheticLyrics: Sendable {
  private var generator: SeededGenerator
  /// Made-up words by rank, one after the other, and where each ends.
  private var words: [UInt8] = []
  private var ends: [Int] = []
  /// The frequent words by how they end.
  private var rhymes: [[Int]]
  /// The song's number, from 0.
  private var number = 0

  /// The smallest vocabulary that verses can be made of.
  public static let leastTypes = 500
  private static let codas = ["", "", "", "n", "r", "l", "m", "s", "t", "nd"].map { Array($0.utf8) }
  private static let onsets = [
    "b", "d", "f", "g", "h", "k", "l", "m", "n", "p", "r", "s", "t", "v", "w", "br", "st", "tr", "sh", "gl",
  ].map { Array($0.utf8) }
  private static let vowels = Array("aeiou".utf8) + Array("y".utf8)
  private static let function = [
    "the", "and", "I", "you", "a", "to", "my", "in", "of", "me", "it", "on", "your", "that", "is", "all", "we", "don't", "for", "be",
    "with", "no", "so", "this", "when", "just", "I'm", "can", "like", "love", "know", "but", "oh", "up", "down", "it's", "never", "what",
    "was", "'til",
  ].map { Array($0.utf8) }
  /// F stands for a function word, c for a made-up one; the last of a line carries the rhyme.
  private static let shapes = ["FcFFc", "FFcFFc", "cFFcFc", "FFcccFFc", "FcFFcFFc", "FFFcFc", "cFFFc", "FcccFFFc", "FFcFc"].map {
    $0.utf8.map { $0 == UInt8(ascii: "F") }
  }

  /// - Parameters:
  ///   - types: how many different words there are, function words included.
  ///   - seed: decides everything.
  /// - Precondition: `types` is at least ``leastTypes``.
  public init(types: Int = 100_000, seed: UInt64 = 1) {
    precondition(types >= Self.leastTypes, "verses need at least \(Self.leastTypes) types")
    generator = SeededGenerator(seed: seed)
    rhymes = [[Int]](repeating: [], count: Self.vowels.count * Self.codas.count)
    let syllables = Self.onsets.count * Self.vowels.count
    for rank in 0..<types - Self.function.count {
      // Syllables are the digits of the rank, so that frequent words are short, and a word spells one rank only.
      var rest = rank
      var vowel = 0
      repeat {
        let digit = rest % syllables
        words += Self.onsets[digit / Self.vowels.count]
        vowel = digit % Self.vowels.count
        words.append(Self.vowels[vowel])
        rest = rest / syllables - 1
      } while rest >= 0
      let coda = (rank &* 7 + rank / 13) % Self.codas.count
      words += Self.codas[coda]
      ends.append(words.count)
      if rank < 5_000 { rhymes[vowel * Self.codas.count + coda].append(rank) }
    }
  }

  /// The next song: its record with what parts it from others, or the table's header before the first.
  public mutating func nextSong(as format: SyntheticFormat) -> [UInt8] {
    let text = song()
    let title = text.prefix { $0 != newlineByte }
    defer { number += 1 }
    var record: [UInt8] = []
    record.reserveCapacity(text.count + 200)
    switch format {
    case .txt:
      if number > 0 { record += Array("\n\n\n".utf8) }
      record += text
    case .csv:
      if number == 0 { record += Array("artist,song,link,text\r\n".utf8) }
      record += Array("Singer \(number % 977),".utf8) + title + Array(",/s/\(number).html,\"".utf8)
      record += text
      record += Array("\"\r\n".utf8)
    case .jsonl:
      record += Array("{\"artist\": \"Singer \(number % 977)\", \"title\": \"".utf8) + title + Array("\", \"lyrics\": \"".utf8)
      for byte in text {
        if byte == newlineByte { record += Array("\\n".utf8) } else { record.append(byte) }
      }
      record += Array("\"}\n".utf8)
    }
    return record
  }

  private mutating func song() -> [UInt8] {
    var text: [UInt8] = []
    append(rank: zipf(), to: &text, isCapital: true)
    text.append(UInt8(ascii: " "))
    append(rank: zipf(), to: &text, isCapital: true)
    let chorus = stanza()
    for verse in 1...Int.random(in: 2...3, using: &generator) {
      text += Array("\n\n[Verse \(verse)]".utf8) + stanza()
      text += Array("\n\n[Chorus]".utf8) + chorus
    }
    if Bool.random(using: &generator) { text += Array("\n\n[Bridge]".utf8) + stanza() }
    return text
  }

  /// Two rhymed couplets, each line after its newline.
  private mutating func stanza() -> [UInt8] {
    var text: [UInt8] = []
    for _ in 0..<2 {
      var rhyming = rhymes.randomElement(using: &generator) ?? []
      while rhyming.count < 2 { rhyming = rhymes.randomElement(using: &generator) ?? [] }
      for end in [UInt8(ascii: ","), UInt8(ascii: ".")] {
        text.append(newlineByte)
        line(endingIn: rhyming.randomElement(using: &generator) ?? 0, to: &text)
        if Int.random(in: 0..<3, using: &generator) > 0 { text.append(end) }
      }
    }
    return text
  }

  private mutating func line(endingIn last: Int, to text: inout [UInt8]) {
    let shape = Self.shapes.randomElement(using: &generator) ?? []
    for (place, isFunction) in shape.enumerated() {
      if place > 0 { text.append(UInt8(ascii: " ")) }
      if isFunction {
        // The square of a uniform number: the first come most often.
        let uniform = Double.random(in: 0..<1, using: &generator)
        let word = Self.function[Int(uniform * uniform * Double(Self.function.count))]
        let start = text.count
        text += word
        if place == 0 { capitalize(&text, start) }
      } else {
        append(rank: place == shape.count - 1 ? last : zipf(), to: &text, isCapital: place == 0)
      }
    }
  }

  /// A rank with a probability that falls as 1 / rank: the exponential of a uniform number.
  private mutating func zipf() -> Int {
    // By halves, since powers differ between machines' libraries: a whole number of doublings, then a uniform place within the last.
    let doublings = Double.random(in: 0..<1, using: &generator) * Double(ends.count.bitWidth - ends.count.leadingZeroBitCount)
    let low = 1 << Int(doublings)
    return min(ends.count - 1, low - 1 + Int.random(in: 0..<low, using: &generator))
  }

  private func append(rank: Int, to text: inout [UInt8], isCapital: Bool) {
    let start = text.count
    text += words[(rank == 0 ? 0 : ends[rank - 1])..<ends[rank]]
    if isCapital { capitalize(&text, start) }
  }

  private func capitalize(_ text: inout [UInt8], _ place: Int) {
    if text[place] &- 0x61 < 26 { text[place] &= 0xDF }
  }
}

/// The shapes in which made-up lyrics are written, as such files really look.
public enum SyntheticFormat: String, CaseIterable, Sendable {
  /// Songs parted by two blank lines.
  case txt
  /// `artist,song,link,text`, the text quoted.
  case csv
  /// An object a line with `artist`, `title` and `lyrics`.
  case jsonl
}
