internal import Basics
internal import Refrain

/// What `info` shows of a model directory.
struct ModelInfo: Encodable {
  var path: String
  var tokens: String
  var vocabulary: Int
  var parameters: Int
  var steps: Int
  /// The columns that the model is conditioned on, with all their values; absent if there are none.
  var conditions: [ControlVocabulary.Column]?
  /// How many words' pronunciations come from each source; absent if none were made.
  var pronunciations: [String: Int]?
  /// The longest span, in words, that the portable guard in the directory allows; absent if there is none.
  var guardLongest: Int?
  private let description: String

  private enum CodingKeys: String, CodingKey {
    case path, tokens, vocabulary, parameters, steps, conditions, pronunciations, guardLongest = "guard_longest"
  }

  init(path: String) throws {
    let model = try Model(directory: path)
    self.path = path
    tokens = model.tokenizer.tokenization.rawValue
    vocabulary = model.tokenizer.vocabulary.count
    parameters = model.weights.configuration.parameterCount
    steps = model.step
    conditions = model.conditions?.columns
    if let lexicon = try Lexicon(model: path) {
      pronunciations = Dictionary(uniqueKeysWithValues: lexicon.countBySource.map { ($0.rawValue, $1) })
    }
    guardLongest = try PortableGuard(model: path)?.longest
    description = model.weights.configuration.description
  }

  /// The most values of a column that are shown as text.
  private static let mostShown = 20

  var text: String {
    """
    model           \(path.shown)
    sizes           \(description) (tokens: \(tokens))
    trained         \(steps.counted("step"))
    pronunciations  \(pronunciations.map(Self.text) ?? "none yet")
    copies          \(guardLongest.map { "a portable guard allows \($0.counted("word")) in a row" } ?? "no portable guard")
    conditions      \(conditions?.map(\.name.shown).joined(separator: ", ") ?? "none")
    """ + (conditions ?? []).map { "\n  " + Self.text(of: $0) }.joined() + "\n"
  }

  /// The sources of pronunciations, the surest first.
  private static func text(of counts: [String: Int]) -> String {
    let sources = [PronunciationSource.edited, .dictionary, .espeak, .spelling]
    return sources.compactMap { source in
      counts[source.rawValue].map { "\($0.grouped) \(source == .edited ? "set by hand" : "from \(source.rawValue)")" }
    }.joined(separator: ", ")
  }

  /// A column and its most frequent values, one a line.
  private static func text(of column: ControlVocabulary.Column) -> String {
    let shown = column.values.prefix(mostShown), left = column.values.dropFirst(mostShown)
    var lines = ["\(column.name.shown) (\(column.values.count.counted("value")))"]
    lines += shown.map { "    \($0.songs.grouped)  \($0.text.shown)" }
    if !left.isEmpty {
      lines.append("    \(left.reduce(0) { $0 + $1.songs }.grouped)  in \(left.count.counted("value")) more, which --json lists")
    }
    lines.append("    \(column.otherSongs.grouped)  songs with another value or none")
    return lines.joined(separator: "\n")
  }
}
