public import LanguageModel

extension StepBenchmark {
  /// What was measured; its JSON is one line of `refrain bench --json`.
  public struct Result: Sendable, Encodable {
    /// The preset's name, or "custom".
    public var preset: String
    /// V, E, L, B, T, and how the minibatch was shared out.
    public var vocabulary, embedding, layers, batch, window, workers, shards: Int
    /// H: one number if all layers have as many units.
    public var hidden: HiddenSizes
    /// Whether the decoder's weight is the embedding.
    public var tied: Bool
    /// What the layers' units are.
    public var cell: RecurrentCell
    /// Which code computed the products of a time step.
    public var products: ProductKernel
    /// By the median step, and the standard deviation of the repetitions' speeds.
    public var tokensPerSecond, tokensPerSecondDeviation: Double
    /// The median step.
    public var stepMilliseconds: Double
    /// The arithmetic of the plain step, every product counted, by the median step.
    public var gflops: Double
    /// The same for the median of the bare products, run in turn with the steps; nil where they were not.
    public var gemmGflopsBound: Double?
    /// The median of the bare products by the median step: 1 is as fast as they; nil where they were not timed.
    public var fractionOfBound: Double?
    /// The most memory that the process had while it trained, code and libraries included.
    /// nil where several benchmarks shared the process.
    public var peakMemoryMib: Double?
    /// The fraction of a step outside all parallel loops, where one thread works alone; nil if not measured. Workers without a shard are
    /// not counted.
    public var singleThreadFraction: Double?
    /// What the ranks exchanged; nil if there is one rank.
    public var communication: Communication?
    /// The mean step by phase, in milliseconds; those of the replicas are means over the replicas.
    public var phases: [Phase]

    /// A phase of the step.
    public struct Phase: Sendable, Encodable {
      /// Such as "softmax".
      public var name: String
      /// The mean over the steps.
      public var milliseconds: Double

      package init(name: String, milliseconds: Double) {
        self.name = name
        self.milliseconds = milliseconds
      }
    }

    /// What a rank exchanges with others in a step, by the mean of the steps.
    public struct Communication: Sendable, Encodable {
      /// How many ranks there are, and how many groups of shards.
      public var ranks, groups: Int
      /// The bytes and the messages that rank 0 sends.
      public var bytes, messages: Int
      /// How long something is under way from or to rank 0.
      public var milliseconds: Double
      /// How long rank 0 waits for others, those that compute longer included.
      public var waitingMilliseconds: Double
      /// The part of the communication's time in which rank 0 computes.
      public var overlap: Double

      private enum CodingKeys: String, CodingKey {
        case ranks, groups, bytes, messages, milliseconds, waitingMilliseconds = "waiting_milliseconds", overlap
      }

      package init(
        ranks: Int, groups: Int, bytes: Int, messages: Int, milliseconds: Double, waitingMilliseconds: Double, overlap: Double
      ) {
        self.ranks = ranks
        self.groups = groups
        self.bytes = bytes
        self.messages = messages
        self.milliseconds = milliseconds
        self.waitingMilliseconds = waitingMilliseconds
        self.overlap = overlap
      }
    }

    private enum CodingKeys: String, CodingKey {
      case communication
      case preset, vocabulary, embedding, hidden, layers, cell, batch, window, workers, shards, tied, products, gflops, phases
      case tokensPerSecond = "tokens_per_second", tokensPerSecondDeviation = "tokens_per_second_deviation"
      case stepMilliseconds = "step_milliseconds", gemmGflopsBound = "gemm_gflops_bound", fractionOfBound = "fraction_of_bound"
      case peakMemoryMib = "peak_memory_mib", singleThreadFraction = "single_thread_fraction"
    }
  }
}
