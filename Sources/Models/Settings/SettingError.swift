public import Basics
internal import LanguageModel

/// Why settings cannot be used. A setting is named by its key, which is also its name in `config.json`.
public enum SettingError: Error, Equatable, CustomStringConvertible, SentenceError {
  /// A setting is outside its range.
  case invalid(key: String, found: String, expected: String)
  /// The shards cannot have the same number of lanes each.
  case batchNotDivisible(batch: Int, shards: Int)
  /// A setting says when the average of the weights begins, and there is none.
  case averageWithoutDecay(key: String)
  /// A setting that the optimizer does not use is not its default.
  case unusedSetting(key: String, found: String, optimizer: String, users: [String])
  /// The input gates are to be capped, of cells that have none.
  case cappedInput(cell: String)
  /// The outputs of layers that differ in size are to be added.
  case outputSum(hidden: [Int])

  /// One sentence: what was expected, what was found, what to do.
  public var description: String { sentence.text }

  package var sentence: Sentence {
    switch self {
    case .invalid(let key, let found, let expected):
      .invalidSetting(key: key, found: found, expected: expected)
    case .batchNotDivisible(let batch, let shards):
      """
      \(key: "batch", value: batch) cannot be divided evenly among \(key: "shards", value: shards); choose a batch that is a multiple of \
      the shards.
      """
    case .averageWithoutDecay(let key):
      "\(key: key) needs an average; set \(key: "average_decay") above 0, or leave \(key: key) out."
    case .unusedSetting(let key, let found, let optimizer, let users):
      """
      \(key: key) is \(found), but the optimizer \(optimizer) does not use it; leave it out, or set \(key: "optimizer") to \
      \(list: users, separator: " or ").
      """
    case .cappedInput(let cell): .cappedInput(cell: cell)
    case .outputSum(let hidden): .outputSum(hidden: hidden)
    }
  }
}
