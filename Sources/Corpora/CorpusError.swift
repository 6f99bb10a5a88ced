public import Files

/// What can be wrong with a corpus, its tokenizer or the way it is to be cut; the description is a sentence that says what to do.
public enum CorpusError: Error, Equatable, CustomStringConvertible {
  /// There is nothing at the path.
  case missing(path: String)
  /// The file or folder is there and cannot be read.
  case file(FileError)
  /// No path was given.
  case noPaths
  /// The file has no bytes.
  case emptyFile(path: String)
  /// There are only blank lines and dividers.
  case noSongs(path: String)
  /// The folder, and those in it, have no file whose name ends in `.txt`.
  case noTextFiles(folder: String)
  /// A byte that UTF-8 does not allow, at this offset (counted from 0) and on this line (counted from 1).
  case notUTF8(path: String, offset: Int, line: Int, byte: UInt8)
  /// Too few tokens for one minibatch of `lanes` by `window`.
  case tooSmall(tokens: Int, needed: Int, lanes: Int, window: Int)
  /// The lanes do not divide among the shards.
  case lanesNotDivisible(lanes: Int, shards: Int)
  /// A setting is outside its range.
  case invalidSetting(name: String, value: String, expected: String)
  /// A part of the songs was to be held out for validation and nothing came of it.
  case noValidationSongs(fraction: Double, tokens: Int)
  /// Every song of the corpus was given for validation or test too.
  case allHeldOut(songs: Int)
  /// The tokenizer file is not what this version writes.
  case malformedTokenizer(path: String, reason: String)
  /// The tokenizer file is of a format that this version does not know.
  case unsupportedTokenizer(path: String, format: Int)

  /// One sentence: where, what was expected, what was found, what to do.
  public var description: String {
    switch self {
    case .missing(let path):
      "\(path): there is no such file or folder; check the path."
    case .file(let error):
      error.description
    case .noPaths:
      "No corpus was given; name at least one text file or a folder of .txt files."
    case .emptyFile(let path):
      "\(path): the file is empty; give a text file with lyrics."
    case .noSongs(let path):
      "\(path): lyrics were expected and there are only blank lines or dividers; give a text file with lyrics."
    case .noTextFiles(let folder):
      "\(folder): the folder has no .txt files; put lyrics there as .txt, or name the files themselves."
    case .notUTF8(let path, let offset, let line, let byte):
      // A byte-order mark of UTF-16 stands at the very beginning.
      """
      \(path): byte \(offset), on line \(line), is 0x\(hexadecimal(byte)), which is not valid UTF-8; convert the file, \
      for example with `iconv -f \(offset == 0 && byte >= 0xFE ? "UTF-16" : "ISO-8859-1") -t UTF-8`.
      """
    case .tooSmall(let tokens, let needed, let lanes, let window):
      """
      The text has \(tokens) tokens and a minibatch of \(lanes) lanes by \(window) tokens needs at least \(needed); \
      use a smaller --batch or --window, or add text.
      """
    case .lanesNotDivisible(let lanes, let shards):
      "The batch of \(lanes) lanes does not divide into \(shards) shards; choose a --batch that is a multiple of --shards."
    case .invalidSetting(let name, let value, let expected):
      "\(name) is \(value) and must be \(expected); change it."
    case .noValidationSongs(let fraction, let tokens):
      """
      Of \(tokens) tokens, the fraction \(fraction) for validation is too little to measure; add songs, raise \
      --validation-fraction, or set it to 0 to do without.
      """
    case .allHeldOut(let songs):
      "Nothing is left to train on: the corpus's songs, \(songs) of them, are all given for validation or test too; give other files to one of them."
    case .malformedTokenizer(let path, let reason):
      "\(path): this is not a tokenizer that can be used (\(reason)); give the tokenizer.json of a model directory."
    case .unsupportedTokenizer(let path, let format):
      "\(path): the tokenizer has format \(format) and this version reads format 1; use the version that wrote it."
    }
  }

  /// The error of a corpus for an error of one of its files.
  init(_ error: FileError) {
    if case .missing(let path) = error { self = .missing(path: path) } else { self = .file(error) }
  }
}

private func hexadecimal(_ byte: UInt8) -> String {
  let digits = String(byte, radix: 16, uppercase: true)
  return digits.count < 2 ? "0" + digits : digits
}
