package import Training

/// A line of `metrics.jsonl`, which is not trusted. A missing or invalid number is nil.
package struct MetricsRow: Sendable {
  /// The numbers of a line.
  package enum Column: Int, CaseIterable, Sendable {
    case step, epoch, tokens, lossNats, perplexity, tokensPerSecond, gradientNorm, learningRate, elapsedSeconds

    /// The key in the file.
    package var key: String {
      switch self {
      case .step: "step"
      case .epoch: "epoch"
      case .tokens: "tokens"
      case .lossNats: "loss_nats"
      case .perplexity: "perplexity"
      case .tokensPerSecond: "tokens_per_second"
      case .gradientNorm: "gradient_norm"
      case .learningRate: "learning_rate"
      case .elapsedSeconds: "elapsed_seconds"
      }
    }
  }

  /// What the loss was measured on.
  package var kind: Metrics.Kind
  /// Steps taken, from 0 to 2^53.
  package var step: Int
  /// The numbers as they are written in the file; empty where there is none.
  package let texts: [String]

  /// Returns a number of the line; nil if it is missing. It may be infinite.
  package subscript(column: Column) -> Double? {
    switch texts[column.rawValue] {
    case "": nil
    case "Infinity": .infinity
    case "-Infinity": -.infinity
    case "NaN": .nan
    case let text: Double(text)
    }
  }

  private static let keys = Column.allCases.map { Array($0.key.utf8) }
  private static let kindKey = Array("kind".utf8)
  private static let notFinite = ["Infinity", "-Infinity", "NaN"]

  /// Reads a line: one JSON object of numbers and short texts. Returns nil for any other line, and for one without kind and step.
  package init?(_ line: ArraySlice<UInt8>) {
    var scanner = FlatObjectScanner(line)
    var kind: Metrics.Kind?
    var step: Int?
    var texts = [String](repeating: "", count: Column.allCases.count)
    guard
      scanner.scan({ key, value, isNumber in
        if key.elementsEqual(Self.kindKey) {
          kind = isNumber ? nil : Metrics.Kind(rawValue: String(decoding: value, as: UTF8.self))
        } else if let column = Self.keys.firstIndex(where: { $0.count == key.count && key.elementsEqual($0) }), value.count <= 40 {
          let text = String(decoding: value, as: UTF8.self)
          // Swift reads hexadecimal numbers and names of infinity too, which JSON lacks.
          let isPlain = value.allSatisfy { !(0x61...0x7A).contains($0) || $0 == UInt8(ascii: "e") }
          guard isNumber ? isPlain && Double(text) != nil : Self.notFinite.contains(text) else { return }
          texts[column] = text
          if column == Column.step.rawValue { step = Int(text) }
        }
      }), let kind, let step, (0...1 << 53).contains(step)
    else { return nil }
    self.kind = kind
    self.step = step
    self.texts = texts
  }
}

/// Reads a JSON object without objects and lists inside, many times faster than a general decoder.
private struct FlatObjectScanner {
  private let bytes: ArraySlice<UInt8>
  private var at: Int

  init(_ bytes: ArraySlice<UInt8>) {
    self.bytes = bytes
    at = bytes.startIndex
  }

  /// Calls `member` for each key with its value, a text or the characters of a number, `true`, `false` or `null`.
  ///
  /// - Returns: whether the bytes are such an object.
  mutating func scan(_ member: (_ key: ArraySlice<UInt8>, _ value: ArraySlice<UInt8>, _ isNumber: Bool) -> Void) -> Bool {
    guard take("{") else { return false }
    if take("}") { return isAtEnd }
    while true {
      guard take("\""), let key = text(), take(":") else { return false }
      if take("\"") {
        guard let value = text() else { return false }
        member(key, value, false)
      } else {
        let start = at
        while at < bytes.endIndex, Self.isOfScalar(bytes[at]) { at += 1 }
        guard start < at else { return false }
        member(key, bytes[start..<at], true)
      }
      if take(",") { continue }
      return take("}") && isAtEnd
    }
  }

  private mutating func skipSpace() {
    while at < bytes.endIndex, bytes[at] == 0x20 || bytes[at] == 0x09 || bytes[at] == 0x0D { at += 1 }
  }

  private var isAtEnd: Bool {
    mutating get {
      skipSpace()
      return at == bytes.endIndex
    }
  }

  private mutating func take(_ character: Unicode.Scalar) -> Bool {
    skipSpace()
    guard at < bytes.endIndex, bytes[at] == UInt8(ascii: character) else { return false }
    at += 1
    return true
  }

  /// The rest of a text without escapes, whose quotation mark was taken.
  private mutating func text() -> ArraySlice<UInt8>? {
    let start = at
    while at < bytes.endIndex {
      switch bytes[at] {
      case UInt8(ascii: "\""):
        defer { at += 1 }
        return bytes[start..<at]
      case UInt8(ascii: "\\"), 0..<0x20: return nil
      default: at += 1
      }
    }
    return nil
  }

  private static func isOfScalar(_ byte: UInt8) -> Bool {
    switch byte {
    case UInt8(ascii: "0")...UInt8(ascii: "9"), UInt8(ascii: "."), UInt8(ascii: "-"), UInt8(ascii: "+"), UInt8(ascii: "E"),
      UInt8(ascii: "a")...UInt8(ascii: "z"):
      true
    default: false
    }
  }
}
