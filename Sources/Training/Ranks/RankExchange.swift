private import Basics
internal import Kernels
internal import LanguageModel
private import Synchronization

/// The all-reduce, and the sharing of the update, among the ranks of a run. Twin: ``UpdateWork``, which does the same in one process.
///
/// Each rank adds up the gradients of its own shards and groups: a subtree of the ``ReductionTree``. Then it gets the sums of all ranks for
/// its slice, adds them up by the rest of the tree, and updates its slice of the weights, which it sends to all. So every element is added
/// up in the same order, whatever the number of ranks, and each rank keeps what the optimizer needs for its slice alone.
///
/// - Invariant for `@unchecked Sendable`: it belongs to one `SharedWeights`, which makes its calls one after the other. The tasks of a call
///   write to disjoint memory.
final class RankExchange: @unchecked Sendable {
  private let communicator: any Communicator
  private let work: UpdateWork
  /// The rows of the embedding that this rank's shards touched. Those of all ranks are in `work.embedding`.
  private let local: EmbeddingReduction
  private let slices: RankSlices
  private let rank: Int
  private let layout: ParameterLayout

  /// What other ranks send of the pieces of this slice: by rank, two pieces each.
  private var incoming: [FloatStorage]
  /// What they send of its rows, by rank, and what goes to them.
  private var incomingRows: [FloatStorage], outgoingRows: [FloatStorage]
  /// The sums that other ranks receive, while they do.
  private var sending: Transfer?
  /// How long this rank has waited for others.
  private(set) var waiting = Duration.zero
  private let clock = ContinuousClock()

  /// The sums of squares of chunks and of rows, by number.
  private let squares = Mutex((chunks: [Double](), rows: [Double]()))

  init(_ layout: ParameterLayout, work: UpdateWork, communicator: any Communicator) {
    self.communicator = communicator
    self.work = work
    self.layout = layout
    rank = communicator.rank
    local = EmbeddingReduction(layout)
    slices = RankSlices(work, ranks: communicator.ranks)
    let longest = slices.pieces[rank].map(\.range.count).max() ?? 0
    incoming = (0..<communicator.ranks).map { [rank] in FloatStorage(count: $0 == rank ? 0 : 2 * longest) }
    incomingRows = (0..<communicator.ranks).map { _ in FloatStorage(count: 0) }
    outgoingRows = incomingRows
    work.ownChunks = slices.chunks[rank]
    work.ownRows = slices.rows[rank]
  }

  /// Adds the time that a call takes to ``waiting``.
  private func timed<Result>(_ body: () async -> Result) async -> Result {
    let began = clock.now
    defer { waiting += began.duration(to: clock.now) }
    return await body()
  }

  // MARK: - Pass 1

  /// Adds up the gradients of all ranks for the slice of this one; returns the sum of the squares of all slices.
  func reduce(_ gradients: StepGradients, workers: Int) async -> Double {
    work.begin(withoutRows: gradients)
    local.gather(gradients.shards.map { .init($0) })
    async let lists = gatherTokens()
    let chunkCount = work.chunkCount, rows = work.rowChunks(local.tokens.count)
    await forEachInParallel(chunkCount + rows.chunkCount, workers: workers) { part in
      _ = part < chunkCount ? self.work.addUp(part) : self.local.reduce(rows.range(part - chunkCount))
    }
    let began = clock.now, tokens = await lists
    waiting += began.duration(to: clock.now)
    squares.withLock { $0 = (Array(repeating: 0, count: chunkCount), []) }
    let receivedRows = beginRows(tokens)
    sending = communicator.begin(
      communicator.others.flatMap { peer in
        slices.pieces[peer].map { Message(.send, peer, work.sum($0.segment), $0.range) }
      })
    await addUpPieces(workers)
    await timed { await receivedRows.finish() }
    await addUpRows(tokens, workers)
    return await norm()
  }

  private func gatherTokens() async -> [[Int32]] {
    await communicator.gather(RankBytes.bytes(of: local.tokens)).map { RankBytes.numbers($0) }
  }

  /// Begins to send the rows that other slices need, and to receive those that this one needs.
  private func beginRows(_ tokens: [[Int32]]) -> Transfer {
    let columns = local.columns
    var messages: [Message] = []
    for peer in communicator.others {
      let outgoing = local.tokens.indices.filter { slices.addsUp(local.tokens[$0], rank: peer) }
      Self.grow(&outgoingRows[peer], to: outgoing.count * columns)
      for (place, row) in outgoing.enumerated() {
        outgoingRows[peer].copy(place * columns..<(place + 1) * columns, from: local.sum, at: row * columns)
      }
      let incoming = tokens[peer].count { slices.addsUp($0, rank: rank) }
      Self.grow(&incomingRows[peer], to: incoming * columns)
      messages.append(Message(.send, peer, outgoingRows[peer], 0..<outgoing.count * columns))
      messages.append(Message(.receive, peer, incomingRows[peer], 0..<incoming * columns))
    }
    return communicator.begin(messages)
  }

  private static func grow(_ storage: inout FloatStorage, to count: Int) {
    if storage.count < count { storage = FloatStorage(count: count + count / 4) }
  }

  /// Adds up the slice piece by piece, while the next piece is under way.
  private func addUpPieces(_ workers: Int) async {
    let pieces = slices.pieces[rank], longest = pieces.map(\.range.count).max() ?? 0
    func receive(_ number: Int) -> Transfer? {
      guard number < pieces.count else { return nil }
      let start = number % 2 * longest, range = start..<start + pieces[number].range.count
      return communicator.begin(communicator.others.map { Message(.receive, $0, incoming[$0], range) })
    }
    var transfers = [receive(0), receive(1)]
    for (number, piece) in pieces.enumerated() {
      await timed { await transfers[number % 2]?.finish() }
      let start = number % 2 * longest - piece.range.lowerBound
      await forEachInParallel(piece.chunks.count, workers: workers) { part in
        let chunk = piece.chunks.lowerBound + part
        self.addUp(self.work.chunks[chunk], incomingStart: start)
        // Rows of the embedding are still to be added to a tied decoder's.
        if !self.work.isEmbedding(chunk) { self.setSquares(ofChunk: chunk) }
      }
      transfers[number % 2] = receive(number + 2)
    }
  }

  private func setSquares(ofChunk chunk: Int) {
    let sum = work.squares(ofChunk: chunk)
    squares.withLock { $0.chunks[chunk] = sum }
  }

  /// Adds up a chunk over the ranks, by the tree; the sum takes the place of this rank's own. The two halves of a node may change places,
  /// since a + b is b + a.
  ///
  /// - Parameter start: where the first element of the segment would stand among what other ranks send.
  private func addUp(_ chunk: UpdateWork.Chunk, incomingStart start: Int) {
    func sum(_ ranks: Range<Int>) -> (storage: FloatStorage, start: Int) {
      if ranks.count == 1 {
        return ranks.lowerBound == rank
          ? (work.sum(chunk.segment), chunk.range.lowerBound) : (incoming[ranks.lowerBound], start + chunk.range.lowerBound)
      }
      let (left, right) = ReductionTree.halves(ranks)
      let (other, own) = right.contains(rank) ? (sum(left), sum(right)) : (sum(right), sum(left))
      Rows.add(other.storage, at: other.start, to: own.storage, range: own.start..<own.start + chunk.range.count)
      return own
    }
    _ = sum(0..<communicator.ranks)
  }

  /// Adds up the rows of the embedding of this slice, and adds them to a tied decoder's gradient.
  private func addUpRows(_ tokens: [[Int32]], _ workers: Int) async {
    let embedding = work.embedding, all = embedding.rowsOfInputsOnly
    embedding.gather(
      tokens.enumerated().map { peer, tokens in
        if peer == rank { return .init(tokens: tokens, places: nil, rows: local.sum) }
        var place: Int32 = -1
        let places = tokens.map { token -> Int32 in
          guard slices.addsUp(token, rank: rank) else { return -1 }
          place += 1
          return place
        }
        return .init(tokens: tokens, places: places, rows: incomingRows[peer])
      })
    squares.withLock { $0.rows = Array(repeating: 0, count: embedding.tokens.count) }
    let own = embedding.tokens.indices.filter { slices.addsUp(embedding.tokens[$0], rank: rank) }
    let parts = work.rowChunks(own.count), tied = slices.tiedElements[rank]
    await forEachInParallel(parts.chunkCount, workers: workers) { part in
      for row in parts.range(part).map({ own[$0] }) {
        let sum = embedding.reduce(row)
        if all.contains(Int(embedding.tokens[row])) {
          self.squares.withLock { $0.rows[row] = sum }
        } else {
          embedding.add(row, to: self.work.tiedSum, inside: tied)
        }
      }
    }
    let chunks = slices.chunks[rank].filter { work.isEmbedding($0) }
    await forEachInParallel(chunks.count, workers: workers) { self.setSquares(ofChunk: chunks[$0]) }
  }

  /// The sum of all squares, added up in the order of one process.
  private func norm() async -> Double {
    let embedding = work.embedding
    let own = squares.withLock { squares in
      squares.chunks[slices.chunks[rank]] + numbers(of: rank).map { squares.rows[$0] }
    }
    let gathered = await timed { await communicator.gather(RankBytes.bytes(of: own.map(\.bitPattern))) }
    var chunks: [Double] = [], rows = Array(repeating: 0.0, count: embedding.tokens.count)
    for (peer, bytes) in gathered.enumerated() {
      let all = RankBytes.numbers(bytes).map { Double(bitPattern: $0) }, count = slices.chunks[peer].count
      chunks += all[..<count]
      for (row, sum) in zip(numbers(of: peer), all[count...]) { rows[row] = sum }
    }
    return work.sumOfSquares(chunks: chunks, rows: rows)
  }

  /// The numbers of the touched tokens whose rows a rank updates by themselves.
  private func numbers(of rank: Int) -> [Int] {
    let embedding = work.embedding, rows = slices.rows[rank]
    return embedding.tokens.indices.filter { rows.contains(Int(embedding.tokens[$0])) }
  }

  /// Sends the sums of all slices to rank 0, for its histograms.
  func collectSums() async {
    await finishSending()
    let columns = local.columns, embedding = work.embedding, own = work.isTied ? [] : numbers(of: rank)
    if rank > 0 {
      Self.grow(&outgoingRows[0], to: own.count * columns)
      for (place, row) in own.enumerated() {
        outgoingRows[0].copy(place * columns..<(place + 1) * columns, from: embedding.sum, at: row * columns)
      }
      let sums = slices.pieces[rank].map { Message(.send, 0, work.sum($0.segment), $0.range) }
      return await communicator.begin(sums + [Message(.send, 0, outgoingRows[0], 0..<own.count * columns)]).finish()
    }
    var messages: [Message] = []
    for peer in communicator.others {
      let count = work.isTied ? 0 : numbers(of: peer).count * columns
      Self.grow(&incomingRows[peer], to: count)
      messages += slices.pieces[peer].map { Message(.receive, peer, work.sum($0.segment), $0.range) }
      messages.append(Message(.receive, peer, incomingRows[peer], 0..<count))
    }
    await communicator.begin(messages).finish()
    if work.isTied { return }
    for peer in communicator.others {
      for (place, row) in numbers(of: peer).enumerated() {
        embedding.sum.copy(row * columns..<(row + 1) * columns, from: incomingRows[peer], at: place * columns)
      }
    }
  }

  // MARK: - Pass 2

  /// Sends the slice of the weights that this rank has updated to all others, and receives theirs.
  func share(_ weights: FloatStorage, updatesAllRows: Bool) async {
    let columns = local.columns, tokens = work.embedding.tokens
    var messages: [Message] = [], incoming: [(rows: [Int], peer: Int)] = []
    for peer in communicator.others {
      messages += slices.pieces[rank].map { Message(.send, peer, weights, $0.weights) }
      messages += slices.pieces[peer].map { Message(.receive, peer, weights, $0.weights) }
    }
    if updatesAllRows {
      func elements(_ rank: Int) -> Range<Int> { slices.rows[rank].lowerBound * columns..<slices.rows[rank].upperBound * columns }
      for peer in communicator.others {
        messages.append(Message(.send, peer, weights, elements(rank)))
        messages.append(Message(.receive, peer, weights, elements(peer)))
      }
    } else {
      let own = numbers(of: rank)
      Self.grow(&outgoingRows[rank], to: own.count * columns)
      for (place, number) in own.enumerated() {
        outgoingRows[rank].copy(place * columns..<(place + 1) * columns, from: weights, at: Int(tokens[number]) * columns)
      }
      for peer in communicator.others {
        let rows = numbers(of: peer)
        Self.grow(&incomingRows[peer], to: rows.count * columns)
        messages.append(Message(.send, peer, outgoingRows[rank], 0..<own.count * columns))
        messages.append(Message(.receive, peer, incomingRows[peer], 0..<rows.count * columns))
        incoming.append((rows, peer))
      }
    }
    await timed { await communicator.begin(messages).finish() }
    for (rows, peer) in incoming {
      for (place, number) in rows.enumerated() {
        let start = Int(tokens[number]) * columns
        weights.copy(start..<start + columns, from: incomingRows[peer], at: place * columns)
      }
    }
  }

  /// Waits until other ranks have the sums of pass 1, whose memory the next step overwrites.
  func finishSending() async {
    await timed { await sending?.finish() }
    sending = nil
  }

  // MARK: - Optimizer state

  /// All slices of a buffer that each rank keeps its own slice of.
  ///
  /// - Parameter everywhere: whether all ranks get it, or rank 0 alone; then the result is empty on the others.
  func collect(_ slice: FloatStorage, everywhere: Bool = false) async -> FloatBuffer {
    let gets = everywhere || rank == 0
    let result = FloatBuffer(count: gets ? slice.count : 0), storage = result.storage
    var messages: [Message] = []
    for peer in communicator.others {
      if everywhere || peer == 0 { messages += slices.weights(of: rank).map { Message(.send, peer, slice, $0) } }
      if gets { messages += slices.weights(of: peer).map { Message(.receive, peer, storage, $0) } }
    }
    if gets { for range in slices.weights(of: rank) { storage.copy(range, from: slice, at: range.lowerBound) } }
    await communicator.begin(messages).finish()
    return result
  }

  /// Collects an optional buffer on rank 0; nil if there is none.
  func collect(_ slice: FloatStorage?) async -> FloatBuffer? {
    guard let slice else { return nil }
    return await collect(slice, everywhere: false)
  }

  /// Copies the slice of this rank.
  func copySlice(of buffer: FloatBuffer, into slice: FloatStorage) {
    for range in slices.weights(of: rank) { slice.copy(range, from: buffer.storage, at: range.lowerBound) }
  }
}
