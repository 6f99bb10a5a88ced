public import Basics
public import Files

/// What can be wrong with a corpus, its tokenizer or the way it is to be cut; the description is a sentence that says what to do.
public enum CorpusError: Error, Equatable, CustomStringConvertible, SentenceError {
  /// There is nothing at the path.
  case missing(path: String)
  /// The file or folder is there and cannot be read.
  case file(FileError)
  /// A source exists but cannot be opened, or cannot be read to its end.
  case unreadable(FileError)
  /// No path was given.
  case noPaths
  /// A pipe, a socket or a device, whose bytes may never come or never end.
  case endless(path: String, found: String)
  /// The file has no bytes.
  case emptyFile(path: String)
  /// There are only blank lines and dividers.
  case noSongs(path: String)
  /// The folder, and those in it, have no file whose name ends as those that are read do.
  case noTextFiles(folder: String)
  /// A byte that UTF-8 does not allow, at this offset (counted from 0) and on this line (counted from 1).
  /// `sample` holds the bytes of such lines, by which the encoding can be guessed.
  case notUTF8(path: String, offset: Int, line: Int, byte: UInt8, sample: EncodingSample = .init())
  /// The lyrics of a record have a byte that UTF-8 does not allow.
  case lyricsNotUTF8(path: String, line: Int, byte: UInt8, sample: EncodingSample)
  /// Bytes that the named encoding does not allow, on this line; offset and byte are nil for what comes after very many others.
  case notInEncoding(path: String, encoding: String, line: Int, offset: Int?, byte: UInt8?)
  /// The source seems to have this encoding: UTF-16 or UTF-32 without a byte-order mark, or ISO-2022-JP.
  case unmarkedEncoding(path: String, encoding: String)
  /// No row of the source gives a song: `excluded` rows do not meet the conditions, and the other `empty` rows have no lyrics.
  case noMatchingRows(path: String, excluded: Int, empty: Int = 0)
  /// The system's iconv does not know the encoding.
  case unknownEncoding(name: String)
  /// The marker that separates songs is in none of the texts.
  case separatorNotFound(separator: String)
  /// Two encodings were named for texts without a mark.
  case twoEncodings(name: String)
  /// A record cannot be used.
  case malformedRecord(path: String, line: Int, reason: String)
  /// A quotation mark stands inside a quoted field, which was read all the same.
  case strayQuote(path: String, line: Int)
  /// A record is longer than any song.
  case recordTooLong(path: String, line: Int, limit: Int)
  /// A table has none of the columns that may hold lyrics.
  case noColumn(path: String, wanted: [String], found: [String])
  /// A JSON object has none of the keys that may hold lyrics.
  case noKey(path: String, line: Int, wanted: [String], found: [String])
  /// The value of a JSON object's lyrics key is no text, and no list or object of texts.
  case notText(path: String, line: Int, key: String, found: String)
  /// A table or JSON has no column or key of this name, by which songs are to be chosen or joined.
  case missingColumn(path: String, name: String, found: [String])
  /// Songs are to be chosen by a column, and the format has none.
  case noColumns(path: String)
  /// The program that decompresses the file is not installed.
  case noProgram(path: String, program: String)
  /// The program that decompresses the file found it damaged or cut off.
  case notDecompressed(path: String, program: String)
  /// A compressed file does not say so in its name, or is of a kind that is not read.
  case compressed(path: String, kind: String)
  /// A source whose format is not known holds JSON.
  case unnamedJSON(path: String)
  /// The file changed between the listing and the end of its reading.
  case changedWhileRead(path: String)
  /// A prepared store was given among texts.
  case storeAmongSources(path: String)
  /// A store was tokenized in another way than expected.
  case storeTokenizedOtherwise(path: String, found: String, expected: String)
  /// The part of a store that is asked for has no songs.
  case emptyPart(path: String, part: String)
  /// The file is not a store that can be used.
  case malformedStore(path: String, reason: String)
  /// The store is of a format that this version does not know.
  case unsupportedStore(path: String, format: Int)
  /// Too few tokens for one minibatch of `lanes` by `window`.
  case tooSmall(tokens: Int, needed: Int, lanes: Int, window: Int)
  /// The lanes do not divide among the shards.
  case lanesNotDivisible(lanes: Int, shards: Int)
  /// The corpus has more songs than a store can number.
  case tooManySongs(limit: Int)
  /// A setting is outside its range.
  case invalidSetting(key: String, found: String, expected: String)
  /// The fractions for validation and test leave nothing to train on.
  case fractionsTooLarge(validation: Double, test: Double)
  /// A part of the songs was to be held out for validation and nothing came of it.
  case noValidationSongs(fraction: Double, tokens: Int)
  /// Every song of the corpus was given for validation or test too.
  case allHeldOut(songs: Int)
  /// The tokenizer file is not what this version writes.
  case malformedTokenizer(path: String, reason: String)
  /// The vocabulary makes a tokenizer file that is too large to be read back.
  case vocabularyTooLarge(tokens: Int, bytes: Int, limit: Int)
  /// The tokenizer file is of a format that this version does not know.
  case unsupportedTokenizer(path: String, format: Int)
  /// The file is of a format that is recognized and not read.
  case unreadFormat(path: String, format: String)
  /// The store has a section that this version does not know and that it cannot be used without.
  case newerStore(path: String, section: String)
  /// No song has a value in a column that is to be kept.
  case keptColumnNotFound(name: String)

  /// One sentence: where, what was expected, what was found, what to do.
  public var description: String { sentence.text }

  /// What to do about a source whose lyrics were not found.
  package static let lyricsAdvice = "name the one with the lyrics"

  package var sentence: Sentence {
    switch self {
    case .missing(let path):
      "\(path): there is no such file or folder; check the path."
    case .file(let error), .unreadable(let error):
      "\(whole: error.description)"
    case .noPaths:
      "No corpus was given; name at least one text file or a folder of them."
    case .endless(let path, let found):
      """
      \(path): a file or a folder was expected and this is a \(found), which may have no end; put what it gives into a file, or pipe \
      it in as '-'.
      """
    case .emptyFile(let path):
      "\(path): the file is empty; give a text file with lyrics."
    case .noSongs(let path):
      "\(path): lyrics were expected and there are only blank lines or dividers; give a text file with lyrics."
    case .noTextFiles(let folder):
      """
      \(folder): the folder has no .txt, .csv, .tsv, .json, .jsonl, .lrc, .srt, .vtt or .chordpro files, plain or as .gz or .zst; \
      put lyrics there, or name the files themselves.
      """
    case .malformedRecord(let path, let line, let reason):
      "\(path): line \(line): this record cannot be used: \(reason); correct it or leave it out."
    case .strayQuote(let path, let line):
      "\(path): line \(line): a quotation mark inside a quoted field is not doubled, and was taken as it is; double it."
    case .recordTooLong(let path, let line, let limit):
      """
      \(path): line \(line): a record begins here that has not ended after \(limit.grouped) bytes; close its quotation marks or \
      brackets, or cut it.
      """
    case .noColumn(let path, let wanted, let found):
      """
      \(path): no column is named \(list: wanted), the columns are \(list: found); \(whole: Self.lyricsAdvice).
      """
    case .noKey(let path, let line, let wanted, let found):
      """
      \(path): line \(line): no key is named \(list: wanted), the keys are \(list: found.isEmpty ? ["none"] : found); \
      \(whole: Self.lyricsAdvice).
      """
    case .notText(let path, let line, let key, let found):
      """
      \(path): line \(line): the lyrics are expected under \(key), which is \(found) and not a text; name the key of the text, \
      with dots for keys inside keys (a.b for b inside a).
      """
    case .missingColumn(let path, let name, let found):
      """
      \(path): no column or key is named \(name), but songs are to be chosen or joined by it; there are \
      \(list: found.isEmpty ? ["none"] : found); correct the name.
      """
    case .noColumns(let path):
      "\(path): songs are to be chosen by a column, but a text has no columns; give tables or JSON, or leave the conditions out."
    case .noProgram(let path, let program):
      "\(path): the program \(program), which decompresses it, was not found; install it, or decompress the file yourself."
    case .notDecompressed(let path, let program):
      "\(path): \(program) could not read it to its end; the file is damaged or cut off: fetch it again."
    case .compressed(let path, let kind):
      kind == "zip"
        ? "\(path): this is a zip archive; unpack it and give the folder."
        : "\(path): this is compressed with \(kind); let its name end in .\(kind == "zstd" ? "zst" : "gz"), or pipe it through \(kind) -dc."
    case .unnamedJSON(let path):
      "\(path): this is JSON, but no format is given, and it would be read as text."
    case .changedWhileRead(let path):
      "\(path): the file changed while it was read; prepare again when nobody writes to it."
    case .storeAmongSources(let path):
      "\(path): this is a prepared store, not a text; give it by itself, or give the texts that it was made of."
    case .storeTokenizedOtherwise(let path, let found, let expected):
      "\(path): this store holds \(found), but \(expected) are expected; give the texts that it was made of."
    case .emptyPart(let path, let part):
      "\(path): this store has no \(part) songs; choose another part, or prepare the store again with \(part) songs."
    case .malformedStore(let path, let reason):
      "\(path): this is not a whole store (\(reason)); prepare it again."
    case .unsupportedStore(let path, let format):
      "\(path): the store has format \(format) and this version reads formats 1 and 2; use the version that made it, or prepare it again."
    case .notUTF8(let path, let offset, let line, let byte, let sample):
      "\(path): byte \(offset), on line \(line), is \(hexadecimal(byte)), which is not valid UTF-8; \(whole: sample.advice)."
    case .lyricsNotUTF8(let path, let line, let byte, let sample):
      "\(path): line \(line): the lyrics have the byte \(hexadecimal(byte)), which is not valid UTF-8; \(whole: sample.advice)."
    case .notInEncoding(let path, let encoding, let line, .some(let offset), .some(let byte)):
      """
      \(path): byte \(offset), on line \(line), is \(hexadecimal(byte)), which is not valid \(encoding); correct the file, or name another \
      encoding.
      """
    case .notInEncoding(let path, let encoding, let line, _, _):
      "\(path): line \(line) has bytes that \(encoding) does not allow; correct the file, or name another encoding."
    case .unmarkedEncoding(let path, let encoding):
      """
      \(path): this looks like \(encoding)\(encoding.hasPrefix("UTF") ? " without a byte-order mark" : ""); convert the file to UTF-8, or \
      name its encoding.
      """
    case .noMatchingRows(let path, let excluded, 0):
      "\(path): none of its \(excluded.grouped) rows meets the conditions; change them."
    case .noMatchingRows(let path, let excluded, let empty):
      """
      \(path): \(excluded.grouped) of its \((excluded + empty).grouped) rows do not meet the conditions, and the others have no lyrics; \
      change the conditions.
      """
    case .unknownEncoding(let name):
      """
      The encoding "\(name)" is not one that this system's iconv knows; `iconv -l` lists the names, such as UTF-16LE, KOI8-R or \
      SHIFT_JIS.
      """
    case .separatorNotFound(let separator):
      """
      The separator "\(separator)" is in none of the texts; give the marker that separates their songs, or say that each file is one song.
      """
    case .twoEncodings(let name):
      "The texts are to be read as \(name) and, where they are not UTF-8, as Windows-1252; choose one of the two."
    case .tooSmall(let tokens, let needed, let lanes, let window):
      """
      The text has \(tokens.grouped) tokens and a minibatch of \(lanes.grouped) lanes by \(window.grouped) tokens needs at least \
      \(needed.grouped); use a smaller \(key: "batch") or \(key: "window"), or add text.
      """
    case .lanesNotDivisible(let lanes, let shards):
      """
      The batch of \(lanes) lanes cannot be divided into \(shards) shards; choose a \(key: "batch") that is a multiple of \(key: "shards").
      """
    case .tooManySongs(let limit):
      "The corpus has more than \(limit.grouped) songs; leave some of them out."
    case .invalidSetting(let key, let found, let expected):
      .invalidSetting(key: key, found: found, expected: expected)
    case .fractionsTooLarge(let validation, let test):
      """
      \(key: "validation_fraction", value: validation) and \(key: "test_fraction", value: test) leave no songs to train on; choose \
      fractions whose sum is less than 1.
      """
    case .noValidationSongs(let fraction, let tokens):
      """
      Of \(tokens.grouped) tokens, the fraction \(fraction) for validation is too little to measure; add songs, raise \
      \(key: "validation_fraction"), or set it to 0 to train without validation.
      """
    case .allHeldOut(let songs):
      """
      Nothing is left to train on: the corpus's songs, \(songs.grouped) of them, are all given for validation or test too; give other \
      files to one of them.
      """
    case .malformedTokenizer(let path, let reason):
      "\(path): this is not a tokenizer that can be used (\(reason)); give the tokenizer.json of a model directory."
    case .vocabularyTooLarge(let tokens, let bytes, let limit):
      """
      The vocabulary of \(tokens.grouped) tokens takes \(bytes.grouped) bytes in the model's files, but the limit is \
      \(limit.grouped); use a smaller vocabulary, a higher minimum count, or byte pairs.
      """
    case .unsupportedTokenizer(let path, let format):
      "\(path): the tokenizer has format \(format) and this version reads format 1; use the version that wrote it."
    case .unreadFormat(let path, let format):
      "\(path): this is \(format), which is not read, and it was left out; convert it to plain text or timed lyrics (.lrc)."
    case .keptColumnNotFound(let name):
      "No song has a value in a column or key named \(name), which is to be kept with the songs; correct the name, or leave it out."
    case .newerStore(let path, let section):
      """
      \(path): a newer version made this store, and this version cannot read its section \(section); use that version, or prepare the \
      store again.
      """
    }
  }

  /// The error of a corpus for an error of one of its files.
  init(_ error: FileError) {
    if case .missing(let path) = error { self = .missing(path: path) } else { self = .file(error) }
  }
}

extension CorpusError {
  /// Runs code whose errors are those of files.
  static func converting<Result: ~Copyable>(_ body: () throws(FileError) -> Result) throws(CorpusError) -> Result {
    do { return try body() } catch { throw CorpusError(error) }
  }

  /// Whether a source could not be opened, or could not be read to its end.
  package var isUnreadable: Bool {
    switch self {
    case .missing, .unreadable, .noProgram, .notDecompressed: true
    default: false
    }
  }

  /// Whether it is about a source of a format that is recognized and not read.
  var isOfUnreadFormat: Bool {
    if case .unreadFormat = self { true } else { false }
  }

  /// The bytes by which the encoding can be guessed, if they are not UTF-8.
  package var sample: EncodingSample? {
    switch self {
    case .notUTF8(_, _, _, _, let sample), .lyricsNotUTF8(_, _, _, let sample): sample
    default: nil
    }
  }

  /// Whether it is about a source as a whole, and not about one of its records.
  var isOfSource: Bool {
    switch self {
    case .changedWhileRead, .noColumn, .missingColumn, .noColumns, .compressed, .storeAmongSources, .unnamedJSON, .unmarkedEncoding,
      .unreadFormat:
      true
    default: isUnreadable
    }
  }

  /// The path of a JSON text one of whose objects has no lyrics where they are expected: one such error is enough for a file.
  var pathWithoutLyrics: String? {
    switch self {
    case .noKey(let path, _, _, _), .notText(let path, _, _, _): path
    default: nil
    }
  }

  /// The error of a source for an error of its file.
  init(ofSource error: FileError) {
    if case .missing(let path) = error { self = .missing(path: path) } else { self = .unreadable(error) }
  }

  /// Runs code without typed throws, whose errors are a corpus's or those of files.
  static func rethrowing<Result>(_ body: () throws -> Result) throws(CorpusError) -> Result {
    do { return try body() } catch { throw CorpusError(any: error) }
  }

  /// The error that code without typed throws gave on.
  init(any error: any Error) {
    switch error {
    case let error as CorpusError: self = error
    case let error as FileError: self = CorpusError(error)
    default: self = .file(.failed(path: "the corpus", action: "read it", reason: "\(error)"))
    }
  }

  /// The same with the line counted from another place.
  func shifted(by lines: Int) -> CorpusError {
    switch self {
    case .malformedRecord(let path, let line, let reason): .malformedRecord(path: path, line: line + lines, reason: reason)
    case .strayQuote(let path, let line): .strayQuote(path: path, line: line + lines)
    case .recordTooLong(let path, let line, let limit): .recordTooLong(path: path, line: line + lines, limit: limit)
    case .noKey(let path, let line, let wanted, let found): .noKey(path: path, line: line + lines, wanted: wanted, found: found)
    case .notText(let path, let line, let key, let found): .notText(path: path, line: line + lines, key: key, found: found)
    case .notUTF8(let path, let offset, let line, let byte, let sample):
      .notUTF8(path: path, offset: offset, line: line + lines, byte: byte, sample: sample)
    case .lyricsNotUTF8(let path, let line, let byte, let sample):
      .lyricsNotUTF8(path: path, line: line + lines, byte: byte, sample: sample)
    case .notInEncoding(let path, let encoding, let line, let offset, let byte):
      .notInEncoding(path: path, encoding: encoding, line: line + lines, offset: offset, byte: byte)
    default: self
    }
  }
}

func hexadecimal(_ byte: UInt8) -> String {
  let digits = String(byte, radix: 16, uppercase: true)
  return "0x" + (digits.count < 2 ? "0" + digits : digits)
}
