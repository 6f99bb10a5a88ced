import Corpora
import SystemPackage
import Testing

/// Lyrics of tables and JSON whose line ends a program wrote as in its source code.
@Suite("Escaped lines")
struct EscapedLinesTests {
  let folder: TemporaryFolder

  init() throws { folder = try TemporaryFolder() }

  /// The song of a table, or of JSON, and what was counted.
  private func read(_ text: String, as ending: String) throws -> (text: String?, counts: CleaningCounts) {
    let escaped = text.replacing("\\", with: "\\\\").replacing("\"", with: "\\\"").replacing("\n", with: "\\n").replacing("\r", with: "\\r")
    let source = ending == "csv" ? "lyrics\n\"\(text.replacing("\"", with: "\"\""))\"\n" : "{\"lyrics\": \"\(escaped)\"}\n"
    let path = try folder.write(source, to: "a.\(ending)")
    let counts = try Corpus(reading: [path], options: .init(minimumCount: 1, validationFraction: 0)).report.cleaned
    let songs = try SongReader().songs(at: [FilePath(path)])
    #expect(songs.count == 1)
    return (songs.first?.text, counts)
  }

  @Test(
    "Several \\n in a text without line ends are line ends",
    arguments: [
      (#"one\ntwo\nthree"#, "one\ntwo\nthree"), (#"one\r\ntwo\r\n\r\nthree"#, "one\ntwo\n\nthree"),
      (#"one\\ntwo\\nthree\\n"#, "one\ntwo\nthree"),
      (#"it\'s one\ntwo \"a\"\nthree"#, "it's one\ntwo \"a\"\nthree"), (#"one\rtwo\rthree"#, "one\ntwo\nthree"),
      ("one\\ntwo\\nthree\n", "one\ntwo\nthree"), (#"[00:01.00]one\n[00:02.00]two\n[00:03.00]three"#, "one\ntwo\nthree"),
    ])
  func unescaped(text: String, lines: String) throws {
    for ending in ["csv", "jsonl"] {
      let (found, counts) = try read(text, as: ending)
      #expect(found == lines && counts.escapedLineEnds == 1 && counts.stringLists == 0)
    }
  }

  @Test(
    "A single \\n, or one beside real line ends, stays",
    arguments: [#"C:\new"#, #"one\ntwo"#, "one\\ntwo\nthree\\nfour", #"a \ b \ c"#, #"\o/ \o/"#])
  func kept(text: String) throws {
    for ending in ["csv", "jsonl"] {
      let (found, counts) = try read(text, as: ending)
      #expect(found == text && counts.escapedLineEnds == 0)
    }
  }

  @Test(
    "A list of strings gives its strings as lines",
    arguments: [
      (#"['line one', "it's two"]"#, "line one\nit's two"), (#"["line one", "line two"]"#, "line one\nline two"),
      (#" [ 'one' , '' , 'two' , ] "#, "one\n\ntwo"), ("['one'\n 'two' 'three']", "one\ntwo\nthree"),
      (#"[u'caf\xe9', u'd\u00e9j\u00e0']"#, "café\ndéjà"),
      (#"['one\n', 'two\n']"#, "one\ntwo"), (#"['one\ntwo']"#, "one\ntwo"), (#"['it\'s', "say \"a\""]"#, "it's\nsay \"a\""),
      (#"["\ud83d\ude00 a", "\U0001F600 b"]"#, "😀 a\n😀 b"), ("['[Chorus]', 'la la']", "[Chorus]\nla la"),
      ("['one', None, 'two', nan]", "one\ntwo"), (#"[null, "one"]"#, "one"),
    ])
  func lists(text: String, lines: String) throws {
    for ending in ["csv", "jsonl"] {
      let (found, counts) = try read(text, as: ending)
      #expect(found == lines && counts.stringLists == 1)
    }
  }

  @Test(
    "A text that is not one list of strings stays",
    arguments: [
      "['one', two]", "[Chorus]\nla", "['one'] and more", "['one'", "['one', ['two']]", "[1, 2]", "('one', 'two')", "['one', 'two",
    ])
  func noLists(text: String) throws {
    for ending in ["csv", "jsonl"] {
      let (found, counts) = try read(text, as: ending)
      #expect(found == text && counts.stringLists == 0)
    }
  }

  @Test("A list without strings is a song without lyrics", arguments: ["[]", " [ ] ", "[None]", "['']", "[nan, '']"])
  func emptyLists(text: String) throws {
    let path = try folder.write("lyrics\n\"\(text)\"\nla la\n", to: "a.csv")
    #expect(try SongReader().songs(at: [FilePath(path)]).map(\.text) == ["la la"])
  }

  @Test("A text file and a pre-tokenized set are read as they are")
  func others() throws {
    let text = #"one\ntwo\nthree"#
    #expect(try SongReader().songs(at: [FilePath(folder.write(text, to: "a.txt"))]).first?.text == text)
    let table = try folder.write("lyrics\n\(text)\n", to: "b.csv")
    #expect(try SongReader(for: .whitespace).songs(at: [FilePath(table)]).first?.text.contains(#"\n"#) == true)
  }
}
