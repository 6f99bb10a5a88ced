/// The Levenshtein distance of texts, for suggestions.
package enum EditDistance {
  /// The most characters of a text that are compared.
  private static let most = 256

  /// The least number of characters to insert, delete or replace in one text to get the other, of the first 256 characters of each.
  ///
  /// Source: Wagner and Fischer, "The string-to-string correction problem", 1974.
  package static func between(_ first: String, _ second: String) -> Int {
    let one = Array(first.prefix(most)), other = Array(second.prefix(most))
    // The distances of one's beginning from all beginnings of the other.
    var distances = Array(0...other.count)
    for (row, character) in one.enumerated() {
      var diagonal = distances[0]
      distances[0] = row + 1
      for (column, another) in other.enumerated() {
        let replaced = diagonal + (character == another ? 0 : 1)
        diagonal = distances[column + 1]
        distances[column + 1] = min(replaced, diagonal + 1, distances[column] + 1)
      }
    }
    return distances[other.count]
  }

  /// The name that is nearest to a text, without regard to case; of equally near ones the first. Nil if there are no names.
  package static func nearest(to text: String, among names: [String]) -> String? {
    let text = text.lowercased()
    var best: (name: String, distance: Int)?
    for name in names {
      let distance = between(text, name.lowercased())
      if distance < best?.distance ?? .max { best = (name, distance) }
    }
    return best?.name
  }
}
