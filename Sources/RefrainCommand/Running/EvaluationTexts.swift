internal import Basics
internal import Files
internal import Refrain
internal import SystemPackage

/// The songs to evaluate on, or to count a baseline on: those of files, or one part of a prepared store.
struct EvaluationTexts {
  let encoded: EncodedSongs
  /// The part of the store that the songs are from; nil for files.
  let part: Corpus.Part?
  /// The songs as texts; nil for a store, which holds tokens only.
  private let songs: [Song]?

  /// Reads the songs for a model, and warns of what is skipped and of what was not read as the model's corpus was.
  ///
  /// - Parameters:
  ///   - path: the model as the user names it.
  ///   - options: how to read files.
  ///   - part: the part of a store; nil: the validation songs, or if there are none the test songs, or else the training songs.
  init(
    _ files: [String], for model: Model, at path: String, tokenizer: Tokenizer, options: ReadingOptions, flags: ReadingFlags,
    part: Corpus.Part?
  ) throws {
    guard files.count == 1, Corpus.isStore(files[0]) else {
      if let part { throw EvaluationError.partOfFiles(part: part.rawValue) }
      var reader = SongReader(for: tokenizer.tokenization, options: options)
      reader.format = flags.format
      reader.conditions = flags.conditions
      // Songs without these columns count as having other values.
      if let own = model.conditions {
        var options = CorpusOptions()
        options.keepColumns(of: own.columns.map(\.name))
        reader.keptColumns = options.keptColumns
      }
      reader.isStrict = flags.strict
      // A model's separator need not be in a text of one song.
      reader.requiresSeparator = flags.separator != nil
      reader.skipsUnreadable = flags.skipUnreadable
      let (songs, skipped) = try flags.advising { try reader.read(files.map { FilePath($0) }) }
      PreparationReporter.warn(about: skipped)
      self.songs = songs
      self.part = nil
      encoded = EncodedSongs(of: songs, tokenizer: tokenizer)
      return
    }
    let corpus = try Corpus(store: files[0])
    let found = part ?? [.validation, .test].first { corpus.tokens(of: $0)?.count ?? 0 > 0 } ?? .training
    encoded = try EncodedSongs(of: found, in: corpus, path: files[0], tokenizer: tokenizer)
    songs = nil
    self.part = found
    model.warnOfReading(ofStore: files[0], corpus.reading, path: path)
    if corpus.tokenizer != tokenizer {
      let text: Sentence = "\(files[0]) has another vocabulary than the model; its tokens are matched by their texts"
      Terminal.warn(text.text)
    }
  }

  /// The files that the songs come from.
  var sources: [String] { encoded.songs.map(\.source) }

  /// Returns the first copy of each song, without the songs among the others.
  func distinct(excluding others: EvaluationTexts, tokenizer: Tokenizer) -> EncodedSongs {
    if let songs, let excluded = others.songs { return EncodedSongs(of: songs.distinct(excluding: excluded), tokenizer: tokenizer) }
    return encoded.distinct(excluding: others.encoded, tokenizer: tokenizer)
  }
}
