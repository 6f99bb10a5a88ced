/// How the next token is chosen.
public struct Sampling: Sendable, Hashable {
  /// Logits are divided by it: below 1 safer, above 1 wilder; 0 takes the likeliest token every time.
  public var temperature: Float
  /// Only this many of the likeliest tokens may be chosen; nil: all.
  public var topK: Int?
  /// Only the likeliest tokens that together have this probability may be chosen; nil: all
  /// (Holtzman, Buys, Du, Forbes and Choi, "The curious case of neural text degeneration", 2020).
  public var topP: Float?
  /// Only tokens with at least this share of the likeliest one's probability may be chosen; nil: all
  /// (Nguyen et al., "Turning up the heat: min-p sampling for creative and coherent LLM outputs", 2024).
  public var minP: Float?
  /// Only the tokens whose surprise is nearest to the expected one, and that together have this probability, may be chosen; nil: all
  /// (Meister, Pimentel, Wiher and Cotterell, "Locally typical sampling", 2023).
  public var typicalP: Float?
  /// The logit of a token that is in the text already is divided by this, or multiplied if it is negative; 1: left as it is
  /// (Keskar et al., "CTRL: a conditional transformer language model for controllable generation", 2019).
  public var repetitionPenalty: Float = 1
  /// What is subtracted from the logit of a token for each time that it is in the text already.
  public var frequencyPenalty: Float = 0
  /// No sequence of so many tokens comes twice; nil: it may. Line ends are tokens too.
  public var noRepeatNgram: Int?
  /// Words and phrases that are never written, in whatever case.
  public var bannedWords: [String] = []
  /// A text ends before the first of these strings.
  public var stops: [String] = []
  /// Whether `<unk>` may be chosen.
  public var allowsUnknown = false

  /// A little safer than the model's own distribution.
  public init(temperature: Float = 0.8, topK: Int? = nil, topP: Float? = nil) {
    self.temperature = temperature
    self.topK = topK
    self.topP = topP
  }

  /// Whether earlier tokens of the text have a say.
  var looksBack: Bool { repetitionPenalty != 1 || frequencyPenalty != 0 || noRepeatNgram != nil }

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
    if let minP, !(minP >= 0 && minP <= 1) { throw .invalidSetting(key: "min_p", found: "\(minP)", expected: "from 0 to 1") }
    if let typicalP, !(typicalP > 0 && typicalP <= 1) {
      throw .invalidSetting(key: "typical_p", found: "\(typicalP)", expected: "above 0 and at most 1")
    }
    if !(0.001...1_000).contains(repetitionPenalty) {
      throw .invalidSetting(key: "repetition_penalty", found: "\(repetitionPenalty)", expected: "from 0.001 to 1000")
    }
    if !(-1_000...1_000).contains(frequencyPenalty) {
      throw .invalidSetting(key: "frequency_penalty", found: "\(frequencyPenalty)", expected: "from -1000 to 1000")
    }
    if let noRepeatNgram, noRepeatNgram < 1 {
      throw .invalidSetting(key: "no_repeat_ngram", found: "\(noRepeatNgram)", expected: "at least 1")
    }
    for (key, texts) in [("ban", bannedWords), ("stop", stops)] where texts.contains("") {
      throw .invalidSetting(key: key, found: "an empty text", expected: "a text that is not empty")
    }
  }
}
