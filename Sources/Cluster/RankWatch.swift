/// Keeps track of when each of the other ranks was last heard from.
package struct RankWatch {
  /// A rank says once a second that it is alive.
  package static let noteInterval = Duration.seconds(1)
  /// A rank from which nothing has come for so long is lost.
  package static let silence = Duration.seconds(5)
  /// How long, in seconds, a rank with nothing to do waits before it looks again.
  package static let pause = 0.05
  /// A rank that has not looked for so long was itself stopped, and may not blame others.
  package static let ownSilence = Duration.seconds(2)

  private let rank: Int
  private var heardAt: [ContinuousClock.Instant]
  private var nextNote: ContinuousClock.Instant
  private var lookedAt: ContinuousClock.Instant

  package init(rank: Int, ranks: Int, now: ContinuousClock.Instant) {
    self.rank = rank
    heardAt = Array(repeating: now, count: ranks)
    nextNote = now
    lookedAt = now
  }

  /// Whether the others are to be told that this rank is alive; true once for each interval.
  package mutating func isNoteDue(now: ContinuousClock.Instant) -> Bool {
    if now < nextNote { return false }
    nextNote = now + Self.noteInterval
    return true
  }

  package mutating func heard(from peer: Int, now: ContinuousClock.Instant) { heardAt[peer] = now }

  /// The first rank that is lost, if any is.
  package mutating func lost(now: ContinuousClock.Instant) -> Int? {
    defer { lookedAt = now }
    if now - lookedAt > Self.ownSilence {
      // What the others sent meanwhile is still to be read.
      heardAt = heardAt.map { max($0, now) }
      return nil
    }
    return heardAt.indices.first { $0 != rank && now - heardAt[$0] > Self.silence }
  }
}
