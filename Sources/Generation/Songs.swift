public import Corpora
private import Kernels
public import LanguageModel
public import Models

extension Model {
  /// Many songs that go on from one prompt, written at once: each comes when it and those before it are done, prompt included.
  ///
  /// ```swift
  /// for await song in try model.songs(prompt: "The river", count: 64, seed: 7) { print(song) }
  /// ```
  /// The n-th song is to the last byte what ``generate(prompt:length:sampling:condition:copies:cache:seed:workers:products:)`` writes with
  /// the seed `seed + n`, n from 0: how many are written at once changes nothing but the time, which is a fraction of that of one after
  /// the other.
  ///
  /// - Parameters:
  ///   - length: the most tokens of a song.
  ///   - condition: values of the columns that the model is conditioned on, by the columns' names. What is missing is drawn by the seed, as
  ///     often as the training songs have it.
  ///   - copies: keeps what is written, and the prompt before it, from copying songs.
  ///   - cache: the neural cache that each song starts with; nil: none.
  ///   - workers: threads' worth of parallelism; nil: one for each core that the process may use.
  ///   - products: which code computes the products.
  /// - Throws: `GenerationError` for settings that cannot be.
  public func songs(
    prompt: String = "", count: Int, length: Int = 200, sampling: Sampling = Sampling(), condition: [String: String] = [:],
    copies: CopyGuard? = nil, cache: WritingCache? = nil, seed: UInt64 = 1, workers: Int? = nil, products: ProductKernel = .packed
  ) throws(GenerationError) -> AsyncStream<String> {
    if count < 1 { throw .invalidSetting(key: "count", found: "\(count)", expected: "at least 1") }
    if let workers, workers < 1 { throw .invalidSetting(key: "workers", found: "\(workers)", expected: "at least 1") }
    let beginning = try LyricBeginning(
      self, prompt: prompt, length: length, sampling: sampling, condition: condition, copies: copies, cache: cache)
    let workers = min(workers ?? Machine.usableCores, count), weights = self.weights
    return AsyncStream { continuation in
      let task = Task {
        let order = SongOrder { continuation.yield($0) }
        let weights = SamplingWeights(weights, products: products)
        await withTaskGroup(of: Void.self) { group in
          for worker in 0..<workers {
            group.addTask {
              let desk = SongDesk(weights, beginning, sampling, lanes: (count - worker - 1) / workers + 1)
              await desk.write(stride(from: worker, to: count, by: workers), seed: seed) { number, text in
                await order.take(number, prompt + text)
              }
            }
          }
        }
        continuation.finish()
      }
      continuation.onTermination = { _ in task.cancel() }
    }
  }
}

/// Hands songs on in the order of their numbers.
private actor SongOrder {
  private let handOn: @Sendable (String) -> Void
  private var next = 0
  private var waiting: [Int: String] = [:]

  init(_ handOn: @escaping @Sendable (String) -> Void) { self.handOn = handOn }

  func take(_ number: Int, _ song: String) {
    waiting[number] = song
    while let song = waiting.removeValue(forKey: next) {
      handOn(song)
      next += 1
    }
  }
}

/// Where one worker writes: a song in each lane, and the next one where a song is over.
private final class SongDesk {
  /// More lanes than this make no product faster.
  private static let mostLanes = 64

  private let lanes: Int
  private let network: SamplingNetwork
  private let sampler: Sampler
  private let beginning: LyricBeginning
  /// [1, V]: the logits after the beginning, from which every song chooses its first token.
  private let firstLogits: Matrix
  /// The cache after the beginning; nil if there is none, or each song has its own beginning.
  private var firstCache: StreamCache?
  /// The songs under way, with what each has yet to read of its beginning.
  private var songs: [(number: Int, stream: LyricStream, text: String, unread: ArraySlice<TokenID>)] = []
  private var tokens: [TokenID] = []

  init(_ weights: SamplingWeights, _ beginning: LyricBeginning, _ sampling: Sampling, lanes: Int) {
    self.lanes = min(lanes, Self.mostLanes)
    self.beginning = beginning
    // The lane after the last keeps the state after the beginning.
    network = SamplingNetwork(weights, lanes: self.lanes + 1)
    sampler = Sampler(sampling, vocabularySize: weights.configuration.vocabularySize)
    firstLogits = Matrix(rows: 1, columns: weights.configuration.vocabularySize)
    // Songs that begin alike are read once. Others are read one by one, and then the lane after the last keeps the initial state.
    if beginning.isDrawn { return }
    let first = beginning.read(into: network)
    firstLogits.copy(from: first.logits)
    firstCache = first.cache
    network.copyState(from: 0, to: self.lanes)
  }

  /// Writes the songs of these numbers, until the task is cancelled.
  func write(_ numbers: StrideTo<Int>, seed: UInt64, _ deliver: (Int, String) async -> Void) async {
    var waiting = numbers.makeIterator()
    while !Task.isCancelled {
      while songs.count < lanes, let number = waiting.next() {
        if let done = begin(number, seed: seed) { await deliver(number, done) }
      }
      if songs.isEmpty { return }
      let logits = network.logits(after: tokens)
      if songs.contains(where: \.stream.hasCache) {
        let inputs = network.decoderInput(lanes: songs.count)
        for lane in songs.indices { songs[lane].stream.read(tokens[lane], inputs.block(rows: lane..<lane + 1)) }
      }
      // From the last to the first: where a song is over, the last one's place is already settled.
      for lane in songs.indices.reversed() {
        if let token = songs[lane].unread.popFirst() {
          tokens[lane] = token
          continue
        }
        let row = logits.block(rows: lane..<lane + 1)
        let (token, text) = songs[lane].stream.next(row, sampler)
        if let token { tokens[lane] = token }
        songs[lane].text += text
        if songs[lane].stream.remaining == 0 {
          await deliver(songs[lane].number, songs[lane].text)
          clear(lane)
        }
      }
    }
  }

  /// Puts a song in a free lane; returns it if it is over with its first token.
  private func begin(_ number: Int, seed: UInt64) -> String? {
    var stream = beginning.stream(seed: seed &+ UInt64(number), cache: firstCache)
    if beginning.isDrawn {
      let context = beginning.context(seed: seed &+ UInt64(number))
      network.copyState(from: lanes, to: songs.count)
      songs.append((number, stream, "", context.dropFirst()))
      tokens.append(context[0])
      return nil
    }
    let (token, text) = stream.next(firstLogits.view, sampler)
    guard let token, stream.remaining > 0 else { return text }
    network.copyState(from: lanes, to: songs.count)
    songs.append((number, stream, text, []))
    tokens.append(token)
    return nil
  }

  private func clear(_ lane: Int) {
    let last = songs.count - 1
    network.copyState(from: last, to: lane)
    songs.swapAt(lane, last)
    songs.removeLast()
    tokens.swapAt(lane, last)
    tokens.removeLast()
  }
}
