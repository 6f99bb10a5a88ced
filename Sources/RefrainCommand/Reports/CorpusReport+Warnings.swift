internal import Basics
internal import Files
internal import Refrain

extension CorpusReport {
  /// What may be wrong with the texts and no record shows, each with the flag that helps.
  var warnings: [String] {
    var warnings: [String] = []
    if let encodings { warnings.append(Self.advice(on: encodings)) }
    if let mojibake {
      warnings.append(
        """
        \(mojibake.counted("character")) of the texts, such as \(Self.misreadExample(misreadEncoding)), were UTF-8 and were read in \
        another encoding before; leave out --encoding if you passed it, get the files again from their source, or convert a copy back (for \
        example with `iconv -f UTF-8 -t \(misreadEncoding ?? "WINDOWS-1252")`) and check it.
        """)
    }
    if let replacementCharacters {
      warnings.append(
        """
        the texts have \(replacementCharacters.counted("replacement character")) (U+FFFD), each where an earlier conversion lost a \
        character; get the files again from their source, since the characters cannot be restored.
        """)
    }
    if let separation { warnings += Self.warnings(about: separation) }
    return warnings
  }

  /// A character that was read in an encoding, and what it was.
  private static func misreadExample(_ encoding: String?) -> String {
    switch encoding {
    case "WINDOWS-1250": "\"\u{102}\u{A9}\" for \"\u{E9}\""
    case "WINDOWS-1251": "\"\u{420}\u{451}\" for \"\u{438}\""
    case "MACINTOSH": "\"\u{221A}\u{A9}\" for \"\u{E9}\""
    default: "\"\u{C3}\u{A9}\" for \"\u{E9}\""
    }
  }

  private static func warnings(about separation: Separation) -> [String] {
    var warnings: [String] = []
    let texts = separation.texts, records = separation.records
    if let divider = separation.divider {
      let flag = divider.line.hasPrefix("-") ? "--separator='\(divider.line)'" : "--separator '\(divider.line)'"
      warnings.append(
        """
        the line '\(divider.line)' stands \(divider.count.grouped) times in a text that is read as one song, so it probably separates \
        songs; pass \(flag).
        """)
    } else if separation.hasHugeSongs {
      warnings.append(
        """
        most of the text is in \(texts.huge.counted("song")) of more than 16 kB (of \(texts.songs.counted("song")) in all), so the \
        separator is probably wrong; pass --separator blank-line (one blank line), --separator line (each line is a song), a marker such \
        as '<|endoftext|>', or none (each file is a song).
        """)
    }
    if separation.hasHugeRecords {
      warnings.append(
        """
        most of the text of tables and JSON is in \(records.huge.counted("song")) of more than 16 kB (of \(records.songs.counted("song")) \
        in all); look at them with `refrain prepare --show 3`, for a record may hold several songs.
        """)
    }
    if separation.hasLineSongs {
      warnings.append(
        """
        \(texts.oneLine.grouped) of \(texts.songs.counted("song")) in texts have one line, so the separator is probably wrong; pass \
        --separator none or a marker, or --separator line if each line is a song.
        """)
    }
    if separation.hasLineRecords {
      warnings.append(
        """
        \(records.oneLine.grouped) of \(records.songs.counted("song")) in tables and JSON have one line, so that the records may be lines \
        of songs; --group-by COLUMN joins the records of a song.
        """)
    }
    return warnings
  }

  /// Which flag reads texts that are not UTF-8.
  static func advice(on encodings: [String]) -> String {
    guard let first = encodings.first else { return "--encoding names the encoding of texts that are not UTF-8." }
    let names = encodings.map { "--encoding \($0)" }.joined(separator: " or ")
    return ReadingOptions.isWindows1252(encoding: first) && encodings.count == 1
      ? "to read texts that are not UTF-8 as Windows-1252, pass --windows-1252."
      : "to read texts that are not UTF-8, pass \(names)."
  }
}
