import Foundation
import Testing

/// The command under limits that are too low: it must end by itself, with one error.
@Suite("Limits of the system") struct LimitTests {
  let folder: Folder

  init() throws {
    folder = try Folder()
    try folder.writeSongs()
  }

  /// A user whose processes the system counts, unlike the superuser's.
  private static let asOther = getuid() == 0 ? "setpriv --reuid=65534 --regid=65534 --clear-groups " : ""

  private static let canCountThreads: Bool = {
    let shell = Process()
    shell.executableURL = URL(fileURLWithPath: "/bin/sh")
    shell.arguments = ["-c", "\(asOther)prlimit --nproc=1000 '\(Command.executable.path)' --version >/dev/null 2>&1"]
    guard (try? shell.run()) != nil else { return false }
    shell.waitUntilExit()
    return shell.terminationStatus == 0
  }()

  /// Runs a command after a line of shell; a command that hangs is killed, and then its reason of termination is not exit.
  ///
  /// - Parameter ownThreads: what OpenBLAS makes when it is loaded, the first included, whatever the machine has.
  private func run(_ limits: String, _ command: String, ownThreads: Int = 2) throws -> (status: Int32, output: String, errors: String) {
    let line = "export OPENBLAS_NUM_THREADS=\(ownThreads); \(limits) '\(Command.executable.path)' \(command)"
    let (process, output, errors) = try Command.start(executable: URL(fileURLWithPath: "/bin/sh"), ["-c", line], in: folder)
    let id = process.processIdentifier
    let watch = DispatchWorkItem { kill(id, SIGKILL) }
    DispatchQueue.global().asyncAfter(deadline: .now() + 60, execute: watch)
    let text = String(decoding: errors.fileHandleForReading.readDataToEndOfFile(), as: UTF8.self)
    let product = String(decoding: output.fileHandleForReading.readDataToEndOfFile(), as: UTF8.self)
    process.waitUntilExit()
    watch.cancel()
    #expect(process.terminationReason == .exit, "\(command): \(text)")
    return (process.terminationStatus, product, text)
  }

  static let commands = [
    "info", "train songs --model m --steps 2 --hidden 8", "train songs --model m --steps 2 --hidden 8 --dry-run", "generate m",
    "evaluate m songs", "prepare songs --out s.store", "bench char-128", "tune songs", "export m --output m.onnx",
  ]

  @Test("too little address space is an error before the first product", arguments: commands)
  func addressSpace(command: String) throws {
    let (status, output, errors) = try run("ulimit -v 250000; exec", command)
    #expect(status == 1 && output.isEmpty)
    #expect(errors.contains(/^error: OpenBLAS needs [\d,]+ MiB of address space .*\n$/), "\(errors)")
    #expect(errors.contains("(the limit of this process is 244 MiB); raise the limit with "))
    #expect(!folder.has("m") && !folder.has("s.store"))
  }

  @Test("info says what limits the cores and the memory", .enabled(if: FileManager.default.isExecutableFile(atPath: "/usr/bin/taskset")))
  func limits() throws {
    func report(_ limits: String) throws -> [String: Any] {
      let result = try run("\(limits) exec", "info --json")
      #expect(result.status == 0, "\(result.errors)")
      return try #require(try JSONSerialization.jsonObject(with: Data(result.output.utf8)) as? [String: Any])
    }
    let all = try report("")
    // The first CPU that this process may use.
    let one = try report("cpu=$(taskset -cp $$ | sed 's/.*: //; s/[-,].*//'); taskset -cp $cpu $$ >/dev/null;")
    #expect(one["cores"] as? Int == 1)
    if try #require(all["cores"] as? Int) > 1 { #expect(one["cores_limit"] as? String == "affinity") }
    let limited = try report("ulimit -v 4000000;")
    #expect(limited["memory_bytes"] as? Int == 4_000_000 << 10 || all["memory_bytes"] as? Int ?? 0 < 4_000_000 << 10)
    if limited["memory_bytes"] as? Int == 4_000_000 << 10 { #expect(limited["memory_limit"] as? String == "process") }
  }

  @Test("the version and help are shown in any case", arguments: [("--version", "0.1.0\n"), ("train --help", "OVERVIEW: Train")])
  func help(command: String, output: String) throws {
    let result = try run("ulimit -v 250000; exec", command)
    #expect(result.status == 0 && result.output.hasPrefix(output) && result.errors.isEmpty)
  }

  @Test func `sizes beyond the limit on address space are refused by the plan`() throws {
    let sizes = "--model m --hidden 2000 --layers 2 --batch 4 --window 8 --shards 2 --steps 1 --validation-fraction 0"
    let (status, _, errors) = try run("ulimit -v 2000000; exec", "train songs/river.txt \(sizes)")
    let limit = ProcessInfo.processInfo.activeProcessorCount > 4 ? "OpenBLAS needs" : "these sizes need about"
    #expect(status == 1 && errors.hasPrefix("error: \(limit) ") && errors.contains("limit"), "\(errors)")
  }

  @Test(
    "too few open files are an error at once", arguments: [4, 9, 16],
    ["info", "train songs --model m --steps 2 --hidden 8", "prepare z"])
  func openFiles(limit: Int, command: String) throws {
    // A compressed file is read by another program, through pipes.
    try folder.write("", to: "z/a.txt.gz")
    let (status, _, errors) = try run("ulimit -n \(limit); exec", command)
    #expect(status == 1)
    #expect(
      errors.contains(/^error: this process must be able to open 14 more files, and the system gives \d+ .*\n$/), "\(errors)")
    #expect(errors.contains("(the limit of this process is \(limit)); raise the limit with "))
  }

  @Test(
    "a file over the limit on sizes is an error of the write",
    arguments: ["prepare --synthetic 1MB --out s.txt --quiet", "prepare songs/river.txt --out s.store --min-count 1 --quiet"])
  func fileSize(command: String) throws {
    let (status, _, errors) = try run("ulimit -f 1; exec", command)
    #expect(status == 1 && errors.contains(/^error: .*File too large.*\n$/), "\(errors)")
    #expect(!folder.has("s.txt") && !folder.has("s.store"))
  }

  @Test("too few threads are an error before the first product", .enabled(if: canCountThreads), arguments: [1, 3], commands)
  func threads(limit: Int, command: String) throws {
    let (status, output, errors) = try run("exec \(Self.asOther)prlimit --nproc=\(limit)", command, ownThreads: 1)
    #expect(status == 1 && output.isEmpty)
    #expect(errors.contains(/^error: this process needs [\d,]+ more threads, and the system gives \d+ .*\n$/), "\(errors)")
    #expect(errors.contains("(the limit of this user is \(limit)); raise the limit with "))
  }
}
