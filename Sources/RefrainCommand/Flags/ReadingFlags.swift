public import ArgumentParser
public import Refrain

extension CorpusFormat: ExpressibleByArgument {}
extension CleaningOptions.Tags: ExpressibleByArgument {}
extension CleaningOptions.Repeats: ExpressibleByArgument {}
extension SongCondition: ExpressibleByArgument {
  /// Reads the value of a flag.
  public init?(argument: String) { self.init(argument) }
}

/// The flags for how files are read and texts are cleaned. A flag that is not given has the model's value, if there is a model.
struct ReadingFlags: ParsableArguments {
  @Option(
    parsing: .unconditional,
    help: "What named files and standard input are: txt, csv, json, jsonl, lrc, srt, vtt or chordpro (default: by the name).")
  var format: CorpusFormat?
  @Option(
    name: [.customLong("text-column"), .customLong("text-field")], parsing: .unconditional,
    help: ArgumentHelp(
      "The column of a table, or the key of an object (a.b for b inside a), with the lyrics (default: lyrics, lyric, text, ...).",
      valueName: "name"))
  var textField: String?
  @Option(
    parsing: .unconditional,
    help: ArgumentHelp(
      """
      How songs are separated in a text: blank-lines (two, or a line of dashes), blank-line (one), line (each line is a song), none (a \
      file is a song), or a marker such as '<|endoftext|>' (default: blank-lines).
      """,
      valueName: "kind"))
  var separator: String?
  @Option(
    name: .customLong("group-by"), parsing: .unconditionalSingleValue,
    help: ArgumentHelp(
      "Join neighbouring rows of a table, or objects, with the same value in this column: they are lines of one song; may be repeated.",
      valueName: "name"))
  var groupBy: [String] = []
  @Option(
    name: .customLong("where"), parsing: .unconditionalSingleValue,
    help: ArgumentHelp(
      """
      Read only the songs of tables and JSON whose column has this value: COLUMN=VALUE, or with !=, <, >, <=, >= or ~ (contains); may be \
      repeated: all conditions must hold.
      """, valueName: "condition"))
  var conditions: [SongCondition] = []
  @Flag(help: "Stop at the first record that cannot be used, instead of skipping and reporting it.")
  var strict = false
  @Flag(help: "Leave out, with a warning, files and folders that cannot be read or are cut off, instead of stopping.")
  var skipUnreadable = false
  @Flag(
    name: .customLong("windows-1252"), inversion: .prefixedNo,
    help: "Read what is not UTF-8 as Windows-1252 (Latin-1), record by record (default: no).")
  var windows1252: Bool?

  @Flag(
    inversion: .prefixedNo,
    help: "Remove text that lyrics web pages add: '&amp;', '<br>', '12 Contributors', 'You might also like', '12Embed' (default: yes).")
  var residue: Bool?
  @Flag(inversion: .prefixedNo, help: "Remove control characters, soft hyphens and zero width spaces (default: yes).")
  var stripControls: Bool?
  @Flag(inversion: .prefixedNo, help: "Put texts in Unicode's normal form C (default: yes).")
  var nfc: Bool?
  @Flag(inversion: .prefixedNo, help: "Make one blank line of several (default: yes).")
  var foldBlankLines: Bool?
  @Flag(inversion: .prefixedNo, help: "Make typographic quotation marks straight (default: no).")
  var foldQuotes: Bool?
  @Option(parsing: .unconditional, help: "Section tags such as [Chorus: Ann]: keep, drop, or normalise to [Chorus] (default: keep).")
  var tags: CleaningOptions.Tags?
  @Option(
    parsing: .unconditional,
    help: """
      Marks such as (x2): keep, or expand to that many copies of the line or stanza before, up to 16 times the song's size (default: \
      keep).
      """)
  var repeats: CleaningOptions.Repeats?
  @Option(
    parsing: .unconditional,
    help: ArgumentHelp(
      """
      The encoding of texts without a byte-order mark, as `iconv -l` names it, such as KOI8-R or GB18030; with WINDOWS-1252, only text \
      that is not UTF-8 is converted, as with --windows-1252 (default: UTF-8).
      """,
      valueName: "name"))
  var encoding: String?

  /// Returns the options: what the flags say, and the base's where they say nothing.
  func options(over base: ReadingOptions = .init()) -> ReadingOptions {
    var options = base
    options.textField = textField ?? base.textField
    options.separator =
      switch separator {
      case nil: base.separator
      case "blank-lines": .blankLines
      case "none": .none
      case "blank-line": .blankLine
      case "line": .everyLine
      case .some(let line): .line(line)
      }
    options.groupBy = groupBy.isEmpty ? base.groupBy : groupBy
    switch encoding {
    case nil:
      options.readsWindows1252 = windows1252 ?? base.readsWindows1252
      // One of the two replaces the other.
      if windows1252 == true { options.encoding = nil }
    case .some(let name) where ReadingOptions.isWindows1252(encoding: name):
      options.encoding = nil
      options.readsWindows1252 = true
    case .some(let name):
      options.encoding = ReadingOptions.isUTF8(encoding: name) ? nil : name
      options.readsWindows1252 = windows1252 ?? false
    }
    options.cleaning.residue = residue ?? base.cleaning.residue
    options.cleaning.controls = stripControls ?? base.cleaning.controls
    options.cleaning.normalForm = nfc ?? base.cleaning.normalForm
    options.cleaning.blankLines = foldBlankLines ?? base.cleaning.blankLines
    options.cleaning.quotes = foldQuotes ?? base.cleaning.quotes
    options.cleaning.tags = tags ?? base.cleaning.tags
    options.cleaning.repeats = repeats ?? base.cleaning.repeats
    return options
  }

  /// Gives each flag that is not given its value in other flags, except `--skip-unreadable`, which concerns one call.
  mutating func fill(from other: ReadingFlags) {
    format = format ?? other.format
    textField = textField ?? other.textField
    separator = separator ?? other.separator
    groupBy = groupBy.isEmpty ? other.groupBy : groupBy
    conditions = conditions.isEmpty ? other.conditions : conditions
    strict = strict || other.strict
    let givesEncoding = windows1252 != nil
    if encoding == nil { windows1252 = windows1252 ?? other.windows1252 }
    residue = residue ?? other.residue
    stripControls = stripControls ?? other.stripControls
    nfc = nfc ?? other.nfc
    foldBlankLines = foldBlankLines ?? other.foldBlankLines
    foldQuotes = foldQuotes ?? other.foldQuotes
    tags = tags ?? other.tags
    repeats = repeats ?? other.repeats
    // They say the same thing in two ways, so that the one that is given replaces the other.
    if encoding == nil, !givesEncoding { encoding = other.encoding }
  }

  /// The flags that are given, each with its value as on a command line.
  var given: [(flag: String, value: String?)] {
    var given: [(String, String?)] = []
    func add(_ flag: String, _ value: String?) { if let value { given.append((flag, value)) } }
    func add(_ flag: String, _ value: Bool?) { if let value { given.append((value ? "--\(flag)" : "--no-\(flag)", nil)) } }
    add("--format", format?.rawValue)
    add("--text-column", textField)
    add("--separator", separator)
    for column in groupBy { add("--group-by", column) }
    for condition in conditions { add("--where", condition.text) }
    if strict { given.append(("--strict", nil)) }
    if skipUnreadable { given.append(("--skip-unreadable", nil)) }
    add("windows-1252", windows1252)
    add("residue", residue)
    add("strip-controls", stripControls)
    add("nfc", nfc)
    add("fold-blank-lines", foldBlankLines)
    add("fold-quotes", foldQuotes)
    add("--tags", tags?.rawValue)
    add("--repeats", repeats?.rawValue)
    add("--encoding", encoding)
    return given
  }
}
