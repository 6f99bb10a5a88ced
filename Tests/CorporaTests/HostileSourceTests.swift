import Basics
import Corpora
import Files
import Foundation
import SystemPackage
import Testing

/// Bytes that a hostile writer, a damaged disk or a careless program might leave in a file of songs.
@Suite("Hostile sources")
struct HostileSourceTests {
  let folder: TemporaryFolder

  init() throws {
    folder = try TemporaryFolder()
  }

  /// Whether this is `make soak`.
  static let isSoak = ProcessInfo.processInfo.environment["REFRAIN_SOAK"] != nil

  static let text =
    """
    [Verse 1: Ann]\nla é (x2)\n\n\n12 ContributorsX Lyrics\nYou might also like\noh12EmbedShare URLCopyEmbedCopy\n---\n“q” &amp; \
    <br>\n[Repeat x2]
    """

  static let seeds: [(format: CorpusFormat, content: [UInt8], encoding: String?)] = [
    (.csv, Array("artist,song,link,text\r\nA,\"x\",/l,\"one  \ntwo \"\"q\"\"\n\"\r\nB,z,/m,four\r\n".utf8), nil),
    (.csv, Array("artist\tsong\ttext\r\nA\t\"x\"\t\"one\" two\r\nB\tz\t\"a \"\"b\"\"\"\r\n".utf8), nil),
    (
      .json,
      Array(
        "{\"songs\": [{\"title\": \"t\", \"lyrics\": \"a\\u00e9\\n\"}, {\"lyrics\": [\"b\", \"c\"]}, {\"x\": {\"text\": \"d\"}}]}".utf8),
      nil
    ),
    (
      .json, Array("[{\"lyrics\": [[\"a\", \"b\"], [\"c\", null]]}, \"d\\ud83d\\ude00\", {\"lyrics\": {\"v\": [{\"text\": \"e\"}]}}]".utf8),
      nil
    ),
    (.jsonl, Array("{\"lyrics\": \"a\\nb\"}\n{\"text\": null}\n{\"a\": [1, true, -2e5, {\"lyric\": \"c\"}]}\n".utf8), nil),
    (.lrc, Array("[ar:X]\n[00:01.00]a\n[00:03.50][00:02]b\n[00:02.5] <00:02.5>c <00:02.7>d\n[bg: e]\n".utf8), nil),
    (.srt, Array("1\n00:00:01,000 --> 00:00:02,000\n<i>la</i> la\n\n2\n00:00:03,000 --> 00:00:04,000\nlo\n".utf8), nil),
    (
      .vtt,
      Array("WEBVTT\n\nNOTE x\n\n00:01.000 --> 00:02.000 align:left\n<v Ann>la <00:01.500>la\n\n1\n00:03.000 --> 00:04.000\nlo\n".utf8), nil
    ),
    (
      .chordpro, Array("{title: T}\n{soc}\n[C]la [Am7]la\n{eoc}\n# x\n{new_song}\n{start_of_tab}\ne|--3--\n{end_of_tab}\nC G\nlo".utf8), nil
    ),
    (.txt, Array(text.utf8), nil),
    (.txt, Array("<|startoftext|>a\nb<|endoftext|>\n<|startoftext|>c".utf8), nil),
    (.txt, [0xFF, 0xFE] + text.utf16.flatMap { [UInt8($0 & 0xFF), UInt8($0 >> 8)] }, nil),
    (.csv, [0, 0, 0xFE, 0xFF] + "text\n\"é\n愛\"\n".unicodeScalars.flatMap { [0, 0, UInt8($0.value >> 8), UInt8($0.value & 0xFF)] }, nil),
    (.txt, [0xB0, 0xAE, 0x0A, 0x81, 0x30, 0x81, 0x30, 0x0A, 0x0A, 0x0A, 0xD4, 0xC2], "GB18030"),
    (.json, Array("[\"a".utf8) + [0x1B, 0x24, 0x42, 0x30, 0x26, 0x1B, 0x28, 0x42] + Array("\", \"b\"]".utf8), "ISO-2022-JP"),
  ]

  /// What breaks readers, beside bits.
  private static let words = [
    "\"", "{", "}", "[", "]", ",", ":", "\n", "\r", "\n\n\n", "\\", "<", ">", "'", "0", "-", "\u{0}", "\u{FEFF}", "\\ud800", "\\u00",
    "null",
    "[[[[[[[[[[", "{\"lyrics\":", "&#x110000;", "&amp", "<br", "[00:99.99]", "-->", "<|endoftext|>", "(x99)", "\u{301}", "\t",
  ].map { Array($0.utf8) }

  /// The bytes with a few changes, or others.
  static func mutated(_ original: [UInt8], round: Int, _ generator: inout some RandomNumberGenerator) -> [UInt8] {
    if round.isMultiple(of: 9) {
      return (0..<Int.random(in: 1...300, using: &generator)).map { _ in UInt8.random(in: 0...255, using: &generator) }
    }
    var bytes = original
    for _ in 0..<Int.random(in: 1...6, using: &generator) {
      if bytes.isEmpty { bytes = [0] }
      let place = Int.random(in: 0..<bytes.count, using: &generator)
      switch Int.random(in: 0..<7, using: &generator) {
      case 0: bytes[place] = UInt8.random(in: 0...255, using: &generator)
      case 1: bytes[place] ^= 1 << UInt8.random(in: 0..<8, using: &generator)
      case 2: bytes.remove(at: place)
      case 3: bytes.insert(contentsOf: words.randomElement(using: &generator) ?? [], at: place)
      case 4: bytes += bytes[place...].prefix(40)
      case 5: bytes.removeLast(min(bytes.count - place, 20))
      default: bytes.removeSubrange(place..<min(bytes.count, place + 8))
      }
    }
    return bytes.isEmpty ? [0] : bytes
  }

  static func options(round: Int) -> ReadingOptions {
    var options = ReadingOptions()
    options.separator = [.blankLines, .blankLine, .everyLine, .none, .line("<|endoftext|>")][round % 5]
    options.cleaning.quotes = round.isMultiple(of: 2)
    options.cleaning.tags = [.keep, .drop, .normalise][round % 3]
    options.cleaning.repeats = round.isMultiple(of: 4) ? .expand : .keep
    options.cleaning.residue = !round.isMultiple(of: 7)
    options.cleaning.controls = !round.isMultiple(of: 11)
    if round.isMultiple(of: 13) { options.groupBy = ["artist"] }
    if round.isMultiple(of: 17) { options.textField = "song.text" }
    return options
  }

  @Test("Mutated bytes of every format are read or refused, and never trapped on", arguments: seeds.indices)
  func reading(index: Int) throws {
    let (format, original, encoding) = Self.seeds[index]
    var generator = SeededGenerator(seed: UInt64(index))
    var read = 0
    for round in 0..<(Self.isSoak ? 200_000 : 1_000) {
      let bytes = Self.mutated(original, round: round, &generator)
      var reader = SongReader(options: Self.options(round: round))
      reader.format = format
      reader.isStrict = round.isMultiple(of: 2)
      reader.options.encoding = encoding
      if encoding == nil { reader.options.readsWindows1252 = round.isMultiple(of: 3) }
      do throws(CorpusError) {
        let songs = try reader.songs(in: bytes, source: "hostile")
        // Lines are counted within the file, and no line end but LF is left.
        #expect(songs.allSatisfy { $0.line >= 1 && !$0.text.utf8.contains(0x0D) && !$0.text.isEmpty }, "\(bytes)")
        if !songs.isEmpty { read += 1 }
      } catch {
        #expect(error.description.contains("hostile"), "\(error)")
      }
    }
    // Most changes leave some song.
    #expect(read > (Self.isSoak ? 4_000 : 20), "\(read)")
  }

  @Test("Corpora of mutated files are prepared or refused", arguments: seeds.indices)
  func preparing(index: Int) throws {
    let (format, original, encoding) = Self.seeds[index]
    var generator = SeededGenerator(seed: UInt64(1_000 + index))
    for round in 0..<(Self.isSoak ? 10_000 : 100) {
      let path = try folder.write(Self.mutated(original, round: round, &generator), to: "x.\(format)")
      var options = CorpusOptions(tokenization: Tokenization.allCases[round % 4], validationFraction: 0)
      options.reading = Self.options(round: round)
      options.encoding = encoding
      options.deduplication = .near(threshold: 0.5)
      options.lowercase = round.isMultiple(of: 3)
      do throws(CorpusError) {
        let corpus = try Corpus(reading: [path], options: options)
        #expect(try corpus.training.read().allSatisfy { $0 >= 0 && Int($0) < corpus.tokenizer.vocabulary.count })
      } catch {
        let known = ["x.\(format)", "Nothing is left", "separator"]
        #expect(known.contains { error.description.contains($0) }, "\(error)")
      }
    }
  }
}
