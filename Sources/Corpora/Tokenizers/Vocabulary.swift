/// The tokens that a model knows, numbered from 0.
///
/// `<unk>` stands for all others. The order is fixed by the counts alone: special tokens, then by falling count, ties by the
/// order of the bytes, so that the same corpus gives the same numbers on every machine. Strings that Unicode calls
/// canonically equivalent are one token.
public struct Vocabulary: Sendable, Hashable {
  /// The token that stands for those that are not in the vocabulary.
  public static let unknownToken = "<unk>"

  /// All tokens; the index of each is its number.
  public let tokens: [String]
  /// The number of `<unk>`.
  public let unknown: TokenID
  /// The tokens' bytes in normal form C, found by their hash.
  private let table: TokenTable

  /// How many tokens there are.
  public var count: Int { tokens.count }

  /// The token's number, or nil if it is not in the vocabulary.
  public func id(of token: String) -> TokenID? { table.id(of: token.inNormalFormC).map { TokenID($0) } }

  /// The number of the token with these bytes in normal form C.
  @inline(__always)
  func id(of bytes: Span<UInt8>, _ range: Range<Int>) -> TokenID? {
    table.id(bytes, range, hash: TokenTable.hash(bytes, range)).map { TokenID($0) }
  }

  /// Vocabularies are equal if they number the same tokens alike.
  public static func == (first: Vocabulary, second: Vocabulary) -> Bool { first.tokens == second.tokens }

  /// Hashes the tokens.
  public func hash(into hasher: inout Hasher) { hasher.combine(tokens) }

  /// A vocabulary of these tokens in this order, or nil if one comes twice or `<unk>` is not among them.
  public init?(tokens: [String]) {
    self.init(distinct: tokens)
    guard table.count == tokens.count, table.id(of: Self.unknownToken) != nil else { return nil }
  }

  /// `<unk>` must be among the tokens.
  private init(distinct tokens: [String]) {
    self.tokens = tokens
    var table = TokenTable(expecting: tokens.count)
    for token in tokens { _ = table.intern(token.inNormalFormC) }
    self.table = table
    unknown = TokenID(table.id(of: Self.unknownToken) ?? 0)
  }
}
