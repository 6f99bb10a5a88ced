internal import Basics
package import Corpora
package import Files
private import Foundation
private import Kernels
package import LanguageModel
package import SystemPackage

/// A model on disk: `config.json`, `tokenizer.json` and `model.safetensors` in one folder, and `conditions.json` if its songs are
/// conditioned on something.
///
/// The folder is a model once `model.safetensors` is there, which is written last: so a model is there whole or not at all.
package enum ModelDirectory {
  /// The most bytes that `config.json` may have: more are neither read nor written.
  package static let largestConfiguration = 1 << 20
  static let configurationName: FilePath.Component = "config.json"
  static let tokenizerName: FilePath.Component = "tokenizer.json"
  package static let weightsName: FilePath.Component = "model.safetensors"
  static let conditionsName: FilePath.Component = "conditions.json"
  /// What a run keeps in the folder of its model.
  package static let checkpointsName: FilePath.Component = "checkpoints"
  package static let metricsName: FilePath.Component = "metrics.jsonl"
  package static let samplesName: FilePath.Component = "samples.txt"
  /// Facts about the run for its report.
  package static let factsName: FilePath.Component = "run.json"
  /// What n-gram models make of the run's held-out songs.
  package static let baselinesName: FilePath.Component = "baselines.json"
  /// How the model's words are spoken. The file belongs to the model's vocabulary, and goes with the model when another one replaces it.
  package static let pronunciationsName: FilePath.Component = "pronunciations.txt"
  /// What was fitted for the model's weights to score texts better.
  static let scoringName: FilePath.Component = "scoring.json"
  /// What keeps the model's texts from copying its songs, where the songs themselves are not at hand.
  static let guardName: FilePath.Component = "copies.guard"

  /// Whether a path leads to a file of this model's or of its run, by whatever way.
  package static func owns(_ file: FilePath, model path: FilePath) -> Bool {
    let file = resolvingLinks(file)
    return ownNames.contains { file.starts(with: resolvingLinks(path.appending($0))) }
  }

  private struct Configuration: Codable {
    var format: Int
    var model: ModelConfiguration
    var training: TrainingConfiguration
    /// What computed it.
    var kernels: KernelSet
    /// How its corpus was read; nil if that is not known.
    var reading: ReadingRecord?
  }

  private struct Format: Codable {
    var format: Int
  }

  /// Whether a folder holds a model.
  package static func holdsModel(_ path: FilePath) -> Bool { FileKind(of: path.appending(weightsName)) == .file }

  // MARK: - Reading

  /// - Throws: `ModelDirectoryError`, `FileError`, `CorpusError`, `SafetensorsError` or `ModelError`; the folder is not trusted.
  package static func load(_ path: FilePath) throws -> Model {
    guard isDirectory(path) else {
      throw fileExists(path) ? ModelDirectoryError.notDirectory(path: path.string) : .missing(path: path.string)
    }
    let files = try openFiles(path)
    let configuration = try configuration(
      in: files.configuration.readAll(limit: largestConfiguration), path: files.configuration.path.string)
    let tokenizer = try Tokenizer(json: files.tokenizer.readAll(limit: Tokenizer.largestFile), path: files.tokenizer.path.string)
    guard tokenizer.vocabulary.count == configuration.model.vocabularySize else {
      throw ModelDirectoryError.vocabularyMismatch(
        path: path.string, expected: configuration.model.vocabularySize, found: tokenizer.vocabulary.count)
    }
    let conditions = try conditions(configuration, files.conditions, in: path)
    let (weights, metadata) = try Weights.read(files.weights, configuration: configuration.model)
    var model = Model(
      weights: weights, tokenizer: tokenizer, configuration: configuration.training, step: metadata["step"].flatMap { Int($0) } ?? 0,
      reading: configuration.reading, conditions: conditions)
    model.products = configuration.kernels.products ?? .packed
    return model
  }

  /// Configuration and tokenizer of a model directory, without the weights.
  package struct Settings: Sendable {
    package let model: ModelConfiguration
    package let training: TrainingConfiguration
    package let kernels: KernelSet
    package let reading: ReadingRecord?
    package let tokenizer: Tokenizer
  }

  /// Reads `config.json` and `tokenizer.json`; returns nil if one of them is missing, as before a run's first checkpoint.
  ///
  /// - Throws: `ModelDirectoryError`, `FileError` or `CorpusError`; the folder is not trusted.
  package static func settings(_ path: FilePath) throws -> Settings? {
    let file = try ownFile(path.appending(configurationName), in: path)
    let other = try ownFile(path.appending(tokenizerName), in: path)
    guard fileExists(file), fileExists(other) else { return nil }
    let configuration = try configuration(in: readFile(file, limit: largestConfiguration), path: file.string)
    return Settings(
      model: configuration.model, training: configuration.training, kernels: configuration.kernels, reading: configuration.reading,
      tokenizer: try Tokenizer(json: readFile(other, limit: Tokenizer.largestFile), path: other.string))
  }

  /// Reads the conditions of a model that has some. A file that an earlier model left is not read.
  private static func conditions(
    _ configuration: Configuration, _ file: RandomAccessFile?, in path: FilePath
  ) throws -> ControlVocabulary? {
    guard configuration.model.controlCount > 0 else { return nil }
    guard let file else { throw ModelDirectoryError.incomplete(path: path.string, missing: conditionsName.string) }
    let conditions = try ControlVocabulary(json: file.readAll(limit: ControlVocabulary.largestFile), path: file.path.string)
    guard conditions.tokenCount == configuration.model.controlCount,
      conditions.columns.map(\.name) == configuration.training.condition?.names
    else {
      throw ModelDirectoryError.malformed(path: file.path.string, fault: "its conditions are not those of config.json")
    }
    return conditions
  }

  /// Opens the model's files. They belong to one model, even if another one replaces it meanwhile.
  private static func openFiles(
    _ path: FilePath
  ) throws -> (
    configuration: RandomAccessFile, tokenizer: RandomAccessFile, conditions: RandomAccessFile?, weights: RandomAccessFile
  ) {
    while true {
      // While it is open, no other folder gets its inode number.
      let folder = try OpenFolder(path)
      let files = Result {
        for name in [configurationName, tokenizerName, weightsName] where try !fileExists(ownFile(path.appending(name), in: path)) {
          throw ModelDirectoryError.incomplete(path: path.string, missing: name.string)
        }
        func open(_ name: FilePath.Component) throws -> RandomAccessFile {
          try RandomAccessFile(ownFile(path.appending(name), in: path))
        }
        let isConditioned = try fileExists(ownFile(path.appending(conditionsName), in: path))
        return (
          configuration: try open(configurationName), tokenizer: try open(tokenizerName),
          conditions: isConditioned ? try open(conditionsName) : nil, weights: try open(weightsName)
        )
      }
      // If another folder has the name by now, some of the files may belong to that one.
      if folder.isStillThere { return try files.get() }
    }
  }

  private static func configuration(in bytes: [UInt8], path: String) throws -> Configuration {
    let data = Data(bytes)
    do {
      let found = try JSONDecoder().decode(Format.self, from: data).format
      guard FormatVersion.readable.contains(found) else {
        throw ModelDirectoryError.otherFormat(path: path, expected: FormatVersion.readable.upperBound, found: found)
      }
      let configuration = try JSONDecoder().decode(Configuration.self, from: data)
      let isConditioned = configuration.training.condition != nil
      guard found == FormatVersion.format(of: configuration.model, isConditioned: isConditioned),
        (configuration.model.controlCount > 0) == isConditioned
      else {
        throw ModelDirectoryError.malformed(path: path, fault: "its format, its settings and its control tokens contradict one another")
      }
      try configuration.model.validate()
      try configuration.training.validate()
      try configuration.reading?.check()
      return configuration
    } catch let error as DecodingError {
      throw ModelDirectoryError.malformed(path: path, fault: error.sentence)
    } catch let error as any SentenceError where error is ModelError || error is SettingError || error is CorpusError {
      throw ModelDirectoryError.invalidSetting(path: path, fault: error.description.withoutAdvice)
    }
  }

  // MARK: - Writing

  /// Writes a model to a folder, which is made if missing.
  ///
  /// A model that is there already is replaced in one step, whole; if anything fails it stays as it was.
  ///
  /// - Throws: `FileError.inUse` if a run or another program writes there; `ModelDirectoryError.inPlace` if only the old model could not
  ///   be removed.
  package static func save(_ model: Model, to path: FilePath, calls: FileCalls = .system) throws {
    let path = resolvingLinks(path)
    try checkNames(in: path)
    let texts = try texts(of: model)
    let isNew = !fileExists(path)
    try makeDirectories(path, calls: calls)
    var lock: DirectoryLock
    do {
      lock = try DirectoryLock(path)
    } catch {
      if isNew { try? calls.removeDirectory(path) }
      throw error
    }
    defer { withExtendedLifetime(lock) {} }
    if standing(path) != .none {
      let unfinished = try DirectoryLock(unfinishedPath(of: path))
      let locks = [lock, unfinished]
      try settle(path, calls) { for lock in locks { lock.move($0) } }
      // The folders may have swapped names: the lock to keep is that of the folder which has this name now.
      if unfinished.folder == path { lock = unfinished }
    }
    let isUnchanged = try texts.allSatisfy { name, bytes in try holds(path.appending(name), bytes) }
    if isUnchanged {
      // The same run's next save: only the weights differ.
      try write(model, weightsOnlyTo: path, calls)
    } else if !holdsModel(path) {
      try create(model, texts, at: path, isNew: isNew, calls)
    } else {
      if !canBeReplaced(path) { throw ModelDirectoryError.cannotReplace(path: path.string) }
      try replace(path, by: model, texts, lock, calls)
    }
    sweep(path, calls)
  }

  /// Makes a model beside another one and puts it in its place.
  private static func replace(
    _ path: FilePath, by model: Model, _ texts: [(FilePath.Component, [UInt8])], _ lock: DirectoryLock, _ calls: FileCalls
  ) throws {
    let partial = hiddenPath(of: path)
    var isReplaced = false
    do {
      try makeDirectories(partial, calls: calls)
      let own = try DirectoryLock(partial)
      try create(model, texts, at: partial, isNew: true, calls)
      try promote(partial, to: path, calls) { names in
        for lock in [lock, own] { lock.move(names) }
        isReplaced = true
      }
      withExtendedLifetime(own) {}
    } catch {
      // After the replacement, this is the folder of the old model, with the user's files in it.
      if !isReplaced { try? removeTree(partial, calls: calls) }
      // The user knows nothing of the hidden folder, which is gone by now.
      throw (error as? FileError)?.renaming(partial, to: path) ?? error
    }
  }

  /// Writes the model of a run to its own directory, a file at a time: only the settings of earlier saves may differ.
  package static func update(_ model: Model, at path: FilePath, calls: FileCalls) throws {
    try makeDirectories(path, calls: calls)
    for (name, bytes) in try texts(of: model) {
      let file = try ownFile(path.appending(name), in: path)
      if try !holds(file, bytes) { try AtomicFile.write(bytes, to: file, calls: calls) }
    }
    _ = try ownFile(path.appending(weightsName), in: path)
    try write(model, weightsOnlyTo: path, calls)
  }

  /// Whether a file has these bytes. A file of another size is not read: it may be huge.
  private static func holds(_ file: FilePath, _ bytes: [UInt8]) throws(FileError) -> Bool {
    guard FileStamp(file)?.size == bytes.count else { return false }
    return try readFile(file, limit: bytes.count) == bytes
  }

  /// Checks that the files of a model can be written to a folder, as far as that can be told without doing it.
  ///
  /// - Throws: `ModelDirectoryError` for a folder, a device or a link to elsewhere in the place of one.
  package static func checkNames(in path: FilePath) throws(ModelDirectoryError) {
    for name in [configurationName, tokenizerName, conditionsName, weightsName] { _ = try ownFile(path.appending(name), in: path) }
  }

  /// Writes a model where there is none; what was made is removed if anything fails.
  private static func create(
    _ model: Model, _ texts: [(FilePath.Component, [UInt8])], at path: FilePath, isNew: Bool, _ calls: FileCalls
  ) throws {
    do {
      for (name, bytes) in texts { try AtomicFile.write(bytes, to: path.appending(name), calls: calls) }
      try write(model, weightsOnlyTo: path, calls)
    } catch {
      if isNew {
        try? removeTree(path, calls: calls)
      } else if !holdsModel(path) {
        for (name, _) in texts { try? removeTree(path.appending(name), calls: calls) }
      }
      throw error
    }
  }

  /// Whether another folder can take the place of this one: not if it is where somebody stands, or a mount point.
  package static func canBeReplaced(_ path: FilePath) -> Bool {
    let parent = path.removingLastComponent()
    return !resolvingLinks(".").starts(with: path) && parent != path && areOnOneDevice(path, parent.isEmpty ? "." : parent)
  }

  /// The files that belong to a model and go with it when it is replaced.
  package static let ownNames = [
    configurationName.string, tokenizerName.string, conditionsName.string, weightsName.string, metricsName.string, samplesName.string,
    factsName.string, baselinesName.string, pronunciationsName.string, scoringName.string,
    guardName.string, checkpointsName.string, DirectoryLock.name.string, markName.string,
  ]

  /// A path in a model directory, if it does not lead out of it and is a file, or nothing yet: who gives a model to others must not have
  /// them read or write elsewhere, or wait for a pipe.
  ///
  /// - Parameter kind: what should be there, if not a file.
  /// - Throws: `ModelDirectoryError.leadsOut`, `.leadsNowhere` or `.otherKind`.
  package static func ownFile(
    _ file: FilePath, in directory: FilePath, kind: FileKind = .file
  ) throws(ModelDirectoryError) -> FilePath {
    guard let found = FileKind(of: file) else {
      // A file made under this name would be made where the link leads.
      if isLink(file) { throw .leadsNowhere(path: file.string) }
      return file
    }
    guard resolvingLinks(file).starts(with: resolvingLinks(directory)) else { throw .leadsOut(path: file.string) }
    guard found == kind else { throw .otherKind(path: file.string, expected: kind.rawValue, found: found.rawValue) }
    return file
  }

  private static func write(_ model: Model, weightsOnlyTo path: FilePath, _ calls: FileCalls) throws {
    let weights = model.weights
    for entry in weights.layout.entries where !weights.values.isFinite(in: entry.range) {
      throw ModelDirectoryError.notFinite(tensor: entry.name)
    }
    try AtomicFile.write(to: path.appending(weightsName), calls: calls) { writer in
      try weights.write(to: &writer, metadata: ["format": "pt", "step": "\(model.step)"])
    }
  }

  private static func texts(of model: Model) throws -> [(FilePath.Component, [UInt8])] {
    let configuration = Configuration(
      format: FormatVersion.format(of: model.weights.configuration, isConditioned: model.conditions != nil),
      model: model.weights.configuration,
      training: model.configuration, kernels: .current(products: model.products), reading: model.reading)
    let encoder = JSONEncoder()
    encoder.outputFormatting = [.prettyPrinted, .sortedKeys]
    let bytes = Array(try encoder.encode(configuration)) + [UInt8(ascii: "\n")]
    // A setting that is checked takes no more than a line.
    precondition(bytes.count <= largestConfiguration, "settings of \(bytes.count) bytes could not be read back")
    return [(configurationName, bytes), (tokenizerName, try model.tokenizer.fileData())]
      + (try model.conditions.map { [(conditionsName, try $0.fileData())] } ?? [])
  }
}

extension Model {
  /// Reads a model directory.
  ///
  /// - Throws: an error whose description says which file is at fault, and how.
  public init(directory path: String) throws { self = try ModelDirectory.load(FilePath(path)) }

  /// Writes a model directory; a model that is there already is replaced whole, or not at all if anything fails.
  ///
  /// - Throws: an error whose description says what is wrong; `FileError.inUse` if a run or another program writes to the directory.
  public func save(to path: String) throws { try ModelDirectory.save(self, to: FilePath(path)) }
}
