internal import LanguageModel

/// A named set of sizes and rates.
public enum Preset: String, CaseIterable, Sendable {
  /// The textbook set-up that this project grew from.
  case classic
  /// For some hundred kilobytes of lyrics.
  case small
  /// For some megabytes.
  case medium
  /// For tens of megabytes.
  case large
  /// The model of ten million weights and one layer of Melis, Dyer and Blunsom, "On the state of the art of evaluation in neural language
  /// models", 2018, for about 5 MB, such as the Penn Treebank.
  case melis

  /// Sizes, rates and lengths.
  public var configuration: TrainingConfiguration {
    var configuration = TrainingConfiguration()
    switch self {
    case .classic:
      // One sequence at a time through one layer: nothing is hidden by batching.
      configuration.embeddingSize = 100
      configuration.hiddenSizes = 100
      configuration.layerCount = 1
      configuration.batchSize = 1
      configuration.windowLength = 25
      configuration.shards = 1
      configuration.optimizer.learningRate = 0.001
      configuration.optimizer.rmsDecay = 0.9
      configuration.optimizer.epsilon = 1e-8
      configuration.optimizer.clipNorm = nil
      configuration.optimizer.clipValue = 6
      configuration.steps = 5_000
      configuration.sampleEvery = 100
      configuration.sampleBelowLoss = 4
    case .small:
      configuration.suitLyrics(learningRate: 0.003, warmupSteps: 100, dropout: 0.5)
      configuration.embeddingSize = 128
      configuration.hiddenSizes = 256
      configuration.layerCount = 1
      configuration.batchSize = 16
      configuration.windowLength = 32
      configuration.epochs = 20
    case .medium:
      configuration.suitLyrics(learningRate: 0.002, warmupSteps: 500, dropout: 0.4)
      configuration.embeddingSize = 256
      configuration.hiddenSizes = 512
      configuration.layerCount = 2
      configuration.batchSize = 32
      configuration.windowLength = 48
      configuration.epochs = 15
    case .large:
      configuration.suitLyrics(learningRate: 0.001, warmupSteps: 1_000, dropout: 0.3)
      configuration.embeddingSize = 512
      configuration.hiddenSizes = 1_024
      configuration.layerCount = 2
      configuration.batchSize = 64
      configuration.windowLength = 64
      configuration.epochs = 10
    case .melis: configuration.setMelis()
    }
    return configuration
  }

  /// What the preset is for and what it costs, on one line: memory and time a MB of text and epoch, with 10,000 words, as measured with
  /// `refrain bench` on two cores of about 90 GFLOP/s each; the time of melis is half that of large, which has twice its weights.
  public var summary: String {
    switch self {
    case .classic: "the textbook: 1 x 100 units, one lane; 5,000 steps, 5 seconds"
    case .small: "up to 1 MB: 1 x 256 units; 90 MiB, 12 seconds a MB and epoch"
    case .medium: "1 to 20 MB: 2 x 512 units; 260 MiB, 40 seconds a MB and epoch"
    case .large: "20 MB and more: 2 x 1024 units; 810 MiB, 2 minutes a MB and epoch"
    case .melis: "Melis et al. 2018, 5 MB: 1 x 1194 units; 450 MiB, 1 minute a MB and epoch"
    }
  }
}

extension TrainingConfiguration {
  /// Sizes, rates and dropout are those that the authors published for the model (github.com/google-deepmind/lamb,
  /// experiment/on-the-state/ptb_10m_lstm_d1), rounded. Three things differ:
  ///
  /// - They drop parts of the state between time steps with a probability of 0.22, where recurrent weights are dropped here.
  /// - They lower the learning rate on a plateau. Their later work begins an average of the weights instead, as here, which needs no second
  ///   rate. They validate every 100 steps and wait for 26 validations; with half as many the wait is as long, and validating costs half.
  /// - Their epsilon of 1e-8 is outside the root, and its square inside.
  ///
  /// The lengths of the run, of the wait for its end and of the warm-up are ours; theirs may have 100,000 steps.
  fileprivate mutating func setMelis() {
    embeddingSize = 268
    hiddenSizes = 1_194
    layerCount = 1
    isTied = true
    isInputCapped = true
    batchSize = 64
    windowLength = 35
    steps = 40_000
    optimizer.learningRate = 0.004
    optimizer.correctsBias = true
    optimizer.rmsDecay = 0.999
    optimizer.epsilon = 1e-16
    optimizer.clipNorm = 10
    optimizer.averageDecay = 1
    schedule.warmupSteps = 200
    validateEvery = 200
    averagePatience = 13
    averageStart = 32_000
    patience = 60
    regularization.inputDropout = 0.58
    regularization.outputDropout = 0.33
    regularization.weightDrop = 0.22
    regularization.stateReset = 0.01
  }

  /// What the runs of the article Results taught: a long memory of the squares and an epsilon below them, a start at the frequencies, tied
  /// weights, dropout, an average of the weights, and an end where nothing gets better. The rate is constant, so that a run can be made
  /// longer.
  fileprivate mutating func suitLyrics(learningRate: Float, warmupSteps: Int, dropout: Float) {
    optimizer.learningRate = learningRate
    optimizer.rmsDecay = 0.999
    optimizer.epsilon = 1e-12
    schedule.warmupSteps = warmupSteps
    optimizer.averageDecay = 0.999
    patience = 4
    isTied = true
    startsFromFrequencies = true
    regularization.layerDropout = dropout
    regularization.embeddingDropout = 0.1
    regularization.stateReset = 0.02
  }
}
