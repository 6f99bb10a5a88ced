import Files
import SystemPackage
import Testing

@Suite("ScratchFile")
struct ScratchFileTests {
  let folder: TemporaryFolder

  init() throws {
    folder = try TemporaryFolder()
  }

  @Test("Numbers come back from where they were written, however few bytes a call takes", arguments: [1, 3, 4_096])
  func roundTrip(most: Int) throws {
    var calls = FileCalls.system
    calls.writeAt = { (file, bytes, offset) throws(Errno) in
      try FileCalls.system.writeAt(file, bytes.extracting(first: most), offset)
    }
    let file = try ScratchFile(in: folder.path, calls: calls)
    let numbers = (0..<1_000).map { UInt32($0) &* 0x9E37_79B1 }
    try file.write(numbers, at: 0)
    try file.write([1, 2, 3], at: 4_000)
    #expect(try file.read(1_003, at: 0) == numbers + [1, 2, 3])
    #expect(try allNames(in: folder.path).isEmpty)
  }

  @Test("A write that takes nothing and reports nothing is an error, not a loop without end")
  func nothingTaken() throws {
    var calls = FileCalls.system
    calls.writeAt = { (_, _, _) throws(Errno) in 0 }
    let file = try ScratchFile(in: folder.path, calls: calls)
    let error = FileError(writing: folder.path, .ioError, action: "write a file for passing use in it")
    #expect(throws: error) { try file.write([1, 2, 3], at: 0) }
  }

  @Test("The bytes that replace a header are all written or refused", arguments: [0, 1, 7])
  func overwriting(most: Int) throws {
    var calls = FileCalls.system
    calls.writeAt = { (file, bytes, offset) throws(Errno) in
      try FileCalls.system.writeAt(file, bytes.extracting(first: most), offset)
    }
    let path = folder.file("a")
    func write() throws {
      try AtomicFile.write(to: path, calls: calls) { writer in
        try writer.write("head and body")
        try writer.overwrite(Array("HEAD".utf8), at: 0)
      }
    }
    if most == 0 {
      #expect(throws: FileError.self) { try write() }
      #expect(try allNames(in: folder.path).isEmpty)
    } else {
      try write()
      #expect(try text(of: path) == "HEAD and body")
    }
  }

  @Test("A read past the end of the file is an error, not a loop without end")
  func nothingRead() throws {
    let file = try ScratchFile(in: folder.path)
    try file.write([1], at: 0)
    #expect(throws: FileError.self) { try file.read(2, at: 0) }
  }
}
