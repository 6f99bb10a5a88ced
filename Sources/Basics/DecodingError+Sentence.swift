extension DecodingError {
  /// What is wrong, and at which key.
  package var sentence: String { composed.text }

  private var composed: Sentence {
    func place(_ context: Context) -> Sentence {
      let path = context.codingPath.map(\.stringValue).joined(separator: ".")
      return path.isEmpty ? "at its top level" : "at \"\(path)\""
    }
    return switch self {
    case .keyNotFound(let key, let context): "the key \"\(key.stringValue)\" is missing \(whole: place(context).text)"
    case .typeMismatch(let type, let context): "a value of another type than \(type) stands \(whole: place(context).text)"
    case .valueNotFound(let type, let context): "null stands in place of \(type) \(whole: place(context).text)"
    case .dataCorrupted(let context) where !context.codingPath.isEmpty:
      "a value that is unknown or out of range stands \(whole: place(context).text)"
    case .dataCorrupted: "it is not valid JSON or a number is out of range"
    @unknown default: "it cannot be read"
    }
  }
}
