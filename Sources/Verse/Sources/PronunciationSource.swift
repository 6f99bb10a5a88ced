/// Where a pronunciation comes from; the raw value names it in files and reports.
public enum PronunciationSource: String, CaseIterable, Sendable, Codable {
  /// A file in CMUdict's format.
  case dictionary
  /// The program espeak-ng.
  case espeak = "espeak-ng"
  /// The spelling rules of this library.
  case spelling
  /// Somebody who set it for this word.
  case edited
}
