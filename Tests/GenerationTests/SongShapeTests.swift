import Corpora
import Generation
import LanguageModel
import Models
import Testing

@Suite("The shape of a song") struct SongShapeTests {
  // MARK: - Reading

  @Test func `sections, syllables and schemes are read`() throws {
    let shape = try SongShape(structure: "Verse:4, chorus:2 verse:4 chorus:=", syllables: "8, 7-9", rhyme: "a b x b")
    #expect(
      shape.sections == [
        .init(name: "verse", lines: 4), .init(name: "chorus", lines: 2), .init(name: "verse", lines: 4),
        .init(name: "chorus", lines: 2, isRepeat: true),
      ])
    #expect(shape.syllables == [8...8, 7...9])
    #expect(shape.scheme == [nil, "B", nil, "B"], "a letter that comes once needs no rhyme")
    let plain = try SongShape(structure: "verse:1")
    #expect(plain.syllables.isEmpty && plain.scheme.isEmpty)
  }

  @Test(
    "what cannot be read is one sentence",
    arguments: [
      ("", nil, nil), ("verse", nil, nil), ("verse:0", nil, nil), ("verse:x", nil, nil), (":4", nil, nil), ("chorus:=", nil, nil),
      ("verse:4 chorus:=", nil, nil), ("verse:513", nil, nil), ("a:300 b:300", nil, nil), ("verse:4:5", nil, nil),
      ("verse:4", "0", nil), ("verse:4", "", nil), ("verse:4", "9-7", nil), ("verse:4", "8-", nil), ("verse:4", "-8", nil),
      ("verse:4", "a", nil), ("verse:4", "65", nil), ("verse:4", "7-8-9", nil), ("verse:4", nil, "A"), ("verse:4", nil, "ABCD"),
      ("verse:4", nil, ""), ("verse:4", nil, "AAX1"), ("verse:4", nil, "XX"),
    ] as [(String, String?, String?)])
  func nonsense(structure: String, syllables: String?, rhyme: String?) {
    do throws(GenerationError) {
      _ = try SongShape(structure: structure, syllables: syllables, rhyme: rhyme)
      Issue.record("it was accepted")
    } catch {
      guard case .invalidShape = error else {
        Issue.record("\(error)")
        return
      }
    }
  }

  // MARK: - Writing

  /// Words such as "ba2r7n1": two syllables, rhyme 7, and the first of its kind. Some have no sound.
  private static func words() -> [String] {
    var words: [String] = []
    for rhyme in 0..<12 {
      for number in 0..<(rhyme == 0 ? 1 : 6) { words.append("w\(1 + (rhyme + number) % 3)r\(rhyme)n\(number)") }
    }
    return words + ["mute", "silent"]
  }

  private static func sound(_ word: String) -> TokenSounds.Sound? {
    guard let match = word.wholeMatch(of: /w(\d)(r\d+)(n\d)/), let syllables = Int(match.1) else { return nil }
    return TokenSounds.Sound(syllables: syllables, rhymeKey: String(match.2), pronunciation: word)
  }

  private static func model() throws -> Model {
    let text = words().joined(separator: " ") + "\n[Verse 1]\n[Chorus]\n, . !\n"
    let corpus = try Corpus(text: text, options: CorpusOptions(minimumCount: 1, validationFraction: 0))
    var configuration = TrainingConfiguration()
    configuration.embeddingSize = 8
    configuration.hiddenSizes = 12
    let sizes = configuration.model(vocabularySize: corpus.tokenizer.vocabulary.count)
    return Model(weights: Weights(sizes, seed: 3), tokenizer: corpus.tokenizer, configuration: configuration, step: 0)
  }

  /// What the words of a line sound like.
  private static func sounds(_ line: WrittenSong.Line) -> [TokenSounds.Sound] {
    line.text.split { !$0.isLetter && !$0.isNumber }.compactMap { sound(String($0)) }
  }

  @Test(
    "every line has its syllables and its rhyme",
    arguments: [("8", "AABB"), ("7-9", "ABAB"), ("4,6", "ABCB"), ("12", "AAAA"), ("3", nil), (nil, "AABB"), ("5", "AXA")]
      as [(String?, String?)], [1, 5] as [UInt64])
  func meets(shape: (syllables: String?, rhyme: String?), seed: UInt64) throws {
    let model = try Self.model(), sounds = TokenSounds(model.tokenizer, sound: Self.sound)
    let wanted = try SongShape(structure: "verse:4 chorus:4 verse:4 chorus:=", syllables: shape.syllables, rhyme: shape.rhyme)
    let song = try model.songs(wanted, sounds: sounds, sampling: Sampling(temperature: 1), candidates: 16)(seed)
    #expect(song.lines.count == 16 && song.lines.map(\.section) == (0..<4).flatMap { [Int](repeating: $0, count: 4) })
    var rhymes: [String: [TokenSounds.Sound]] = [:]
    for line in song.lines {
      let heard = Self.sounds(line), syllables = heard.reduce(0) { $0 + $1.syllables }
      #expect(line.misses.isEmpty && line.syllables == syllables && line.words == heard.count, "\(line)")
      if let range = line.wantedSyllables { #expect(range.contains(syllables), "\(line.text)") }
      if let letter = line.rhyme, !line.isRepeat, let last = heard.last {
        rhymes["\(line.section)\(line.line / wanted.scheme.count)\(letter)", default: []].append(last)
      }
    }
    for (_, ends) in rhymes {
      #expect(ends.count >= 2 && Set(ends.map(\.rhymeKey)).count == 1, "\(ends)")
      #expect(Set(ends.map(\.pronunciation)).count == ends.count, "a word never rhymes with itself")
    }
    // A repeat is what was written before.
    #expect(song.lines[12...].map(\.text) == song.lines[4..<8].map(\.text) && song.lines[12...].allSatisfy(\.isRepeat))
    #expect(song.text.contains("[Chorus]") && song.text.contains("[Verse 1]"))
    #expect(try model.songs(wanted, sounds: sounds, sampling: Sampling(temperature: 1), candidates: 16)(seed).text == song.text)
  }

  @Test func `what cannot be met is met as nearly as can be, and said`() throws {
    let model = try Self.model(), sampling = Sampling(temperature: 1)
    // Rhyme 0 has one word alone: no line can rhyme with it.
    let lonely = TokenSounds(model.tokenizer) { word in
      Self.sound(word).map { TokenSounds.Sound(syllables: 3, rhymeKey: word, pronunciation: $0.pronunciation) }
    }
    let song = try model.songs(SongShape(structure: "verse:4", syllables: "9", rhyme: "AABB"), sounds: lonely, sampling: sampling)(1)
    #expect(song.lines.count == 4 && song.lines.allSatisfy { $0.syllables == 9 })
    #expect(song.lines.contains { $0.misses == [.rhyme] } && !song.lines.contains { $0.misses.contains(.syllables) })
    let odd = try model.songs(SongShape(structure: "verse:2", syllables: "8"), sounds: lonely, sampling: sampling)(1)
    #expect(odd.lines.allSatisfy { $0.misses == [.syllables] && $0.syllables == 9 })
    // Without a word that sounds there is no line, and no loop.
    let silent = TokenSounds(model.tokenizer) { _ in nil }
    let empty = try model.songs(SongShape(structure: "verse:2", syllables: "8", rhyme: "AA"), sounds: silent, sampling: sampling)(1)
    #expect(empty.lines.map(\.misses) == [[.syllables, .rhyme], [.syllables, .rhyme]])
  }
}
