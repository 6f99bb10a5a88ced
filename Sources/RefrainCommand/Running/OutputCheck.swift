internal import Basics
internal import Files
internal import Refrain
internal import SystemPackage

/// Refuses to write a result over what it is made from.
enum OutputCheck {
  /// - Parameters:
  ///   - output: the file to write.
  ///   - flag: the flag that names it.
  ///   - model: the model directory that is read.
  ///   - sources: the files of songs that are read.
  /// - Throws: `OverwritingError`.
  static func check(_ output: String, flag: String, model: String, sources: some Sequence<String> = []) throws {
    if ModelDirectory.owns(FilePath(output), model: FilePath(model)) { throw OverwritingError.partOfModel(path: output, flag: flag) }
    try check(output, flag: flag)
    let file = resolvingLinks(FilePath(output))
    if Set(sources).contains(where: { resolvingLinks(FilePath($0)) == file }) { throw OverwritingError.source(path: output, flag: flag) }
  }

  /// Refuses to write over a file of any model or run.
  ///
  /// - Throws: `OverwritingError.partOfOtherModel`.
  static func check(_ output: String, flag: String) throws(OverwritingError) {
    if RunDirectory.isPartOfModel(FilePath(output)) { throw .partOfOtherModel(path: output, flag: flag) }
  }

  /// Refuses a name of a model's own files, even before there is a model.
  ///
  /// - Throws: `OverwritingError.partOfModel`.
  static func check(_ output: String, flag: String, isNoneOf model: String) throws(OverwritingError) {
    let place = destination(FilePath(output)).lexicallyNormalized(), folder = destination(FilePath(model)).lexicallyNormalized()
    if ModelDirectory.ownNames.contains(where: { place.starts(with: folder.appending($0)) }) {
      throw .partOfModel(path: output, flag: flag)
    }
  }

  /// Refuses a file that is among the songs that are read, or would be among them the next time.
  ///
  /// - Throws: `OverwritingError`.
  static func check(_ output: String, flag: String, isOutside corpora: [String]) throws(OverwritingError) {
    try check(output, flag: flag)
    let place = destination(FilePath(output)).lexicallyNormalized()
    for path in corpora where path != "-" {
      let corpus = resolvingLinks(FilePath(path))
      if place == corpus { throw .source(path: output, flag: flag) }
      if isDirectory(FilePath(path)), place.starts(with: corpus) { throw .amongCorpus(path: output, flag: flag, folder: path) }
    }
  }

  /// Refuses a model directory in a folder of songs, where a later run would find the model's files among them.
  ///
  /// - Throws: `OverwritingError.insideCorpus`.
  static func check(model: String, isOutside corpora: [String]) throws(OverwritingError) {
    let place = destination(FilePath(model)).lexicallyNormalized()
    for folder in corpora where isDirectory(FilePath(folder)) && place.starts(with: resolvingLinks(FilePath(folder))) {
      throw .insideCorpus(path: model, folder: folder)
    }
  }

  /// The path with its links resolved, for a path whose last parts may not exist yet.
  static func destination(_ path: FilePath) -> FilePath {
    guard !fileExists(path), let name = path.lastComponent else { return resolvingLinks(path) }
    let parent = path.removingLastComponent()
    return destination(parent.isEmpty ? "." : parent).appending(name)
  }
}

/// Why a result is not written to a file.
enum OverwritingError: Error, Equatable, CustomStringConvertible {
  case partOfModel(path: String, flag: String)
  case partOfOtherModel(path: String, flag: String)
  case source(path: String, flag: String)
  case insideCorpus(path: String, folder: String)
  case amongCorpus(path: String, flag: String, folder: String)

  var description: String { sentence.text }

  private var sentence: Sentence {
    switch self {
    case .partOfModel(let path, let flag): "\(path): this file is part of the model; choose another \(flag)."
    case .partOfOtherModel(let path, let flag): "\(path): this file is a part of a model; choose another \(flag)."
    case .insideCorpus(let path, let folder):
      "\(path): the model directory is inside the corpus folder \(folder); choose a --model outside of it, or move the directory."
    case .amongCorpus(let path, let flag, let folder):
      "\(path): this file is inside the corpus folder \(folder) and would be read with it; choose another \(flag)."
    case .source(let path, let flag): "\(path): these are the songs that are read; choose another \(flag)."
    }
  }
}
