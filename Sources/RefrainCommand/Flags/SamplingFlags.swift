internal import ArgumentParser
internal import Refrain

/// The flags that say how tokens are chosen.
struct SamplingFlags: ParsableArguments {
  @Option(parsing: .unconditional, help: "Below 1 safer, above 1 wilder, 0 the likeliest token every time.")
  var temperature: Float = 0.8
  @Option(parsing: .unconditional, help: "Choose among this many of the likeliest tokens.")
  var topK: Int?
  @Option(parsing: .unconditional, help: "Choose among the likeliest tokens with this probability together.")
  var topP: Float?
  @Option(parsing: .unconditional, help: "Choose among the tokens with at least this share of the likeliest one's probability.")
  var minP: Float?
  @Option(
    parsing: .unconditional, help: "Choose among the tokens that are about as surprising as expected, with this probability together.")
  var typicalP: Float?
  @Option(
    parsing: .unconditional, help: "Divide the score of a token that is in the text already by this number (default: 1, no penalty).")
  var repetitionPenalty: Float = 1
  @Option(
    parsing: .unconditional,
    help: "Subtract this from the score of a token for each time that it is in the text already (default: 0, no penalty).")
  var frequencyPenalty: Float = 0
  @Option(parsing: .unconditional, help: "Write no sequence of this many tokens twice (default: any may come again).")
  var noRepeatNgram: Int?
  @Option(
    parsing: .unconditionalSingleValue,
    help: ArgumentHelp(
      """
      Never write this word or phrase, in any case; may be repeated.
      """, valueName: "words"))
  var ban: [String] = []
  @Option(
    parsing: .unconditionalSingleValue,
    help: ArgumentHelp("End the text before this string, where \\n stands for a line end; may be repeated.", valueName: "text"))
  var stop: [String] = []
  @Flag(help: "Let the model write <unk>.")
  var allowUnknown = false

  var sampling: Sampling {
    var sampling = Sampling(temperature: temperature, topK: topK, topP: topP)
    sampling.minP = minP
    sampling.typicalP = typicalP
    sampling.repetitionPenalty = repetitionPenalty
    sampling.frequencyPenalty = frequencyPenalty
    sampling.noRepeatNgram = noRepeatNgram
    sampling.bannedWords = ban
    sampling.stops = stop.map { $0.replacing("\\n", with: "\n") }
    sampling.allowsUnknown = allowUnknown
    return sampling
  }
}
