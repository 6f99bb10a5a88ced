private import Corpora
package import Files
private import Foundation
private import Kernels
private import LanguageModel
package import SystemPackage

/// A model on disk: `config.json`, `tokenizer.json` and `model.safetensors` in one folder.
///
/// The folder is a model once `model.safetensors` is there, which is written last: so a model is there whole or not at all.
package enum ModelDirectory {
  static let format = 1
  /// The most bytes that `config.json` may have: more are neither read nor written.
  package static let largestConfiguration = 1 << 20
  static let configurationName: FilePath.Component = "config.json"
  static let tokenizerName: FilePath.Component = "tokenizer.json"
  static let weightsName: FilePath.Component = "model.safetensors"

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
    for name in [configurationName, tokenizerName, weightsName] where !fileExists(path.appending(name)) {
      throw ModelDirectoryError.incomplete(path: path.string, missing: name.string)
    }
    let configurationPath = path.appending(configurationName)
    let configuration = try configuration(
      in: readFile(ownFile(configurationPath, in: path), limit: largestConfiguration), path: configurationPath.string)
    let tokenizerPath = path.appending(tokenizerName)
    let tokenizer = try Tokenizer(
      json: readFile(ownFile(tokenizerPath, in: path), limit: Tokenizer.largestFile), path: tokenizerPath.string)
    guard tokenizer.vocabulary.count == configuration.model.vocabularySize else {
      throw ModelDirectoryError.vocabularyMismatch(
        path: path.string, expected: configuration.model.vocabularySize, found: tokenizer.vocabulary.count)
    }
    let (weights, metadata) = try Weights.read(
      ownFile(path.appending(weightsName), in: path), configuration: configuration.model)
    return Model(
      weights: weights, tokenizer: tokenizer, configuration: configuration.training, step: metadata["step"].flatMap { Int($0) } ?? 0)
  }

  private static func configuration(in bytes: [UInt8], path: String) throws -> Configuration {
    let data = Data(bytes)
    do {
      let found = try JSONDecoder().decode(Format.self, from: data).format
      guard found == format else { throw ModelDirectoryError.otherFormat(path: path, expected: format, found: found) }
      let configuration = try JSONDecoder().decode(Configuration.self, from: data)
      try configuration.model.validate()
      try configuration.training.validate()
      return configuration
    } catch let error as DecodingError {
      throw ModelDirectoryError.malformed(path: path, fault: error.sentence)
    } catch let error as ModelError {
      throw ModelDirectoryError.invalidSetting(path: path, fault: fileFault(error.description))
    } catch let error as TrainingError {
      throw ModelDirectoryError.invalidSetting(path: path, fault: fileFault(error.description))
    }
  }

  // MARK: - Writing

  /// Writes a model to a folder, which is made if missing.
  ///
  /// A model that is there already is replaced in one step, whole; if anything fails it stays as it was.
  package static func save(_ model: Model, to path: FilePath, calls: FileCalls = .system) throws {
    let path = resolvingLinks(path)
    let texts = try texts(of: model)
    let isUnchanged = try texts.allSatisfy { name, bytes in
      let file = path.appending(name)
      return fileExists(file) ? try readFile(file) == bytes : false
    }
    if isUnchanged {
      // The same run's next save: only the weights differ.
      try write(model, weightsOnlyTo: path, calls)
    } else if !holdsModel(path) {
      try create(model, texts, at: path, calls)
    } else {
      if !canBeReplaced(path) { throw ModelDirectoryError.cannotReplace(path: path.string) }
      let partial = partialPath(of: path)
      try create(model, texts, at: partial, calls)
      var isExchanged = false
      do {
        try promote(partial, to: path, calls) { isExchanged = true }
      } catch {
        // Before the exchange this is the new model, after it the old one with whatever else was there.
        if !isExchanged { try? removeTree(partial) }
        throw error
      }
    }
  }

  /// Writes the model of a run to its own directory, a file at a time: only the settings of earlier saves may differ.
  static func update(_ model: Model, at path: FilePath, calls: FileCalls) throws {
    try makeDirectories(path, calls: calls)
    for (name, bytes) in try texts(of: model) {
      let file = try ownFile(path.appending(name), in: path)
      if try !fileExists(file) || readFile(file) != bytes { try AtomicFile.write(bytes, to: file, calls: calls) }
    }
    _ = try ownFile(path.appending(weightsName), in: path)
    try write(model, weightsOnlyTo: path, calls)
  }

  /// Checks that the files of a model can be written to a folder, as far as that can be told without doing it.
  ///
  /// - Throws: `ModelDirectoryError` for a folder, a device or a link to elsewhere in the place of one.
  static func checkNames(in path: FilePath) throws(ModelDirectoryError) {
    for name in [configurationName, tokenizerName, weightsName] { _ = try ownFile(path.appending(name), in: path) }
  }

  /// Writes a model where there is none; what was made is removed if anything fails.
  private static func create(_ model: Model, _ texts: [(FilePath.Component, [UInt8])], at path: FilePath, _ calls: FileCalls) throws {
    let isNew = !fileExists(path)
    do {
      try makeDirectories(path, calls: calls)
      for (name, bytes) in texts { try AtomicFile.write(bytes, to: path.appending(name), calls: calls) }
      try write(model, weightsOnlyTo: path, calls)
    } catch {
      if isNew { try? removeTree(path) } else if !holdsModel(path) { for (name, _) in texts { try? removeTree(path.appending(name)) } }
      throw error
    }
  }

  /// Where a model is made that will take the place of another: a hidden folder beside it that nobody else has.
  static func partialPath(of path: FilePath) -> FilePath {
    let name = path.lastComponent?.string ?? "model"
    return path.removingLastComponent().appending(".\(name).refrain-\(String(UInt64.random(in: .min ... .max), radix: 36))")
  }

  /// Whether another folder can take the place of this one: not if it is where somebody stands, or a mount point.
  package static func canBeReplaced(_ path: FilePath) -> Bool {
    let parent = path.removingLastComponent()
    return !resolvingLinks(".").starts(with: path) && parent != path && areOnOneDevice(path, parent)
  }

  /// The files that belong to a model and go with it when it is replaced.
  static let ownNames = [
    configurationName.string, tokenizerName.string, weightsName.string, RunDirectory.metricsName.string, RunDirectory.samplesName.string,
    CheckpointFolder.name.string, DirectoryLock.name.string,
  ]

  /// A path in a model directory, if it does not lead out of it and is a file, or nothing yet: who gives a model to others must not have
  /// them read or write elsewhere, or wait for a pipe.
  ///
  /// - Parameter kind: what should be there, if not a file.
  /// - Throws: `ModelDirectoryError.leadsOut` or `.otherKind`.
  static func ownFile(
    _ file: FilePath, in directory: FilePath, kind: FileKind = .file
  ) throws(ModelDirectoryError) -> FilePath {
    guard let found = FileKind(of: file) else { return file }
    guard resolvingLinks(file).starts(with: resolvingLinks(directory)) else { throw .leadsOut(path: file.string) }
    guard found == kind else { throw .otherKind(path: file.string, expected: kind.rawValue, found: found.rawValue) }
    return file
  }

  /// Puts a whole model in the place of another in one step, and removes the other. What else was in its folder is kept.
  ///
  /// - Parameter onExchange: called once the new model is in place; what fails after that only leaves the old one lying about.
  static func promote(
    _ partial: FilePath, to path: FilePath, _ calls: FileCalls = .system, onExchange: () -> Void = {}
  ) throws(FileError) {
    try exchange(partial, path, calls: calls)
    onExchange()
    do throws(Errno) {
      for name in try entries(of: partial) where !ownNames.contains(name.string) {
        try calls.rename(partial.appending(name), path.appending(name))
      }
    } catch {
      throw FileError(writing: partial, error, action: "move what was not part of the old model to \(path)")
    }
    try removeTree(partial, calls: calls)
  }

  private static func write(_ model: Model, weightsOnlyTo path: FilePath, _ calls: FileCalls) throws {
    let weights = model.weights
    for entry in weights.layout.entries where !weights.values.isFinite(in: entry.range) {
      throw TrainingError.notFinite(tensor: entry.name)
    }
    try AtomicFile.write(to: path.appending(weightsName), calls: calls) { writer in
      try weights.write(to: &writer, metadata: ["format": "pt", "step": "\(model.step)"])
    }
  }

  private static func texts(of model: Model) throws -> [(FilePath.Component, [UInt8])] {
    let configuration = Configuration(
      format: format, model: model.weights.configuration, training: model.configuration,
      kernels: .current)
    let encoder = JSONEncoder()
    encoder.outputFormatting = [.prettyPrinted, .sortedKeys]
    let bytes = Array(try encoder.encode(configuration)) + [UInt8(ascii: "\n")]
    // A setting that is checked takes no more than a line.
    precondition(bytes.count <= largestConfiguration, "settings of \(bytes.count) bytes could not be read back")
    return [(configurationName, bytes), (tokenizerName, try model.tokenizer.fileData())]
  }
}

extension Model {
  /// Reads a model directory.
  ///
  /// - Throws: an error whose description says which file is at fault, and how.
  public init(directory path: String) throws { self = try ModelDirectory.load(FilePath(path)) }

  /// Writes a model directory; a model that is there already is replaced whole, or not at all if anything fails.
  public func save(to path: String) throws { try ModelDirectory.save(self, to: FilePath(path)) }
}
