import Corpora
import Files
import Foundation
import SystemPackage
import Testing

@Suite("Encodings")
struct EncodingTests {
  let folder: TemporaryFolder

  init() throws {
    folder = try TemporaryFolder()
  }

  static let text = "the café sings “la”\nI don’t wait, Привет 愛\n\n\nsecond song 😀\nof words\n"

  /// The text in an encoding, by Foundation.
  static func bytes(_ text: String, _ encoding: String.Encoding) -> [UInt8] {
    Array(text.data(using: encoding) ?? Data())
  }

  static let marked: [(mark: [UInt8], encoding: String.Encoding)] = [
    ([0xFF, 0xFE], .utf16LittleEndian), ([0xFE, 0xFF], .utf16BigEndian), ([0xFF, 0xFE, 0, 0], .utf32LittleEndian),
    ([0, 0, 0xFE, 0xFF], .utf32BigEndian), ([0xEF, 0xBB, 0xBF], .utf8),
  ]

  func songs(_ bytes: [UInt8], as name: String, _ change: (inout ReadingOptions) -> Void = { _ in }) throws -> [Song] {
    var reader = SongReader()
    change(&reader.options)
    return try reader.songs(at: [FilePath(folder.write(bytes, to: name))])
  }

  static let forms: [(name: String, content: String)] = [
    ("a.txt", text),
    ("a.csv", "title,lyrics\nÜber,\"café\n愛 😀\"\nx,second\n"),
    ("a.tsv", "title\tlyrics\nÜber\tcafé 愛 😀\nx\tsecond\n"),
    ("a.json", #"[{"title": "Über", "lyrics": "café 愛 😀"}, {"lyrics": ["b", "c"]}]"#),
    ("a.jsonl", "{\"lyrics\": \"café 愛 😀\"}\n{\"lyrics\": \"second\"}\n"),
    ("a.lrc", "[ar:É]\n[00:01.00]café 愛\n[00:02.00]😀\n"),
    ("a", text),
  ]

  @Test("A byte-order mark tells UTF-16 and UTF-32 in every format", arguments: forms.indices, marked.indices)
  func marks(form: Int, mark: Int) throws {
    let (name, content) = Self.forms[form]
    let (bytes, encoding) = Self.marked[mark]
    let expected = try songs(Array(content.utf8), as: name)
    #expect(!expected.isEmpty)
    #expect(try songs(bytes + Self.bytes(content, encoding), as: name) == expected)
    // The mark says more than a name.
    #expect(try songs(bytes + Self.bytes(content, encoding), as: name) { $0.encoding = "KOI8-R" } == expected)
  }

  @Test("A compressed file and bytes in memory may be UTF-16 too")
  func elsewhere() throws {
    let bytes = [0xFF, 0xFE] + Self.bytes(Self.text, .utf16LittleEndian)
    let expected = try songs(Array(Self.text.utf8), as: "a.txt").map(\.text)
    #expect(try SongReader().songs(in: bytes, source: "s").map(\.text) == expected)
    guard try launch("gzip", [folder.write(bytes, to: "b.txt")]) else { return }
    #expect(try SongReader().songs(at: [folder.path.appending("b.txt.gz")]).map(\.text) == expected)
  }

  @Test("Characters that lie across the pieces of a large file are whole", arguments: ["UTF-16LE", "GB18030", "CP932", "EUC-JP"])
  func large(name: String) throws {
    // Characters of several lengths, so that some cut falls into each.
    let line = "ア愛aの心b月\n"
    let unit = name == "UTF-16LE" ? Self.bytes(line, .utf16LittleEndian) : try Self.encode(line, name)
    let count = 5_000_000 / unit.count
    let path = try folder.write([UInt8](repeatElement(unit, count: count).joined()), to: "large.txt")
    let songs = try songs(readFile(FilePath(path)), as: "large.txt") { $0.encoding = name }
    #expect(songs.count == 1 && songs[0].text.utf8.count == count * line.utf8.count - 1)
    #expect(songs[0].text == String(repeating: line, count: count).dropLast())
  }

  static let named: [(name: String, bytes: [UInt8], text: String)] = [
    ("KOI8-R", [0xEB, 0xCF, 0xD4], "Кот"), ("koi8-r", [0xEB, 0xCF, 0xD4], "Кот"), ("WINDOWS-1251", [0xCA, 0xEE, 0xF2], "Кот"),
    ("CP1250", [0x9E, 0x6C, 0x75, 0x9D], "žluť"), ("ISO-8859-2", [0xBE, 0x6C, 0x75, 0xBB], "žluť"),
    ("SHIFT_JIS", [0x88, 0xA4, 0x82, 0xCC], "愛の"), ("EUC-JP", [0xB0, 0xA6, 0xA4, 0xCE], "愛の"), ("GB18030", [0xB0, 0xAE], "爱"),
    ("BIG5", [0xB7, 0x52], "愛"), ("EUC-KR", [0xBB, 0xE7, 0xB6, 0xFB], "사랑"), ("UTF-16BE", [0, 0x61, 0, 0xE9], "aé"),
    ("UTF-7", Array("a+AOk-".utf8), "aé"), ("IBM037", [0x81, 0x82], "ab"), ("UTF-8", Array("é".utf8), "é"), ("utf8", Array("é".utf8), "é"),
    ("ISO-8859-15", [0xA4], "€"),
    // Names that stand for what files in fact have.
    ("SHIFT_JIS", [0x5C, 0x6E, 0x87, 0x40], "\\n①"), ("ISO-8859-1", [0x49, 0x92, 0x6D], "I’m"), ("latin1", [0x9C], "œ"),
    ("EUC-KR", [0x8C, 0x63], "똠"), ("GB2312", [0x81, 0x40], "丂"),
  ]

  @Test("Any encoding that iconv knows may be named", arguments: named.indices)
  func anyName(index: Int) throws {
    let (name, bytes, text) = Self.named[index]
    #expect(try songs(bytes, as: "a.txt") { $0.encoding = name }.map(\.text) == [text])
    var options = CorpusOptions(tokenization: .char, validationFraction: 0)
    options.reading.encoding = name
    let corpus = try Corpus(reading: [folder.write(bytes, to: "a.txt")], options: options)
    #expect(try corpus.tokenizer.decode(corpus.training.read()).contains(text))
    #expect(corpus.reading?.options.encoding == name.uppercased())
  }

  @Test("Another name is an error", arguments: ["", "KOI9-R", "UTF-8//IGNORE", "UTF-8//TRANSLIT", "a b", "../x", "LATIN1\n", "é"])
  func unknown(name: String) throws {
    let error = #expect(throws: CorpusError.self) { try songs(Array("a".utf8), as: "a.txt") { $0.encoding = name } }
    #expect(error == .unknownEncoding(name: name.uppercased()))
    var options = CorpusOptions()
    options.encoding = name
    #expect(throws: CorpusError.self) { try Corpus(text: "a b", options: options) }
  }

  @Test("A model whose encoding this system does not know can be opened")
  func foreignModel() throws {
    let record = try JSONDecoder().decode(ReadingRecord.self, from: Data(#"{"revision": 2, "encoding": "X-OTHER"}"#.utf8))
    try record.check()
    #expect(throws: CorpusError.unknownEncoding(name: "X-OTHER")) { try record.options.checkForReading() }
    #expect(throws: CorpusError.unknownEncoding(name: "A/B")) {
      try JSONDecoder().decode(ReadingRecord.self, from: Data(#"{"revision": 2, "encoding": "a/b"}"#.utf8)).check()
    }
  }

  @Test("Bytes that the encoding does not allow cost their song, and are named with their place in the file")
  func invalid() throws {
    var bytes = Self.bytes("first\n\n\nsecönd", .utf16LittleEndian)
    let place = bytes.count
    bytes += [0x00, 0xD8] + Self.bytes(" line\nmore\n\n\nthird", .utf16LittleEndian)
    let path = try folder.write([0xFF, 0xFE] + bytes, to: "a.txt")
    var options = CorpusOptions(validationFraction: 0)
    let report = try Corpus(reading: [path], options: options).report
    #expect(report.songs.total == 2 && report.removed.malformed == 1)
    #expect(
      report.problems.first?.contains("a.txt: byte \(place + 2), on line 4, is 0x00, which is not valid UTF-16LE") == true,
      "\(report.problems)")
    options.isStrict = true
    #expect(throws: CorpusError.notInEncoding(path: path, encoding: "UTF-16LE", line: 4, offset: place + 2, byte: 0)) {
      try Corpus(reading: [path], options: options)
    }
  }

  @Test("So are those of records", arguments: ["csv", "jsonl", "json"])
  func invalidRecord(ending: String) throws {
    let (before, after) =
      switch ending {
      case "csv": ("text\nok\n", "\nok2\n")
      case "jsonl": ("{\"text\": \"ok\"}\n{\"text\": \"", "\"}\n{\"text\": \"ok2\"}\n")
      default: ("[{\"text\": \"ok\"},\n{\"text\": \"", "\"},\n{\"text\": \"ok2\"}]")
      }
    let start = Array((before + "kk").utf8)
    let path = try folder.write(start + [0xFF, 0xFF] + Array(after.utf8), to: "a.\(ending)")
    var options = CorpusOptions(validationFraction: 0)
    options.encoding = "EUC-KR"
    let report = try Corpus(reading: [path], options: options).report
    #expect(report.songs.total == 2 && report.removed.malformed == 1)
    let line = ending == "csv" ? 3 : 2
    #expect(
      report.problems.first?.contains("byte \(start.count), on line \(line), is 0xFF, which is not valid EUC-KR") == true,
      "\(report.problems)")
  }

  static let unmarked: [(text: String, encoding: String.Encoding, name: String?)] = [
    ("la la la\nla", .utf16LittleEndian, "UTF-16LE"), ("la la la\nla", .utf16BigEndian, "UTF-16BE"),
    ("Привет мой друг\nкак дела", .utf16LittleEndian, "UTF-16LE"), ("愛 の 心\n月", .utf16BigEndian, "UTF-16BE"),
    (String(repeating: "愛の心月\r\n", count: 20_000), .utf16LittleEndian, "UTF-16LE"),
    ("夢見る　人の\n心は", .utf16LittleEndian, "UTF-16LE"), ("夢見る　人の\n心は", .utf16BigEndian, "UTF-16BE"),
    ("Привет мой друг\nкак дела", .utf32LittleEndian, "UTF-32LE"), ("la la 愛\nla", .utf32BigEndian, "UTF-32BE"),
    // Null characters in UTF-8, at places that no UTF-16 has or so few that they are dirt.
    ("a\0bc\0d\0", .utf8, nil), (String(repeating: "some words of a line\n", count: 30) + "a\0b\0", .utf8, nil), ("la la la", .utf8, nil),
  ]

  @Test("UTF-16 without a mark is refused, and read if it is named", arguments: unmarked.indices)
  func unmarkedText(index: Int) throws {
    let (text, encoding, name) = Self.unmarked[index]
    let path = try folder.write(Self.bytes(text, encoding), to: "a.txt")
    guard let name else {
      #expect(try SongReader().songs(at: [FilePath(path)]).count == 1)
      return
    }
    #expect(throws: CorpusError.unmarkedEncoding(path: path, encoding: name)) { try SongReader().songs(at: [FilePath(path)]) }
    var reader = SongReader()
    reader.options.encoding = name
    #expect(try reader.songs(at: [FilePath(path)]).first?.text == text.replacing("\r\n", with: "\n").trimmingCharacters(in: .newlines))
    // In a folder, the other files are read.
    try folder.write(Self.bytes(text, encoding), to: "set/a.txt")
    try folder.write("others", to: "set/b.txt")
    let report = try Corpus(reading: [folder.path.appending("set").string], options: .init(validationFraction: 0)).report
    #expect(report.songs.total == 1 && report.damagedSources == 1)
  }

  @Test("A text that is wrong everywhere is refused in little time")
  func allFaults() throws {
    let path = try folder.write([UInt8](repeating: 0xFF, count: 1_000_000), to: "a.txt")
    var reader = SongReader()
    reader.options.encoding = "ASCII"
    #expect(throws: CorpusError.notInEncoding(path: path, encoding: "ASCII", line: 1, offset: 0, byte: 0xFF)) {
      try reader.songs(at: [FilePath(path)])
    }
  }

  @Test("Two records on a line each have their own place")
  func sameLine() throws {
    let text = Array("[\"".utf8) + [0xFF] + Array("\", \"ok\", \"".utf8) + [0xFF, 0xFF] + Array("\"]".utf8)
    var options = CorpusOptions(validationFraction: 0)
    options.encoding = "EUC-KR"
    let report = try Corpus(reading: [folder.write(text, to: "a.json")], options: options).report
    #expect(report.problems.count == 2 && report.songs.total == 1, "\(report.problems)")
    #expect(report.problems.first?.contains("byte 2,") == true && report.problems.last?.contains("byte 13,") == true, "\(report.problems)")
  }

  @Test("A text that ends inside a character has a fault at its end", arguments: ["UTF-16LE", "EUC-KR", "UTF-32BE"])
  func cutOff(name: String) throws {
    let bytes: [UInt8] = name == "EUC-KR" ? [0x61, 0xBB] : name == "UTF-16LE" ? [0x61, 0, 0x62] : [0, 0, 0, 0x61, 0, 0]
    let path = try folder.write(bytes, to: "a.txt")
    var reader = SongReader()
    reader.options.encoding = name
    let error = #expect(throws: CorpusError.self) { try reader.songs(at: [FilePath(path)]) }
    guard case .notInEncoding(path, name, 1, _, _) = error else { return #expect(Bool(false), "\(error as Any)") }
  }

  @Test("Two encodings at once are refused, and text in memory has none")
  func contradiction() throws {
    var options = CorpusOptions(minimumCount: 1, validationFraction: 0)
    options.encoding = "UTF-16LE"
    #expect(try Corpus(text: "a b c", options: options).tokenizer.vocabulary.tokens.contains("b"))
    options.readsWindows1252 = true
    #expect(throws: CorpusError.twoEncodings(name: "UTF-16LE")) { try Corpus(text: "a b c", options: options) }
  }

  @Test("A table's column may have a name in Windows-1252")
  func header() throws {
    let table = Array("id;can".utf8) + [0xE7, 0xE3, 0x6F] + Array("\n1;n".utf8) + [0xE3] + Array("o\n".utf8)
    let found = try songs(table, as: "a.csv") {
      $0.textField = "canção"
      $0.readsWindows1252 = true
    }
    #expect(found.map(\.text) == ["não"])
  }

  // MARK: - Guesses

  static let guesses: [(name: String, text: String)] = [
    ("WINDOWS-1252", "I can’t sleep in the café\n“Hello” he said — twice"), ("WINDOWS-1252", "Second song’s line"),
    ("WINDOWS-1252", "Füße über Straßen"), ("WINDOWS-1252", "¿Dónde estás, corazón? Mañana"), ("WINDOWS-1252", "Não há coração"),
    ("WINDOWS-1250", "Dobrý večer, říčko\nžluťoučký kůň"), ("WINDOWS-1250", "Śpij, źrebię, ćma się łasi, chodź ze mną"),
    ("ISO-8859-2", "Dobrý večer, říčko\nžluťoučký kůň šel"),
    ("WINDOWS-1251", "Я помню чудное мгновенье:\nПередо мной явилась ты,\nКак мимолетное виденье"),
    ("KOI8-R", "Я помню чудное мгновенье:\nПередо мной явилась ты,\nКак мимолетное виденье"),
    ("GB18030", "我爱你，不知道你在哪里\n月亮代表我的心"), ("BIG5", "我愛你，不知道你在哪裡\n月亮代表我的心"),
    ("CP932", "あなたのことを忘れない\nさくらの花がちる"), ("EUC-JP", "あなたのことを忘れない\nさくらの花がちる"),
    ("EUC-KR", "나는 너를 사랑해\n그대 없이는 하루도 살 수 없어"), ("WINDOWS-1253", "Το τραγούδι της αγάπης μου\nκαι η θάλασσα"),
    ("WINDOWS-1254", "Gözlerin ışığı, şarkımın çığlığı"),
  ]

  @Test("The encoding of bytes that are not UTF-8 is guessed", arguments: guesses.indices)
  func guess(index: Int) throws {
    let (name, text) = Self.guesses[index]
    let encoded = try Self.encode(text, name)
    var sample = EncodingSample()
    sample.add(encoded.span, 0..<encoded.count)
    #expect(sample.encodings.first == name, "\(sample.encodings)")
    #expect(!sample.encodings.contains("ISO-8859-1"))
  }

  /// The text in an encoding, by trying every character that the encoding has.
  static func encode(_ text: String, _ name: String) throws -> [UInt8] {
    let converter = try #require(TextConverter(name))
    var codes: [String: [UInt8]] = [:]
    func note(_ bytes: [UInt8]) {
      var decoded: [UInt8] = []
      var isValid = true
      converter.convert(bytes, isLast: true, into: &decoded) { _ in isValid = false }
      let string = String(decoding: decoded, as: UTF8.self)
      if isValid, string.unicodeScalars.count == 1, codes[string] == nil { codes[string] = bytes }
    }
    for first in UInt8.min...UInt8.max { note([first]) }
    if ["GB18030", "BIG5", "CP932", "EUC-JP", "EUC-KR"].contains(name) {
      for first in UInt8(0x81)...0xFC { for second in UInt8(0x40)...0xFE { note([first, second]) } }
    }
    return try text.unicodeScalars.flatMap { try #require(codes[String($0)], "\(name) has no \($0)") }
  }

  @Test("Noise has no encoding, and a text that is UTF-8 elsewhere only Windows-1252")
  func noGuess() {
    var sample = EncodingSample()
    let noise: [UInt8] = [0x80, 0x81, 0xFF, 0xFE, 0x9D, 0x90, 0xFD, 0x8F, 0xFF]
    sample.add(noise.span, 0..<noise.count)
    #expect(sample.encodings.isEmpty)
    var mixed = EncodingSample()
    let russian: [UInt8] = [0xCF, 0xF0, 0xE8, 0xE2, 0xE5, 0xF2]
    mixed.add(russian.span, 0..<russian.count)
    #expect(mixed.encodings.contains("WINDOWS-1251"))
    mixed.isMixed = true
    #expect(mixed.encodings.isEmpty)
  }

  // MARK: - Mojibake

  static let mojibake: [(text: String, count: Int)] = [
    ("caf\u{C3}\u{A9}", 1), ("don\u{E2}\u{20AC}\u{2122}t", 1), ("don\u{E2}\u{80}\u{99}t", 1), ("\u{C2}\u{A0}x \u{C3}\u{BC}", 2),
    ("\u{D0}\u{BF}\u{D1}\u{20AC}\u{D0}\u{B8}", 3), ("\u{F0}\u{178}\u{2DC}\u{20AC}", 1), ("\u{EF}\u{BB}\u{BF}", 1),
    ("caf\u{221A}\u{A9}", 1), ("don\u{201A}\u{C4}\u{F4}t", 1), (String(repeating: "\u{C5}\u{BE}", count: 8), 8),
    ("café, l’été, „Ärger“, NÃO, ça et là", 0), ("愛の心 Привет Мир žluť", 0), ("", 0), ("only ASCII, many bytes of it", 0),
    ("é» …», Ä“", 0),
  ]

  @Test("Text that was encoded twice is counted, and other text is not", arguments: mojibake.indices)
  func encodedTwice(index: Int) throws {
    let (text, count) = Self.mojibake[index]
    let bytes = Array(("eleven bytes " + text + " and more of them").utf8)
    #expect(misreadCharacters(bytes.span, 0..<bytes.count).total == count)
    let path = try folder.write(bytes, to: "a.txt")
    let table = try folder.write("text\n\"".utf8 + bytes + "\"\n".utf8, to: "a.csv")
    let report = try Corpus(reading: [path, table], options: .init(validationFraction: 0)).report
    #expect(report.mojibake == (count == 0 ? nil : 2 * count))
  }

  /// The text that its UTF-8 bytes are in another encoding.
  private static func misread(_ text: String, _ encoding: String.Encoding) -> String {
    text.utf8.map { byte in String(bytes: [byte], encoding: encoding) ?? String(Unicode.Scalar(byte)) }.joined()
  }

  static let otherScripts = [
    "Очи чёрные, очи страстные", "Ой у лузі червона калина", "Σε γνωρίζω από την κόψη", "あなたのことを思う", "사랑해요 그대를", "שלום עליכם מלאכי",
    "يا ليلي يا عيني", "我爱你的心",
  ]

  @Test("UTF-8 of other scripts that was read as Windows-1252 or ISO-8859-1 is counted", arguments: otherScripts)
  func westernReading(text: String) throws {
    for encoding in [String.Encoding.windowsCP1252, .isoLatin1] {
      let wrong = Array(Self.misread(text, encoding).utf8)
      let found = misreadCharacters(wrong.span, 0..<wrong.count)
      #expect(found.total >= text.unicodeScalars.count { !$0.isASCII } * 3 / 4 && found.encoding == "WINDOWS-1252", "\(found)")
    }
  }

  static let otherReadings: [(text: String, encoding: String.Encoding, name: String)] = [
    ("Очи чёрные, очи страстные", .windowsCP1251, "WINDOWS-1251"), ("Ой у лузі червона калина", .windowsCP1251, "WINDOWS-1251"),
    ("don’t you know — it’s", .windowsCP1251, "WINDOWS-1251"), ("Очи чёрные, очи", .windowsCP1250, "WINDOWS-1250"),
    ("příliš žluťoučký kůň", .windowsCP1250, "WINDOWS-1250"), ("l'été même élève", .windowsCP1250, "WINDOWS-1250"),
    ("żółty ślimak źdźbło", .windowsCP1250, "WINDOWS-1250"),
  ]

  @Test("UTF-8 that was read as Windows-1251 or Windows-1250 is counted", arguments: otherReadings.indices)
  func otherReading(index: Int) throws {
    let (text, encoding, name) = Self.otherReadings[index]
    let path = try folder.write("one line of a song\n" + Self.misread(text, encoding) + "\n", to: "a.txt")
    let report = try Corpus(reading: [path], options: .init(validationFraction: 0)).report
    #expect(report.misreadEncoding == name && (report.mojibake ?? 0) >= 2, "\(report.mojibake ?? 0)")
    #expect(try Corpus(text: text, options: .init(validationFraction: 0)).report.mojibake == nil)
  }

  @Test(
    "Text that a language writes so is not counted, however long",
    arguments: [
      "Viel Spaß… „Groß“ und „Spaß“, Schluß» Fuß”", "MAÇÃ… IRMÃ» “AMANHÃ” É… não, Ó… maçã…”", "VÍŠ, DĹŽKA, NÁŽ BÝŽ ŘÍŽ MŮŽEŠ JEŽÍŠ",
      "Ăştia găseşte ORAŞ PĂŞI ÎŞI MAMĂ… în viaţă»", "ŻÓŁTY KOŃ… WRÓŻKA «DZIEŃ» GÓŁ ŹDŹBŁO", "É…É…É… Ô…Ô… voilà… «OLÉ» l’été “café”",
      "VIÐ… ÞAÐ» MEÐ “við…” Ó“, það – já", "СІРІСІНЬКИЙ РІСТ РІКИ СЁСТРЫ СЄСТИ СРСР… С…Р…С…", "Србија ЂУРЂЕВДАН СЈАЈ РЂА",
      "ĐÊM… ĐÂU Âu Ơ “Ê”",
      "Ő… Ű» Ü… ÉRZŐ” Ó…", "Äänen ÄÄ… Ö» ÅÅ…", "GRÖ\u{AD}SSE KÖ\u{AD}NIG", "καλημέρα ΕΛΛΑΔΑ…», «Ό,τι»", "שלום… „עליכם”", "愛の心…」 사랑…”",
      "²½ × ³ É° 5º",
    ])
  func languages(text: String) {
    let bytes = Array(String(repeating: text + "\n", count: 40).utf8)
    #expect(misreadCharacters(bytes.span, 0..<bytes.count) == MisreadCharacters())
  }

  @Test("Replacement characters are counted", arguments: ["a.txt", "a.csv", "a.json"])
  func replacements(name: String) throws {
    let song = "na\u{FFFD}ve caf\u{FFFD} of the night"
    let texts = ["a.txt": song, "a.csv": "lyrics\n\(song)\n", "a.json": "[{\"lyrics\": \"\(song)\"}]"]
    let report = try Corpus(reading: [folder.write(texts[name] ?? "", to: name)], options: .init(validationFraction: 0)).report
    #expect(report.replacementCharacters == 2 && report.mojibake == nil)
    #expect(try Corpus(text: "naïve café", options: .init(validationFraction: 0)).report.replacementCharacters == nil)
  }

  // MARK: - ISO-2022-JP

  @Test("ISO-2022-JP is refused, and read if it is named", arguments: ["夢見る人の心は", "la la\n夢を見る\nla", "あ"])
  func japaneseMail(text: String) throws {
    let bytes = try #require(text.data(using: .iso2022JP)).map { $0 }
    #expect(bytes.allSatisfy { $0 < 0x80 })
    for (name, contents) in [("a.txt", bytes), ("a.csv", Array("id,lyrics\n1,\"".utf8) + bytes + Array("\"\n".utf8))] {
      let path = try folder.write(contents, to: name)
      #expect(throws: CorpusError.unmarkedEncoding(path: path, encoding: "ISO-2022-JP")) { try SongReader().songs(at: [FilePath(path)]) }
      var reader = SongReader()
      reader.options.encoding = "ISO-2022-JP"
      #expect(try reader.songs(at: [FilePath(path)]).first?.text == text)
    }
    // An escape character alone, or colours of a terminal, do not make it so.
    for other in ["a\u{1B}b", "\u{1B}[31mred\u{1B}[0m", "\u{1B}$", "愛\u{1B}$B"] {
      #expect(try SongReader().songs(at: [FilePath(folder.write(other + "\n", to: "b.txt"))]).count == 1)
    }
  }
}
