// Memory and requests are handed to MPI, which knows pointers alone.
#if MPI
  internal import Basics
  internal import CMPI
  internal import Foundation
  internal import Kernels
  internal import Training

  /// The thread that makes all calls of MPI.
  @safe
  final class MPIThread {
    let rank: Int
    let ranks: Int
    private let inbox: MPIInbox
    private var watch: RankWatch
    private let say: (RankFailure) -> Void

    /// Pending requests, and their owners by the same index.
    private var requests: [MPI_Request?] = unsafe []
    private var owners: [Owner] = []
    /// The numbers of the requests that a test found complete.
    private var complete: [Int32] = []
    /// Those who wait for bytes of all ranks, with this rank's, in the order of their calls; and what has come of each rank for them.
    private var gatherings: [(own: [UInt8], waiting: CheckedContinuation<[[UInt8]], Never>)] = []
    private var arrived: [[[UInt8]]]
    /// How often in a row nothing had happened.
    private var idleRounds = 0
    private var busySince: ContinuousClock.Instant?
    /// Whether this rank is about to end because of an error.
    private var isFailing = false
    private let clock = ContinuousClock()

    /// What a request keeps in memory until it is complete.
    @safe
    private enum Owner {
      case message(Transfer, FloatStorage, isLast: Bool, from: Int?)
      case bytes(UnsafeMutableRawPointer)
    }

    /// More than this many floats go in several messages, since MPI counts in 32 bits.
    private static let mostFloats = 1 << 28

    /// Begins MPI, on the thread that is to call it; nil if it does not start.
    init?(_ inbox: MPIInbox, _ say: @escaping (RankFailure) -> Void) {
      var rank: Int32 = 0
      let ranks = unsafe refrain_mpi_begin(&rank)
      if ranks < 1 { return nil }
      self.rank = Int(rank)
      self.ranks = Int(ranks)
      self.inbox = inbox
      self.say = say
      arrived = Array(repeating: [], count: Int(ranks))
      watch = RankWatch(rank: Int(rank), ranks: Int(ranks), now: clock.now)
    }

    /// Serves until the rank leaves.
    func run() {
      while true {
        for command in inbox.takeAll() {
          switch command {
          case .messages(let messages, let transfer): for message in messages { begin(message, transfer) }
          case .gather(let bytes, let waiting):
            gatherings.append((bytes, waiting))
            for peer in 0..<ranks where peer != rank { send(bytes, to: peer, tag: REFRAIN_MPI_BYTES) }
          case .fail(let sentence): fail(.failed(rank: rank, sentence: sentence))
          case .leave(let waiting):
            finish()
            return waiting.resume()
          }
        }
        let hasMoved = testRequests() || takeBytes() || completeGatherings()
        sendNotes()
        takeNotes()
        rest(hasMoved)
      }
    }

    // MARK: - Sending and receiving

    private func begin(_ message: Message, _ transfer: Transfer) {
      var range = message.range
      repeat {
        let part = range.prefix(Self.mostFloats), peer = Int32(message.peer)
        range = part.upperBound..<range.upperBound
        var request: MPI_Request? = unsafe refrain_mpi_no_request()
        let address = unsafe message.storage.address(of: part), count = Int32(part.count)
        let code =
          message.direction == .send
          ? unsafe refrain_mpi_send_floats(address, count, peer, &request)
          : unsafe refrain_mpi_receive_floats(address, count, peer, &request)
        check(code, peer: message.peer)
        if message.direction == .send { inbox.add(Traffic(bytes: 4 * part.count, messages: 1)) }
        let sender = message.direction == .receive ? message.peer : nil
        unsafe add(request, .message(transfer, message.storage, isLast: range.isEmpty, from: sender))
      } while !range.isEmpty
    }

    private func send(_ bytes: [UInt8], to peer: Int, tag: Int32) {
      let copy = UnsafeMutableRawPointer.allocate(byteCount: max(1, bytes.count), alignment: 1)
      unsafe copy.copyMemory(from: bytes, byteCount: bytes.count)
      var request: MPI_Request? = unsafe refrain_mpi_no_request()
      check(unsafe refrain_mpi_send_bytes(copy, Int32(bytes.count), Int32(peer), tag, &request), peer: peer)
      if tag == REFRAIN_MPI_BYTES { inbox.add(Traffic(bytes: bytes.count, messages: 1)) }
      unsafe add(request, .bytes(copy))
    }

    private func add(_ request: MPI_Request?, _ owner: Owner) {
      unsafe requests.append(request)
      owners.append(owner)
    }

    /// Tells the owners of what is complete; returns whether anything was.
    private func testRequests() -> Bool {
      // As many as there are requests.
      if owners.isEmpty { return false }
      if complete.count < owners.count { complete = Array(repeating: 0, count: 2 * owners.count) }
      let count = unsafe refrain_mpi_test(Int32(owners.count), &requests, &complete)
      if count < 0 { fail(.disconnected(rank: rank, reason: "a message could not be sent or received")) }
      if count == 0 { return false }
      for number in complete.prefix(Int(count)).sorted(by: >) {
        switch owners[Int(number)] {
        case .message(let transfer, _, let isLast, let sender):
          if let sender { watch.heard(from: sender, now: clock.now) }
          if isLast { transfer.completeOne() }
        case .bytes(let memory): unsafe memory.deallocate()
        }
        unsafe requests.swapAt(Int(number), requests.count - 1)
        owners.swapAt(Int(number), owners.count - 1)
        unsafe requests.removeLast()
        owners.removeLast()
      }
      return true
    }

    /// Takes a message of bytes that has arrived, if there is one.
    private func take(tag: Int32) -> (peer: Int, bytes: [UInt8])? {
      var peer: Int32 = 0
      var message: MPI_Message?
      let count = unsafe refrain_mpi_arrived(tag, &peer, &message)
      if count == -2 { fail(.disconnected(rank: rank, reason: "a message could not be received")) }
      if count < 0 { return nil }
      var bytes = [UInt8](repeating: 0, count: Int(count))
      check(unsafe refrain_mpi_take(&bytes, count, &message), peer: Int(peer))
      return (Int(peer), bytes)
    }

    private func takeBytes() -> Bool {
      if gatherings.isEmpty { return false }
      var hasMoved = false
      while let (peer, bytes) = take(tag: REFRAIN_MPI_BYTES) {
        arrived[peer].append(bytes)
        watch.heard(from: peer, now: clock.now)
        hasMoved = true
      }
      return hasMoved
    }

    private func completeGatherings() -> Bool {
      var hasMoved = false
      while let first = gatherings.first, (0..<ranks).allSatisfy({ $0 == rank || !arrived[$0].isEmpty }) {
        first.waiting.resume(returning: (0..<ranks).map { $0 == rank ? first.own : arrived[$0].removeFirst() })
        gatherings.removeFirst()
        hasMoved = true
      }
      return hasMoved
    }

    private func check(_ code: Int32, peer: Int) {
      if code == MPI_SUCCESS { return }
      var text = [CChar](repeating: 0, count: Int(MPI_MAX_ERROR_STRING) + 1)
      unsafe refrain_mpi_error_text(code, &text)
      let reason = String(decoding: text.prefix { $0 != 0 }.map { UInt8(bitPattern: $0) }, as: UTF8.self)
      fail(.disconnected(rank: rank, reason: "rank \(peer) could not be reached: \(reason)"))
    }

    // MARK: - Pausing

    /// Yields or sleeps while no message completes.
    private func rest(_ hasMoved: Bool) {
      let isBusy = !owners.isEmpty || !gatherings.isEmpty
      if isBusy {
        if busySince == nil { busySince = clock.now }
        idleRounds = hasMoved ? 0 : idleRounds + 1
        // Most answers come soon. A rank that computes or writes for longer is waited for without burning a core.
        if idleRounds > 2_000 { inbox.wait(seconds: idleRounds > 10_000 ? 0.001 : 0.000_05) } else if !hasMoved { sched_yield() }
      } else {
        if let since = busySince { inbox.add(Traffic(seconds: since.duration(to: clock.now).inSeconds)) }
        busySince = nil
        idleRounds = 0
        inbox.wait(seconds: RankWatch.pause)
      }
    }

    // MARK: - Watching the others

    private func sendNotes() { if watch.isNoteDue(now: clock.now) { tellOthers([Note.alive.rawValue]) } }

    private func tellOthers(_ bytes: [UInt8]) {
      for peer in 0..<ranks where peer != rank { send(bytes, to: peer, tag: REFRAIN_MPI_NOTES) }
    }

    private func takeNotes() {
      while let (peer, bytes) = take(tag: REFRAIN_MPI_NOTES) {
        watch.heard(from: peer, now: clock.now)
        guard bytes.first == Note.failed.rawValue else { continue }
        if rank == 0 { end(saying: .failed(rank: peer, sentence: String(decoding: bytes.dropFirst(), as: UTF8.self))) }
        // Rank 0 reports it and ends all ranks, unless it cannot.
        Thread.sleep(forTimeInterval: 3)
        _exit(1)
      }
      if let lost = watch.lost(now: clock.now) {
        // The lowest rank that is left reports it; the others wait to be ended.
        if rank != (lost == 0 ? 1 : 0) { Thread.sleep(forTimeInterval: 1.5) }
        end(saying: .silent(rank: lost, seconds: Int(RankWatch.silence.components.seconds)))
      }
    }

    /// Tells rank 0 about a failure on this rank; rank 0 ends all ranks.
    private func fail(_ failure: RankFailure) -> Never {
      // What fails now, fails for the same reason.
      if rank == 0 || isFailing { end(saying: failure) }
      isFailing = true
      let sentence =
        switch failure {
        case .failed(_, let sentence), .disconnected(_, let sentence): sentence
        case .silent: ""
        }
      tellOthers([Note.failed.rawValue] + Array(sentence.utf8))
      for _ in 0..<200 {
        _ = testRequests()
        Thread.sleep(forTimeInterval: 0.01)
      }
      end(saying: failure)
    }

    private func end(saying failure: RankFailure) -> Never {
      say(failure)
      // Where the network is gone, the call may not return.
      Thread.detachNewThread {
        Thread.sleep(forTimeInterval: 1)
        _exit(1)
      }
      refrain_mpi_abort(1)
      _exit(1)
    }

    /// Leaves MPI when all others do.
    private func finish() {
      let limit = clock.now + .seconds(2)
      while !owners.isEmpty, clock.now < limit {
        _ = testRequests()
        while take(tag: REFRAIN_MPI_NOTES) != nil {}
      }
      while take(tag: REFRAIN_MPI_NOTES) != nil {}
      _ = refrain_mpi_end()
    }

    /// What ranks tell one another beside the results of the run.
    private enum Note: UInt8 {
      case alive
      /// The error that ends the rank follows.
      case failed
    }
  }
#endif
