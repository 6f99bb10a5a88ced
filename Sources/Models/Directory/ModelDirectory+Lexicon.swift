public import Corpora
private import Files
private import SystemPackage
public import Verse

extension Lexicon {
  /// Reads the pronunciations in a model directory; returns nil if none were made for the model.
  ///
  /// - Throws: `FileError`, `ModelDirectoryError` for a link that leads out of the directory, or `VerseError` with the line that is wrong.
  public init?(model directory: String) throws {
    let path = FilePath(directory)
    let file = try ModelDirectory.ownFile(path.appending(ModelDirectory.pronunciationsName), in: path)
    guard fileExists(file) else { return nil }
    try self.init(path: file)
  }

  /// Writes the pronunciations into a model directory, whole or not at all. They go with the model when another one replaces it.
  ///
  /// - Throws: `FileError`, or `ModelDirectoryError` if the path leads out of the directory.
  public func save(model directory: String) throws {
    let path = FilePath(directory)
    try write(to: ModelDirectory.ownFile(path.appending(ModelDirectory.pronunciationsName), in: path))
  }
}

extension Tokenizer {
  /// The tokens that are words, to pronounce beforehand; empty for characters and byte pairs, whose tokens are parts of words.
  public var spokenWords: [String] {
    switch tokenization {
    case .word, .whitespace: vocabulary.tokens.filter(WordKey.isWord)
    case .char, .bpe: []
    }
  }
}
