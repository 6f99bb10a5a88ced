internal import Basics
internal import Files
internal import Foundation
internal import Refrain

/// What `refrain evaluate` found: the object of `--json`, and the table.
///
/// JSON has no infinity: a perplexity beyond all numbers is `null` there.
struct EvaluationReport: Encodable {
  struct Song: Encodable {
    var source: String
    var line: Int
    var tokens: Int
    var unknownTokens: Int
    @FiniteOrNull var lossNats: Double
    @FiniteOrNull var perplexity: Double

    enum CodingKeys: String, CodingKey {
      case source, line, tokens, unknownTokens = "unknown_tokens", lossNats = "loss_nats", perplexity
    }
  }

  struct Baseline: Encodable {
    var order: Int
    var lossNats: Double
    @FiniteOrNull var perplexity: Double

    enum CodingKeys: String, CodingKey { case order, lossNats = "loss_nats", perplexity }

    var name: String { order == 1 ? "unigram model" : "\(order)-gram model" }
  }

  /// How the text was scored, where that is not the model alone.
  struct Scoring {
    /// nil: 1.
    var temperature: Float?
    var isTemperatureFitted = false
    var cache: NeuralCache?
    var isCacheFitted = false
    var adaptation: AdaptationRates?
    var isAdaptationFitted = false
    /// Whether what was fitted could be saved.
    var isKept = true
  }

  @FiniteOrNull var lossNats: Double
  @FiniteOrNull var perplexity: Double
  @FiniteOrNull var bitsPerCharacter: Double
  var tokens: Int
  var unknownTokens: Int
  /// Of the tokens that the vocabulary has; none if it has none of them.
  var knownTokens: Int
  var knownLossNats: FiniteOrNull?
  var knownPerplexity: FiniteOrNull?
  /// The part of a prepared store that was evaluated on; absent for files.
  var part: String?
  var songs: [Song]?
  var baselines: [Baseline]?
  /// Absent for 1.
  var temperature: Float?
  var cache: NeuralCache?
  var adaptation: AdaptationRates?
  private var scoring = Scoring()

  enum CodingKeys: String, CodingKey {
    case lossNats = "loss_nats", perplexity, bitsPerCharacter = "bits_per_character", tokens, unknownTokens = "unknown_tokens"
    case knownTokens = "known_tokens", knownLossNats = "known_loss_nats", knownPerplexity = "known_perplexity", part, songs, baselines
    case temperature, cache, adaptation
  }

  /// Creates a report of scores.
  ///
  /// - Parameter part: the part of a prepared store that was evaluated on; nil for files.
  init(
    _ scores: TextScores, part: Corpus.Part?, songs showsSongs: Bool, baselines: [(order: Int, scores: TextScores)], scoring: Scoring
  ) {
    self.part = part?.rawValue
    self.scoring = scoring
    temperature = scoring.temperature
    cache = scoring.cache
    adaptation = scoring.adaptation
    let evaluation = scores.evaluation, known = scores.knownEvaluation
    lossNats = evaluation.lossNats
    perplexity = evaluation.perplexity
    bitsPerCharacter = evaluation.bitsPerCharacter
    tokens = evaluation.tokens
    unknownTokens = scores.unknownCount
    knownTokens = known?.tokens ?? 0
    knownLossNats = (known?.lossNats).map(FiniteOrNull.init)
    knownPerplexity = (known?.perplexity).map(FiniteOrNull.init)
    if showsSongs {
      songs = scores.text.songs.compactMap { song in
        guard let found = scores.evaluation(of: song) else { return nil }
        return Song(
          source: song.source, line: song.line, tokens: found.tokens, unknownTokens: scores.unknownCount(of: song),
          lossNats: found.lossNats, perplexity: found.perplexity)
      }
    }
    if !baselines.isEmpty {
      self.baselines = baselines.map { order, scores in
        Baseline(order: order, lossNats: scores.evaluation.lossNats, perplexity: scores.evaluation.perplexity)
      }
    }
  }

  /// A share with three decimals, or with two significant digits if it is small.
  private static func share(_ value: Double) -> String { value == 0 || value >= 0.01 ? value.fixed(3) : String(format: "%.2g", value) }

  /// For people to read.
  ///
  /// - Parameter unit: "character" or "token".
  func table(unit: String) -> String {
    func line(_ name: String, _ value: String) -> String { name + String(repeating: " ", count: max(1, 20 - name.count)) + value + "\n" }
    let share = 100 * Double(unknownTokens) / Double(max(1, tokens))
    var text = line("tokens", tokens.grouped)
    text += line("unknown", "\(unknownTokens.grouped) (\(share.fixed(2))%)\(unknownTokens > 0 ? ", predicted as <unk>" : "")")
    text += line("loss", "\(lossNats.fixed(4)) nats a \(unit)")
    text += line("perplexity", perplexity.shortened)
    if unknownTokens > 0, let knownPerplexity { text += line("  of known tokens", knownPerplexity.wrappedValue.shortened) }
    for baseline in baselines ?? [] { text += line("  \(baseline.name)", baseline.perplexity.shortened) }
    text += line("bits per \(unit)", bitsPerCharacter.fixed(4))
    let kept = scoring.isKept ? " and kept with the model" : ""
    func origin(_ isFitted: Bool) -> String { isFitted ? ", fitted to this text\(kept)" : "" }
    if let temperature { text += line("temperature", Double(temperature).fixed(4) + origin(scoring.isTemperatureFitted)) }
    if let cache {
      text += line(
        "cache",
        "\(cache.size.counted("token")), flatness \(cache.flatness.fixed(3)), weight \(Self.share(cache.weight))"
          + origin(scoring.isCacheFitted))
    }
    if let adaptation {
      let values = [adaptation.learningRate, adaptation.decay, adaptation.epsilon].map { "\($0)" }
      text += line(
        "adaptation",
        "rate \(values[0]), decay \(values[1]), epsilon \(values[2]), \(adaptation.segment.counted("token")) a step"
          + origin(scoring.isAdaptationFitted))
    }
    guard let songs, !songs.isEmpty else { return text }
    text += "\nperplexity   tokens  unknown  song\n"
    for song in songs.sorted(by: { ($1.lossNats, $0.source, $0.line) < ($0.lossNats, $1.source, $1.line) }) {
      let columns = [(song.perplexity.shortened, 10), (song.tokens.grouped, 9), (song.unknownTokens.grouped, 9)]
      text += columns.map { String(repeating: " ", count: max(0, $1 - $0.count)) + $0 }.joined()
      text += "  \(song.source)\(song.line > 1 ? ":\(song.line)" : "")\n"
    }
    return text
  }
}

/// A number that JSON has as `null` where it is not finite.
@propertyWrapper
struct FiniteOrNull: Encodable {
  var wrappedValue: Double

  func encode(to encoder: any Encoder) throws {
    var container = encoder.singleValueContainer()
    if wrappedValue.isFinite { try container.encode(wrappedValue) } else { try container.encodeNil() }
  }
}

extension Tokenization {
  /// What a token is called in a report.
  var unit: String { self == .char ? "character" : "token" }
}
