import Corpora
import Foundation
import SystemPackage
import Testing

@Suite("JSON without a given format")
struct JSONRecognitionTests {
  let folder: TemporaryFolder

  init() throws { folder = try TemporaryFolder() }

  static let json = [
    #"{"lyrics": "a"}"#, "{\n  \"lyrics\": \"a\"\n}", "[{\"lyrics\": \"a\"}]", "\u{FEFF} [ {\"a\": 1} ]", #"["one song", "another"]"#,
    "[null, {\"lyrics\": \"a\"}]", "[\n  1,\n  2\n]", "[[], {\"lyrics\": \"x\"}]", "\u{1E}{\"lyrics\": \"a\"}\n", "[true, \"x\"]",
    "[-1.5e3]", "[]",
    "[[[[{\"a\": [1, {\"b\": null}]}]]]]", "{\"a\": \"cut off", "[{\"lyrics\": \"" + String(repeating: "la ", count: 40_000) + "\"}]",
    "[\n\"one\\\" song\"\n]", "[[\"line\", \"line\"]]", "{}", "{\"text\": \"a\"}\n{\"text\": \"b\"}\n",
  ]

  @Test("JSON in a file without an extension is refused and never read as text", arguments: json)
  func refused(text: String) throws {
    let path = try folder.write(text, to: "songs")
    #expect(throws: CorpusError.unnamedJSON(path: path)) { try Corpus(reading: [path]) }
    #expect(throws: CorpusError.unnamedJSON(path: path)) { try SongReader().songs(at: [FilePath(path)]) }
    // A format that is given decides.
    var options = CorpusOptions(minimumCount: 1, validationFraction: 0)
    options.format = .txt
    #expect(try Corpus(reading: [path], options: options).songCount == 1)
    let named = try folder.write(text, to: "songs.txt")
    #expect(try SongReader().songs(at: [FilePath(named)]).count == 1)
  }

  static let lyrics = [
    "[Chorus]\nla la", "[Verse 1: Ann]", "{la la} la", "[\"Hey\"] she said", "[\"never closed", "\"quoted\" words", "[", "{", "[[Chorus]]",
    "[x2]\nla", "[1]\nla", "[1, 2", "[x2]", "[+1]", "[0x1F]", "[true] love", "{\"a\"} b", "[,]", "[1 2]", "[nano]", "la {\"a\": 1}",
  ]

  @Test("Lyrics with brackets are text", arguments: lyrics)
  func text(text: String) throws {
    let path = try folder.write(text, to: "songs")
    #expect(try SongReader().songs(at: [FilePath(path)]).map(\.text) == [text])
  }
}
