/// Whether the marker that separates songs was found in any text.
struct MarkerSearch: Sendable {
  private var hasTexts = false
  private var isFound = false

  /// Notes a piece of a source and how many markers it has.
  mutating func note(_ source: SourceFile, markers: Int) {
    hasTexts = hasTexts || source.format == .txt
    isFound = isFound || markers > 0
  }

  /// - Throws: `CorpusError.separatorNotFound` if there are texts and none has the marker.
  func check(_ rules: ReadingRules) throws(CorpusError) {
    guard hasTexts, !isFound, case .line(let marker)? = rules.separation?.separator else { return }
    throw .separatorNotFound(separator: marker)
  }
}
