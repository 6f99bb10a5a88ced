internal import Basics
private import Corpora
public import Generation
public import LanguageModel
public import Models
internal import Training

/// Measures how fast a model of given sizes, with random weights, writes so many texts at once.
public struct SamplingBenchmark: Sendable {
  /// The preset's name, or "custom".
  public var name: String
  /// V, E, H, L.
  public var model: ModelConfiguration
  /// Texts written at once.
  public var streams: Int
  /// Threads' worth of parallelism.
  public var workers: Int
  /// Which code computes the products.
  public var products = ProductKernel.packed
  /// How often the texts are written and timed, after one time that is not.
  public var repetitions = 10
  /// Tokens of each text.
  public var length = 256
  /// How tokens are chosen.
  public var sampling = Sampling()

  /// - Parameters are checked by ``run()``.
  public init(name: String, model: ModelConfiguration, streams: Int, workers: Int) {
    self.name = name
    self.model = model
    self.streams = streams
    self.workers = workers
  }

  /// What was measured; its JSON is one line of `refrain bench --sampling --json`.
  public struct Result: Sendable, Encodable {
    /// The preset's name, or "custom".
    public var preset: String
    /// V, E, L, and how many texts were written by how many workers.
    public var vocabulary, embedding, layers, streams, workers: Int
    /// H: one number if all layers have as many units.
    public var hidden: HiddenSizes
    /// Which code computed the products.
    public var products: ProductKernel
    /// All streams together: the median of the repetitions, and their standard deviation.
    public var tokensPerSecond, tokensPerSecondDeviation: Double

    private enum CodingKeys: String, CodingKey {
      case preset, vocabulary, embedding, hidden, layers, streams, workers, products
      case tokensPerSecond = "tokens_per_second", tokensPerSecondDeviation = "tokens_per_second_deviation"
    }
  }

  /// Times network, choice and text, of one stream after its first token: laying out the weights comes before that.
  ///
  /// - Throws: `GenerationError` or `ModelError` for sizes that cannot be.
  public func run() async throws -> Result {
    try model.validate()
    let limits = [
      ("repetitions", repetitions, StepBenchmark.mostRepetitions), ("length", length, 1 << 20), ("streams", streams, 1 << 16),
      ("workers", workers, 1 << 10),
    ]
    for (key, value, most) in limits where !(1...most).contains(value) {
      throw GenerationError.invalidSetting(key: key, found: "\(value)", expected: "from 1 to \(most)")
    }
    let writer = makeModel()
    let workers = streams == 1 ? workers : min(workers, streams)
    var rates: [Double] = []
    for repetition in 0...repetitions {
      let clock = ContinuousClock()
      var start = clock.now
      if streams == 1 {
        var lyrics = try writer.lyrics(length: length + 1, sampling: sampling, workers: workers, products: products)
        _ = lyrics.next()
        start = clock.now
        while lyrics.next() != nil {}
      } else {
        for await _ in try writer.songs(count: streams, length: length, sampling: sampling, workers: workers, products: products) {}
      }
      if repetition > 0 { rates.append(Double(streams * length) / start.duration(to: clock.now).inSeconds) }
    }
    return Result(
      preset: name, vocabulary: model.vocabularySize, embedding: model.embeddingSize, layers: model.layerCount, streams: streams,
      workers: workers, hidden: HiddenSizes(model.hiddenSizes), products: products, tokensPerSecond: rates.median,
      tokensPerSecondDeviation: rates.standardDeviation)
  }

  /// A model of these sizes with random weights and made-up words, which never ends a text before its length.
  ///
  /// - Precondition: the sizes are valid.
  public func makeModel() -> Model {
    let words = [Vocabulary.unknownToken] + (1..<max(2, model.vocabularySize)).map { "word\($0)" }
    guard let vocabulary = Vocabulary(tokens: Array(words.prefix(model.vocabularySize))) else {
      preconditionFailure("the words are distinct")
    }
    return Model(
      weights: Weights(model, seed: 1), tokenizer: Tokenizer(tokenization: .whitespace, vocabulary: vocabulary),
      configuration: TrainingConfiguration(), step: 0)
  }
}
