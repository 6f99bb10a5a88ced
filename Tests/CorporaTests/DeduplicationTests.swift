import Corpora
import Testing

@Suite("Deduplication and splits")
struct DeduplicationTests {
  let songs: [String]

  init() {
    var lyrics = SyntheticLyrics(types: 5_000, seed: 9)
    songs = (0..<60).map { _ in String(decoding: lyrics.nextSong(as: .txt), as: UTF8.self).split(separator: "\n").joined(separator: "\n") }
  }

  func corpus(_ songs: [String], _ deduplication: Deduplication, test: Double = 0) throws -> Corpus {
    var options = CorpusOptions()
    options.deduplication = deduplication
    options.testFraction = test
    return try Corpus(text: songs.joined(separator: "\n\n\n"), options: options)
  }

  /// A song with some of its lines replaced by another's.
  func altered(_ song: String, with other: String, lines: Int) -> String {
    var own = song.split(separator: "\n")
    let others = other.split(separator: "\n")
    for line in 0..<min(lines, own.count, others.count) { own[own.count - 1 - line] = others[line] }
    return own.joined(separator: "\n")
  }

  @Test("Copies go, but for case and white space, and the first stays")
  func exact() throws {
    let all = songs + songs.prefix(7).map { "  " + $0.uppercased().replacing("\n", with: " \n") }
    #expect(try corpus(all, .none).songCount == 67)
    let exact = try corpus(all, .exact)
    #expect(exact.songCount == 60 && exact.report.removed.duplicates == 7)
    #expect(exact.training == (try corpus(songs, .exact)).training)
  }

  @Test("Near copies go by how much they share, as the threshold says")
  func near() throws {
    let close = (0..<10).map { altered(songs[$0], with: songs[$0 + 30], lines: 1) }
    let far = (10..<20).map { altered(songs[$0], with: songs[$0 + 30], lines: 100) }
    let all = songs + close + far
    let found = try corpus(all, .near(threshold: 0.7)).report
    #expect(found.removed.nearDuplicates + found.removed.duplicates >= 10)
    #expect(try corpus(songs, .near(threshold: 0.7)).report.removed.nearDuplicates == 0)
    #expect(try corpus(songs + close, .near(threshold: 0.7)).report.removed.nearDuplicates == 10)
    #expect(try corpus(songs + close, .near(threshold: 1)).report.removed.nearDuplicates <= 1)
  }

  @Test("Songs stay on their sides when others are added, and validation and test are apart")
  func stable() throws {
    let few = try corpus(Array(songs.prefix(40)), .exact, test: 0.2), many = try corpus(songs, .exact, test: 0.2)
    func texts(_ tokens: Tokens?, _ corpus: Corpus) throws -> Set<Substring> {
      Set(corpus.tokenizer.decode(try tokens?.read() ?? []).split(separator: "\n\n\n"))
    }
    let test = try texts(many.test, many), validation = try texts(many.validation, many)
    #expect(test.isDisjoint(with: validation) && !test.isEmpty && !validation.isEmpty)
    #expect(try texts(few.test, few).count <= test.count && few.songCount == 40)
    #expect(many.report.songs.test > 3 && many.report.songs.training > 30)
  }
}
