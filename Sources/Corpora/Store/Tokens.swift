internal import Files

/// A sequence of token numbers: in memory, or in a store that is mapped and read as it is touched.
///
/// ```swift
/// let corpus = try Corpus(store: "songs.store")
/// print(corpus.training.count, corpus.training.prefix(10))
/// ```
/// A copy shares the storage. Indices run from 0, in a slice too.
public struct Tokens: RandomAccessCollection, Sendable, Hashable {
  private enum Storage: Sendable {
    case array([TokenID])
    /// Numbers of two or four bytes from this byte of the file on.
    case mapped(MappedFile, offset: Int, isWide: Bool)
  }

  private let storage: Storage
  private let range: Range<Int>

  /// Tokens in memory.
  public init(_ tokens: [TokenID]) {
    storage = .array(tokens)
    range = 0..<tokens.count
  }

  /// - Precondition: the numbers lie within the file.
  init(mapping file: MappedFile, offset: Int, count: Int, isWide: Bool) {
    precondition(offset >= 0 && count >= 0 && count <= (file.size - offset) / (isWide ? 4 : 2), "the tokens must lie within the file")
    storage = .mapped(file, offset: offset, isWide: isWide)
    range = 0..<count
  }

  private init(_ storage: Storage, _ range: Range<Int>) {
    self.storage = storage
    self.range = range
  }

  /// 0.
  public var startIndex: Int { 0 }
  /// The count.
  public var endIndex: Int { range.count }

  /// The token at a place.
  public subscript(position: Int) -> TokenID {
    let place = range.lowerBound + position
    precondition(position >= 0 && place < range.upperBound, "the place must be one of the \(range.count) tokens")
    switch storage {
    case .array(let tokens): return tokens[place]
    case .mapped(let file, let offset, isWide: false): return TokenID(file.load(UInt16.self, at: offset + 2 * place))
    case .mapped(let file, let offset, isWide: true):
      return TokenID(truncatingIfNeeded: file.load(UInt32.self, at: offset + 4 * place))
    }
  }

  /// The tokens of a range of places, numbered from 0 again.
  public subscript(bounds: Range<Int>) -> Tokens {
    precondition(bounds.lowerBound >= 0 && bounds.upperBound <= range.count, "the range must lie within the \(range.count) tokens")
    return Tokens(storage, range.lowerBound + bounds.lowerBound..<range.lowerBound + bounds.upperBound)
  }

  /// Whether both have the same tokens, wherever they are kept.
  public static func == (first: Tokens, second: Tokens) -> Bool { first.elementsEqual(second) }

  /// Hashes the tokens.
  public func hash(into hasher: inout Hasher) {
    hasher.combine(count)
    for token in self { hasher.combine(token) }
  }

  /// How many bytes of memory the tokens take for themselves; a mapping takes none that the system cannot have back.
  package var bytesInMemory: Int {
    if case .array = storage { range.count * MemoryLayout<TokenID>.stride } else { 0 }
  }

  /// Gives back the pages of a mapping that were read; nothing for tokens in memory.
  func forgetPages() {
    if case .mapped(let file, _, _) = storage { file.forgetPages() }
  }
}
