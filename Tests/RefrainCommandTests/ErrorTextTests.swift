import Basics
import Corpora
import Files
import Foundation
import Generation
import Inspection
import Interchange
import LanguageModel
import Models
import RefrainCommand
import Testing
import Training
import Verse

/// No message names a flag that the subcommand which shows it lacks.
@Suite("Flags in messages") struct ErrorTextTests {
  static let sample = EncodingSample()

  /// A value of every case of every error that may name a setting.
  static let errors: [any SentenceError] = modelErrors + verseErrors + studyErrors + rankErrors

  private static let rankErrors: [any SentenceError] = [
    RankError.notPowerOfTwo(ranks: 3), RankError.shards(ranks: 2, shards: 6), RankError.groups(ranks: 4, groups: 2, shards: 4, batch: 8),
    RankError.groups(ranks: 4, groups: 1, shards: 2, batch: 8), RankDisagreement.program(ranks: [1]),
    RankDisagreement.kernels(ranks: [1, 2]),
    RankDisagreement.setting(key: "batch", first: "1", other: "2", ranks: [1]), RankDisagreement.corpus(first: 1, other: 2, ranks: [1]),
    RankDisagreement.step(first: 1, other: 2, ranks: [1]),
  ]

  private static let studyErrors: [StudyError] = [
    .stepOutsideText(step: 9, tokens: 3), .noLayer(layer: 3, layers: 2), .tooShort(tokens: 9, needed: 10), .notLearned(cell: "LSTM"),
  ]

  private static let verseErrors: [VerseError] = [
    .malformedLine(path: "a", line: 1, fault: "f"), .noWords(path: "a"), .otherFormat(path: "a", expected: 1, found: "2"),
    .invalidPronunciation(word: "w", phonemes: "p"), .notWord(text: "-"), .invalidLanguage(name: "x y"),
    .unknownLanguage(program: "espeak-ng", name: "xx"), .noProgram(program: "espeak-ng"), .timedOut(program: "espeak-ng", seconds: 10),
    .failed(program: "espeak-ng", reason: "r"), .wrongLines(program: "espeak-ng", expected: 2, found: 1),
  ]

  private static let modelErrors: [any SentenceError] = [
    [
      .missing(path: "a"), .file(.missing(path: "a")), .unreadable(.missing(path: "a")), .noPaths, .endless(path: "a", found: "pipe"),
      .emptyFile(path: "a"), .noSongs(path: "a"), .noTextFiles(folder: "a"), .notUTF8(path: "a", offset: 1, line: 1, byte: 0xE9),
      .lyricsNotUTF8(path: "a", line: 1, byte: 0xE9, sample: sample),
      .notInEncoding(path: "a", encoding: "KOI8-R", line: 1, offset: 1, byte: 1),
      .unmarkedEncoding(path: "a", encoding: "UTF-16LE"), .noMatchingRows(path: "a", excluded: 1), .unknownEncoding(name: "x"),
      .separatorNotFound(separator: "x"), .twoEncodings(name: "x"), .malformedRecord(path: "a", line: 1, reason: "r"),
      .strayQuote(path: "a", line: 1), .recordTooLong(path: "a", line: 1, limit: 1), .noColumn(path: "a", wanted: ["w"], found: ["f"]),
      .noKey(path: "a", line: 1, wanted: ["w"], found: []), .notText(path: "a", line: 1, key: "k", found: "a number"),
      .missingColumn(path: "a", name: "n", found: []), .noColumns(path: "a"), .noProgram(path: "a", program: "zstd"),
      .notDecompressed(path: "a", program: "zstd"), .compressed(path: "a", kind: "zip"), .unnamedJSON(path: "a"),
      .changedWhileRead(path: "a"), .storeAmongSources(path: "a"), .storeTokenizedOtherwise(path: "a", found: "f", expected: "e"),
      .emptyPart(path: "a", part: "test"), .malformedStore(path: "a", reason: "r"), .unsupportedStore(path: "a", format: 9),
      .tooSmall(tokens: 1, needed: 2, lanes: 1, window: 1), .lanesNotDivisible(lanes: 3, shards: 2), .tooManySongs(limit: 5),
      .invalidSetting(key: "min_count", found: "0", expected: "at least 1"), .fractionsTooLarge(validation: 0.6, test: 0.6),
      .noValidationSongs(fraction: 0.1, tokens: 5), .allHeldOut(songs: 2), .malformedTokenizer(path: "a", reason: "r"),
      .vocabularyTooLarge(tokens: 1, bytes: 1, limit: 1), .unsupportedTokenizer(path: "a", format: 9),
      .unreadFormat(path: "a", format: "docx"), .newerStore(path: "a", section: "x"), .keptColumnNotFound(name: "n"),
    ] as [CorpusError],
    [
      .invalidSize(name: "hidden", found: 0, largest: 9), .layersDisagree(layers: 1, hidden: [1, 2]), .tooManyParameters(1),
      .cappedInput(cell: "gru"), .outputSum(hidden: [1, 2]),
      .tensorMismatch(path: "a", tensor: "t", expected: "e", found: "f"), .notFinite(path: "a", tensor: "t"),
    ] as [ModelError],
    [
      .invalid(key: "rms_decay", found: "2", expected: "less than 1"), .batchNotDivisible(batch: 3, shards: 2),
      .averageWithoutDecay(key: "average_start"),
      .unusedSetting(key: "rms_decay", found: "0.5", optimizer: "adam", users: ["rmsprop"]),
      .cappedInput(cell: "gru"), .outputSum(hidden: [1, 2]),
    ] as [SettingError],
    [
      .addressSpace(neededMiB: 1, limitMiB: nil), .threads(needed: 1, given: 0, limit: nil), .openFiles(needed: 1, given: 0, limit: nil),
      .memory(neededMiB: 2, availableMiB: 1, limit: .controlGroup), .mappedMemory(neededMiB: 2, limitMiB: 1),
    ] as [ResourceError],
    [
      .missing(path: "m"), .notDirectory(path: "m"), .incomplete(path: "m", missing: "config.json"),
      .otherFormat(path: "m", expected: 1, found: 2), .malformed(path: "m", fault: "f"), .invalidSetting(path: "m", fault: "f"),
      .malformedScoring(path: "m", fault: "f"),
      .vocabularyMismatch(path: "m", expected: 1, found: 2), .wouldReplace(path: "m", name: "config.json"), .runThere(path: "m"),
      .noCheckpoint(path: "m"), .noWholeCheckpoint(path: "m", count: 2, fault: "f"), .leadsOut(path: "m"), .leadsNowhere(path: "m"),
      .otherKind(path: "m", expected: "file", found: "pipe"), .cannotReplace(path: "m"), .inPlace(path: "m", fault: "f"),
      .notFinite(tensor: "t"), .olderRun(path: "m", unfinished: "m.unfinished"),
    ] as [ModelDirectoryError],
    [
      .otherSizes(key: "hidden", found: "1", expected: "2"), .otherVocabulary, .alreadyTraining,
      .diverged(step: 9, skipped: 8, learningRate: 1), .predictsNothing(step: 9, learningRate: 1),
      .predictsNothing(step: 9, learningRate: 9, optimizer: .sgd),
      .startsBeyondBounds(step: 9, settings: [.init(key: "init_range", value: 9), .init(key: "activation_penalty", value: 9)]),
    ] as [TrainingError],
    [
      .malformed(path: "a", fault: "f"), .otherFormat(path: "a", expected: 1, found: 2),
      .tensorMismatch(path: "a", tensor: "t", expected: "e", found: "f"), .damaged(path: "a", part: "p"), .notFinite(path: "a", part: "p"),
      .fixedSetting(key: "seed", checkpoint: "1", given: "2"), .corpusChanged(tokens: 1, checkpointTokens: 2),
      .readingChanged(revision: 5, checkpointRevision: 4), .vocabularyChanged(count: 1, checkpointCount: 2),
      .recordTooLong(bytes: 2, limit: 1), .alreadyBeyond(steps: 5, epochs: 1, step: 9), .alreadyBeyond(steps: 5, epochs: nil, step: 9),
    ] as [TrainingCheckpointError],
    [
      .invalidSetting(key: "top_k", found: "0", expected: "at least 1"), .invalidShape(key: "rhyme", found: "A", expected: "AABB"),
      .needsWords(tokens: "char"), .condition(.notConditioned),
    ] as [GenerationError],
    [
      .columnNotCarried(name: "n", carried: []), .columnNotCarried(name: "n", carried: ["artist"]),
      .noFrequentValue(column: "c", fewest: 5), .needsSongs(tokens: "whitespace"), .songsDisagree(details: 1, songs: 2), .notConditioned,
      .unknownColumn(name: "n", known: ["artist"]), .unknownValue(column: "c", value: "v", nearest: "w"),
      .malformed(path: "a", fault: "f"), .otherFormat(path: "a", expected: 1, found: 2),
    ] as [ConditionError],
    [
      .invalidSetting(key: "portable_guard", found: "0", expected: "from 1 to 64"), .noIndex(path: "a"), .guardWithoutText(path: "a"),
      .otherCorpus(path: "a", corpus: "b"), .malformedIndex(path: "a", reason: "r"), .unsupportedIndex(path: "a", format: 9),
      .malformedGuard(path: "a", reason: "r"), .unsupportedGuard(path: "a", format: 9), .noWords(path: "a"), .nothingToCompare,
      .tooManyWords(limit: 5), .insideModel(path: "a"),
    ] as [CopyError],
    [
      .noLayers(path: "a"), .unsupported(path: "a", tensor: "t", what: "w"), .missing(path: "a", tensor: "t"),
      .mismatch(path: "a", tensor: "t", expected: "e", found: "f"), .extra(path: "a", tensor: "t"),
      .ambiguous(path: "a", tensors: ["t", "u"]),
      .noSuchEmbedding(path: "a", tensor: "t", matrices: ["u"]), .noVocabulary(path: "a"),
      .vocabularyMismatch(path: "a", expected: 1, found: 2), .invalidVocabulary(path: "a", reason: "r"),
      .notExpressible(part: "p", why: "w"), .beyondPyTorch(module: "nn.LSTM", parts: ["p"]), .twice(path: "a", tensors: ["t", "u"]),
      .torchFile(path: "a", isLegacy: true, converted: "b"), .pickle(path: "a"), .tooLarge(format: "onnx", bytes: 2, limit: 1),
    ] as [InterchangeError],
    [
      .textTooLong(tokens: 9, most: 5, mebibytes: 1), .noLayer(layer: 2, layers: 1), .noUnit(layer: 0, unit: 9, units: 5),
      .tooManyUnits(given: 99, most: 64), .spanOutside(start: 5, end: 3, tokens: 9), .nothingOn(start: 1, end: 3, threshold: "0.1"),
      .songsTooShort(path: "a", length: 9, longest: 5), .storeTooLarge(path: "a", tokens: 9, units: 9, mebibytes: 1),
      .unknownFormat(path: "a"),
    ] as [InspectionError],
  ].flatMap { (errors: [any SentenceError]) in errors }

  private static let sources = URL(filePath: #filePath).deletingLastPathComponent().appending(path: "../../Sources").standardized

  private static func swiftFiles(in folder: URL) throws -> [(path: String, text: String)] {
    let names = try FileManager.default.subpathsOfDirectory(atPath: folder.path).filter { $0.hasSuffix(".swift") }.sorted()
    return try names.map { ($0, try String(contentsOf: folder.appending(path: $0), encoding: .utf8)) }
  }

  /// The cases that the sources declare, so that a new one is not forgotten above.
  @Test func `every case of every error is listed here`() throws {
    var declared: [String: Int] = [:]
    for file in try Self.swiftFiles(in: Self.sources) where !file.path.hasPrefix("RefrainCommand/") {
      guard let start = file.text.firstRange(of: /public enum (\w+): [^{]*SentenceError \{/) else { continue }
      let type = String(file.path.split(separator: "/").last?.dropLast(".swift".count) ?? "")
      let body = file.text[start.upperBound...]
      let end = body.firstRange(of: "\n}")?.lowerBound ?? body.endIndex
      declared[type] = body[..<end].matches(of: /(?m)^  case \w+/).count
    }
    #expect(declared.count == 14)
    for (type, count) in declared {
      let listed = Set(Self.errors.filter { "\(Swift.type(of: $0))" == type }.map { Self.discriminator($0) })
      #expect(listed.count == count, "\(type): \(count) cases, listed are \(listed.sorted())")
    }
  }

  /// Tells cases apart: their name, or for cases without values the sentence.
  private static func discriminator(_ error: any SentenceError) -> String {
    Mirror(reflecting: error).children.first?.label ?? error.sentence.text
  }

  @Test("a flag that a message names is one of the subcommand's", arguments: Subcommand.all.map(\.name))
  func flags(name: String) throws {
    let command = try #require(Subcommand.all.first { $0.name == name })
    try #require(command.flags.contains("--help"))
    for error in Self.errors {
      let text = ErrorText.text(of: error) { command.flag(of: $0) }
      for flag in text.matches(of: /--[a-z][a-z0-9-]*/).map({ String($0.output) }) {
        #expect(command.flags.contains(flag), "\(name): \(text)")
      }
    }
  }

  @Test func `every setting that a message names is a flag of some subcommand`() {
    let commands = Subcommand.all
    for error in Self.errors {
      var unknown: [String] = []
      let text = ErrorText.text(of: error) { key in
        let flag = commands.lazy.compactMap { $0.flag(of: key) }.first
        if flag == nil { unknown.append(key) }
        return flag
      }
      #expect(unknown.isEmpty, "\(text)")
      #expect(text.hasSuffix(".") || text.hasSuffix(")"), "\(text)")
    }
  }

  @Test func `the library names settings by their keys, and the command by its flags`() throws {
    let error = SettingError.batchNotDivisible(batch: 10, shards: 4)
    #expect(error.description.hasPrefix(#""batch": 10 cannot be divided evenly among "shards": 4; "#))
    let train = try #require(Subcommand.all.first { $0.name == "train" })
    let generate = try #require(Subcommand.all.first { $0.name == "generate" })
    #expect(ErrorText.text(of: error) { train.flag(of: $0) }.hasPrefix("--batch 10 cannot be divided evenly among --shards 4; "))
    #expect(ErrorText.text(of: error) { generate.flag(of: $0) } == error.description)
    let there = ModelDirectoryError.runThere(path: "m")
    #expect(there.description == "m: a run is there already; resume it, replace it, or choose another directory.")
    #expect(
      ErrorText.text(of: there) { train.flag(of: $0) }
        == "m: a run is there already; choose another --model, pass --resume to continue it, or --overwrite to replace it once the new "
        + "model "
        + "is trained.")
  }

  /// The subcommands that a file of the command's works for; its other files name no flags.
  static let users: [String: [String]] = [
    "Flags/CorpusFlags.swift": ["train", "prepare", "suggest", "tune"],
    "Flags/ReadingFlags.swift": ["train", "prepare", "suggest", "tune", "evaluate", "originality", "inspect"],
    "Flags/ConfigurationFlags.swift": ["train"], "Flags/ModelArgument.swift": ["generate", "pronounce", "evaluate", "export"],
    "Flags/ModelName.swift": ["train", "import"], "Reports/TrainingPlan+Description.swift": ["train"],
    "Reports/CorpusReport+Warnings.swift": ["train", "prepare", "suggest", "tune"], "Reports/SongOutput.swift": ["prepare"],
    "Reports/TuneReport.swift": ["train"], "Reports/SuggestionReport.swift": ["train"],
    "Reports/Model+ReadingWarnings.swift": ["train", "evaluate", "inspect"],
    "Running/CorpusLoading.swift": ["train"],
    "Running/CorpusLoadingError.swift": ["train", "prepare", "suggest", "tune", "evaluate", "originality", "inspect"],
    "Running/CopyOutput.swift": ["prepare"],
    "Running/PreparationReporter.swift": ["train", "prepare", "suggest", "tune", "evaluate", "originality", "inspect"],
    "Running/FineTuning.swift": ["train"],
    "Running/OutputCheck.swift": ["train"], "Running/EvaluationError.swift": ["evaluate"], "TrainCommand+Minutes.swift": ["train"],
    "Flags/Minutes.swift": ["train", "suggest"],
    "Running/TrainingRun.swift": ["train"],
    "Running/TrainingRun+Result.swift": ["train"],
    "RefrainCommand.swift": [], "TrainCommand+Resume.swift": ["train"], "EvaluateCommand+Lyrics.swift": ["evaluate"],
    "Flags/PronunciationFlags.swift": ["pronounce", "evaluate", "generate"], "Flags/ShapeFlags.swift": ["generate"],
    "Flags/CacheFlags.swift": ["evaluate", "generate"], "Flags/MannerFlags.swift": ["generate"], "Flags/ScoringFlags.swift": ["evaluate"],
    "Flags/AdaptationFlags.swift": ["evaluate", "generate"],
    "Running/Scoring.swift": ["evaluate"], "GenerateCommand+Manner.swift": ["generate"],
    "Flags/CopyFlags.swift": ["generate"], "Running/TrainingSongs.swift": ["generate"],
    "Flags/ConditionFlags.swift": ["generate"], "Reports/ModelInfo.swift": ["info"], "Running/BaselineMeasurement.swift": ["report"],
    "Running/EventFiles.swift": ["train"], "Ranks/Ranks.swift": ["train"],
    "Inspecting/InspectCommand+States.swift": ["inspect"], "Inspecting/InspectCommand+Like.swift": ["inspect"],
    "Inspecting/StatesFlags.swift": ["inspect"], "Inspecting/InspectCommand.swift": ["inspect"],
    "Inspecting/InspectCommand+Step.swift": ["inspect"], "Inspecting/InspectCommand+Study.swift": ["inspect"],
  ]

  @Test func `a flag in the command's own text is one of the subcommand's`() throws {
    let commands = Dictionary(uniqueKeysWithValues: Subcommand.all.map { ($0.name, $0.flags) })
    var flags = 0
    for file in try Self.swiftFiles(in: Self.sources.appending(path: "RefrainCommand")) {
      let own = file.path.wholeMatch(of: /(\w+)Command\.swift/).map { [$0.output.1.lowercased()] }
      for (number, line) in file.text.split(separator: "\n", omittingEmptySubsequences: false).enumerated() {
        let code = line.drop { $0 == " " }
        if code.hasPrefix("//") { continue }
        for match in code.matches(of: /--[a-z][a-z0-9-]*[a-z0-9]/) {
          // The beginning of a flag whose rest is interpolated.
          if match.output == "--no" { continue }
          // Flags of other programs.
          if code.contains("swift build") || code.contains("srun") { continue }
          flags += 1
          // A command that the text spells out is followed by that command's flags.
          let spelled = code[..<match.range.lowerBound].matches(of: /refrain ([a-z]+)/).last.map { [String($0.output.1)] }
          let place = "\(file.path):\(number + 1): \(match.output)"
          guard let users = spelled ?? Self.users[file.path] ?? own else {
            Issue.record("\(place): say in this test which subcommands show this text")
            continue
          }
          for user in users {
            let known = try #require(commands[user], "\(place): there is no subcommand \(user)")
            #expect(known.contains(String(match.output)), "\(place) is no flag of \(user)")
          }
        }
      }
    }
    #expect(flags > 100)
  }
}
