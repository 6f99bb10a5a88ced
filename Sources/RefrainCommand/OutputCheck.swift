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
    let file = resolvingLinks(FilePath(output))
    if Set(sources).contains(where: { resolvingLinks(FilePath($0)) == file }) { throw OverwritingError.source(path: output, flag: flag) }
  }
}

/// Why a result is not written to a file.
enum OverwritingError: Error, Equatable, CustomStringConvertible {
  case partOfModel(path: String, flag: String)
  case source(path: String, flag: String)

  var description: String {
    switch self {
    case .partOfModel(let path, let flag): "\(path): this file is a part of the model that is read; choose another \(flag)."
    case .source(let path, let flag): "\(path): these are the songs that are read; choose another \(flag)."
    }
  }
}
