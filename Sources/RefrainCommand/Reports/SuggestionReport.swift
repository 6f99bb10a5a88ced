internal import Basics
internal import Corpora
internal import Foundation
internal import Models
internal import Refrain

/// What `refrain suggest` prints.
struct SuggestionReport {
  let suggestion: SizeSuggestion
  let corpus: Corpus
  let minutes: Double
  /// The corpus, how it is read and the workers, as arguments of `train`.
  let arguments: [String]
  /// How many of the arguments are files and folders.
  let corpora: Int

  // MARK: - For people

  var text: String {
    let heldOut = corpus.validation.map { ", \($0.count.grouped) to validate" } ?? ""
    let tokenizer = corpus.tokenizer
    return """
      corpus     \(corpus.songCount.counted("song")): \(corpus.training.count.counted("token")) to train on\(heldOut)
      vocabulary \(tokenizer.vocabulary.count.grouped) \(tokenizer.tokenization) tokens
      \(ngramName)     \(ngramText)

      \(table)
      suggested  \(sizes)
      settings   \(settingsText)
      expected   \(expectedText)
      why        \(reason)
      \(measuredText)command    \(command)

      """
  }

  private var ngramName: String { "\(MeasuredCorpus.ngramOrder(of: corpus.tokenizer.tokenization))-gram" }

  private var ngramText: String {
    guard let ngram = suggestion.ngram else { return "not counted, because no songs are held out" }
    let part = ngram.countedTokens < corpus.training.count ? ", counted on the first \(ngram.countedTokens.counted("token"))" : ""
    return "perplexity \(exp(ngram.lossNats).shortened) on the held-out songs\(part)"
  }

  /// A row for each size, and a mark at the suggested one.
  private var table: String {
    let heads = ["size", "ms a step", "epochs", "vs \(ngramName)", "perplexity"], widths = [10, 11, 9, 11, 12]
    func row(_ cells: [String]) -> String { zip(cells, widths).map { String(repeating: " ", count: max(0, $1 - $0.count)) + $0 }.joined() }
    let rows = suggestion.candidates.enumerated().map { index, candidate in
      let cells = [
        Self.size(candidate), (1_000 * candidate.secondsPerStep).shortened, Self.count(candidate.epochs),
        candidate.gainNats.map { exp(-$0).fixed(2) } ?? "-", suggestion.expectedLossNats(of: candidate).map { Self.count(exp($0)) } ?? "-",
      ]
      return row(cells) + (index == suggestion.chosenIndex ? "  <" : "") + "\n"
    }
    return row(heads) + "\n" + rows.joined()
  }

  private static func size(_ candidate: SizeSuggestion.Candidate) -> String {
    "\(candidate.configuration.layerCount) x \(candidate.run.hidden.grouped)"
  }

  private var sizes: String {
    let model = suggestion.chosen.configuration.model(vocabularySize: corpus.tokenizer.vocabulary.count)
    return "\(model.cells): \(model.parameterCount.grouped) parameters"
  }

  private var settingsText: String {
    let c = suggestion.chosen.configuration, dropped = c.regularization
    let kinds: [(name: String, share: Float)] = [
      ("dropout", dropped.layerDropout), ("of the input", dropped.inputDropout), ("of words", dropped.embeddingDropout),
      ("of recurrent weights", dropped.weightDrop),
    ]
    let shares = kinds.filter { $0.share > 0 }.map { "\($0.name) \($0.share)" }
    return "\(c.batchSize.counted("lane")) x \(c.windowLength.counted("token")), learning rate \(c.optimizer.learningRate), "
      + (shares.isEmpty ? "no dropout" : shares.joined(separator: ", "))
  }

  private var expectedText: String {
    let candidate = suggestion.chosen
    guard let gain = candidate.gainNats else {
      return "not known, because no measured run is as short; give more minutes"
    }
    let comparison = gain >= 0 ? "\(gain.fixed(2)) nats a token below" : "\((-gain).fixed(2)) nats a token above"
    let value = suggestion.expectedLossNats(of: candidate).map { "perplexity about \(Self.count(exp($0))) on the held-out songs, " } ?? ""
    let tokens = corpus.training.count, smallest = suggestion.smallestMeasuredTokens
    let doubt = 3 * tokens < smallest ? "; this is uncertain, since the smallest measured corpus has \(smallest.counted("token"))" : ""
    return "\(value)\(comparison) the \(ngramName) model\(doubt)"
  }

  private var reason: String {
    let candidate = suggestion.chosen, length = plannedMinutes
    let time = "\(Minutes.text(length)) \(length == 1 ? "minute" : "minutes")"
    let reads = "in \(time) it reads the corpus \(Self.count(candidate.epochs)) times"
    let known = suggestion.candidates.count { $0.gainNats != nil }
    let choice =
      known == 0
      ? "; no size was measured with so few epochs, and this is the smallest"
      : known == 1 ? "" : "; of the sizes above it is expected to end lowest"
    let rest = length < minutes ? "; longer runs were not measured, or ended no lower" : ""
    return reads + choice + rest
  }

  /// The minutes of the suggested run: those that were given, or fewer.
  private var plannedMinutes: Double {
    let shortened = suggestion.chosen.budget.seconds / 60
    // Two digits, rounded up.
    let unit = pow(10, log10(shortened).rounded(.down) - 1)
    return shortened < minutes ? min(minutes, Double(String(format: "%.2g", (shortened / unit).rounded(.up) * unit)) ?? shortened) : minutes
  }

  /// The run of the table that is nearest.
  private var measuredText: String {
    let near = suggestion.chosen.corpus, run = suggestion.chosen.run
    if suggestion.chosen.gainNats == nil { return "" }
    let corpus = "\(near.title) (\(near.trainingTokens.counted("token")))",
      losses = [run.lossNats, near.ngramLossNats].map { exp($0).shortened }
    return "measured   the nearest run, of \(corpus): \(Self.count(near.epochs(of: run))) epochs, perplexity \(losses[0]), "
      + "\(ngramName) model \(losses[1])\n"
  }

  /// A number of epochs, or an expected perplexity: no more digits than it is known to.
  private static func count(_ value: Double) -> String {
    value >= 100 ? Int(value.rounded()).grouped : value >= 10 ? value.fixed(0) : value >= 1 ? value.fixed(1) : String(format: "%.2g", value)
  }

  // MARK: - The settings

  /// What `--minutes` plans, and so is not given by flags.
  private static let planned: Set = [
    "steps", "schedule", "warmup_steps", "patience", "validate_every", "average_decay", "average_patience", "average_start", "shards",
  ]

  /// The settings in which the suggestion differs from the preset that train begins from.
  private var settings: [TrainingSetting] {
    let usual = Preset.small.configuration, suggested = suggestion.chosen.configuration
    // A batch that is given is not replaced by one that `tune` preferred.
    return TrainingSetting.all.filter { !Self.planned.contains($0.key) && ($0.key == "batch" || $0.text(usual) != $0.text(suggested)) }
  }

  /// The command that trains the suggested model.
  private var command: String {
    let suggested = suggestion.chosen.configuration
    let flags = settings.flatMap { setting in
      let flag = setting.key.replacing("_", with: "-"), value = setting.text(suggested)
      return switch value {
      case "true": ["--\(flag)"]
      case "false": ["--no-\(flag)"]
      default: ["--\(flag)", value.hasSuffix(".0") ? String(value.dropLast(2)) : value]
      }
    }
    let length = plannedMinutes
    // A name that begins with - would be read as a flag.
    let words =
      arguments.enumerated().map { $0 < corpora && $1.hasPrefix("-") && $1 != "-" ? "./\($1)" : $1 } + [
        "--model", "MODEL", "--minutes", length == length.rounded() ? "\(Int(length))" : "\(length)",
      ] + flags
    return "refrain train " + words.map(\.quotedForShell).joined(separator: " ")
  }

  // MARK: - JSON

  var object: Object {
    Object(
      minutes: minutes, songs: corpus.songCount, trainingTokens: corpus.training.count, validationTokens: corpus.validation?.count,
      vocabulary: corpus.tokenizer.vocabulary.count,
      ngram: suggestion.ngram.map { .init(order: $0.order, lossNats: $0.lossNats, countedTokens: $0.countedTokens) },
      candidates: suggestion.candidates.map(candidate), suggested: suggestion.chosenIndex, command: command)
  }

  private func candidate(_ candidate: SizeSuggestion.Candidate) -> Object.Candidate {
    let loss = suggestion.expectedLossNats(of: candidate)
    return Object.Candidate(
      settings: candidate.configuration, minutes: candidate.budget.seconds / 60, stepMilliseconds: 1_000 * candidate.secondsPerStep,
      epochs: candidate.epochs,
      gainNats: candidate.gainNats, expectedLossNats: loss, expectedPerplexity: loss.map { exp($0) },
      measured: .init(
        corpus: candidate.corpus.title, trainingTokens: candidate.corpus.trainingTokens, epochs: candidate.corpus.epochs(of: candidate.run),
        lossNats: candidate.run.lossNats, ngramLossNats: candidate.corpus.ngramLossNats))
  }

  /// What `--json` prints.
  struct Object: Encodable {
    var minutes: Double
    var songs, trainingTokens: Int
    var validationTokens: Int?
    var vocabulary: Int
    var ngram: NGram?
    var candidates: [Candidate]
    /// The index of the suggested candidate.
    var suggested: Int
    var command: String

    private enum CodingKeys: String, CodingKey {
      case minutes, songs, vocabulary, candidates, suggested, command
      case trainingTokens = "training_tokens", validationTokens = "validation_tokens"
      case ngram
    }

    struct NGram: Encodable {
      var order: Int
      var lossNats: Double
      var countedTokens: Int

      private enum CodingKeys: String, CodingKey { case order, lossNats = "loss_nats", countedTokens = "counted_tokens" }
    }

    /// A size that was considered, with all settings, which `train --config` reads.
    struct Candidate: Encodable {
      var settings: TrainingConfiguration
      var minutes, stepMilliseconds, epochs: Double
      var gainNats, expectedLossNats, expectedPerplexity: Double?
      /// The measured run that is nearest.
      var measured: Measured

      private enum CodingKeys: String, CodingKey {
        case settings, minutes, epochs, measured
        case stepMilliseconds = "step_milliseconds", gainNats = "gain_nats", expectedLossNats = "expected_loss_nats"
        case expectedPerplexity = "expected_perplexity"
      }
    }

    /// A run of the table.
    struct Measured: Encodable {
      var corpus: String
      var trainingTokens: Int
      var epochs, lossNats, ngramLossNats: Double

      private enum CodingKeys: String, CodingKey {
        case corpus, epochs
        case trainingTokens = "training_tokens", lossNats = "loss_nats", ngramLossNats = "ngram_loss_nats"
      }
    }
  }
}
