/// Finds out whether the columns that choose and join songs are there in a JSON source, whose objects need not all have them.
struct ColumnCheck: Sendable {
  private var seen: [Bool] = []
  private var keys: [String]?

  /// Adds what is known of a piece.
  ///
  /// - Returns: the error of a source that ends with the piece and had a column nowhere.
  mutating func fault(_ parser: RecordParser, _ piece: RawPiece, _ source: SourceFile) -> CorpusError? {
    fault(
      seen: parser.columnsSeen, keys: parser.keysWithoutColumn, isFirst: piece.isFirst, isLast: piece.isLast, source,
      parser.rules.rows.columns)
  }

  /// - Parameters:
  ///   - seen: which columns were there in the piece.
  ///   - keys: the keys of the first object that lacks one.
  mutating func fault(
    seen found: [Bool], keys: [String]?, isFirst: Bool, isLast: Bool, _ source: SourceFile, _ columns: [String]
  ) -> CorpusError? {
    guard source.format == .json || source.format == .jsonl, !columns.isEmpty else { return nil }
    if isFirst {
      seen = found
      self.keys = nil
    } else {
      for (number, isOne) in found.enumerated() where isOne { seen[number] = true }
    }
    self.keys = self.keys ?? keys
    // Without an object that lacks it, there was no object at all.
    guard isLast, let keys = self.keys, let missing = seen.firstIndex(of: false) else { return nil }
    return .missingColumn(path: source.name, name: columns[missing], found: keys)
  }
}
