public import ArgumentParser
public import Refrain

extension ConditionColumns: ExpressibleByArgument {
  /// Reads `artist,genre`.
  public init?(argument: String) { self.init(argument) }
}

/// A value for a column that a model is conditioned on, as in `artist=Ann`.
struct ConditionValue: ExpressibleByArgument {
  var column: String
  var value: String

  init?(argument: String) {
    guard let mark = argument.firstIndex(of: "="), mark > argument.startIndex, argument.index(after: mark) < argument.endIndex else {
      return nil
    }
    column = String(argument[..<mark])
    value = String(argument[argument.index(after: mark)...])
  }
}

/// What the songs to write are conditioned on.
struct ConditionFlags: ParsableArguments {
  @Option(
    name: .customLong("condition"), parsing: .unconditionalSingleValue,
    help: ArgumentHelp(
      """
      Write as the songs with this value of a column that the model was trained with; may be repeated, for one column each. 'refrain info \
      MODEL' lists the values (default: drawn for each song, as often as the training songs have them).
      """, valueName: "column=value"))
  var values: [ConditionValue] = []

  /// The values by their columns.
  var condition: [String: String] { Dictionary(values.map { ($0.column, $0.value) }) { first, _ in first } }

  func validate() throws {
    let columns = values.map { $0.column.lowercased() }
    if let twice = columns.first(where: { column in columns.count { $0 == column } > 1 }) {
      throw ValidationError("--condition gives \(twice.debugDescription) more than once; give one value for a column.")
    }
  }
}
