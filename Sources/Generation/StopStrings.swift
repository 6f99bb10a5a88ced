/// Ends a text before the first of some strings, wherever the pieces of the text are cut.
struct StopStrings: Sendable {
  private let stops: [String]
  /// What may be the beginning of a stop string, and so is not written yet.
  private var held = ""

  init(_ stops: [String]) { self.stops = stops }

  /// Takes the next piece of the text; returns what can be written, and whether the text ends there.
  mutating func take(_ piece: String) -> (text: String, isOver: Bool) {
    if stops.isEmpty { return (piece, false) }
    held += piece
    if let first = stops.compactMap({ held.firstRange(of: $0)?.lowerBound }).min() {
      defer { held = "" }
      return (String(held[..<first]), true)
    }
    let start = held.indices.first { place in stops.contains { $0.hasPrefix(held[place...]) } } ?? held.endIndex
    defer { held = String(held[start...]) }
    return (String(held[..<start]), false)
  }

  /// Returns what was held back, at the end of the text.
  mutating func finish() -> String {
    defer { held = "" }
    return held
  }
}
