public import Basics

/// Why words cannot be pronounced; the description is a sentence that says what to do about it.
public enum VerseError: Error, Equatable, CustomStringConvertible, SentenceError {
  /// A line of a pronunciation file is not a word and its phonemes.
  case malformedLine(path: String, line: Int, fault: String)
  /// A pronunciation file has no word.
  case noWords(path: String)
  /// A file of pronunciations was written by another version of this program.
  case otherFormat(path: String, expected: Int, found: String)
  /// A pronunciation that was given for a word cannot be read.
  case invalidPronunciation(word: String, phonemes: String)
  /// A text that was given as a word is none.
  case notWord(text: String)
  /// The name of a language is not one.
  case invalidLanguage(name: String)
  /// The program lacks the language.
  case unknownLanguage(program: String, name: String)
  /// The program is not installed.
  case noProgram(program: String)
  /// The program did not end in time and was stopped.
  case timedOut(program: String, seconds: Int)
  /// The program failed.
  case failed(program: String, reason: String)
  /// The program gave another number of lines than it was asked for.
  case wrongLines(program: String, expected: Int, found: Int)

  /// One sentence: what was expected, what was found, what to do.
  public var description: String { sentence.text }

  package var sentence: Sentence {
    switch self {
    case .malformedLine(let path, let line, let fault):
      "\(path):\(line): expected a word and its phonemes, such as RIVER  R IH1 V ER0, but \(whole: fault); correct the line or remove it."
    case .noWords(let path):
      "\(path): the file has no pronunciations; give a file in the format of CMUdict, with a word and its phonemes in each line."
    case .otherFormat(let path, let expected, let found):
      "\(path): the file has format \(found), but this version reads format \(expected); use the version that wrote it, or make it anew."
    case .invalidPronunciation(let word, let phonemes):
      """
      \(word): \"\(phonemes)\" is not a pronunciation; write phonemes with spaces between them, vowels with their stress: \
      R IH1 V ER0 for river.
      """
    case .notWord(let text):
      "\"\(text)\" is not a word; give one word of letters, without spaces."
    case .invalidLanguage(let name):
      "\(key: "language") must be a code such as en, de or pt-br, but is \(name); choose another."
    case .unknownLanguage(let program, let name):
      "\(program) has no language \(name); choose another \(key: "language"), one that \(program) lists as a voice."
    case .noProgram(let program):
      "\(program) is not installed, so words that no dictionary has are pronounced by spelling rules; install it for better rhymes."
    case .timedOut(let program, let seconds):
      """
      \(program) wrote nothing for \(seconds) seconds and was stopped, so words that no dictionary has are pronounced by spelling rules; \
      check that \(program) runs.
      """
    case .failed(let program, let reason):
      """
      \(program) failed (\(reason)), so words that no dictionary has are pronounced by spelling rules; check that \(program) runs.
      """
    case .wrongLines(let program, let expected, let found):
      """
      \(program) gave \(found.grouped) lines for \(expected.grouped) words, so words that no dictionary has are pronounced by spelling \
      rules; install another version of \(program).
      """
    }
  }
}
