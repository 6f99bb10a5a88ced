private import CVectorKernels
private import Dispatch
private import Foundation
private import Synchronization

/// Threads that share products of few rows, each of which is too short for a task to be worth its start.
///
/// Example: a song alone reads all weights of the model for every token, some ten microseconds a product, as fast as one core's way to
/// the caches allows; two cores have two ways. The helpers wait for the next product in a loop, and sleep when none comes for a while.
///
/// The caller works too, and takes what no helper has taken: a helper that the system has put aside costs the part it has begun, and is
/// not asked again for a while. Who computes a part changes nothing, because `Factor.multiplyRows` gives each row and panel the same bits,
/// whatever is computed with it.
///
/// - Invariant for `@unchecked Sendable` of what it shares with its helpers: see ``Board``.
package final class ProductTeam {
  private let board = Board()
  private let helpers: [Helper]
  /// Products to come that are not shared, since the machine has something else to do for the helpers' cores.
  private var unshared = 0

  /// Looks for the last part before the caller gives its core away too: some hundred microseconds.
  private static let patience = 10_000
  private static let rest = 1_000

  /// Factors with fewer elements are left to the caller: they are read sooner than a helper is told of them.
  package static let smallestShared = 1 << 17
  /// A product has no more parts than this, and so no use for more threads.
  private static let mostParts = 16

  /// - Parameter workers: threads, the caller's included.
  package init(workers: Int) {
    precondition(workers >= 1, "somebody must work")
    helpers = (1..<min(workers, Self.mostParts)).map { [board] _ in Helper(board) }
  }

  deinit {
    board.isOver.store(true, ordering: .sequentiallyConsistent)
    for helper in helpers { helper.wake() }
  }

  /// A left-hand factor and a right-hand one.
  package typealias Product = (MatrixView, Factor)

  /// c += a b for one product or two with the same c, one after the other: see ``multiply(_:_:addingTo:)``.
  ///
  /// It belongs to one caller at a time.
  package func multiply(_ first: Product, _ second: Product? = nil, addingTo c: Matrix) {
    let panels = first.1.panelCount, count = first.1.count + (second?.1.count ?? 0)
    let size = (panels + Self.mostParts - 1) / Self.mostParts
    let job = Board.Job(first: first, second: second, result: c, panels: panels, partSize: size)
    unshared = max(0, unshared - 1)
    if helpers.isEmpty || unshared > 0 || count < Self.smallestShared || panels < 2 { return job.run(0..<panels) }
    board.publish(job)
    for helper in helpers { helper.wake() }
    while board.doPart() {}
    var looks = 0
    while !board.isDone {
      looks += 1
      if looks < Self.patience { refrain_pause() } else { sched_yield() }
    }
    if looks >= Self.patience { unshared = Self.rest }
  }
}

/// What the caller writes for its helpers: a job, and how many of its parts nobody has taken.
///
/// - Invariant for `@unchecked Sendable`: `job` is written by the caller alone, while no part of the last one is left or under way; it is
///   read only by those who took a part of it. `ticket` orders the two: it is stored after the job and loaded before it is read.
private final class Board: @unchecked Sendable {
  struct Job {
    var first: ProductTeam.Product
    var second: ProductTeam.Product?
    var result: Matrix
    var panels: Int
    /// Panels of a part.
    var partSize: Int

    var partCount: Int { (panels + partSize - 1) / partSize }

    func run(_ panels: Range<Int>) {
      first.1.multiplyRows(first.0, panels: panels, addingTo: result)
      if let second { second.1.multiplyRows(second.0, panels: panels, addingTo: result) }
    }
  }

  private var job: Job?
  /// The job's number, times 2^32, plus the parts that nobody has taken: so no part of an old job can be taken from a new one.
  private let ticket = Atomic<UInt64>(0)
  private let undone = Atomic<Int>(0)
  let isOver = Atomic<Bool>(false)

  var hasPart: Bool { ticket.load(ordering: .sequentiallyConsistent) & 0xFFFF_FFFF > 0 }

  func publish(_ job: Job) {
    self.job = job
    undone.store(job.partCount, ordering: .relaxed)
    let number = ticket.load(ordering: .relaxed) >> 32
    ticket.store((number &+ 1) << 32 | UInt64(job.partCount), ordering: .sequentiallyConsistent)
  }

  /// Takes a part and does it; false if none is left.
  func doPart() -> Bool {
    var current = ticket.load(ordering: .acquiring)
    while current & 0xFFFF_FFFF > 0 {
      let (taken, now) = ticket.weakCompareExchange(expected: current, desired: current - 1, ordering: .acquiringAndReleasing)
      if taken {
        guard let job else { preconditionFailure("a part is one of a job") }
        let start = (job.partCount - Int(current & 0xFFFF_FFFF)) * job.partSize
        job.run(start..<min(start + job.partSize, job.panels))
        undone.subtract(1, ordering: .releasing)
        return true
      }
      current = now
    }
    return false
  }

  var isDone: Bool { undone.load(ordering: .acquiring) == 0 }
}

/// A thread that does parts as they come.
private final class Helper: Sendable {
  private let board: Board
  private let isAsleep = Atomic<Bool>(false)
  private let alarm = DispatchSemaphore(value: 0)

  /// Looks for work before sleep: some hundred microseconds, longer than from one token to the next.
  private static let patience = 5_000

  init(_ board: Board) {
    self.board = board
    Thread.detachNewThread { [self] in work() }
  }

  func wake() {
    if isAsleep.exchange(false, ordering: .sequentiallyConsistent) { alarm.signal() }
  }

  private func work() {
    var idle = 0
    while !board.isOver.load(ordering: .relaxed) {
      if board.doPart() {
        idle = 0
      } else if idle < Self.patience {
        idle += 1
        refrain_pause()
      } else {
        idle = 0
        isAsleep.store(true, ordering: .sequentiallyConsistent)
        // Whoever clears the flag decides: a caller that was first has signalled, or is about to.
        let isNeeded = board.hasPart || board.isOver.load(ordering: .sequentiallyConsistent)
        if isNeeded, isAsleep.exchange(false, ordering: .sequentiallyConsistent) { continue }
        alarm.wait()
      }
    }
  }
}
