import Corpora
import SystemPackage
import Testing

/// Lyrics with times, wherever they stand, and formats of lyrics beside them.
@Suite("Timed lyrics and chords")
struct TimedLyricsTests {
  let folder: TemporaryFolder

  init() throws {
    folder = try TemporaryFolder()
  }

  private func read(_ content: String, as name: String, _ change: (inout CorpusOptions) -> Void = { _ in }) throws -> Corpus {
    var options = CorpusOptions(tokenization: .char, minimumCount: 1, validationFraction: 0)
    options.deduplication = .none
    change(&options)
    return try Corpus(reading: [folder.write(content, to: name)], options: options)
  }

  private func text(_ corpus: Corpus) throws -> String { try corpus.tokenizer.decode(corpus.training.read()) }

  private func json(_ text: String) -> String {
    "\"" + text.replacing("\\", with: "\\\\").replacing("\"", with: "\\\"").replacing("\n", with: "\\n") + "\""
  }

  static let dialectExamples: [(String, String)] = [
    ("[00:01.00] Pull the rope\n[00:03.50][00:09.00] Pull it home", "Pull the rope\nPull it home\nPull it home"),
    ("[ti:Rope]\n[ar:Ann]\n[length:03:10]\n[00:01.00]Pull the rope\n[00:03.50]Pull it home", "Pull the rope\nPull it home"),
    ("[ar:Ann][ti:Rope][offset:0]\n[by:]\n[re_editor: x [y]]\n[00:01.00]one\n[kana:xyz]\n[00:02.00]two", "one\ntwo"),
    ("[offset:+200][00:01.00]one\n[00:02.00]two", "one\ntwo"), ("[1:02]one\n[1:05]two", "one\ntwo"),
    ("[00:01:02]one\n[00:01:05]two", "one\ntwo"),
    ("[00:01.2.3]one\n[00:02.2.3]two", "one\ntwo"), ("[ 00:01,20 ]one\n[-00:02.00] two\n[00:03.]three", "one\ntwo\nthree"),
    ("[00:01.00]<00:01.20>Pull <00:01.50> the <00:02.00>rope<00:02.50>\n[00:03.00]home", "Pull the rope\nhome"),
    ("[00:01.00][00:01.00]Pull [00:01.50]the [00:02.00]rope\n[00:03.00]home", "Pull the rope\nPull the rope\nhome"),
    ("<00:01.20>Pull <00:01.50>the\n<00:02.00>rope", "Pull the\nrope"),
    ("[00:01.00]v1: one\n[00:02.00]v2:<00:02.00>two <00:02.10>three", "one\ntwo three"),
    ("[00:01.00]F: one\n[00:02.00]M:two\n[00:03.00] D: three", "one\ntwo\nthree"),
    ("[00:01.00]one\n[bg: <00:01.50>ooh <00:01.80>yeah]\n[00:02.00]two\n[00:03.00][bg: ah]", "one\nooh yeah\ntwo\nah"),
    ("{\"t\":0,\"c\":[{\"tx\":\"作词: \"},{\"tx\":\"Ann\"}]}\n[00:00.000] 作曲 : Bea\n[00:01.00]one\n[00:02.00]two", "one\ntwo"),
    ("[12340,560]one(12340,200) two(12540,360)\n[13000,100]<0,50,0>three <50,50,0>four", "one two\nthree four"),
    (
      "[00:01.00]one\n[00:02.00]\n[00:03.00]two\n[Chorus: Ann]\n[00:04.00][Verse 1: Ann]\n[00:05.00]three",
      "one\n\ntwo\n[Chorus: Ann]\n[Verse 1: Ann]\nthree"
    ),
  ]

  @Test(
    "Timed lyrics are read alike in every format, and counted where the format does not tell",
    arguments: ["lrc", "txt", "csv", "json", "jsonl"], dialectExamples)
  func dialects(format: String, example: (text: String, lyrics: String)) throws {
    let content =
      switch format {
      case "csv": "title,lyrics\nt,\"\(example.text.replacing("\"", with: "\"\""))\"\n"
      case "json": "[{\"lyrics\": \(json(example.text))}]"
      case "jsonl": "{\"lyrics\": \(json(example.text))}\n"
      default: example.text
      }
    let corpus = try read(content, as: "a." + format)
    #expect(try text(corpus) == example.lyrics)
    #expect(corpus.report.cleaned.timedLyrics == (format == "lrc" ? 0 : 1))
  }

  @Test(
    "Lyrics of which few lines begin with a time stay as they are",
    arguments: [
      "[Chorus]\nat 10:30 we go\n[00:01.00] x", "[1:02] once\nand\nonce more", "[by the river: 3]\nla", "1\n2\n3",
      "meet me [10:30]\n[10:45]", "[Ann: hey]\nla",
    ])
  func noTimes(lyrics: String) throws {
    let corpus = try read(lyrics, as: "a.txt")
    #expect(try text(corpus) == lyrics && corpus.report.cleaned.timedLyrics == 0)
  }

  @Test func `a pre-tokenized text keeps its time stamps`() throws {
    let corpus = try read("[00:01.00] one\n[00:02.00] two\n", as: "a.txt") { $0.tokenization = .whitespace }
    #expect(corpus.tokenizer.vocabulary.tokens.contains("[00:01.00]"))
  }

  @Test func `each timed song of a text is read by itself, and tags alone are no song`() throws {
    let corpus = try read("[ti:Rope]\n[ar:Ann]\n\n\n[00:01.00]one\n[00:02.00]two\n\n\nplain\nsong\n---\n[00:01.00]three", as: "a.txt")
    #expect(try text(corpus) == "one\ntwo\n\n\nplain\nsong\n\n\nthree")
    #expect(corpus.report.cleaned.timedLyrics == 3 && corpus.report.removed.empty == 1)
  }

  // MARK: - Subtitles

  static let subRip =
    """
    1\n00:00:01,000 --> 00:00:03,500\n<i>Pull the rope</i>\n- and home\n\n2\n00:00:04,000 --> 00:00:05,000 X1:40\n{\\an8}Pull \
    it\n3\n00:00:06,000 --> 00:00:07,000\n99\n
    """
  static let web =
    """
    WEBVTT - Rope\nKind: captions\n\nNOTE a note\nof two lines\n\nSTYLE\n::cue { color: red }\n\nintro\n00:01.000 --> 00:03.500 \
    align:start\n<v Ann>Pull <00:01.500><c.x>the rope</c></v>\nand home\n\n00:00:04.000 --> 00:00:05.000\nPull it\n\n00:06.000 --> \
    00:07.000\n99
    """

  @Test("Subtitles are read by ending, and wherever they stand", arguments: ["srt", "vtt", "txt", "csv", "json"], [true, false])
  func subtitles(format: String, isWeb: Bool) throws {
    let content = isWeb ? Self.web : Self.subRip
    let corpus = try read(
      format == "csv"
        ? "lyrics,n\n\"\(content)\",1\n" : format == "json" ? "{\"lyrics\": \(json(content))}" : content.replacing("\n", with: "\r\n"),
      as: "a." + format)
    let first = isWeb ? "Pull the rope\nand home" : "Pull the rope\n- and home"
    #expect(try text(corpus) == first + "\nPull it\n99")
    #expect(corpus.report.cleaned.timedLyrics == (["srt", "vtt"].contains(format) ? 0 : 1))
  }

  @Test("Captions that roll up have each line once, and lines that are sung twice stay")
  func rollingCaptions() throws {
    var content = "WEBVTT\nKind: captions\n\n"
    let lines = ["walking down", "the road", "la la", "la la", "home"]
    for (number, line) in lines.enumerated() {
      let before = number == 0 ? " " : lines[number - 1]
      let words = line.split(separator: " ").joined(separator: "<00:00:0\(number).500><c> ") + "</c>"
      content +=
        "00:00:0\(number).000 --> 00:00:0\(number).900 align:start position:0%\n\(before)\n\(words.replacing("home</c>", with: "home"))\n\n"
      content += "00:00:0\(number).900 --> 00:00:0\(number).910 align:start position:0%\n\(line)\n \n\n"
    }
    #expect(try text(read(content, as: "a.vtt")) == lines.joined(separator: "\n"))
    // Without the marks of such captions, a line that comes again was sung again.
    let plain = "WEBVTT\n\n00:01.000 --> 00:02.000\nla la\n\n00:03.000 --> 00:04.000\nla la\n"
    #expect(try text(read(plain, as: "b.vtt")) == "la la\nla la")
  }

  // MARK: - ChordPro

  static let chordPro = """
    # a comment
    {title: Rope}
    {t:Second}
    {artist: Ann}
    {define: Am base-fret 1 frets x 0 2 2 1 0}
    {c: Capo 2}
    {start_of_verse: Verse 1}
    [Am]Hold the [G] lantern high[F#m7b5]er
    [C] [G/B] [Am]
    Am   G  F#m
    La[Em]n[*softly]tern [N.C.]light
    {end_of_verse}

    {soc}
    Oh [D]so [A]high
    {eoc}
    {comment: Bridge}
    A day in [Am]May
    {sot}
    e|---0---
    {eot}
    {chorus}
    [Verse 2]
    Last {line
    """

  @Test("Directives and chords are removed, and sections become tags", arguments: ["cho", "chordpro", "crd", "pro", "txt"])
  func chords(ending: String) throws {
    let corpus = try read(Self.chordPro, as: "a." + ending) { if ending == "txt" { $0.format = .chordpro } }
    #expect(
      try text(corpus) == """
        [Verse 1]
        Hold the lantern higher
        Lantern light

        [Chorus]
        Oh so high
        [Bridge]
        A day in May
        [Chorus]
        [Verse 2]
        Last {line
        """)
  }

  @Test func `a directive separates songs`() throws {
    let corpus = try read("{t: A}\n[C]one\n{new_song}\n{t: B}\n{ns}\ntwo", as: "a.cho")
    #expect(try text(corpus) == "one\n\n\ntwo" && corpus.songCount == 2)
  }

  // MARK: - Formats that are not read

  static let unreadExamples: [(name: String, kind: String, content: String)] = [
    ("a.ttml", "TTML", "<?xml version=\"1.0\"?>\n<tt xmlns=\"http://www.w3.org/ns/ttml\"><body><p begin=\"1s\">la</p></body></tt>"),
    ("b.txt", "TTML", "<tt xmlns=\"http://www.w3.org/ns/ttml\"><body/></tt>"),
    ("c.txt", "UltraStar", "#TITLE:Rope\n#ARTIST:Ann\n#BPM:300\n#GAP:1000\n: 0 4 12 Pull\n: 5 3 12 the\n- 10\nE\n"),
    ("d.ass", "SubStation Alpha", "\u{FEFF}[Script Info]\nTitle: x\n"),
    ("e.xml", "MusicXML", "<?xml version=\"1.0\"?><score-partwise></score-partwise>"),
    ("f.rtf", "RTF", "{\\rtf1\\ansi la}"), ("g.pdf", "PDF", "%PDF-1.4\n"),
  ]

  @Test("A format that is not read is named, and others are read", arguments: unreadExamples)
  func unread(name: String, kind: String, content: String) throws {
    let path = try folder.write(content, to: name)
    let song = try folder.write("a song", to: "z.txt")
    var options = CorpusOptions(minimumCount: 1, validationFraction: 0)
    let error = #expect(throws: CorpusError.self) { try Corpus(reading: [path], options: options) }
    #expect(error?.description.contains(kind) == true && error?.description.contains(path) == true)
    // A folder's file, or one in a field, is left out with a problem.
    let folders = [try folder.write(content, to: "f/\(name.dropLast(4)).txt"), try folder.write("one song", to: "f/y.txt")]
    let report = try Corpus(reading: [String(folders[0].dropLast(6))], options: options).report
    #expect(report.songs.total == 1 && report.problems.first?.contains(kind) == true, "\(report.problems)")
    let record = try folder.write("[{\"lyrics\": \(json(content))}, {\"lyrics\": \"la\"}]", to: "h.json")
    let fields = try Corpus(reading: [record, song], options: options).report
    #expect(fields.songs.total == 2 && fields.removed.malformed == 1 && fields.problems.first?.contains(kind) == true)
    options.isStrict = true
    #expect(throws: CorpusError.self) { try Corpus(reading: [record], options: options) }
  }

  @Test("A named file that is not read does not keep others from being read")
  func unreadBesideOthers() throws {
    let paths = [try folder.write(Self.unreadExamples[2].content, to: "u.txt"), try folder.write("a song", to: "z.txt")]
    let report = try Corpus(reading: paths, options: .init(minimumCount: 1, validationFraction: 0)).report
    #expect(report.songs.total == 1 && report.damagedSources == 1 && report.problems.first?.contains("UltraStar") == true)
    var reader = SongReader()
    reader.isStrict = false
    #expect(try reader.songs(at: paths.map { FilePath($0) }).count == 1)
  }

  @Test(
    "Lyrics that only look like another format are read", arguments: ["#TITLE: mine\nla", "<tt>la</tt>\nla", "[Script]\nla", "{rtf}\nla"])
  func lookAlikes(lyrics: String) throws {
    #expect(try read(lyrics, as: "a.txt").songCount == 1)
  }
}
