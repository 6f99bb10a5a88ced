/// Why nothing can be generated.
public enum GenerationError: Error, Equatable, CustomStringConvertible {
  /// A setting that cannot be, named as the command's flag.
  case invalidSetting(flag: String, found: String, expected: String)

  /// One sentence: what was expected, what was found, what to do.
  public var description: String {
    switch self {
    case .invalidSetting(let flag, let found, let expected): "\(flag) must be \(expected), but is \(found); choose another."
    }
  }
}
