internal import ArgumentParser
internal import Refrain

/// The flags that keep what is written from copying songs.
struct CopyFlags: ParsableArguments {
  @Option(
    parsing: .unconditional,
    help: ArgumentHelp(
      "Never write more than this many words in a row of the songs that the model was trained on, or of --against (default: no limit).",
      valueName: "words"))
  var maxCopied: Int?
  @Option(
    parsing: .unconditionalSingleValue,
    help: ArgumentHelp(
      """
      Songs that --max-copied compares with: a store, an index, a portable guard, or files and folders; may be repeated (default: the \
      model's training songs).
      """,
      valueName: "corpus"))
  var against: [String] = []

  func validate() throws {
    if maxCopied == nil, !against.isEmpty {
      throw ValidationError("--against names the songs for --max-copied, which is not given; add it, as in --max-copied 6.")
    }
    if against.contains("") { throw ValidationError("--against is empty; it must name a store, an index, a portable guard or songs.") }
    if let maxCopied, !CopyIndex.lengths.contains(maxCopied) {
      let range = CopyIndex.lengths
      throw ValidationError("--max-copied must be from \(range.lowerBound) to \(range.upperBound), but is \(maxCopied).")
    }
  }
}
