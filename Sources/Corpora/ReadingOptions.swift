/// How files are read and texts are cleaned. A model keeps the options of its corpus, so that later texts are read in the same way.
///
/// The tokenizer decides whether words are put in lower case.
public struct ReadingOptions: Sendable, Hashable {
  /// The column of a table, or the key of an object (`a.b` inside another), with the lyrics; nil: found by its usual names.
  public var textField: String?
  /// How songs are separated in a text file.
  public var separator = SongSeparator.blankLines
  /// How lyrics are cleaned before they are tokenized.
  public var cleaning = CleaningOptions()
  /// Whether what is not UTF-8 is read as Windows-1252 (Latin-1), record by record.
  public var readsWindows1252 = false
  /// The columns of a table, or keys of objects, whose values neighbouring rows share if they are lines of one song. If it is empty, each
  /// row is a song.
  public var groupBy: [String] = []
  /// The encoding of files without a byte-order mark, as the system's iconv(3) names it, in upper case; nil: UTF-8.
  public var encoding: String? {
    didSet { encoding = encoding?.uppercased() }
  }

  /// The default options.
  public init() {}

  /// The most bytes of a separator line or of a column's name: a model's settings must fit into `config.json`.
  private static let longestText = 4_096

  /// Checks that this system can read texts by these options.
  ///
  /// - Throws: `CorpusError.invalidSetting`, or `CorpusError.unknownEncoding` if iconv here does not know the encoding.
  package func checkForReading() throws(CorpusError) {
    try check()
    if let encoding, !SourceEncoding.isUTF8(encoding), TextConverter(encoding) == nil { throw .unknownEncoding(name: encoding) }
  }

  /// Checks the texts among the options, which may come from a file.
  ///
  /// - Throws: `CorpusError`.
  package func check() throws(CorpusError) {
    if let encoding {
      guard TextConverter.isName(encoding) else { throw .unknownEncoding(name: encoding) }
      if readsWindows1252 { throw .twoEncodings(name: encoding) }
    }
    if case .line(let line) = separator {
      if line.isEmpty || line.contains("\n") {
        throw .invalidSetting(
          key: "separator", found: "\"\(line)\"",
          expected: "blank-lines, blank-line, line, none or a marker, which is one line that is not empty")
      }
      if line.utf8.count > Self.longestText {
        throw .invalidSetting(key: "separator", found: "\(line.utf8.count) bytes long", expected: "at most \(Self.longestText) bytes long")
      }
    }
    if groupBy.count > 16 || groupBy.contains(where: { $0.isEmpty || $0.utf8.count > Self.longestText }) {
      throw .invalidSetting(key: "group_by", found: "\(groupBy)", expected: "at most 16 names that are not empty")
    }
    if let count = textField?.utf8.count, count > Self.longestText {
      throw .invalidSetting(key: "text_field", found: "\(count) bytes long", expected: "at most \(Self.longestText) bytes long")
    }
  }
}

extension ReadingOptions: Codable {
  private enum CodingKeys: String, CodingKey {
    case textField = "text_field", separator, separatorLine = "separator_line", windows1252 = "windows_1252", groupBy = "group_by"
    case residue, stripControls = "strip_controls", nfc, foldBlankLines = "fold_blank_lines", foldQuotes = "fold_quotes", tags, repeats
    case encoding
  }

  private enum Separation: String, Codable {
    case blankLines = "blank-lines", none, line, blankLine = "blank-line", everyLine = "every-line"
  }

  /// Writes every option, so that a file keeps its meaning if a default changes.
  public func encode(to encoder: any Encoder) throws {
    var values = encoder.container(keyedBy: CodingKeys.self)
    try values.encodeIfPresent(textField, forKey: .textField)
    switch separator {
    case .blankLines: try values.encode(Separation.blankLines, forKey: .separator)
    case .none: try values.encode(Separation.none, forKey: .separator)
    case .line(let line):
      try values.encode(Separation.line, forKey: .separator)
      try values.encode(line, forKey: .separatorLine)
    case .blankLine: try values.encode(Separation.blankLine, forKey: .separator)
    case .everyLine: try values.encode(Separation.everyLine, forKey: .separator)
    }
    try values.encode(readsWindows1252, forKey: .windows1252)
    if !groupBy.isEmpty { try values.encode(groupBy, forKey: .groupBy) }
    try values.encode(cleaning.residue, forKey: .residue)
    try values.encode(cleaning.controls, forKey: .stripControls)
    try values.encode(cleaning.normalForm, forKey: .nfc)
    try values.encode(cleaning.blankLines, forKey: .foldBlankLines)
    try values.encode(cleaning.quotes, forKey: .foldQuotes)
    try values.encode(cleaning.tags, forKey: .tags)
    try values.encode(cleaning.repeats, forKey: .repeats)
    try values.encodeIfPresent(encoding, forKey: .encoding)
  }

  /// Reads the options; one whose key is missing has its default.
  public init(from decoder: any Decoder) throws {
    self.init()
    let values = try decoder.container(keyedBy: CodingKeys.self)
    func read<Value: Decodable>(_ key: CodingKeys, into value: inout Value) throws {
      value = try values.decodeIfPresent(Value.self, forKey: key) ?? value
    }
    textField = try values.decodeIfPresent(String.self, forKey: .textField)
    separator =
      switch try values.decodeIfPresent(Separation.self, forKey: .separator) {
      case nil, .blankLines: .blankLines
      case .some(.none): .none
      case .line: .line(try values.decode(String.self, forKey: .separatorLine))
      case .blankLine: .blankLine
      case .everyLine: .everyLine
      }
    try read(.windows1252, into: &readsWindows1252)
    try read(.groupBy, into: &groupBy)
    try read(.residue, into: &cleaning.residue)
    try read(.stripControls, into: &cleaning.controls)
    try read(.nfc, into: &cleaning.normalForm)
    try read(.foldBlankLines, into: &cleaning.blankLines)
    try read(.foldQuotes, into: &cleaning.quotes)
    try read(.tags, into: &cleaning.tags)
    try read(.repeats, into: &cleaning.repeats)
    encoding = try values.decodeIfPresent(String.self, forKey: .encoding)?.uppercased()
  }
}

extension CorpusOptions {
  /// How files are read and texts are cleaned.
  public var reading: ReadingOptions {
    get {
      var options = ReadingOptions()
      options.textField = textField
      options.separator = separator
      options.cleaning = cleaning
      options.readsWindows1252 = readsWindows1252
      options.groupBy = groupBy
      options.encoding = encoding
      return options
    }
    set {
      textField = newValue.textField
      separator = newValue.separator
      cleaning = newValue.cleaning
      readsWindows1252 = newValue.readsWindows1252
      groupBy = newValue.groupBy
      encoding = newValue.encoding
    }
  }
}
