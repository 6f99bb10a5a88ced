package import Basics
internal import Files
internal import SystemPackage

/// A sequence of token numbers: in memory, or in a store of which pieces are read when they are asked for.
///
/// ```swift
/// let corpus = try Corpus(store: "songs.store")
/// print(corpus.training.count, try corpus.training.read(0..<10))
/// ```
/// A copy shares the storage. It is no `Collection`, since reading may fail: a store may lie on a disk that goes away, or be cut off or
/// written over by another program, while it is in use. Each piece is read with a call that says so, not from mapped memory, where such a
/// file would end the process. ``isUntouched()`` finds a store that was overwritten with the same number of bytes; call it after reading
/// what is trained on, measured or compared.
public struct Tokens: Sendable, Equatable {
  private enum Storage: Sendable {
    case array([TokenID])
    case stored(StoredTokens)
    indirect case controlled(ControlledTokens)
  }

  private let storage: Storage

  /// Tokens in memory.
  public init(_ tokens: [TokenID]) { storage = .array(tokens) }

  init(_ tokens: StoredTokens) { storage = .stored(tokens) }

  init(_ tokens: ControlledTokens) { storage = .controlled(tokens) }

  /// How many there are.
  public var count: Int {
    switch storage {
    case .array(let tokens): tokens.count
    case .stored(let tokens): tokens.count
    case .controlled(let tokens): tokens.count
    }
  }

  /// How many of them a model may predict: all but control tokens.
  package var predictableCount: Int { if case .controlled(let tokens) = storage { tokens.base.count } else { count } }

  /// Numbers from here on are of control tokens, which are never predicted.
  var firstControl: TokenID { if case .controlled(let tokens) = storage { tokens.firstControl } else { .max } }

  /// The place of a token that may be predicted, from its number among these.
  func place(ofPredictable index: Int) -> Int { if case .controlled(let tokens) = storage { tokens.place(of: index) } else { index } }

  /// Whether there are none.
  public var isEmpty: Bool { count == 0 }

  /// The tokens of a range of places, counted from 0.
  ///
  /// - Precondition: the range lies within 0..<count.
  /// - Throws: `CorpusError` if the store can no longer be read there, or was written over.
  public func read(_ range: Range<Int>) throws(CorpusError) -> [TokenID] {
    var piece = Piece()
    try read(range, into: &piece)
    return piece.tokens
  }

  /// All of them, in memory.
  ///
  /// - Throws: `CorpusError` as ``read(_:)``.
  public func read() throws(CorpusError) -> [TokenID] {
    if case .array(let tokens) = storage { tokens } else { try read(0..<count) }
  }

  /// Memory that is used for one piece after the other.
  struct Piece {
    /// What was read last.
    fileprivate(set) var tokens: [TokenID] = []
    fileprivate var bytes: [UInt8] = []
    /// The tokens of the part, between which control tokens are put.
    fileprivate var own: [TokenID] = []
  }

  /// As ``read(_:)``, into memory that was used before.
  func read(_ range: Range<Int>, into piece: inout Piece) throws(CorpusError) {
    precondition(range.lowerBound >= 0 && range.upperBound <= count, "the range must lie within the \(count) tokens")
    piece.tokens.removeAll(keepingCapacity: true)
    switch storage {
    case .array(let tokens): piece.tokens += tokens[range]
    case .stored(let stored): try stored.append(range, to: &piece.tokens, through: &piece.bytes)
    case .controlled(let controlled):
      // Taken out of the piece, so that the memory is not copied.
      var tokens: [TokenID] = []
      swap(&tokens, &piece.own)
      tokens.removeAll(keepingCapacity: true)
      try controlled.append(range, to: &tokens) { own throws(CorpusError) in
        try controlled.base.read(own, into: &piece)
        return piece.tokens
      }
      piece.own = piece.tokens
      piece.tokens = tokens
    }
  }

  /// Whether the store is in the same state as when it was checked, so that what was just read is valid; true for tokens in memory.
  ///
  /// - Returns: false if the state changed but the contents did not; then read again what was just read.
  /// - Throws: `CorpusError.changedWhileRead` if the store was written over, even with as many bytes as before.
  func isUntouched() throws(CorpusError) -> Bool {
    switch storage {
    case .array: true
    case .stored(let tokens): try tokens.store.isUntouched()
    case .controlled(let tokens): try tokens.base.isUntouched()
    }
  }

  /// All places in ranges that are few enough to be read at once.
  package var blocks: [Range<Int>] { stride(from: 0, to: count, by: 1 << 18).map { $0..<min(count, $0 + 1 << 18) } }

  /// Whether both have the same tokens, wherever they are kept; what cannot be read is equal to nothing.
  public static func == (first: Tokens, second: Tokens) -> Bool {
    first.count == second.count
      && first.blocks.allSatisfy { block in
        guard let one = try? first.read(block), let other = try? second.read(block) else { return false }
        return one == other
      }
  }

  /// How often each token of a vocabulary comes.
  ///
  /// - Precondition: there are no control tokens among these.
  /// - Throws: `CorpusError` if the store can no longer be read.
  package func counts(vocabularySize: Int) throws(CorpusError) -> [Int] {
    var counts: [Int]
    repeat {
      counts = [Int](repeating: 0, count: vocabularySize)
      var piece = Piece()
      for block in blocks {
        try read(block, into: &piece)
        for token in piece.tokens { counts[Int(token)] += 1 }
      }
    } while try !isUntouched()
    return counts
  }

  /// Adds the numbers of the control tokens, if there are any, and how many they are.
  package func addControls(to hash: inout FNV1a) {
    guard case .controlled(let tokens) = storage else { return }
    for token in tokens.controls { hash.add(UInt64(UInt32(bitPattern: token))) }
    hash.add(UInt64(tokens.controls.count))
  }

  /// How many bytes of memory the tokens take for themselves.
  package var bytesInMemory: Int {
    switch storage {
    case .array(let tokens): tokens.count * MemoryLayout<TokenID>.stride
    case .stored: 0
    case .controlled(let tokens): tokens.bytesInMemory
    }
  }
}

/// A part of a store that was opened and checked.
struct StoredTokens: Sendable {
  let store: StoreFile
  /// The byte of the file where it begins.
  let offset: Int
  let count: Int
  /// Whether a number has four bytes and not two.
  let isWide: Bool
  /// Every number is less than this.
  let vocabularyCount: Int

  /// - Throws: `CorpusError` for what cannot be read, and numbers that were not there when the store was checked.
  fileprivate func append(_ range: Range<Int>, to tokens: inout [TokenID], through bytes: inout [UInt8]) throws(CorpusError) {
    let size = isWide ? 4 : 2
    do throws(FileError) {
      try store.file.read(range.count * size, at: offset + range.lowerBound * size, into: &bytes)
    } catch {
      throw CorpusError(error)
    }
    tokens.reserveCapacity(tokens.count + range.count)
    var largest: TokenID = 0, smallest: TokenID = 0
    for index in 0..<range.count {
      let token =
        isWide
        ? TokenID(
          truncatingIfNeeded: UInt32(bytes[4 * index]) | UInt32(bytes[4 * index + 1]) << 8 | UInt32(bytes[4 * index + 2]) << 16
            | UInt32(bytes[4 * index + 3]) << 24)
        : TokenID(UInt16(bytes[2 * index]) | UInt16(bytes[2 * index + 1]) << 8)
      largest = max(largest, token)
      smallest = min(smallest, token)
      tokens.append(token)
    }
    guard smallest >= 0, largest < vocabularyCount else { throw .changedWhileRead(path: store.file.path.string) }
  }
}
