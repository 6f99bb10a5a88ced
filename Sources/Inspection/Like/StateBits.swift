/// One bit for each unit and token: whether the unit is on, that is, whether the absolute value of its hidden state is above a threshold.
///
/// The bits of a unit lie together, one after the other, so that a search reads only the units that it asks for.
///
/// Source: Strobelt et al., "LSTMVis: A Tool for Visual Analysis of Hidden State Dynamics in Recurrent Neural Networks", 2018,
/// arXiv:1606.07461. There a unit is on above the threshold; here a strong negative state counts too.
package struct StateBits: Sendable, Equatable {
  /// The number of tokens.
  package let tokens: Int
  /// For each unit the bits of 64 tokens a word, the first token in the lowest bit. Bits after the last token are 0.
  package internal(set) var columns: [[UInt64]]

  /// How many words a column has.
  package static func words(_ tokens: Int) -> Int { (tokens + 63) / 64 }

  /// - Precondition: each column has one bit a token.
  package init(tokens: Int, columns: [[UInt64]]) {
    precondition(columns.allSatisfy { $0.count == Self.words(tokens) }, "a column has one bit a token")
    self.tokens = tokens
    self.columns = columns
  }

  package subscript(unit: Int, token: Int) -> Bool { columns[unit][token / 64] >> UInt64(token % 64) & 1 != 0 }
}
