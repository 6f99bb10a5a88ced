internal import Files
public import SystemPackage

/// A pronouncing dictionary: a file in the format of CMUdict, the Carnegie Mellon Pronouncing Dictionary.
///
/// ```swift
/// let dictionary = try PronouncingDictionary(path: "cmudict.dict")
/// dictionary.pronunciations(of: "river")
/// ```
public struct PronouncingDictionary: Sendable {
  /// The name of the file, without its folder.
  public let name: String
  private var entries: [String: [Pronunciation]] = [:]

  /// How many words it has.
  public var count: Int { entries.count }

  /// Reads a dictionary.
  ///
  /// - Throws: `FileError`, or `VerseError` for a line that is not an entry.
  public init(path: FilePath) throws {
    try self.init(bytes: readFile(path, limit: PronunciationLines.largestFile), path: path.string)
  }

  /// Reads the bytes of a dictionary.
  ///
  /// - Parameter path: what errors name.
  package init(bytes: [UInt8], path: String) throws(VerseError) {
    name = FilePath(path).lastComponent?.string ?? path
    var entries: [String: [Pronunciation]] = [:]
    try PronunciationLines(path: path).read(bytes) { (line, number) throws(VerseError) in
      guard case .entry(let word, let pronunciation) = line else { return }
      try entries.add(pronunciation, to: word.text, path: path, line: number)
    }
    if entries.isEmpty { throw .noWords(path: path) }
    self.entries = entries
  }

  /// The pronunciations of a word; empty if the dictionary lacks it.
  public func pronunciations(of word: String) -> [Pronunciation] {
    guard let key = WordKey(word) else { return [] }
    return self[key]
  }

  subscript(key: WordKey) -> [Pronunciation] {
    DerivedWords.pronunciations(of: key) { entries[$0] } ?? []
  }
}

extension [String: [Pronunciation]] {
  /// Adds a pronunciation that a file's line has, once.
  mutating func add(_ pronunciation: Pronunciation, to word: String, path: String, line: Int) throws(VerseError) {
    let old = self[word] ?? []
    if old.contains(pronunciation) { return }
    guard old.count < PronunciationLines.mostVariants else {
      throw .malformedLine(path: path, line: line, fault: "the word has more than \(PronunciationLines.mostVariants) pronunciations")
    }
    guard count < PronunciationLines.mostWords else {
      throw .malformedLine(path: path, line: line, fault: "the file has more than \(PronunciationLines.mostWords) words")
    }
    self[word, default: []].append(pronunciation)
  }
}

/// Finds words in a list of English words through the words that they are made of.
enum DerivedWords {
  /// Returns the pronunciations of a word that the list has as it is, or without apostrophes at its edges; otherwise of runnin' by running,
  /// of a form with 's by the word before it, and of a compound by its parts. Nil if the list lacks them.
  static func pronunciations(of key: WordKey, in list: (String) -> [Pronunciation]?) -> [Pronunciation]? {
    if let found = list(key.text) { return found }
    let bare = key.withoutEdges
    if key.text.hasSuffix("in'"), let found = list(bare + "g").flatMap(droppingG) { return found }
    if bare != key.text, let found = list(bare) { return found }
    for ending in ["'s", "s'"] where key.text.hasSuffix(ending) {
      let stem = String(key.text.dropLast(2))
      if let found = list(stem) { return found.map(addingS) }
    }
    guard bare.contains("-") else { return nil }
    var compounds: [Pronunciation] = []
    for part in bare.split(separator: "-") {
      guard let found = list(String(part))?.first else { return nil }
      compounds.append(found)
    }
    return Pronunciation.joined(compounds).map { [$0] }
  }

  /// running as runnin'.
  private static func droppingG(_ pronunciations: [Pronunciation]) -> [Pronunciation]? {
    let found = pronunciations.compactMap { pronunciation -> Pronunciation? in
      guard pronunciation.phonemes.suffix(2).map(\.description) == ["IH0", "NG"] else { return nil }
      return Pronunciation(pronunciation.phonemes.dropLast(2) + [Phoneme("AH"), Phoneme("N")])
    }
    return found.isEmpty ? nil : found
  }

  /// The word with the ending s, which sounds as S, Z or IH Z after the last sound.
  static func addingS(_ pronunciation: Pronunciation) -> Pronunciation {
    let ending: [Phoneme] =
      switch pronunciation.phonemes.last?.symbol {
      case "S", "Z", "SH", "ZH", "CH", "JH": [Phoneme("IH"), Phoneme("Z")]
      case "P", "T", "K", "F", "TH": [Phoneme("S")]
      default: [Phoneme("Z")]
      }
    return Pronunciation(pronunciation.phonemes + ending)
  }
}
