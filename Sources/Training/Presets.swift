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
      (configuration.embeddingSize, configuration.hiddenSize, configuration.layerCount) = (100, 100, 1)
      (configuration.batchSize, configuration.windowLength, configuration.shards) = (1, 25, 1)
      configuration.optimizer.learningRate = 0.001
      configuration.optimizer.rmsDecay = 0.9
      configuration.optimizer.epsilon = 1e-8
      (configuration.optimizer.clipNorm, configuration.optimizer.clipValue) = (nil, 6)
      (configuration.steps, configuration.sampleEvery, configuration.sampleBelowLoss) = (5_000, 100, 4)
    case .small:
      (configuration.embeddingSize, configuration.hiddenSize, configuration.layerCount) = (128, 256, 1)
      (configuration.batchSize, configuration.windowLength, configuration.epochs) = (16, 32, 30)
    case .medium:
      (configuration.embeddingSize, configuration.hiddenSize, configuration.layerCount) = (256, 512, 2)
      (configuration.batchSize, configuration.windowLength, configuration.epochs) = (32, 48, 20)
      configuration.optimizer.learningRate = 0.001
    case .large:
      (configuration.embeddingSize, configuration.hiddenSize, configuration.layerCount) = (512, 1_024, 2)
      (configuration.batchSize, configuration.windowLength, configuration.epochs) = (64, 64, 15)
      configuration.optimizer.learningRate = 0.0005
    }
    return configuration
  }

  /// What the preset is for and what it costs, on one line.
  public var summary: String {
    let c = configuration
    let sizes = "\(c.layerCount) x \(c.hiddenSize) units, B \(c.batchSize), T \(c.windowLength)"
    return switch self {
    case .classic: "the textbook set-up: \(sizes), 5,000 iterations, a sample every 100"
    case .small: "up to 1 MB of lyrics: \(sizes)"
    case .medium: "1 to 20 MB: \(sizes)"
    case .large: "20 MB and more: \(sizes)"
    }
  }
}
