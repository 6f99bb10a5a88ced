internal import ArgumentParser

/// The names that a new model may have.
enum ModelName {
  /// - Throws: `ValidationError` for a name that a run would take for its own folder, which it empties.
  static func check(_ model: String) throws(ValidationError) {
    guard model.hasSuffix(".unfinished") || model.hasSuffix(".unfinished/") else { return }
    throw ValidationError(
      "--model \(model): folders with such names are for runs that replace a model; name the model without .unfinished, or choose another.")
  }
}
