import Files
import SystemPackage
import Testing
import Verse

@Suite("Pronouncing dictionaries") struct DictionaryTests {
  static let text = """
    ;;; a comment
    # another
    RIVER  R IH1 V ER0
    READ  R EH1 D
    READ(2)  R IY1 D # the verb
    'TIL\tT IH1 L
    ...  AA1
    running R AH1 N IH0 NG
    well W EH1 L
    known N OW1 N
    """

  @Test(
    "words are found in whatever spelling",
    arguments: [
      ("river", ["R IH1 V ER0"]), ("River,", ["R IH1 V ER0"]), ("read", ["R EH1 D", "R IY1 D"]), ("\u{2019}til", ["T IH1 L"]),
      ("runnin'", ["R AH1 N AH0 N"]), ("river's", ["R IH1 V ER0 Z"]), ("well-known", ["W EH1 L N OW1 N"]), ("'river'", ["R IH1 V ER0"]),
      ("rivers", []), ("well-off", []), ("", []),
    ])
  func found(word: String, pronunciations: [String]) throws {
    for text in [Self.text, Self.text.replacing("\n", with: "\r\n"), "\u{FEFF}" + Self.text] {
      #expect(try dictionary(text).pronunciations(of: word).map(\.description) == pronunciations)
    }
  }

  @Test func `Latin-1 is read where the file is not UTF-8`() throws {
    let bytes: [UInt8] = [0xC9] + Array("TUDE  EY1 T UW0 D\n".utf8)
    #expect(try PronouncingDictionary(bytes: bytes, path: "d").pronunciations(of: "\u{E9}tude").count == 1)
  }

  @Test(
    "a bad line is an error with its number",
    arguments: [
      ("A  AH0\nRIVER  R IH1 QQ\n", 2, "found \"QQ\", which is no phoneme"), ("RIVER\n", 1, "found the word \"RIVER\" alone"),
      ("\n\nA # AH0\n", 3, "found the word \"A\" alone"), ("A  AH9\n", 1, "found \"AH9\", which is no phoneme"),
      ("A  " + String(repeating: "AH0 ", count: 201), 1, "found too many phonemes"),
      (String(repeating: "a", count: 200) + "  AH0", 1, "found \"\(String(repeating: "a", count: 200))\", which is no word"),
    ])
  func malformed(text: String, line: Int, fault: String) throws {
    #expect(throws: VerseError.malformedLine(path: "small.dict", line: line, fault: fault)) { try dictionary(text) }
  }

  @Test func `a word has no endless number of pronunciations, and a file has a word`() throws {
    let vowels = ["AA", "AE", "AH", "AO", "AW", "AY"]
    let many = vowels.flatMap { first in vowels.map { "A  \(first)1 \($0)0" } }.joined(separator: "\n")
    #expect(
      throws: VerseError.malformedLine(path: "small.dict", line: 33, fault: "the word has more than 32 pronunciations")
    ) { try dictionary(many) }
    #expect(throws: VerseError.noWords(path: "small.dict")) { try dictionary(";;; nothing\n") }
    #expect(throws: FileError.missing(path: "/nowhere")) { try PronouncingDictionary(path: "/nowhere") }
    #expect(throws: FileError.self) { try PronouncingDictionary(path: "/dev/zero") }
  }

  @Test func `mutations of a dictionary are read or refused`() throws {
    let accepted = readMutations(of: Array(Self.text.utf8), seed: 31) { bytes in
      let found = try PronouncingDictionary(bytes: bytes, path: "d")
      #expect(found.count > 0 && found.pronunciations(of: "river").allSatisfy { !$0.phonemes.isEmpty })
    }
    #expect(accepted > 0 && accepted < mutationCount)
  }
}
