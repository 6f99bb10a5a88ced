import Files
import SystemPackage
import Testing
import Verse

@Suite("espeak-ng, by programs that stand in for it", .timeLimit(.minutes(5))) struct EspeakTests {
  @Test func `each word is a line, and English comes in ARPABET`() throws {
    // Says which words it got, and pronounces each by its first letter.
    let folder = try TemporaryFolder()
    let espeak = try folder.espeak(
      "while read word; do case $word in r*) echo ' \u{279}_\u{2C8}\u{26A}_v_\u{25A}';; "
        + "f*) echo 'f_\u{2C8}a\u{26A}\u{25A}';; *) echo;; esac; done"
    )
    let found = try espeak.pronunciations(of: ["river", "fire", "zzz"])
    #expect(found.map { $0?.description } == ["R IH1 V ER0", "F AY1 ER0", nil])
    #expect(try espeak.pronunciations(of: []) == [])
  }

  @Test(
    "sounds of espeak-ng's English",
    arguments: [
      ("h_\u{2C8}\u{25C}\u{2D0}_\u{279}_i", "HH ER1 IY0"), ("b_\u{2C8}\u{28C}_\u{294}_n\u{329}", "B AH1 T AH0 N"),
      ("a\u{26A}_d_\u{2C8}i\u{259}", "AY0 D IY1 AH0"), ("w_\u{2C8}\u{254}\u{2D0}_\u{27E}_\u{25A}", "W AO1 T ER0"),
      ("\u{2C8}\u{25B}_v_\u{279}_\u{26A}_\u{3B8}_\u{2CC}\u{26A}_\u{14B}", "EH1 V R IH0 TH IH2 NG"), ("(fr)b_\u{2C8}o(en)", nil),
      ("\u{16A0}", nil), ("", nil),
    ])
  func english(line: String, phonemes: String?) throws {
    let folder = try TemporaryFolder()
    let espeak = try folder.espeak("cat > /dev/null; echo '\(line)'")
    #expect(try espeak.pronunciations(of: ["word"]).first??.description == phonemes)
  }

  @Test(
    "sounds of other languages stay as they are",
    arguments: [
      ("l_\u{2C8}i\u{2D0}_b_\u{259}", "l i\u{2D0}1 b \u{259}0"), ("h_\u{2C8}\u{251}\u{2D0}_b_n\u{329}", "h \u{251}\u{2D0}1 b \u{259}0 n"),
    ])
  func german(line: String, phonemes: String) throws {
    let folder = try TemporaryFolder()
    let espeak = try folder.espeak("cat > /dev/null; echo '\(line)'", language: Language("de"))
    #expect(try espeak.pronunciations(of: ["wort"]).first??.description == phonemes)
  }

  @Test func `what could be a command is removed from words, and the voice is an argument`() throws {
    let folder = try TemporaryFolder()
    let espeak = try folder.espeak(
      "cat > '\(folder.path.appending("input"))'; echo \"$@\" > '\(folder.path.appending("arguments"))'; echo a")
    _ = try espeak.pronunciations(of: ["[[ri]]<b>v\u{7}e-r's\nx"])
    let input = try String(decoding: readFile(folder.path.appending("input")), as: UTF8.self)
    #expect(input == "ribve-r'sx\n")
    #expect(try String(decoding: readFile(folder.path.appending("arguments")), as: UTF8.self).contains("-v en-us"))
  }

  @Test(
    "failures are one sentence each",
    arguments: [
      ("cat > /dev/null; echo a; echo b", VerseError.wrongLines(program: "P", expected: 1, found: 2)),
      ("exit 0", .wrongLines(program: "P", expected: 1, found: 0)),
      ("echo 'Error: The specified espeak-ng voice does not exist.' >&2; exit 1", .unknownLanguage(program: "P", name: "xx")),
      ("echo 'no data' >&2; exit 3", .failed(program: "P", reason: "no data")),
      ("kill -SEGV $$", .failed(program: "P", reason: "signal 11")),
      ("exit 7", .failed(program: "P", reason: "status 7")), ("exec yes", .failed(program: "P", reason: "it writes without end")),
    ])
  func failures(script: String, expected: VerseError) throws {
    let folder = try TemporaryFolder()
    let espeak = try folder.espeak(script, language: Language("xx"))
    let error = #expect(throws: VerseError.self) { try espeak.pronunciations(of: ["word"]) }
    #expect(error?.description.replacing(espeak.program, with: "P") == expected.description)
  }

  @Test(
    "a program that does not end is stopped",
    arguments: ["exec sleep 60", "sleep 60", "cat > /dev/null; echo a; exec >&-; sleep 60", "trap '' TERM; while :; do sleep 1; done"])
  func hang(script: String) throws {
    let folder = try TemporaryFolder()
    var espeak = try folder.espeak(script)
    espeak.limit = .milliseconds(200)
    #expect(throws: VerseError.timedOut(program: espeak.program, seconds: 1)) { try espeak.pronunciations(of: ["word"]) }
  }

  @Test func `a program that takes long but writes on is waited for, up to a bound`() throws {
    let folder = try TemporaryFolder()
    var espeak = try folder.espeak("cat > /dev/null; for i in 1 2 3 4 5 6; do sleep 0.4; echo '_ˈ_eɪ'; done")
    espeak.limit = .seconds(2)
    #expect(try espeak.pronunciations(of: ["a", "b", "c", "d", "e", "f"]).count == 6)
    // Twelve times the limit is the end.
    espeak = try folder.espeak("cat > /dev/null; while :; do sleep 0.05; echo a; done")
    espeak.limit = .milliseconds(100)
    #expect(throws: VerseError.timedOut(program: espeak.program, seconds: 1)) { try espeak.pronunciations(of: ["word"]) }
  }

  @Test func `a missing program is an error`() throws {
    var espeak = Espeak()
    espeak.program = "no-such-espeak"
    #expect(throws: VerseError.noProgram(program: "no-such-espeak")) { try espeak.pronunciations(of: ["word"]) }
  }
}
