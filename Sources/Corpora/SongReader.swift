import Files
public import SystemPackage

/// Reads songs from text files.
///
/// A file is UTF-8. In it, songs are parted by two or more blank lines, or by a line of three or more `-`, `=` or `*`.
public struct SongReader: Sendable {
  /// Whether a file is cut into its songs; if not, each file is one text, as given.
  public var splitsSongs: Bool

  /// A reader that cuts files into songs, or takes each as one text.
  public init(splitsSongs: Bool = true) {
    self.splitsSongs = splitsSongs
  }

  /// A reader as the tokenization wants it: a pre-tokenized set is taken as given.
  public init(for tokenization: Tokenization) {
    self.init(splitsSongs: tokenization != .whitespace)
  }

  /// The songs of these files, and of the `.txt` files in these folders and below, in the order of their paths.
  ///
  /// A file that is named is read whatever its ending; in a folder, files without a song are passed over.
  ///
  /// - Throws: `CorpusError` for a path that is missing, empty, unreadable or not UTF-8.
  public func songs(at paths: [FilePath]) throws(CorpusError) -> [Song] {
    guard !paths.isEmpty else { throw .noPaths }
    var songs: [Song] = []
    for path in paths {
      if isDirectory(path) {
        songs += try self.songs(inFolder: path)
      } else {
        let bytes = try read(path)
        if bytes.isEmpty { throw .emptyFile(path: path.string) }
        let found = try self.songs(in: bytes, source: path.string)
        if found.isEmpty { throw .noSongs(path: path.string) }
        songs += found
      }
    }
    return songs
  }

  /// The songs in a file's bytes. `source` is what errors and songs are labelled with.
  ///
  /// - Throws: `CorpusError.notUTF8`.
  public func songs(in bytes: [UInt8], source: String) throws(CorpusError) -> [Song] {
    let text = try cleanedText(bytes, path: source)
    guard splitsSongs else {
      return text.isEmpty ? [] : [Song(text: String(decoding: text, as: UTF8.self), source: source)]
    }
    var splitter = SongSplitter(source: source)
    for line in text.split(separator: newlineByte, omittingEmptySubsequences: false) { splitter.add(line) }
    return splitter.finish()
  }

  private func songs(inFolder folder: FilePath) throws(CorpusError) -> [Song] {
    let files: [FilePath]
    do throws(FileError) {
      // A model directory's samples are no songs to train on.
      files = try listFolder(folder).filter { file in
        file.extension?.lowercased() == "txt" && !fileExists(file.removingLastComponent().appending("model.safetensors"))
      }
    } catch {
      throw CorpusError(error)
    }
    if files.isEmpty { throw .noTextFiles(folder: folder.string) }
    var songs: [Song] = []
    for file in files { songs += try self.songs(in: read(file), source: file.string) }
    if songs.isEmpty { throw .noSongs(path: folder.string) }
    return songs
  }

  private func read(_ path: FilePath) throws(CorpusError) -> [UInt8] {
    do throws(FileError) {
      return try readFile(path)
    } catch {
      throw CorpusError(error)
    }
  }
}

/// Gathers lines into songs.
private struct SongSplitter {
  let source: String
  private var songs: [Song] = []
  private var text: [UInt8] = []
  private var firstLine = 0
  private var lineNumber = 0
  private var blankLines = 0

  init(source: String) {
    self.source = source
  }

  mutating func add(_ line: ArraySlice<UInt8>) {
    lineNumber += 1
    let end = line.lastIndex { $0 != UInt8(ascii: " ") && $0 != tabByte }.map { $0 + 1 } ?? line.startIndex
    let line = line[..<end]
    if line.isEmpty {
      blankLines += 1
      if blankLines >= 2 { endSong() }
    } else if isDivider(line) {
      endSong()
    } else {
      if text.isEmpty {
        firstLine = lineNumber
      } else {
        text.append(contentsOf: repeatElement(newlineByte, count: blankLines + 1))
      }
      blankLines = 0
      text += line
    }
  }

  mutating func finish() -> [Song] {
    endSong()
    return songs
  }

  private mutating func endSong() {
    if !text.isEmpty { songs.append(Song(text: String(decoding: text, as: UTF8.self), source: source, line: firstLine)) }
    text = []
    blankLines = 0
  }

  private func isDivider(_ line: ArraySlice<UInt8>) -> Bool {
    let marks = line.drop { $0 == UInt8(ascii: " ") || $0 == tabByte }
    guard marks.count >= 3, let mark = marks.first, [UInt8]("-=*".utf8).contains(mark) else { return false }
    return marks.allSatisfy { $0 == mark }
  }
}
