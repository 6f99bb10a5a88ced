/// Why all ranks end.
package enum RankFailure: Sendable, Hashable {
  /// A rank has not answered for some seconds: it was killed, hangs or has lost its connection.
  case silent(rank: Int, seconds: Int)
  /// A rank reports an error.
  case failed(rank: Int, sentence: String)
  /// MPI reports an error on a rank.
  case disconnected(rank: Int, reason: String)
}
