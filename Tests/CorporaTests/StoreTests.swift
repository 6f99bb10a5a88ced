import Basics
import Corpora
import Files
import SystemPackage
import Testing

@Suite("Store")
struct StoreTests {
  let folder: TemporaryFolder

  init() throws {
    folder = try TemporaryFolder()
  }

  /// Made-up songs as a file of about this size.
  func write(_ bytes: Int, as format: SyntheticFormat = .txt, types: Int = 2_000) throws -> String {
    var lyrics = SyntheticLyrics(types: types, seed: 5)
    var text: [UInt8] = []
    while text.count < bytes { text += lyrics.nextSong(as: format) }
    return try folder.write(text, to: "songs.\(format)")
  }

  func store(_ name: String) -> String { folder.path.appending(name).string }

  @Test("A store holds what the corpus in memory holds", arguments: Tokenization.allCases, [0.1, 0])
  func likeMemory(tokenization: Tokenization, fraction: Double) throws {
    let source = try write(60_000)
    var options = CorpusOptions(tokenization: tokenization, validationFraction: fraction)
    if fraction > 0 { options.testFraction = 0.2 }
    if tokenization == .bpe { options.maximumVocabulary = 400 }
    let report = try Corpus.prepare([source], options: options, to: store("s"))
    let memory = try Corpus(reading: [source], options: options)
    let mapped = try Corpus(store: store("s"))
    #expect(mapped.tokenizer == memory.tokenizer)
    #expect(mapped.training == memory.training && mapped.validation == memory.validation && mapped.test == memory.test)
    #expect(mapped.report == memory.report && mapped.report == report)
    #expect(try mapped.fingerprint() == memory.fingerprint())
    #expect((mapped.validation == nil) == (fraction == 0) && (mapped.test == nil) == (fraction == 0))
  }

  @Test("What was a store before it was damaged, and a store among texts, is not read as a text", arguments: [0, 3, 7])
  func damagedBeginning(place: Int) throws {
    let source = try write(60_000)
    try Corpus.prepare([source], to: store("s.store"))
    var bytes = try readFile(FilePath(store("s.store")))
    #expect(throws: CorpusError.storeAmongSources(path: store("s.store"))) { try Corpus(reading: [source, store("s.store")]) }
    bytes[place] ^= 4
    for name in ["s.store", "s.txt"] {
      let path = try folder.write(bytes, to: name)
      let error = CorpusError.malformedStore(path: path, reason: "it does not begin as a store does")
      #expect(throws: error) { try Corpus(reading: [path]) }
      #expect(throws: error) { try Corpus(reading: [source], options: CorpusOptions(validation: [path])) }
      #expect(throws: error) { try Corpus.prepare([source, path], to: store("t.store")) }
    }
    // What is left of one has its name.
    let rest = try folder.write([], to: "rest.store")
    #expect(throws: CorpusError.malformedStore(path: rest, reason: "it does not begin as a store does")) { try Corpus(reading: [rest]) }
    // A text may have the name, if that is said.
    let text = try folder.write("The store down the road\nis open all night\n", to: "road.store")
    var options = CorpusOptions(minimumCount: 1, validationFraction: 0)
    #expect(throws: CorpusError.self) { try Corpus(reading: [text], options: options) }
    options.format = .txt
    #expect(try Corpus(reading: [text], options: options).songCount == 1)
  }

  @Test("The number of workers changes no byte", arguments: [Tokenization.word, .bpe])
  func workers(tokenization: Tokenization) throws {
    let source = try write(9_000_000, types: 20_000)
    var options = CorpusOptions(tokenization: tokenization)
    options.deduplication = .near(threshold: 0.7)
    for workers in [1, 2, 5] { try Corpus.prepare([source], options: options, to: store("s\(workers)"), workers: workers) }
    let first = try readFile(FilePath(store("s1")))
    #expect(try readFile(FilePath(store("s2"))) == first)
    #expect(try readFile(FilePath(store("s5"))) == first)
  }

  @Test("txt, csv and jsonl of the same songs give the same tokens")
  func formats() throws {
    var corpora: [Corpus] = []
    for format in SyntheticFormat.allCases {
      var lyrics = SyntheticLyrics(types: 2_000, seed: 5)
      var text: [UInt8] = []
      for _ in 0..<1_500 { text += lyrics.nextSong(as: format) }
      try Corpus.prepare([folder.write(text, to: "all.\(format)")], to: store("\(format)"))
      corpora.append(try Corpus(store: store("\(format)")))
    }
    #expect(corpora[0].songCount == 1_500)
    #expect(corpora.allSatisfy { $0.training == corpora[0].training && $0.validation == corpora[0].validation })
  }

  @Test("A large vocabulary takes four bytes a token")
  func wide() throws {
    let words = (0..<70_000).map { "w\($0)" }.joined(separator: " ")
    let source = try folder.write(words, to: "wide.txt")
    try Corpus.prepare([source], options: .init(minimumCount: 1, validationFraction: 0), to: store("s"))
    let corpus = try Corpus(store: store("s"))
    #expect(corpus.tokenizer.vocabulary.count == 70_002)
    #expect(corpus.training == (try Corpus(reading: [source], options: .init(minimumCount: 1, validationFraction: 0))).training)
  }

  @Test("A store that is cut off or changed anywhere is refused, and never trapped on")
  func damaged() throws {
    try Corpus.prepare([write(30_000)], to: store("s"))
    let whole = try readFile(FilePath(store("s")))
    #expect(throws: Never.self) { try Corpus(store: store("s")) }
    var generator = SeededGenerator(seed: 2)
    for _ in 0..<40 {
      let length = Int.random(in: 0..<whole.count, using: &generator)
      let path = try folder.write(Array(whole[..<length]), to: "cut")
      #expect(throws: CorpusError.self) { try Corpus(store: path) }
    }
    for place in Array(0..<200) + (0..<80).map({ _ in Int.random(in: 0..<whole.count, using: &generator) }) {
      var changed = whole
      changed[place] ^= UInt8.random(in: 1...255, using: &generator)
      let path = try folder.write(changed, to: "changed")
      #expect(throws: CorpusError.self, "byte \(place)") { try Corpus(store: path) }
    }
  }

  @Test("A header that is whole and forged is refused, and never trapped on", arguments: 1...24)
  func forged(field: Int) throws {
    try Corpus.prepare([write(20_000)], to: store("s"))
    let whole = try readFile(FilePath(store("s")))
    for value in [0, 3, 1 << 47, UInt64.max] as [UInt64] {
      var changed = whole
      for byte in 0..<8 { changed[8 + 8 * field + byte] = UInt8(truncatingIfNeeded: value >> (8 * UInt64(byte))) }
      let sum = xxh64(changed.span.extracting(0..<4_088))
      for byte in 0..<8 { changed[4_088 + byte] = UInt8(truncatingIfNeeded: sum >> (8 * UInt64(byte))) }
      // Numbers that only describe may be anything.
      _ = try? Corpus(store: folder.write(changed, to: "forged"))
    }
  }

  @Test("What throws in the middle leaves nothing")
  func interrupted() throws {
    struct Stop: Error {}
    let source = try write(200_000)
    for phase in [PreparationProgress.Phase.reading, .counting, .writing] {
      #expect(throws: Stop.self) {
        try Corpus.prepare([source], to: store("s")) { if $0.phase == phase { throw Stop() } }
      }
      #expect(try FolderListing(folder.path).files.map(\.lastComponent?.string) == ["songs.txt"])
    }
  }

  @Test("A store is up to date until a source or an option changes")
  func upToDate() throws {
    let source = try write(20_000)
    let options = CorpusOptions()
    #expect(try !Corpus.isUpToDate(store("s"), with: [source], options: options))
    try Corpus.prepare([source], options: options, to: store("s"))
    #expect(try Corpus.isUpToDate(store("s"), with: [source], options: options))
    var others = options
    others.cleaning.quotes = true
    #expect(try !Corpus.isUpToDate(store("s"), with: [source], options: others))
    try folder.write("a new song", to: "songs.txt")
    #expect(try !Corpus.isUpToDate(store("s"), with: [source], options: options))
  }

  @Test("A large corpus is kept in the cache, and prepared again when it changes")
  func cache() throws {
    let source = try write(20_000)
    let cache = CorpusCache(folder: folder.path.appending("cache").string)
    let first = try Corpus.open([source], in: cache, memoryBound: 0)
    let second = try Corpus.open([source], in: cache, memoryBound: 0)
    #expect(first.isNew && !second.isNew && first.corpus.training == second.corpus.training)
    try folder.write("la la la la la la\n\n\n" + String(repeating: "oh oh oh\n", count: 30), to: "songs.txt")
    #expect(try Corpus.open([source], in: cache, memoryBound: 0).isNew)
    try folder.write("no store", to: FilePath(cache.path(for: [source], options: .init())).lastComponent.map { "cache/\($0)" } ?? "")
    #expect(try Corpus.open([source], in: cache, memoryBound: 0).isNew)
  }

  @Test("Windows over a store are those over memory")
  func minibatches() throws {
    try Corpus.prepare([write(100_000)], to: store("s"))
    let tokens = try Corpus(store: store("s")).training
    var mapped = try MinibatchStream(tokens, lanes: 4, window: 7, shards: 2)
    var memory = try MinibatchStream(tokens.read(), lanes: 4, window: 7, shards: 2)
    for _ in 0..<mapped.windowsPerEpoch + 3 { #expect(try mapped.next() == memory.next()) }
  }

  /// A store in use whose file somebody works on, in place.
  private func inUse(_ change: (FileDescriptor) throws -> Void) throws -> (Corpus, path: String) {
    try Corpus.prepare([write(100_000)], to: store("s"))
    let corpus = try Corpus(store: store("s"))
    let file = try FileDescriptor.open(FilePath(store("s")), .readWrite)
    try file.closeAfter { try change(file) }
    return (corpus, store("s"))
  }

  @Test("A store that is cut off while it is in use is an error with both sizes, where mapped memory would end the process")
  func shortened() throws {
    var size = 0
    let (corpus, path) = try inUse { file in
      size = try readFile(FilePath(store("s"))).count
      try file.resize(to: 5_000)
    }
    let error = CorpusError.file(.shortened(path: path, expected: size, found: 5_000))
    var stream = try MinibatchStream(corpus.training, lanes: 4, window: 7, shards: 2)
    #expect(throws: error) { try stream.next() }
    #expect(stream.position == .init())
    #expect(throws: error) { try corpus.fingerprint() }
    #expect(throws: error) { try EvaluationWindows(corpus.training, lanes: 4, window: 7).windows(ofShard: 0, window: 0) }
    #expect(corpus.training != corpus.training, "what cannot be read is equal to nothing")
    #expect(try corpus.training.read(0..<100).count == 100)
  }

  @Test("A store that is written over while it is in use gives no token that the model does not know")
  func writtenOver() throws {
    let (corpus, path) = try inUse { try $0.writeAll(toAbsoluteOffset: 4_096, [UInt8](repeating: 0xFF, count: 64)) }
    #expect(throws: CorpusError.changedWhileRead(path: path)) { try corpus.training.read(0..<10) }
    #expect(try corpus.training.read(40..<50).count == 10)
  }

  @Test("A store that is overwritten with the same number of bytes is an error, whatever its time of change", arguments: [false, true])
  func writtenOverUnseen(isTimeSetBack: Bool) throws {
    let (corpus, path) = try inUse { file in
      try #require(try launch("cp", ["-p", store("s"), store("copy")]))
      // Every token becomes <unk>, which the model knows.
      try file.writeAll(toAbsoluteOffset: 4_096, [UInt8](repeating: 0, count: 4_000))
    }
    if isTimeSetBack { try #require(try launch("touch", ["-r", store("copy"), path])) }
    let error = CorpusError.changedWhileRead(path: path)
    var stream = try MinibatchStream(corpus.training, lanes: 4, window: 7, shards: 2)
    #expect(throws: error) { try stream.next() }
    #expect(stream.position == .init())
    #expect(throws: error) { try corpus.fingerprint() }
    #expect(throws: error) { try corpus.training.counts(vocabularySize: corpus.tokenizer.vocabulary.count) }
    let validation = try #require(corpus.validation)
    #expect(throws: error) { try EvaluationWindows(validation, lanes: 4, window: 7).windows(ofShard: 0, window: 0) }
  }

  @Test("A store whose contents stay the same can still be read after its state changes", arguments: ["touch", "chmod 600", "cp"])
  func touched(by program: String) throws {
    let (corpus, path) = try inUse { _ in }
    let before = try corpus.fingerprint()
    var stream = try MinibatchStream(corpus.training, lanes: 4, window: 7, shards: 2)
    let first = try stream.next()
    stream.position = .init()
    let words = program.split(separator: " ").map(String.init)
    if program == "cp" { try #require(try launch("cp", [path, path + ".copy"])) }
    try #require(try launch(words[0], words.dropFirst() + (program == "cp" ? [path + ".copy"] : []) + [path]))
    #expect(try stream.next() == first && corpus.fingerprint() == before)
  }

  @Test("A store that is replaced by renaming stays as it was for those who have it open")
  func replaced() throws {
    try Corpus.prepare([write(60_000)], to: store("s"))
    let corpus = try Corpus(store: store("s")), before = try corpus.fingerprint()
    try Corpus.prepare([folder.write("la la la la\n\n\noh oh oh", to: "few.txt")], options: .init(validationFraction: 0), to: store("s"))
    #expect(try corpus.fingerprint() == before)
  }

  @Test("A store keeps the rules that cut its texts", arguments: [Tokenization.word, .bpe], [LexingRules.first, .second, .third])
  func rules(tokenization: Tokenization, rules: LexingRules) throws {
    var options = CorpusOptions(tokenization: tokenization, minimumCount: 1, validationFraction: 0)
    options.rules = rules
    let path = try folder.write("the sailors' song, हिन्दी\nthe sailors' song, हिन्दी", to: "songs.txt")
    let memory = try Corpus(reading: [path], options: options)
    try Corpus.prepare([path], options: options, to: store("s"))
    let stored = try Corpus(store: store("s"))
    #expect(stored.tokenizer == memory.tokenizer && stored.tokenizer.rules == (tokenization == .bpe && rules == .second ? .third : rules))
    #expect(try stored.training.read() == memory.training.read() && stored.fingerprint() == memory.fingerprint())
    #expect(try Corpus.isUpToDate(store("s"), with: [path], options: options))
    options.rules = rules == .first ? .second : .first
    #expect(try !Corpus.isUpToDate(store("s"), with: [path], options: options))
  }

  @Test("A run of the first rules finds its store in the cache, which does not name them", arguments: [Tokenization.word, .char])
  func cachedByFirstRules(tokenization: Tokenization) throws {
    let source = try write(20_000), cache = CorpusCache(folder: store("cache"))
    var options = CorpusOptions(tokenization: tokenization)
    func open() throws -> OpenedCorpus { try Corpus.open([source], options: options, in: cache, memoryBound: 0) }
    func isCached(_ opened: OpenedCorpus) -> Bool { if case .cached = opened.origin { true } else { false } }
    #expect(try !isCached(open()))
    options.rules = .first
    // The store that is there was cut by the current rules.
    #expect(try isCached(open()) == (tokenization == .char))
    let again = try open()
    #expect(isCached(again) && again.corpus.tokenizer.rules == (tokenization == .word ? .first : .current))
  }

  @Test("A corpus that got more songs can be cut by the tokenizer that it had before", arguments: Tokenization.allCases)
  func kept(tokenization: Tokenization) throws {
    var options = CorpusOptions(tokenization: tokenization, minimumCount: 1, validationFraction: 0)
    if tokenization == .bpe { options.maximumVocabulary = 270 }
    let old = "the river the boat\nthe river the boat", more = old + "\n\n\nthe xylophone, zzz the river"
    let first = try Corpus(text: old, options: options)
    options.keep(first.tokenizer)
    options.maximumVocabulary = first.tokenizer.vocabulary.count
    let same = try Corpus(text: old, options: options)
    #expect(same.tokenizer == first.tokenizer && same.training == first.training)
    let grown = try Corpus(text: more, options: options)
    #expect(grown.tokenizer == first.tokenizer)
    #expect((grown.trainingUnknownCount > 0) == (tokenization != .bpe))
    let songs = more.split(separator: "\n\n\n").map { first.tokenizer.encode(String($0)) }
    let boundary = first.tokenizer.songBoundary.map { [$0] } ?? []
    if tokenization != .whitespace { #expect(try grown.training.read() == boundary + songs[0] + boundary + songs[1] + boundary) }
  }

  @Test("A pipe or a folder in place of a cached store is refused at once", arguments: ["pipe", "folder"])
  func noFile(kind: String) throws {
    let source = try write(20_000), cache = CorpusCache(folder: store("cache"))
    let path = cache.path(for: [source], options: .init())
    try makeDirectories(FilePath(cache.folder))
    if kind == "pipe" { try #require(try launch("mkfifo", [path])) } else { try makeDirectories(FilePath(path)) }
    #expect(throws: kind == "pipe" ? FileError.endless(path: path, found: kind) : .isDirectory(path: path)) {
      try Corpus.open([source], in: cache, memoryBound: 0)
    }
    #expect(try entries(of: FilePath(cache.folder)).count == 1)
  }
}
