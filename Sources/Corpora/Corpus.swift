import SystemPackage

/// A corpus ready to train on: a tokenizer, and the tokens of each part.
///
/// ```swift
/// let corpus = try Corpus(reading: ["lyrics/"], options: CorpusOptions(tokenization: .word))
/// print(corpus.tokenizer.vocabulary.count, corpus.training.count)
/// ```
///
/// The vocabulary comes from the training part alone. All texts are held in memory while they are read.
public struct Corpus: Sendable {
  /// Turns texts into tokens as was done here.
  public let tokenizer: Tokenizer
  /// The tokens to train on.
  public let training: [TokenID]
  /// The tokens held out to choose by, if any.
  public let validation: [TokenID]?
  /// The tokens for a final test, if any.
  public let test: [TokenID]?

  /// How many songs the corpus has, those for validation and test included.
  public let songCount: Int
  /// How many songs are trained on. If fewer than ten were split, all of them, though the end of the last ones is held out.
  public let trainingSongCount: Int
  /// How many songs are held out.
  public let validationSongCount: Int
  /// How many songs are for the test.
  public let testSongCount: Int
  /// How many songs were left out of training, since they were given for validation or test too.
  public let excludedSongCount: Int
  /// How many training tokens became `<unk>`.
  public let trainingUnknownCount: Int
  /// How many validation tokens became `<unk>`.
  public let validationUnknownCount: Int
  /// How many test tokens became `<unk>`.
  public let testUnknownCount: Int

  /// Reads files and folders.
  ///
  /// - Throws: `CorpusError` for paths, bytes or options that do not do.
  public init(reading paths: [String], options: CorpusOptions = .init()) throws(CorpusError) {
    try options.check()
    try self.init(songs: Self.songs(at: paths, options.tokenization), options: options)
  }

  /// Takes a text that is in memory, in the form of a file: songs are parted by two blank lines.
  ///
  /// - Throws: `CorpusError` for a text without songs, or options that do not do.
  public init(text: String, options: CorpusOptions = .init()) throws(CorpusError) {
    try options.check()
    let songs = try SongReader(for: options.tokenization).songs(in: Array(text.utf8), source: "text")
    if songs.isEmpty { throw text.isEmpty ? .emptyFile(path: "text") : .noSongs(path: "text") }
    try self.init(songs: songs, options: options)
  }

  /// The tokens of other files, as a tokenizer that exists cuts them: for evaluation.
  ///
  /// - Throws: `CorpusError` for paths or bytes that do not do.
  public static func stream(reading paths: [String], tokenizer: Tokenizer) throws(CorpusError) -> TokenStream {
    TokenStream(of: try songs(at: paths, tokenizer.tokenization), tokenizer: tokenizer)
  }

  private static func songs(at paths: [String], _ tokenization: Tokenization) throws(CorpusError) -> [Song] {
    try SongReader(for: tokenization).songs(at: paths.map { FilePath($0) })
  }

  private init(songs: [Song], options: CorpusOptions) throws(CorpusError) {
    let validationSongs = options.validation.isEmpty ? [] : try Self.songs(at: options.validation, options.tokenization)
    let testSongs = options.test.isEmpty ? [] : try Self.songs(at: options.test, options.tokenization)
    // A model must not be measured on what it was trained on.
    let given = songs
    let elsewhere = Set((validationSongs + testSongs).map { CorpusSplit.hash(of: $0.text) })
    let songs = elsewhere.isEmpty ? given : given.filter { !elsewhere.contains(CorpusSplit.hash(of: $0.text)) }
    guard !songs.isEmpty else { throw .allHeldOut(songs: given.count) }
    excludedSongCount = given.count - songs.count

    var parts = CorpusSplit.Parts.songs(training: songs, validation: validationSongs)
    if options.validation.isEmpty, options.validationFraction > 0 {
      parts = CorpusSplit(validationFraction: options.validationFraction).parts(of: songs)
    }

    let split: SplitStreams
    switch parts {
    case .songs(let training, let validation):
      split = SplitStreams(training: training, validation: validation, options)
    case .contiguous:
      split = try SplitStreams(contiguous: songs, options)
    }
    let test = TokenStream(of: testSongs, tokenizer: split.tokenizer)

    self.tokenizer = split.tokenizer
    self.training = split.training.tokens
    self.validation = split.validation.tokens.isEmpty ? nil : split.validation.tokens
    self.test = options.test.isEmpty ? nil : test.tokens
    self.trainingSongCount = split.training.songCount
    self.validationSongCount = split.validation.songCount
    self.testSongCount = testSongs.count
    self.songCount = trainingSongCount + validationSongCount + testSongCount
    self.trainingUnknownCount = split.training.unknownCount
    self.validationUnknownCount = split.validation.unknownCount
    self.testUnknownCount = test.unknownCount
  }
}

/// The two sides of a split, encoded with a vocabulary that was counted on the first.
private struct SplitStreams {
  var tokenizer: Tokenizer
  var training: TokenStream
  var validation: TokenStream

  init(training: [Song], validation: [Song], _ options: CorpusOptions) {
    var counter = TokenCounter(options)
    counter.add(training)
    tokenizer = Tokenizer(tokenization: options.tokenization, vocabulary: counter.vocabulary, lowercase: options.lowercase)
    self.training = TokenStream(of: training, tokenizer: tokenizer)
    self.validation = TokenStream(of: validation, tokenizer: tokenizer)
  }

  init(contiguous songs: [Song], _ options: CorpusOptions) throws(CorpusError) {
    // Where tokens begin and end does not depend on the vocabulary, so the cut is known before there is one.
    var length = TokenCounter(options)
    let count = length.add(songs)
    // One token is none to predict.
    let heldOut = max(2, Int(Double(count) * options.validationFraction))
    guard count - heldOut >= 2 else { throw .noValidationSongs(fraction: options.validationFraction, tokens: count) }
    let cut = count - heldOut
    var counter = TokenCounter(options)
    counter.add(songs, limit: cut)
    tokenizer = Tokenizer(tokenization: options.tokenization, vocabulary: counter.vocabulary, lowercase: options.lowercase)
    let whole = TokenStream(of: songs, tokenizer: tokenizer)
    training = whole
    validation = whole
    training.tokens = Array(whole.tokens[..<cut])
    validation.tokens = Array(whole.tokens[cut...])
    validation.songCount = 0
  }
}
