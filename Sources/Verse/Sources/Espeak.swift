internal import Basics

/// The speech synthesizer espeak-ng, which is run as a child process to pronounce words that no dictionary has.
public struct Espeak: Sendable {
  /// The program: a name that PATH finds, or a path.
  public var program = "espeak-ng"
  /// The language, as espeak-ng names its voices: en, de, pt-br. English is American, as in CMUdict.
  public let language: Language
  /// The time after which the program is killed.
  package var limit = Duration.seconds(10)

  /// Creates a caller of espeak-ng; nothing is run yet.
  public init(language: Language = .english) { self.language = language }

  /// Pronounces words, all in one run, a word a line.
  ///
  /// - Returns: a pronunciation for each word; nil for a word that espeak-ng has no sounds for.
  /// - Throws: `VerseError` if the program is missing, fails, does not end in time, lacks the language or gives another number of lines.
  public func pronunciations(of words: [String]) throws(VerseError) -> [Pronunciation?] {
    if words.isEmpty { return [] }
    let input = Array(words.map { Self.spoken($0) + "\n" }.joined().utf8)
    let child = ChildProgram(
      name: program, arguments: ["-q", "--ipa", "--sep=_", "-v", language.voice], limit: limit,
      mostOutput: 1 << 16 + words.count * 2_000)
    let output: [UInt8]
    do throws(ChildProgram.Failure) {
      output = try child.output(for: input)
    } catch {
      throw failure(error)
    }
    var lines = String(decoding: output, as: UTF8.self).split(separator: "\n", omittingEmptySubsequences: false)
    if lines.last?.isEmpty == true { lines.removeLast() }
    guard lines.count == words.count else { throw .wrongLines(program: program, expected: words.count, found: lines.count) }
    return lines.map { EspeakSymbols.pronunciation($0, isEnglish: language.isEnglish) }
  }

  private func failure(_ failure: ChildProgram.Failure) -> VerseError {
    switch failure {
    case .notFound: return .noProgram(program: program)
    case .timedOut: return .timedOut(program: program, seconds: max(1, Int(limit.inSeconds)))
    case .tooMuchOutput: return .failed(program: program, reason: "it writes without end")
    case .notRun(let reason): return .failed(program: program, reason: reason)
    case .ended(let status, let complaint):
      if complaint.contains("voice does not exist") { return .unknownLanguage(program: program, name: language.code) }
      let reason = complaint.split(separator: "\n").first.map(String.init) ?? "status \(status)"
      return .failed(program: program, reason: reason)
    }
  }

  /// The word with what it may contain: letters, marks, apostrophes and hyphens. Brackets would be read as phonemes, and signs as markup.
  static func spoken(_ word: String) -> String {
    var text = String.UnicodeScalarView()
    for scalar in word.unicodeScalars.prefix(WordKey.longest) {
      switch scalar.properties.generalCategory {
      case .lowercaseLetter, .uppercaseLetter, .titlecaseLetter, .otherLetter, .modifierLetter, .nonspacingMark, .spacingMark,
        .decimalNumber:
        text.append(scalar)
      default: if scalar == "'" || scalar == "-" { text.append(scalar) }
      }
    }
    return String(text)
  }
}

/// A language, by the code that espeak-ng uses.
public struct Language: Hashable, Sendable, CustomStringConvertible {
  /// The code in lower case, such as en, de or pt-br.
  public let code: String

  /// English.
  public static let english = Language(valid: "en")

  /// - Throws: `VerseError.invalidLanguage` if the name is no code: two or more letters, and parts of letters and digits after hyphens.
  public init(_ name: String) throws(VerseError) {
    let code = name.lowercased()
    let parts = code.split(separator: "-", omittingEmptySubsequences: false)
    guard code.utf8.count <= 40, let first = parts.first, (2...8).contains(first.utf8.count),
      first.utf8.allSatisfy({ (0x61...0x7A).contains($0) }),
      parts.allSatisfy({ !$0.isEmpty && $0.utf8.allSatisfy { (0x61...0x7A).contains($0) || (0x30...0x39).contains($0) } })
    else { throw .invalidLanguage(name: name) }
    self.code = code
  }

  private init(valid code: String) { self.code = code }

  /// The code.
  public var description: String { code }

  /// Whether sounds are written in ARPABET.
  public var isEnglish: Bool { code == "en" || code.hasPrefix("en-") }

  /// The languages of espeak-ng that are not written in Latin letters.
  private static let otherScripts: Set<String> = [
    "am", "ar", "as", "ba", "be", "bg", "bn", "bpy", "chr", "cmn", "cv", "el", "fa", "grc", "gu", "he", "hak", "hi", "hy", "hyw", "ja",
    "ka",
    "kk", "kn", "ko", "kok", "ky", "mk", "ml", "mr", "my", "ne", "nog", "or", "pa", "ru", "sd", "shn", "si", "sr", "ta", "te", "th", "ti",
    "tt", "ug", "uk", "ur", "yue", "zh",
  ]

  /// Whether a word has only letters that the language is written in: Latin ones, for a language of Latin letters.
  func canBeWritten(_ word: String) -> Bool {
    if Self.otherScripts.contains(String(code.prefix { $0 != "-" })) { return true }
    return word.unicodeScalars.allSatisfy { scalar in
      scalar.value < 0x250 || (0x300..<0x370).contains(scalar.value) || (0x1E00..<0x1F00).contains(scalar.value)
    }
  }

  /// The voice of espeak-ng. Plain English is American, as CMUdict is.
  var voice: String { code == "en" ? "en-us" : code }
}
