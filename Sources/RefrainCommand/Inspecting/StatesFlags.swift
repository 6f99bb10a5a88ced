internal import ArgumentParser
internal import Inspection
internal import Refrain

/// Units as `layer:unit`, with commas between them.
struct UnitList: ExpressibleByArgument {
  var units: [UnitPlace]

  init?(argument: String) {
    units = []
    for part in argument.split(separator: ",", omittingEmptySubsequences: false) {
      guard let pair = TokenSpan.numbers(part) else { return nil }
      let place = UnitPlace(layer: pair.0, unit: pair.1)
      if !units.contains(place) { units.append(place) }
    }
  }
}

/// Two numbers with a colon between them: the first token of a span, and the one after its last.
struct TokenSpan: ExpressibleByArgument {
  var start: Int
  var end: Int

  init?(argument: String) {
    guard let pair = Self.numbers(argument[...]) else { return nil }
    start = pair.0
    end = pair.1
  }

  static func numbers(_ text: Substring) -> (Int, Int)? {
    let parts = text.split(separator: ":", omittingEmptySubsequences: false)
    guard parts.count == 2, parts.allSatisfy({ $0.allSatisfy { ("0"..."9").contains($0) } }), let first = Int(parts[0]),
      let second = Int(parts[1])
    else { return nil }
    return (first, second)
  }
}

struct StatesFlags: ParsableArguments {
  @Option(
    parsing: .unconditional,
    help: ArgumentHelp(
      """
      Units to show on the page, such as 0:17,1:40: layer and unit, both counted from 0 (default: the best for each feature).
      """, valueName: "layer:unit,..."))
  var units: UnitList?
  @Option(
    parsing: .unconditional,
    help: ArgumentHelp(
      """
      Write the states to a file for other programs: those of all layers if its name ends in .safetensors, the hidden state of the last \
      layer if it ends in .npy.
      """, valueName: "file"))
  var export: String?
  @Option(
    parsing: .unconditional,
    help: ArgumentHelp(
      """
      Take the units that are on over the tokens START to END of --text (END not included, counted from 0 as on the page), and find where \
      in the songs of --in the most of these units are on.
      """, valueName: "start:end"))
  var like: TokenSpan?
  @Option(
    name: .customLong("in"), parsing: .unconditionalSingleValue,
    help: ArgumentHelp(
      "The songs to search with --like: a prepared store, or files and folders; may be repeated.", valueName: "store"))
  var songs: [String] = []
  @Option(
    parsing: .unconditional,
    help: ArgumentHelp(
      "A unit is on where the absolute value of its hidden state is greater than this, with --like (default: 0.1).", valueName: "value"))
  var threshold: Double?
  @Option(
    parsing: .unconditional,
    help: ArgumentHelp("The part of a prepared store to search with --like (default: training).", valueName: "part"))
  var part: Corpus.Part?
  @Option(
    parsing: .unconditional,
    help: ArgumentHelp("Cache directory for the units that are on (default: ~/.cache/refrain).", valueName: "directory"))
  var cache: String?
  @Flag(help: "Do not read or write the cache.")
  var noCache = false
  @Option(
    name: [.customLong("workers"), .customShort("t")], parsing: .unconditional,
    help: "The number of workers (default: one for each core that the process may use). It does not change the result.")
  var workers: Int?
  @Flag(help: "Print one JSON object.")
  var json = false
  @OptionGroup(title: "Reading") var reading: ReadingFlags

  /// The flags that are given.
  var given: [String] {
    let flags: [(String, Bool)] = [
      ("--units", units != nil), ("--export", export != nil), ("--like", like != nil), ("--in", !songs.isEmpty),
      ("--threshold", threshold != nil), ("--part", part != nil), ("--cache", cache != nil), ("--no-cache", noCache),
      ("--workers", workers != nil), ("--json", json),
    ]
    return flags.filter(\.1).map(\.0) + reading.given.map(\.flag)
  }
}
