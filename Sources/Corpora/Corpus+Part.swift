extension Corpus {
  /// One of the three parts of a corpus.
  public enum Part: String, CaseIterable, Sendable {
    /// The songs to train on.
    case training
    /// The songs held out for validation.
    case validation
    /// The songs for a final test.
    case test
  }

  /// The tokens of a part; nil if the corpus has no such part.
  public func tokens(of part: Part) -> Tokens? {
    switch part {
    case .training: training
    case .validation: validation
    case .test: test
    }
  }
}
