internal import Basics
public import Files
public import SystemPackage

/// A lexicon as a file in CMUdict's format, in blocks by source, that people may edit and other programs can read.
///
/// The first lines are comments that name the format and the language. A comment `source: dictionary` begins the block of a source; a word
/// before the first block counts as edited.
extension Lexicon {
  /// The number of the file format.
  static let format = 1

  /// The bytes of the file: words sorted within the block of their source.
  package var fileBytes: [UInt8] {
    var text = """
      ;;; Pronunciations of a Refrain model, in the format of CMUdict: a word and its phonemes, and WORD(2) for another pronunciation.
      ;;; You may edit this file. Words in the block "source: edited" stay when the pronunciations are made anew.
      ;;; format: \(Self.format)
      ;;; language: \(language.code)

      """
    if let dictionaryName { text += ";;; dictionary: \(dictionaryName.shown)\n" }
    let blocks = Dictionary(grouping: entries) { $0.value.source }
    for source in PronunciationSource.allCases {
      guard let block = blocks[source] else { continue }
      text += ";;;\n;;; source: \(source.rawValue)\n"
      for (word, entry) in block.sorted(by: { $0.key < $1.key }) {
        for (number, pronunciation) in entry.pronunciations.enumerated() {
          text += "\(word)\(number == 0 ? "" : "(\(number + 1))")  \(pronunciation)\n"
        }
      }
    }
    return Array(text.utf8)
  }

  /// Writes the file whole or not at all.
  ///
  /// - Throws: `FileError`.
  public func write(to path: FilePath) throws(FileError) { try AtomicFile.write(fileBytes, to: path) }

  /// Reads a file that ``write(to:)`` has written and that somebody may have edited.
  ///
  /// - Throws: `FileError`, or `VerseError` with the line that is wrong.
  public init(path: FilePath) throws {
    try self.init(bytes: readFile(path, limit: PronunciationLines.largestFile), path: path.string)
  }

  /// Reads the bytes of a file.
  ///
  /// - Parameter path: what errors name.
  package init(bytes: [UInt8], path: String) throws(VerseError) {
    var language = Language.english
    var dictionaryName: String?
    var source = PronunciationSource.edited
    var found: [PronunciationSource: [String: [Pronunciation]]] = [:]
    try PronunciationLines(path: path).read(bytes) { (line, number) throws(VerseError) in
      switch line {
      case .entry(let word, let pronunciation):
        try found[source, default: [:]].add(pronunciation, to: word.text, path: path, line: number)
      case .comment(let text):
        guard let colon = text.firstIndex(of: ":") else { return }
        let value = String(text[text.index(after: colon)...].drop { $0 == " " })
        switch text[..<colon] {
        case "format":
          guard value == "\(Self.format)" else { throw .otherFormat(path: path, expected: Self.format, found: value) }
        case "language":
          do throws(VerseError) {
            language = try Language(value)
          } catch {
            throw .malformedLine(path: path, line: number, fault: "found the language \"\(value.shown)\", which is no code")
          }
        case "dictionary": dictionaryName = value
        case "source":
          guard let named = PronunciationSource(rawValue: value) else {
            throw .malformedLine(path: path, line: number, fault: "found the source \"\(value.shown)\", which is unknown")
          }
          source = named
        default: break
        }
      }
    }
    self.init(language: language)
    self.dictionaryName = dictionaryName
    // The later sources are the weaker ones: what somebody edited holds, wherever else the word is.
    for source in [PronunciationSource.spelling, .espeak, .dictionary, .edited] {
      for (word, pronunciations) in found[source] ?? [:] { entries[word] = Entry(pronunciations, from: source) }
    }
  }
}
