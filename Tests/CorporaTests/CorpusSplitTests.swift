import Corpora
import Testing

@Suite("Songs are held out by a hash of their text")
struct CorpusSplitTests {
  private func songs(_ range: Range<Int>) -> [String] { range.map { "song number \($0)" } }

  /// The songs of a corpus's two parts, in order, as texts.
  private func parts(_ songs: [String], _ fraction: Double = 0.1) throws -> (training: [String], validation: [String]) {
    // Byte pairs know every text, also one that training lacks.
    var options = CorpusOptions(tokenization: .bpe, maximumVocabulary: 300, validationFraction: fraction)
    options.deduplication = .none
    let corpus = try Corpus(text: songs.joined(separator: "\n\n\n"), options: options)
    func texts(_ part: Corpus.Part) throws -> [String] {
      let found = try EncodedSongs(of: part, in: corpus, path: "songs", tokenizer: corpus.tokenizer)
      return found.songs.map { corpus.tokenizer.decode(found.tokens[$0.range].dropLast()) }
    }
    #expect(corpus.songCount == songs.count)
    return (try texts(.training), try texts(.validation))
  }

  @Test("About the fraction is held out, in order, and nothing is lost", arguments: [0.1, 0.5, 0.9])
  func fraction(fraction: Double) throws {
    let all = songs(0..<2_000)
    let (training, validation) = try parts(all, fraction)
    #expect(Set(training).union(validation) == Set(all))
    #expect(training.count + validation.count == all.count)
    #expect(training == all.filter(Set(training).contains))
    // Four standard deviations of 2,000 draws are at most 90.
    #expect(abs(Double(validation.count) - 2_000 * fraction) < 90)
  }

  @Test("Adding songs moves none")
  func stable() throws {
    let few = try parts(songs(0..<500))
    let many = try parts(songs(0..<2_000))
    #expect(Set(few.training).isSubset(of: many.training))
    #expect(Set(few.validation).isSubset(of: many.validation))
  }

  @Test("The hash is the same on every machine, and does not see case or white space")
  func hash() {
    #expect(CorpusSplit.hash(of: "") == CorpusSplit.hash(of: " \n"))
    #expect(CorpusSplit.hash(of: " Oh  my\nlove ") == CorpusSplit.hash(of: "oh MY\u{A0}love"))
    #expect(CorpusSplit.hash(of: "oh my love") != CorpusSplit.hash(of: "ohmy love"))
    #expect(CorpusSplit.hash(of: "oh my love") == 0x8D08_AC0C_291D_B531)
  }

  @Test("Copies of a song go to the same side")
  func copies() throws {
    let all = songs(0..<100) + songs(0..<100).map { "  " + $0.uppercased() + "\n" }
    let (training, validation) = try parts(all, 0.3)
    #expect(Set(training.map(CorpusSplit.hash)).isDisjoint(with: validation.map(CorpusSplit.hash)))
    #expect(validation.count.isMultiple(of: 2) && !validation.isEmpty)
  }

  @Test("Neither side is empty, from ten songs on", arguments: [1e-9, 0.999_999])
  func neverEmpty(fraction: Double) throws {
    let all = songs(0..<10)
    let (training, validation) = try parts(all, fraction)
    #expect(min(training.count, validation.count) == 1)
    let smallest = try #require(all.min { CorpusSplit.hash(of: $0) < CorpusSplit.hash(of: $1) })
    #expect(validation.contains(smallest))
  }

  @Test("Fewer than ten songs, or copies of one, are split by their tokens", arguments: [9, 20])
  func contiguous(count: Int) throws {
    let all = Array(repeating: "a song of some words", count: count)
    var options = CorpusOptions(minimumCount: 1, validationFraction: 0.1)
    options.deduplication = .none
    let corpus = try Corpus(text: all.joined(separator: "\n\n\n"), options: options)
    // The report counts whole songs, and the last tokens of one text are none.
    #expect(corpus.validationSongCount == 0 && corpus.trainingSongCount == count)
    let validation = try #require(corpus.validation), total = corpus.training.count + validation.count
    #expect(validation.count == max(2, Int(Double(total) * 0.1)))
    options.validationFraction = 0
    let whole = try Corpus(text: all.joined(separator: "\n\n\n"), options: options)
    #expect(try whole.training.read() == corpus.training.read() + validation.read())
  }
}
