import Corpora
import Files
import SystemPackage
import Testing

@Suite("Originality") struct OriginalityTests {
  private func song(_ text: String, _ title: String? = nil, _ artist: String? = nil) -> Song {
    Song(text: text, source: "songs.txt", line: 1, details: SongDetails(title: title, artist: artist))
  }

  @Test("Spans, n-grams and words are those that comparing finds", arguments: 1...8)
  func exact(seed: UInt64) throws {
    var generator = SeededGenerator(seed: seed)
    let texts = CopyIndexTests.random(&generator, words: 4 + Int(seed), songs: 12)
    let index = try CopyIndex(songs: texts.map { song($0) })
    let words = (0..<80).map { _ in "w\(Int.random(in: 0..<9, using: &generator))" }
    let expected = CopyIndexTests.longest(words, texts.map { LyricWords.words(in: $0) })
    let found = Originality(of: words.joined(separator: " "), against: index, shortest: 3)
    #expect(found.wordCount == 80 && found.longestSpan == expected.max())
    for grams in found.grams {
      #expect(grams.count == 81 - grams.length)
      #expect(grams.seen == expected.count { $0 >= grams.length })
    }
    var ends: [Int: Int] = [:]
    for (end, count) in expected.enumerated() where count >= 3 && (end == 79 || expected[end + 1] != count + 1) { ends[end] = count }
    #expect(Dictionary(uniqueKeysWithValues: found.spans.map { ($0.start + $0.words.count - 1, $0.words.count) }) == ends)
    var copied = Set<Int>()
    for (end, count) in ends { copied.formUnion(end - count + 1...end) }
    #expect(found.copiedWordCount == copied.count)
    for (span, next) in zip(found.spans, found.spans.dropFirst()) { #expect(span.words.count >= next.words.count) }
  }

  @Test func `a span names the songs that it comes from`() throws {
    let index = try CopyIndex(songs: [
      song("one two three four five six", "First", "Ann"), song("zero one two three four five nine", "Second"), song("other words"),
    ])
    let found = Originality(of: "Well: One, two, three;\nfour? FIVE six", against: index)
    #expect(found.spans.count == 1)
    #expect(found.spans[0].words == ["one", "two", "three", "four", "five", "six"] && found.spans[0].start == 1)
    #expect(found.spans[0].occurrences == 1 && found.spans[0].songs == [.init(title: "First", artist: "Ann", source: "songs.txt")])
    let both = Originality(of: "one two three four five", against: index)
    #expect(both.spans[0].occurrences == 2 && both.spans[0].songs.map(\.title) == ["First", "Second"])
    #expect(Originality(of: "", against: index).wordCount == 0)
  }

  @Test("Near copies of whole songs are found", arguments: [0, 1, 5, 40])
  func near(changes: Int) throws {
    var generator = SeededGenerator(seed: 4)
    var texts: [[String]] = []
    for _ in 0..<20 { texts.append((0..<100).map { _ in "w\(Int.random(in: 0..<500, using: &generator))" }) }
    let index = try CopyIndex(songs: texts.enumerated().map { song($1.joined(separator: " "), "Song \($0)") })
    var words = texts[7]
    for number in 0..<changes { words[(number * 17 + 3) % 100] = "new\(number)" }
    let found = Originality(of: words.joined(separator: " "), against: index)
    let own = Set((0...95).map { Array(words[$0..<$0 + 5]) }), other = Set((0...95).map { Array(texts[7][$0..<$0 + 5]) })
    let resemblance = Double(own.intersection(other).count) / Double(own.union(other).count)
    if Double(own.intersection(other).count) / Double(own.count) >= 0.5 {
      #expect(found.nearCopies.map(\.song.title) == ["Song 7"])
      #expect(found.nearCopies.first?.resemblance == resemblance)
    } else {
      #expect(found.nearCopies.isEmpty && changes == 40)
    }
  }
}
