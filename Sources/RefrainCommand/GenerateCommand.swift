internal import ArgumentParser
internal import Basics
internal import Files
internal import Refrain
internal import SystemPackage

struct GenerateCommand: AsyncParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "generate", abstract: "Write lyrics with a model.",
    discussion: """
      The text goes to standard output as it is made. It ends with the song, or after --length tokens. With --count, songs are written \
      at once, which is faster than one after the other; they come in order, parted by lines of dashes, and the n-th is what --seed plus \
      n - 1 writes alone.
      """)

  @OptionGroup var model: ModelArgument
  @Option(parsing: .unconditional, help: "How the song begins.")
  var prompt: String?
  @Option(
    parsing: .unconditional,
    help: ArgumentHelp("Read the beginning from a file, of one line or several; - for standard input.", valueName: "file"))
  var promptFile: String?
  @Option(parsing: .unconditional, help: "The most tokens to write.")
  var length = 300
  @OptionGroup var samplingFlags: SamplingFlags
  @OptionGroup var conditionFlags: ConditionFlags
  @OptionGroup(title: "Shape") var shapeFlags: ShapeFlags
  @OptionGroup(title: "Shape") var pronunciationFlags: PronunciationFlags
  @OptionGroup var copyFlags: CopyFlags
  @OptionGroup(title: "In the manner of songs") var mannerFlags: MannerFlags
  @Option(parsing: .unconditional, help: "The same seed gives the same text (default: another each time).")
  var seed: UInt64?
  @Option(parsing: .unconditional, help: "How many songs to write, all from the prompt (default: 1).")
  var count: Int?
  @Option(olderNames: "num_samples") var olderCount: Int?
  @Option(
    name: [.customLong("workers"), .customShort("t")], parsing: .unconditional,
    help: "Threads' worth of parallelism (default: one for each core that the process may use); never part of the result.")
  var workers: Int?
  @OptionGroup var productsFlag: ProductsFlag
  @Option(parsing: .unconditional, help: ArgumentHelp("Write the text to a file instead.", valueName: "file"))
  var output: String?

  func validate() throws {
    if let workers, workers < 1 { throw ValidationError("--workers must be at least 1, but is \(workers).") }
    if prompt != nil, promptFile != nil { throw ValidationError("--prompt and --prompt-file both begin the song; leave out one of them.") }
    if promptFile?.isEmpty == true { throw ValidationError("--prompt-file is empty; it must name a file.") }
  }

  func run() async throws {
    if output?.isEmpty == true { throw ValidationError("--output is empty; it must name a file.") }
    let (path, extra) = try model.resolved()
    if let extra = extra.first { throw ValidationError("Unexpected argument '\(extra)'; a prompt is given with --prompt.") }
    try mannerFlags.cacheFlags.chosen(kept: nil).validate()
    try mannerFlags.adaptationFlags.chosen(kept: nil).validate()
    Machine.warnOfKernels()
    try Machine.checkProducts()
    let trained = try Model(directory: path)
    let sampling = samplingFlags.sampling
    let prompt = try self.prompt ?? promptFile.map(PromptFile.read) ?? ""
    let seed = seed ?? .random(in: 0..<1 << 32)
    let read = trained.readingOptions.cleaned(prompt: prompt, for: trained.tokenizer.tokenization)
    if read != prompt {
      let rules =
        trained.reading == nil ? "by the default options, since \(path.shown) does not record its own" : "as the model's corpus was"
      let warning: Sentence = "the prompt is cleaned \(whole: rules), and read as \"\(read)\""
      Terminal.warn(warning.text)
    }
    let unknownWords = trained.tokenizer.unknownWords(in: read)
    if !unknownWords.isEmpty {
      let warning: Sentence = "the model's vocabulary lacks \(list: unknownWords.map { "\"\($0)\"" }); it reads <unk> instead."
      Terminal.warn(warning.text)
    }
    // Opened by its name, a redirected standard output would be another file, begun anew.
    let file = output.flatMap { Terminal.isOutput($0) ? nil : $0 }
    if let file { try OutputCheck.check(file, flag: "--output", model: path) }
    let count = count ?? olderCount ?? 1, products = productsFlag.given ?? .packed
    let copies = try copyGuard(trained, path), (model, cache) = try await inManner(trained, path)
    if shapeFlags.areGiven { return try writeShaped(model, path, prompt, sampling, copies, cache, seed: seed, count: count, file: file) }
    if count == 1 {
      let lyrics = try model.lyrics(
        prompt: prompt, length: length, sampling: sampling, condition: conditionFlags.condition, copies: copies, cache: cache,
        seed: seed, workers: workers, products: products)
      if let file { return try AtomicFile.write(Array((prompt + lyrics.joined() + "\n").utf8), to: FilePath(file)) }
      try Terminal.write(prompt)
      for piece in lyrics { try Terminal.write(Terminal.isOutputInteractive ? piece.withoutControls : piece) }
      try Terminal.write("\n")
      return
    }
    let songs = try model.songs(
      prompt: prompt, count: count, length: length, sampling: sampling, condition: conditionFlags.condition, copies: copies, cache: cache,
      seed: seed, workers: workers, products: products)
    var text = "", divider = ""
    for await song in songs {
      let part = divider + song + "\n"
      divider = "\n---\n\n"
      if file == nil { try Terminal.write(Terminal.isOutputInteractive ? part.withoutControls : part) } else { text += part }
    }
    if let file { try AtomicFile.write(Array(text.utf8), to: FilePath(file)) }
  }

  /// Writes songs of a given shape, one after the other.
  private func writeShaped(
    _ model: Model, _ path: String, _ prompt: String, _ sampling: Sampling, _ copies: CopyGuard?, _ cache: WritingCache?,
    seed: UInt64, count: Int, file: String?
  ) throws {
    let lexicon = try lexicon(of: model, path), shape = try shapeFlags.shape(lexicon)
    let songs = try model.songs(
      shape, lexicon: lexicon, count: count, prompt: prompt, sampling: sampling, condition: conditionFlags.condition, copies: copies,
      cache: cache, seed: seed, candidates: shapeFlags.candidates, workers: workers, products: productsFlag.given ?? .packed)
    var text = "", divider = ""
    for song in songs {
      let part = divider + song.text
      divider = "\n---\n\n"
      if file == nil { try Terminal.write(Terminal.isOutputInteractive ? part.withoutControls : part) } else { text += part }
      Terminal.writeError(ShapeReport.text(song))
    }
    if let file { try AtomicFile.write(Array(text.utf8), to: FilePath(file)) }
  }

  /// What keeps the text from copying, if that is asked for; says what the text is compared with.
  private func copyGuard(_ model: Model, _ path: String) throws -> CopyGuard? {
    guard let longest = copyFlags.maxCopied else { return nil }
    let songs =
      copyFlags.against.isEmpty ? try TrainingSongs(ofModel: path, reading: model.readingOptions) : try TrainingSongs(copyFlags.against)
    let copies = try songs.copyGuard(longest: longest)
    Terminal.writeError(songs.summary(longest: longest) + "\n")
    return copies
  }

  /// The model's pronunciations, made now if there are none or if flags say how.
  private func lexicon(of model: Model, _ path: String) throws -> Lexicon {
    let saved = try Lexicon(model: path)
    if let saved, !pronunciationFlags.areGiven { return saved }
    let sources = try pronunciationFlags.sources(language: saved?.language ?? .english)
    var lexicon = try sources.lexicon(of: model.tokenizer.spokenWords) { $0.warn() }
    if let saved { lexicon.keepEdits(of: saved) }
    // A folder that cannot be written is no reason to write no song.
    try? lexicon.save(model: path)
    return lexicon
  }
}
