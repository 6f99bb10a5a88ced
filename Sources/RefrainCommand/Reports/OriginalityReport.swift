internal import Basics
internal import Corpora
internal import Refrain

/// What `refrain originality` found: the object of `--json`, and the text.
struct OriginalityReport: Encodable {
  struct Compared: Encodable {
    var corpus: [String]
    var songs: Int
    var words: Int
    var unknownWords: Int
    var index: String?

    enum CodingKeys: String, CodingKey { case corpus, songs, words, unknownWords = "unknown_words", index }

    var summary: String {
      var text = "\(corpus.joined(separator: ", ")): \(songs.counted("song")), \(words.counted("word"))"
      if unknownWords > 0 { text += "; words that are not in its vocabulary are not compared: \(unknownWords.grouped)" }
      return text
    }
  }

  struct Song: Encodable {
    var title: String?
    var artist: String?
    var source: String?

    init(_ name: CopyIndex.SongName) {
      title = name.title
      artist = name.artist
      source = name.source
    }

    var name: String {
      guard let title else { return artist.map { "a song by \($0)" } ?? source.map { "a song of \($0)" } ?? "a song" }
      return "\"\(title)\"" + (artist.map { " by \($0)" } ?? "")
    }
  }

  struct Span: Encodable {
    var words: Int
    var start: Int
    var text: String
    var occurrences: Int
    var songs: [Song]
  }

  struct Grams: Encodable {
    var length: Int
    var count: Int
    var seen: Int
    var share: Double
  }

  struct NearCopy: Encodable {
    var song: Song
    var resemblance: Double
    var containment: Double
  }

  struct Comparison: Encodable {
    /// Which of `compared_with`, counted from 0.
    var with: Int
    var longestSpan: Int
    var copiedWords: Int
    var spanCount: Int
    var spans: [Span]
    var ngrams: [Grams]
    var nearCopies: [NearCopy]

    enum CodingKeys: String, CodingKey {
      case with, longestSpan = "longest_span", copiedWords = "copied_words", spanCount = "span_count", spans, ngrams
      case nearCopies = "near_copies"
    }
  }

  struct Text: Encodable {
    var source: String
    var line: Int
    var title: String?
    var words: Int
    var comparisons: [Comparison]
  }

  var comparedWith: [Compared]
  var shortestSpan: Int
  var texts: [Text]

  enum CodingKeys: String, CodingKey { case comparedWith = "compared_with", shortestSpan = "shortest_span", texts }

  init(_ songs: [Corpora.Song], _ opened: [CopyIndex.Opened], shortest: Int, mostSpans: Int) {
    shortestSpan = shortest
    comparedWith = opened.map { opened in
      let path: String? =
        switch opened.origin {
        case .file(let path), .cached(let path), .built(let path): path
        case .memory: nil
        }
      let index = opened.index
      return Compared(
        corpus: opened.paths, songs: index.songCount, words: index.wordCount, unknownWords: index.unknownWordCount, index: path)
    }
    texts = songs.map { song in
      let found = opened.map { Originality(of: song.text, against: $0.index, shortest: shortest) }
      return Text(
        source: song.source, line: song.line, title: song.details.title, words: found.first?.wordCount ?? 0,
        comparisons: found.enumerated().map { Comparison($1, with: $0, mostSpans: mostSpans) })
    }
  }

  /// For people to read.
  var text: String {
    var text = ""
    for song in texts {
      text += "\(song.source)\(song.line > 1 ? ":\(song.line)" : ""): \(song.words.counted("word"))\n"
      for comparison in song.comparisons {
        text += "  compared with \(comparedWith[comparison.with].summary)\n"
        text += comparison.text(words: song.words, shortest: shortestSpan)
      }
    }
    return text + "Words are compared without case, punctuation and line ends. This says nothing about rights.\n"
  }
}

extension OriginalityReport.Comparison {
  init(_ found: Originality, with number: Int, mostSpans: Int) {
    with = number
    longestSpan = found.longestSpan
    copiedWords = found.copiedWordCount
    spanCount = found.spans.count
    spans = found.spans.prefix(mostSpans).map { span in
      .init(
        words: span.words.count, start: span.start, text: span.words.joined(separator: " "), occurrences: span.occurrences,
        songs: span.songs.map { .init($0) })
    }
    ngrams = found.grams.map { .init(length: $0.length, count: $0.count, seen: $0.seen, share: $0.share) }
    nearCopies = found.nearCopies.map { .init(song: .init($0.song), resemblance: $0.resemblance, containment: $0.containment) }
  }

  func text(words: Int, shortest: Int) -> String {
    func line(_ name: String, _ value: String) -> String {
      "    " + name + String(repeating: " ", count: max(1, 16 - name.count)) + value + "\n"
    }
    func percent(_ share: Double) -> String { "\((100 * share).fixed(1))%" }
    var text = line("longest span", longestSpan.counted("word"))
    let share = Double(copiedWords) / Double(max(1, words))
    text += line("copied words", "\(copiedWords.grouped) (\(percent(share))) in spans of \(shortest.counted("word")) or more")
    text += line("seen n-grams", ngrams.map { "\($0.length): \(percent($0.share))" }.joined(separator: "  "))
    for copy in nearCopies {
      text += line("near copy", "of \(copy.song.name): resemblance \(copy.resemblance.fixed(2)), contained \(copy.containment.fixed(2))")
    }
    for span in spans {
      let more = span.occurrences - 1
      let others = more > 0 ? ", and \(more.counted("more time"))" : ""
      text += line(span.words.counted("word"), "\(span.text) (\(span.songs.first?.name ?? "a song")\(others))")
    }
    if spanCount > spans.count { text += line("", "and \((spanCount - spans.count).counted("more span"))") }
    return text
  }
}
