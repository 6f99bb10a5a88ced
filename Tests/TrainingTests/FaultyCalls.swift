import Files
import Synchronization
import SystemPackage

/// The system's calls on files, which go wrong from the k-th of them on.
final class FaultyCalls: Sendable {
  enum Fault: Sendable, Hashable {
    /// That one call fails.
    case once(Errno)
    /// That call and all after it which need room fail, as on a disk that stays full; removing and renaming still work.
    case full
    /// The disk has room for half of that write, and then is full.
    case halfWrite
    /// Every write takes a few bytes only; nothing fails.
    case shortWrites
    /// Nothing more is done from that call on, as if the program were killed before it.
    case dead
  }

  private let made = Mutex(0)
  private let hasFailed = Mutex(false)
  private let at: Int
  private let fault: Fault

  private let swaps: Bool
  private let system: FileCalls

  /// - Parameters:
  ///   - at: counted from 1.
  ///   - swaps: whether the file system can swap two names.
  ///   - system: the calls behind these.
  init(_ fault: Fault, at: Int = 1, swaps: Bool = true, system: FileCalls = .system) {
    self.fault = fault
    self.at = at
    self.swaps = swaps
    self.system = system
  }

  /// How many calls there were.
  var count: Int { made.withLock { $0 } }

  /// Whether anything went wrong.
  var isFired: Bool { hasFailed.withLock { $0 } }

  private func step(needsRoom: Bool) throws(Errno) {
    let now = made.withLock {
      $0 += 1
      return $0
    }
    let error: Errno? =
      switch fault {
      case .once(let error): now == at ? error : nil
      case .full: now >= at && needsRoom ? .noSpace : nil
      case .halfWrite: isFired && needsRoom ? .noSpace : nil
      case .shortWrites: nil
      case .dead: now >= at ? .ioError : nil
      }
    if let error {
      hasFailed.withLock { $0 = true }
      throw error
    }
  }

  /// How many bytes of a write the system is given.
  private func share(of count: Int) -> Int {
    if fault == .shortWrites { return min(count, 7) }
    guard fault == .halfWrite, made.withLock({ $0 }) >= at else { return count }
    hasFailed.withLock { $0 = true }
    return max(1, count / 2)
  }

  var calls: FileCalls {
    let system = system
    var calls = system
    calls.create = { (path, permissions) throws(Errno) in
      try self.step(needsRoom: true)
      return try system.create(path, permissions)
    }
    calls.openExisting = { (path) throws(Errno) in
      try self.step(needsRoom: false)
      return try system.openExisting(path)
    }
    calls.openAppending = { (path) throws(Errno) in
      try self.step(needsRoom: true)
      return try system.openAppending(path)
    }
    calls.resize = { (file, length) throws(Errno) in
      try self.step(needsRoom: false)
      try system.resize(file, length)
    }
    calls.write = { (file, bytes) throws(Errno) in
      try self.step(needsRoom: true)
      return try system.write(file, bytes.extracting(first: self.share(of: bytes.count)))
    }
    calls.sync = { (file) throws(Errno) in
      try self.step(needsRoom: true)
      try system.sync(file)
    }
    calls.close = { (file) throws(Errno) in
      // The descriptor is gone even where an error is reported.
      try system.close(file)
      try self.step(needsRoom: false)
    }
    calls.rename = { (from, to) throws(Errno) in
      try self.step(needsRoom: false)
      try system.rename(from, to)
    }
    calls.exchange = { (first, second) throws(Errno) in
      if !self.swaps { throw .invalidArgument }
      try self.step(needsRoom: false)
      try system.exchange(first, second)
    }
    calls.remove = { (path) throws(Errno) in
      try self.step(needsRoom: false)
      try system.remove(path)
    }
    calls.removeDirectory = { (path) throws(Errno) in
      try self.step(needsRoom: false)
      try system.removeDirectory(path)
    }
    calls.makeDirectory = { (path) throws(Errno) in
      try self.step(needsRoom: true)
      try system.makeDirectory(path)
    }
    calls.syncDirectory = { (path) throws(Errno) in
      try self.step(needsRoom: false)
      try system.syncDirectory(path)
    }
    return calls
  }
}

extension FileCalls {
  /// The system's, without waiting for the disk: for tests of very many writes.
  static var unsynced: FileCalls {
    var calls = FileCalls.system
    calls.sync = { (_) throws(Errno) in }
    calls.syncDirectory = { (_) throws(Errno) in }
    return calls
  }
}
