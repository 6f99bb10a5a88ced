import Files
import Synchronization
import SystemPackage
import Testing

@Suite("Logs on a bad disk") struct AppendedFileTests {
  /// A disk that takes `room` bytes more; -1 for no end.
  final class Disk: Sendable {
    let room = Mutex(-1)

    var calls: FileCalls {
      let system = FileCalls.system
      var calls = system
      calls.write = { (file, bytes) throws(Errno) in
        let take = self.room.withLock { room in
          let take = room < 0 ? bytes.count : min(room, bytes.count)
          if room >= 0 { room -= take }
          return take
        }
        if take == 0, !bytes.isEmpty { throw .noSpace }
        return try system.write(file, bytes.extracting(first: take))
      }
      return calls
    }
  }

  @Test("no half line and no gap, wherever the disk was full", arguments: 0...24)
  func fullDisk(room: Int) throws {
    let folder = try TemporaryFolder(), path = folder.file("log"), disk = Disk()
    let log = try AppendedFile(path, calls: disk.calls)
    try log.append(Array("first\n".utf8))
    disk.room.withLock { $0 = room }
    var failures = 0
    for line in ["second\n", "third\n", "fourth\n"] {
      do { try log.append(Array(line.utf8)) } catch {
        #expect(error == .diskFull(path: path.string, bytesWritten: 0))
        failures += 1
      }
      let found = try text(of: path)
      #expect("first\nsecond\nthird\nfourth\n".hasPrefix(found) && found.hasSuffix("\n") && log.length == found.utf8.count)
    }
    #expect((failures > 0) == (room < 20))
    disk.room.withLock { $0 = -1 }
    try log.append(Array("fifth\n".utf8))
    #expect(try text(of: path) == "first\nsecond\nthird\nfourth\nfifth\n")
  }

  @Test func `a log is cut where a run goes on from, and never made longer`() throws {
    let folder = try TemporaryFolder()
    try folder.write("one\ntwo\nthree\n", to: "log")
    let log = try AppendedFile(folder.file("log"), keeping: 8)
    #expect(log.length == 8)
    try log.append(Array("drei\n".utf8))
    try log.cut(to: 4)
    try log.append(Array("zwei\n".utf8))
    #expect(try text(of: folder.file("log")) == "one\nzwei\n")
    #expect(try AppendedFile(folder.file("log"), keeping: 100).length == 9)
    #expect(try AppendedFile(folder.file("log")).length == 0)
    #expect(try text(of: folder.file("log")).isEmpty)
  }
}
