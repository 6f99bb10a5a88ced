internal import Basics

/// The columns that a model's songs are conditioned on, and the values of each that have a control token.
///
/// A song begins with one control token for each column. A model reads them and never predicts them; they are no tokens of the tokenizer
/// and have no text. Each column has a token for every value, and one more for all other values and for songs without a value.
///
/// ```swift
/// let controls = try ControlVocabulary(columns: ["artist"], of: corpus)
/// for value in controls.columns[0].values { print(value.text, value.songs) }
/// ```
/// A `SongCondition` is something else: it decides which songs are read.
public struct ControlVocabulary: Sendable {
  /// A value with a token of its own.
  public struct Value: Sendable, Hashable, Codable {
    /// The value in its most frequent spelling.
    public let text: String
    /// How many training songs have it.
    public let songs: Int

    package init(text: String, songs: Int) {
      self.text = text
      self.songs = songs
    }
  }

  /// A column with its values.
  public struct Column: Sendable, Hashable, Codable {
    /// `title`, `artist`, or the name of a kept column.
    public let name: String
    /// The values with a token of their own, the most frequent first.
    public let values: [Value]
    /// How many training songs have another value, or none.
    public let otherSongs: Int

    private enum CodingKeys: String, CodingKey {
      case name, values, otherSongs = "other_songs"
    }

    package init(name: String, values: [Value], otherSongs: Int) {
      self.name = name
      self.values = values
      self.otherSongs = otherSongs
    }
  }

  /// The columns in the order of their tokens in a song.
  public let columns: [Column]
  /// How many control tokens there are.
  public let tokenCount: Int
  /// For each column the number of its first token: the one that other values share.
  private let firsts: [Int32]
  /// For each column the numbers of the tokens of its values, by their keys.
  private let numbers: [[String: Int32]]

  /// The most values of a column that have a token of their own.
  public static let mostValues = 1_000
  /// The fewest training songs that a value needs to get a token of its own.
  public static let fewestSongs = 5
  /// The most columns: title, artist and all that can be kept.
  package static let mostColumns = DetailRecord.fixedColumns.count + CorpusOptions.mostKeptColumns
  /// The most bytes of a value with a token of its own.
  static let longestValue = 256

  /// - Precondition: no two values of a column have the same key.
  package init(columns: [Column]) {
    self.columns = columns
    var firsts: [Int32] = [], numbers: [[String: Int32]] = []
    var next: Int32 = 0
    for column in columns {
      firsts.append(next)
      numbers.append(
        Dictionary(uniqueKeysWithValues: column.values.enumerated().map { (Self.key($1.text), next + 1 + Int32($0)) }))
      next += Int32(column.values.count) + 1
    }
    self.firsts = firsts
    self.numbers = numbers
    tokenCount = Int(next)
  }

  /// What values are compared by: their texts without case and without spaces at their ends.
  static func key(_ text: String) -> String { text.trimmingSpaces.lowercased() }

  // MARK: - Tokens

  /// The control tokens of a song, one for each column, counted from 0.
  func tokens(of details: SongDetails) -> [Int32] {
    columns.indices.map { column in
      details.value(of: columns[column].name).flatMap { numbers[column][Self.key($0)] } ?? firsts[column]
    }
  }

  /// A choice of values, some of which are left to chance.
  package struct Choice: Sendable {
    /// For each column the token, counted from 0; nil: drawn for each song.
    fileprivate let tokens: [Int32?]
    /// Whether each song may have others.
    package var isDrawn: Bool { tokens.contains(nil) }
  }

  /// Looks up values by the names of their columns.
  ///
  /// - Throws: `ConditionError.unknownColumn` or `.unknownValue`.
  package func choice(_ condition: [String: String]) throws(ConditionError) -> Choice {
    var tokens = [Int32?](repeating: nil, count: columns.count)
    let names = columns.map(\.name)
    for (name, value) in condition.sorted(by: { $0.key < $1.key }) {
      guard let column = names.firstIndex(of: name) ?? names.firstIndex(where: { Self.key($0) == Self.key(name) }) else {
        throw .unknownColumn(name: name, known: names)
      }
      guard let token = numbers[column][Self.key(value)] else {
        throw .unknownValue(
          column: names[column], value: value, nearest: EditDistance.nearest(to: value, among: columns[column].values.map(\.text)) ?? "")
      }
      tokens[column] = token
    }
    return Choice(tokens: tokens)
  }

  /// The control tokens of a song, counted from 0. What was left to chance is drawn by the seed, each column by itself, as often as the
  /// training songs have it.
  package func tokens(_ choice: Choice, seed: UInt64) -> [Int32] {
    // A stream of its own, so that the text's random numbers are the same with and without conditions.
    var generator = SeededGenerator(seed: seed, stream: 1 << 33)
    return columns.indices.map { column in
      let values = columns[column].values, others = columns[column].otherSongs
      // Drawn for every column, so that a value that is given does not change the others.
      var left = Int(generator.uniformDouble() * Double(values.reduce(others) { $0 + $1.songs }))
      if let token = choice.tokens[column] { return token }
      for (number, value) in values.enumerated() {
        if left < value.songs { return firsts[column] + 1 + Int32(number) }
        left -= value.songs
      }
      return firsts[column]
    }
  }
}

extension ControlVocabulary: Hashable {
  /// Whether both have the same columns with the same values; the rest follows from these.
  public static func == (first: ControlVocabulary, second: ControlVocabulary) -> Bool { first.columns == second.columns }

  /// Hashes the columns.
  public func hash(into hasher: inout Hasher) { hasher.combine(columns) }
}

extension SongDetails {
  /// The song's value in a column: the title, the artist, or a kept column.
  func value(of column: String) -> String? {
    switch column {
    case DetailRecord.fixedColumns[0]: title ?? columns[column]
    case DetailRecord.fixedColumns[1]: artist ?? columns[column]
    default: columns[column]
    }
  }
}

extension CorpusOptions {
  /// Keeps the columns of a condition with the songs, where they are not kept anyway.
  public mutating func keepColumns(of condition: [String]) {
    for name in condition where !keptColumns.contains(name) && !DetailRecord.fixedColumns.contains(ControlVocabulary.key(name)) {
      keptColumns.append(name)
    }
  }
}
