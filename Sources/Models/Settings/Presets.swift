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
    }
    return configuration
  }

  /// What the preset is for and what it costs, on one line: memory and time a MB of text and epoch, with 10,000 words, as measured with
  /// `refrain bench` on two cores of about 90 GFLOP/s each.
  public var summary: String {
    switch self {
    case .classic: "the textbook: 1 x 100 units, one lane; 5,000 steps, 5 seconds"
    case .small: "up to 1 MB: 1 x 256 units; 90 MiB, 12 seconds a MB and epoch"
    case .medium: "1 to 20 MB: 2 x 512 units; 260 MiB, 40 seconds a MB and epoch"
    case .large: "20 MB and more: 2 x 1024 units; 810 MiB, 2 minutes a MB and epoch"
    }
  }
}

extension TrainingConfiguration {
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
