/// How the next token is chosen.
public struct Sampling: Sendable, Hashable {
  /// Logits are divided by it: below 1 safer, above 1 wilder; 0 takes the likeliest token every time.
  public var temperature: Float
  /// Only this many of the likeliest tokens may be chosen; nil: all.
  public var topK: Int?
  /// Only the likeliest tokens that together have this probability may be chosen; nil: all
  /// (Holtzman, Buys, Du, Forbes and Choi, "The curious case of neural text degeneration", 2020).
  public var topP: Float?
  /// Whether `<unk>` may be chosen.
  public var allowsUnknown = false

  /// A little safer than the model's own distribution.
  public init(temperature: Float = 0.8, topK: Int? = nil, topP: Float? = nil) {
    self.temperature = temperature
    self.topK = topK
    self.topP = topP
  }

  /// The most likely token, every time.
  public static let greedy = Sampling(temperature: 0)

  /// - Throws: `GenerationError.invalidSetting` for a number that cannot be.
  public func validate() throws(GenerationError) {
    if !(temperature >= 0) || !temperature.isFinite {
      throw .invalidSetting(key: "temperature", found: "\(temperature)", expected: "a finite number of 0 or more")
    }
    if let topK, topK < 1 { throw .invalidSetting(key: "top_k", found: "\(topK)", expected: "at least 1") }
    if let topP, !(topP > 0 && topP <= 1) {
      throw .invalidSetting(key: "top_p", found: "\(topP)", expected: "above 0 and at most 1")
    }
  }
}
