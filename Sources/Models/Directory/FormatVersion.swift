package import LanguageModel

/// The format of a model directory, and of a checkpoint: the lowest that says all of a model, so that earlier versions read what they can.
package enum FormatVersion {
  private static let plain = 1
  /// The format of a model with conditions, which earlier versions cannot read.
  private static let conditioned = 2
  /// The format of a model that computes something else from the same weights than earlier versions would.
  private static let extended = 3

  /// The formats that this version reads.
  package static let readable = plain...extended

  /// The format of a model.
  package static func format(of model: ModelConfiguration, isConditioned: Bool) -> Int {
    model.needsExtendedFormat ? extended : isConditioned ? conditioned : plain
  }
}
