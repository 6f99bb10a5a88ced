internal import Basics
internal import Files
package import SystemPackage

/// A file that songs are read from.
package struct SourceFile: Sendable {
  package var path: FilePath
  var format: CorpusFormat
  /// Whether the user or the file's name gives the format; if not, the file is read as text.
  var isFormatKnown = true
  var compression: Compression
  /// What its songs are for.
  var part: CorpusPart
  /// Which of the given paths it was found by.
  var argument: Int
  /// Whether it was named itself, and not found in a folder.
  var isNamed: Bool
  /// As it was when it was listed; nil for standard input and pipes.
  var stamp: FileStamp?
  /// What it holds, for a text that is in memory already.
  var contents: [UInt8]?
  /// Whether it is UTF-8 whatever the options say.
  var isUTF8 = false

  var name: String { path == "-" ? "standard input" : path.string }

  /// The title of the song if the file is a text that holds one: the file's name without endings. Nil for tables and JSON, and for what is
  /// no file on the disk.
  var title: String? {
    guard stamp != nil, !format.hasColumns, let name = path.lastComponent else { return nil }
    let stem = compression == .none ? name : FilePath.Component(name.stem) ?? name
    return FolderTexts.ending(of: FilePath(root: nil, [stem])) == nil ? stem.string : stem.stem
  }
}

/// What songs are for.
package enum CorpusPart: UInt8, Sendable {
  /// Dealt out by the options.
  case corpus
  case validation, test
}

/// The files at the given paths, in order, with folders gone through.
package struct SourceList: Sendable {
  package private(set) var files: [SourceFile] = []
  /// The paths as they were given.
  private(set) var arguments: [String] = []
  /// The errors of unreadable sources that are left out, each with the index of its path in ``arguments``.
  private(set) var unreadable: [(fault: CorpusError, argument: Int)] = []
  /// The part that the songs at each path are for.
  private(set) var parts: [CorpusPart] = []
  /// How many files in folders were passed over, by the endings of their names with the dot; "" for names without one.
  package private(set) var passedOver: [String: Int] = [:]
  private let format: CorpusFormat?
  private let skipsUnreadable: Bool

  /// - Parameters:
  ///   - format: what named files and standard input are, whatever their names.
  ///   - skipsUnreadable: whether what cannot be read is noted and left out.
  package init(format: CorpusFormat? = nil, skipsUnreadable: Bool = false) {
    self.format = format
    self.skipsUnreadable = skipsUnreadable
  }

  /// Lists the files at these paths, and those that the options name for validation and test.
  ///
  /// - Throws: `CorpusError` for options or paths that cannot be used.
  init(_ paths: [String], options: CorpusOptions) throws(CorpusError) {
    try options.check()
    self.init(format: options.format, skipsUnreadable: options.skipsUnreadable)
    try add(paths, part: .corpus)
    try addHeldOut(options)
  }

  /// The same for a text that is in memory.
  init(text: String, options: CorpusOptions) throws(CorpusError) {
    try options.check()
    self.init(skipsUnreadable: options.skipsUnreadable)
    add(text: text)
    try addHeldOut(options)
  }

  private mutating func addHeldOut(_ options: CorpusOptions) throws(CorpusError) {
    if !options.validation.isEmpty { try add(options.validation, part: .validation) }
    if !options.test.isEmpty { try add(options.test, part: .test) }
  }

  /// Adds a text that is in memory.
  private mutating func add(text: String) {
    arguments.append("text")
    parts.append(.corpus)
    files.append(
      SourceFile(
        path: "text", format: .txt, compression: .none, part: .corpus, argument: 0, isNamed: true, stamp: nil, contents: Array(text.utf8),
        isUTF8: true))
  }

  /// Adds the files at these paths.
  ///
  /// - Throws: `CorpusError` for a path where there is nothing, or a folder without a file that could be read.
  package mutating func add(_ paths: [String], part: CorpusPart) throws(CorpusError) {
    guard !paths.isEmpty else { throw .noPaths }
    for given in paths {
      let argument = arguments.count
      arguments.append(given)
      parts.append(part)
      let path = FilePath(given)
      let found = given == "-" ? .pipe : FileKind(of: path)
      if found == .folder {
        try addFolder(path, part: part, argument: argument)
        continue
      }
      guard let found else {
        // Opening it says more than that it is missing, such as a file where a folder was meant.
        do throws(FileError) { _ = try SequentialFile(path) } catch {
          switch error {
          // A path that does not exist is a typing mistake.
          case .missing, .notDirectory: throw CorpusError(error)
          default: try leaveOut(CorpusError(ofSource: error), argument)
          }
          continue
        }
        throw .missing(path: given)
      }
      if found == .file { try Self.checkText(path, isNamedText: format != nil) }
      let isInherited = found != .device && FileKind.isInherited(path)
      guard found == .file || given == "-" || isInherited else { throw .endless(path: given, found: found.rawValue) }
      let (named, compression) = Self.kind(of: path)
      files.append(
        SourceFile(
          path: path, format: format ?? named ?? .txt, isFormatKnown: format != nil || named != nil, compression: compression, part: part,
          argument: argument, isNamed: true,
          stamp: found == .file ? FileStamp(path) : nil))
    }
  }

  private mutating func addFolder(_ folder: FilePath, part: CorpusPart, argument: Int) throws(CorpusError) {
    let listing: FolderListing
    do throws(FileError) { listing = try FolderListing(folder) } catch { return try leaveOut(CorpusError(ofSource: error), argument) }
    for fault in listing.faults { try leaveOut(CorpusError(ofSource: fault), argument) }
    for link in listing.deadLinks where Self.kind(of: link).format != nil {
      let fault = FileError.failed(path: link.string, action: "follow this link", reason: Errno.noSuchFileOrDirectory.description)
      try leaveOut(.unreadable(fault), argument)
    }
    for path in listing.others where Self.kind(of: path).format != nil {
      // It may have become something else, or be gone, since it was listed.
      guard let kind = FileKind(of: path), kind != .file else { continue }
      try leaveOut(.unreadable(.endless(path: path.string, found: kind.rawValue)), argument)
    }
    let bare = FolderTexts(listing.files)
    var found: [FilePath] = []
    for file in listing.files {
      if Self.kind(of: file).format != nil {
        // Other files beside a model's own are songs.
        if !Self.isOfModel(file) { found.append(file) }
      } else if bare.contains(file) {
        found.append(file)
      } else {
        passedOver[FolderTexts.ending(of: file).map { "." + $0 } ?? "", default: 0] += 1
      }
    }
    if found.isEmpty, unreadable.contains(where: { $0.argument == argument }) { return }
    if found.isEmpty { throw .noTextFiles(folder: folder.string) }
    for path in found {
      let (named, compression) = Self.kind(of: path)
      files.append(
        SourceFile(
          path: path, format: named ?? .txt, isFormatKnown: named != nil, compression: compression, part: part, argument: argument,
          isNamed: false,
          stamp: FileStamp(path)))
    }
  }

  /// Notes an unreadable source that is left out.
  ///
  /// - Throws: the fault, unless unreadable sources are to be skipped.
  private mutating func leaveOut(_ fault: CorpusError, _ argument: Int) throws(CorpusError) {
    guard skipsUnreadable else { throw fault }
    unreadable.append((fault, argument))
  }

  private static let modelNames = [
    "config.json", "tokenizer.json", "metrics.jsonl", "samples.txt", "pronunciations.txt", "conditions.json", "run.json", "baselines.json",
    "scoring.json",
  ]

  /// Whether a file in a folder belongs to a model directory, or to a run in progress, and so is not a text to train on.
  private static func isOfModel(_ file: FilePath) -> Bool {
    guard let name = file.lastComponent?.string, modelNames.contains(name) else { return false }
    // A file by itself does not prove that it is a model's own: a run begins with both of its logs.
    let companion = name == "metrics.jsonl" ? "samples.txt" : "metrics.jsonl"
    return ["model.safetensors", companion, "checkpoints"].contains { fileExists(file.removingLastComponent().appending($0)) }
  }

  /// - Throws: `CorpusError` for a store, or what was one before it was damaged.
  private static func checkText(_ path: FilePath, isNamedText: Bool) throws(CorpusError) {
    if StoreReader.isStore(path) { throw .storeAmongSources(path: path.string) }
    if StoreReader.isDamagedStore(path) || path.extension == "store" && !isNamedText {
      throw .malformedStore(path: path.string, reason: "it does not begin as a store does")
    }
  }

  private static func kind(of path: FilePath) -> (format: CorpusFormat?, compression: Compression) {
    let ending = path.extension ?? ""
    let compression = Compression(extension: ending)
    guard compression != .none else { return (CorpusFormat(extension: ending), .none) }
    let stem = FilePath(path.lastComponent?.stem ?? "")
    return (CorpusFormat(extension: stem.extension ?? ""), compression)
  }

  /// The error of an argument that gave no song: its file is empty, or has no lyrics.
  ///
  /// - Parameters:
  ///   - excluded: how many of its rows do not meet a condition.
  ///   - empty: how many of the others have no lyrics.
  func errorOfEmpty(_ argument: Int, excluded: Int, empty: Int) -> CorpusError {
    let path = arguments[argument]
    if excluded > 0 { return .noMatchingRows(path: path == "-" ? "standard input" : path, excluded: excluded, empty: empty) }
    let isEmpty = files.contains { $0.argument == argument && $0.isNamed && ($0.stamp?.size ?? $0.contents?.count) == 0 }
    return isEmpty ? .emptyFile(path: path) : .noSongs(path: path == "-" ? "standard input" : path)
  }

  /// How many bytes there are to read; nil if a source has no size that is known.
  var totalBytes: Int? {
    var sum = 0
    for file in files {
      guard let stamp = file.stamp else { return nil }
      sum += stamp.size
    }
    return sum
  }

  /// A hash of all paths with their sizes and times of change; nil if a source cannot be told to be unchanged.
  func fingerprint() -> UInt64? {
    var text = ""
    for file in files {
      guard let stamp = file.stamp else { return nil }
      text += "\(file.part.rawValue)\0\(resolvingLinks(file.path).string)\0\(file.format)\0\(stamp.size)\0\(stamp.modified)\n"
    }
    let bytes = Array(text.utf8)
    return xxh64(bytes.span)
  }
}
