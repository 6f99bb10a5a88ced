internal import ArgumentParser
internal import Refrain

/// The rates of dynamic evaluation.
struct AdaptationFlags: ParsableArguments {
  @Option(
    parsing: .unconditional,
    help: ArgumentHelp(
      "How far a step of dynamic evaluation moves the weights (default: the rate kept with the model, or 0.002).", valueName: "rate"))
  var adaptRate: Float?
  @Option(
    parsing: .unconditional,
    help: ArgumentHelp(
      "How fast adapted weights return to the trained ones (default: the decay kept with the model, or 0.01).", valueName: "number"))
  var adaptDecay: Float?
  @Option(
    parsing: .unconditional,
    help: ArgumentHelp(
      "The number added to the divisor of a step. A larger number makes steps smaller for weights that rarely have a gradient (default: "
        + "the one kept with the model, or 0.3).",
      valueName: "number"))
  var adaptEpsilon: Float?
  @Option(
    parsing: .unconditional,
    help: ArgumentHelp("The tokens between two steps (default: those kept with the model, or 20).", valueName: "tokens"))
  var adaptSegment: Int?

  /// The flags that are given.
  var given: [String] {
    let all: [(String, Bool)] = [
      ("--adapt-rate", adaptRate != nil), ("--adapt-decay", adaptDecay != nil), ("--adapt-epsilon", adaptEpsilon != nil),
      ("--adapt-segment", adaptSegment != nil),
    ]
    return all.filter(\.1).map(\.0)
  }

  /// Throws if a rate is given without `--adapt`.
  func refuseRates(unless isAdapting: Bool) throws {
    if !isAdapting, let flag = given.first {
      throw ValidationError("\(flag) is for dynamic evaluation; add --adapt, or leave \(flag) out.")
    }
  }

  /// The rates that the flags describe.
  ///
  /// - Parameter kept: those kept with the model.
  func chosen(kept: AdaptationRates?) -> AdaptationRates {
    var rates = kept ?? AdaptationRates()
    if let adaptRate { rates.learningRate = adaptRate }
    if let adaptDecay { rates.decay = adaptDecay }
    if let adaptEpsilon { rates.epsilon = adaptEpsilon }
    if let adaptSegment { rates.segment = adaptSegment }
    return rates
  }
}
