internal import ArgumentParser
internal import Basics

/// The value of `--minutes`.
enum Minutes {
  /// The most minutes that may be asked for: ten years.
  private static let most = 5_256_000.0

  /// - Throws: `ValidationError` if a run cannot have this length.
  static func check(_ minutes: Double) throws(ValidationError) {
    if !(minutes > 0 && minutes <= most) {
      throw ValidationError("--minutes must be above 0 and at most 5,256,000, but is \(minutes).")
    }
  }

  /// The minutes for people to read.
  static func text(_ minutes: Double) -> String { minutes == minutes.rounded() ? Int(minutes).grouped : "\(minutes)" }
}
