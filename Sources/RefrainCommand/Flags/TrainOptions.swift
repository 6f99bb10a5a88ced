public import ArgumentParser
internal import Basics
internal import Files
internal import Foundation
public import Refrain
internal import SystemPackage

extension Preset: ExpressibleByArgument {}
extension LearningRateSchedule.Kind: ExpressibleByArgument {}

/// Sizes, rates and lengths: a preset, then a file, then flags, each over the one before.
struct ConfigurationFlags: ParsableArguments {
  @Option(
    parsing: .unconditional,
    help: ArgumentHelp(
      "Sizes and rates to begin from, as listed above (default: small).", valueName: "name"))
  var preset: Preset?
  @Option(
    parsing: .unconditional,
    help: ArgumentHelp("JSON with the names of these flags (with _ for -) as keys, such as a model's config.json.", valueName: "file"))
  var config: String?
  @OptionGroup var sizes: SizeFlags
  @Option(name: [.customLong("batch"), .customLong("batch_size")], parsing: .unconditional, help: "B: lanes of a minibatch.")
  var batch: Int?
  @Option(parsing: .unconditional, help: "How often to go through the corpus.")
  var epochs: Int?
  @Option(parsing: .unconditional, help: "How many minibatches to train on, instead of --epochs.")
  var steps: Int?
  @Option(name: [.customLong("learning-rate"), .customLong("lr")], parsing: .unconditional, help: "RMSProp's step size.")
  var learningRate: Float?
  @Option(parsing: .unconditional, help: "The share of RMSProp's running squares kept at each step.")
  var rmsDecay: Float?
  @Option(parsing: .unconditional, help: "RMSProp's epsilon, inside the root.")
  var epsilon: Float?
  @Option(parsing: .unconditional, help: "The share of RMSProp's last step that is added to the next (default: 0).")
  var momentum: Float?
  @Flag(
    name: .long, inversion: .prefixedNo, help: "Divide by the root of the gradient's running variance, not of its running square.")
  var centered: Bool?
  @Option(
    parsing: .unconditional,
    help: "Evaluate and save the average of the weights after each step, each counting so much less than the next; 1: their mean.")
  var averageDecay: Float?
  @Option(
    parsing: .unconditional, help: "Begin the average after so many validations in a row that were no better than the best.")
  var averagePatience: Int?
  @Option(name: [.customLong("clip-norm"), .customLong("clip")], parsing: .unconditional, help: "The largest global norm of the gradient.")
  var clipNorm: Float?
  @Option(parsing: .unconditional, help: "The largest magnitude of a gradient's element; instead of the norm unless both are given.")
  var clipValue: Float?
  @Option(
    parsing: .unconditional,
    help: "How the learning rate changes: \(LearningRateSchedule.Kind.allCases.map(\.rawValue).joined(separator: ", ")).")
  var schedule: LearningRateSchedule.Kind?
  @Option(parsing: .unconditional, help: "Steps in which the learning rate rises to its full size.")
  var warmupSteps: Int?
  @Option(parsing: .unconditional, help: "The factor of one decay (default: 0.5 by step and plateau, 0.97 exponentially).")
  var decay: Float?
  @Option(
    parsing: .unconditional,
    help: "Epochs before decays begin; by step the first comes --decay-every later (default: 10 exponentially, 0 by step).")
  var decayAfter: Int?
  @Option(parsing: .unconditional, help: "Epochs from one decay by step to the next (default: 1).")
  var decayEvery: Int?
  @Option(
    parsing: .unconditional,
    help: ArgumentHelp(
      "Stop after so many validations in a row that were no better than the best; the model is the best one. 0: go on to the end, and keep the last (default: as the preset).",
      valueName: "validations"))
  var patience: Int?
  @Option(
    parsing: .unconditional, help: "Drop units between layers and before the decoder, with one mask a window (default: as the preset).")
  var dropout: Float?
  @Option(parsing: .unconditional, help: "The same before the decoder only (default: as --dropout).")
  var dropoutOutput: Float?
  @Option(parsing: .unconditional, help: "Drop parts of the first layer's input, with one mask a window.")
  var dropoutInput: Float?
  @Option(parsing: .unconditional, help: "Drop whole words of the embedding from a window.")
  var dropoutEmbedding: Float?
  @Option(parsing: .unconditional, help: "Drop recurrent weights.")
  var weightDrop: Float?
  @Option(parsing: .unconditional, help: "The probability of a lane to start a window from nothing, as a text does.")
  var stateReset: Float?
  @Option(parsing: .unconditional, help: "The share of each weight that a step takes away, times the learning rate.")
  var weightDecay: Float?
  @Option(parsing: .unconditional, help: "Times the mean square of the last layer's output, added to the loss.")
  var activationPenalty: Float?
  @Option(parsing: .unconditional, help: "Times the mean square of the output's change from step to step, added to the loss.")
  var temporalPenalty: Float?
  @Option(parsing: .unconditional, help: "S: parts of a minibatch; part of the result (default: one a physical core).")
  var shards: Int?
  @Option(parsing: .unconditional, help: "Starts weights and samples; the same seed gives the same model.")
  var seed: UInt64?
  @Option(parsing: .unconditional, help: "The forget gate's bias at the beginning (default: 1).")
  var forgetBias: Float?
  @Option(
    parsing: .unconditional,
    help: ArgumentHelp(
      "Begin with weights between this and its negative (default: 1/√H, of the embedding 0.1).", valueName: "bound"))
  var initRange: Float?
  @Flag(
    inversion: .prefixedNo, help: "Begin the decoder's bias with the logarithms of the tokens' frequencies (default: as the preset).")
  var unigramBias: Bool?
  @Option(parsing: .unconditional, help: "Steps between two lines of metrics.")
  var logEvery: Int?
  @Option(parsing: .unconditional, help: "Steps between two samples.")
  var sampleEvery: Int?
  @Option(parsing: .unconditional, help: "The most tokens of a sample.")
  var sampleLength: Int?
  @Option(parsing: .unconditional, help: ArgumentHelp("Take a sample as soon as the running loss is below this.", valueName: "nats"))
  var sampleBelowLoss: Double?
  @Option(parsing: .unconditional, help: "Steps between two checkpoints (default: some minutes' worth).")
  var checkpointEvery: Int?
  @Option(parsing: .unconditional, help: "How many of the last checkpoints are kept, besides the best one (default: 2).")
  var keepCheckpoints: Int?
  @Option(
    parsing: .unconditional,
    help: ArgumentHelp(
      "Leave out a minibatch whose gradient norm is so many deviations above the usual; 0 for never (default: 10).", valueName: "deviations"
    ))
  var spikeDeviations: Double?

  /// The flags given here that only some schedules have a use for.
  var decayFlags: [(flag: String, schedules: Set<LearningRateSchedule.Kind>)] {
    [
      decay.map { _ in ("--decay", [.step, .exponential, .plateau]) }, decayAfter.map { _ in ("--decay-after", [.step, .exponential]) },
      decayEvery.map { _ in ("--decay-every", [.step]) },
    ].compactMap(\.self)
  }

  /// Whether the batch was asked for, by a flag or a file.
  var namesBatch: Bool { batch != nil || config != nil }

  /// - Parameter resumed: the settings of the run that is gone on with.
  func configuration(resuming resumed: TrainingConfiguration? = nil) throws -> TrainingConfiguration {
    var result = preset?.configuration ?? resumed ?? Preset.small.configuration
    if let config { try result.update(fromFile: config) }
    func set<Value>(_ path: WritableKeyPath<TrainingConfiguration, Value>, _ value: Value?) {
      if let value { result[keyPath: path] = value }
    }
    func setOptional<Value>(_ path: WritableKeyPath<TrainingConfiguration, Value?>, _ value: Value?) {
      if let value { result[keyPath: path] = value }
    }
    sizes.apply(to: &result)
    set(\.batchSize, batch)
    if let epochs {
      result.epochs = epochs
      result.steps = nil
    }
    setOptional(\.steps, steps)
    set(\.optimizer.learningRate, learningRate)
    set(\.optimizer.rmsDecay, rmsDecay)
    set(\.optimizer.epsilon, epsilon)
    set(\.optimizer.momentum, momentum)
    set(\.optimizer.isCentered, centered)
    set(\.optimizer.averageDecay, averageDecay)
    setOptional(\.averagePatience, averagePatience)
    let clipping = result.optimizer
    // A resumed run's own flag, repeated without the other, changes nothing.
    let isSameClipping =
      resumed != nil && clipNorm ?? clipping.clipNorm == clipping.clipNorm && clipValue ?? clipping.clipValue == clipping.clipValue
    if clipNorm != nil || clipValue != nil, !isSameClipping {
      result.optimizer.clipNorm = clipNorm
      result.optimizer.clipValue = clipValue
    }
    set(\.schedule.kind, schedule)
    set(\.schedule.warmupSteps, warmupSteps)
    setOptional(\.schedule.decay, decay)
    setOptional(\.schedule.decayAfter, decayAfter)
    set(\.schedule.decayEvery, decayEvery)
    if let patience { result.patience = patience == 0 ? nil : patience }
    set(\.regularization.layerDropout, dropout)
    setOptional(\.regularization.outputDropout, dropoutOutput)
    set(\.regularization.inputDropout, dropoutInput)
    set(\.regularization.embeddingDropout, dropoutEmbedding)
    set(\.regularization.weightDrop, weightDrop)
    set(\.regularization.stateReset, stateReset)
    set(\.regularization.activationPenalty, activationPenalty)
    set(\.regularization.temporalPenalty, temporalPenalty)
    set(\.optimizer.weightDecay, weightDecay)
    // The preset's shards go with its batch.
    if batch != nil { result.shards = nil }
    setOptional(\.shards, shards)
    set(\.seed, seed)
    set(\.forgetBias, forgetBias)
    set(\.startsFromFrequencies, unigramBias)
    setOptional(\.initialRange, initRange)
    setOptional(\.logEvery, logEvery)
    setOptional(\.sampleEvery, sampleEvery)
    set(\.sampleLength, sampleLength)
    setOptional(\.sampleBelowLoss, sampleBelowLoss)
    setOptional(\.checkpointEvery, checkpointEvery)
    set(\.keepCheckpoints, keepCheckpoints)
    set(\.spikeDeviations, spikeDeviations)
    if let resumed { result.shards = result.shards ?? resumed.shards }
    return result
  }
}

extension TrainingConfiguration {
  /// Replaces what a JSON file has keys for: either the settings themselves, or a model's `config.json`, which has them under "training".
  mutating func update(fromFile path: String) throws {
    struct Settings: DecodableWithConfiguration {
      var result: TrainingConfiguration
      init(from decoder: any Decoder, configuration: TrainingConfiguration) throws {
        result = configuration
        try result.update(from: decoder)
      }
    }
    let data = Data(try readFile(FilePath(path), limit: ModelDirectory.largestConfiguration))
    do {
      guard let object = try JSONSerialization.jsonObject(with: data) as? [String: Any] else {
        throw ConfigurationFileError.notObject(path: path)
      }
      let settings = object["training"] as? [String: Any] ?? object
      if let key = settings.keys.sorted().first(where: { !Self.keys.contains($0) }) {
        throw ConfigurationFileError.unknownKey(path: path, key: key, known: Self.keys)
      }
      let plain = try JSONSerialization.data(withJSONObject: settings)
      self = try JSONDecoder().decode(Settings.self, from: plain, configuration: self).result
    } catch let error as DecodingError {
      throw ConfigurationFileError.malformed(path: path, fault: error.sentence)
    } catch let error as ConfigurationFileError {
      throw error
    } catch {
      throw ConfigurationFileError.malformed(path: path, fault: "it is not valid JSON")
    }
  }
}

/// What can be wrong with `--config`.
enum ConfigurationFileError: Error, Equatable, CustomStringConvertible {
  case notObject(path: String)
  case unknownKey(path: String, key: String, known: [String])
  case malformed(path: String, fault: String)

  var description: String { sentence.text }

  private var sentence: Sentence {
    switch self {
    case .notObject(let path): "\(path): a configuration is one JSON object, but this is none; see a model's config.json for an example."
    case .unknownKey(let path, let key, let known):
      "\(path): the key \"\(key)\" is not one of \(whole: known.joined(separator: ", ")); correct or remove it."
    case .malformed(let path, let fault): "\(path): not a configuration, \(whole: fault); correct it."
    }
  }
}
