import Files
import Foundation
import Models
import Synchronization
import SystemPackage
import Testing
import Training

@Suite("Event files of TensorBoard") struct TensorBoardTests {
  let folder: TemporaryFolder
  var path: FilePath { folder.path("board") }

  init() throws { folder = try TemporaryFolder() }

  static let keys = [
    "loss_nats", "perplexity", "learning_rate", "gradient_norm", "tokens_per_second", "tokens", "epoch", "elapsed_seconds",
  ]

  /// The numbers of a run's `metrics.jsonl`, line by line.
  private func lines(_ model: FilePath, kind: String) throws -> [[String: Double]] {
    try String(decoding: readFile(model.appending("metrics.jsonl")), as: UTF8.self).split(separator: "\n").compactMap { line in
      let values = try #require(try JSONSerialization.jsonObject(with: Data(line.utf8)) as? [String: Any])
      guard values["kind"] as? String == kind else { return nil }
      return values.compactMapValues { value in
        if let text = value as? String { return text == "Infinity" ? .infinity : nil }
        return (value as? NSNumber)?.doubleValue
      }
    }
  }

  private func expectEqual(_ log: FilePath, _ model: FilePath) throws {
    for kind in ["train", "validation"] {
      let reader = try EventFileReader(log.appending(kind)), lines = try lines(model, kind: kind)
      #expect(!lines.isEmpty)
      for key in Self.keys {
        let expected = lines.map { Double(Float($0[key] ?? .nan)) }
        #expect(reader.numbers(of: key) == expected, "\(kind) \(key)")
        #expect(reader.rows(of: key).map(\.step) == lines.map { Int($0["step"] ?? -1) })
      }
    }
  }

  private actor Output {
    var log: TensorBoardLog
    let directory: RunDirectory
    init(_ log: TensorBoardLog, _ directory: sending RunDirectory) {
      self.log = log
      self.directory = directory
    }

    func handle(_ event: TrainingEvent) throws {
      switch event {
      case .metrics(let line):
        try directory.append(line)
        try log.append(line)
      case .histograms(let histograms, let step): try log.append(histograms, step: step)
      case .checkpoint(let checkpoint): try directory.save(of: checkpoint).write()
      default: break
      }
    }

    func finish() throws {
      try log.finish()
      try directory.finishLogs()
    }
  }

  /// Trains from where the directory stands; a run that is killed ends after a step, with nothing more saved.
  private func train(steps: Int, killedAfter last: Int? = nil) async throws {
    let text = try corpus(randomText(words: 300, vocabulary: 20, seed: 6), validationFraction: 0.15)
    var configuration = smallConfiguration(steps: steps)
    configuration.logEvery = 3
    configuration.checkpointEvery = 10
    configuration.sampleEvery = 7
    let model = folder.path("m")
    let isResumed = fileExists(model)
    let directory = try isResumed ? RunDirectory(resuming: model) : RunDirectory(model, overwrites: false)
    let plan = try TrainingPlan(corpus: text, configuration: configuration, workers: 1)
    let checkpoint = directory.latest?.checkpoint
    let trainer: Trainer = if let checkpoint { try await Trainer(plan, resuming: checkpoint) } else { try Trainer(plan) }
    if isResumed { try directory.start() }
    await trainer.collectHistograms()
    let output = Output(TensorBoardLog(in: path, after: await trainer.step), directory)
    struct Killed: Error {}
    do {
      try await trainer.train { event in
        if case .step(let report) = event, report.step == last.map({ $0 + 1 }) { throw Killed() }
        try await output.handle(event)
      }
      let checkpoint = await trainer.checkpoint()
      try await output.handle(.checkpoint(checkpoint))
    } catch is Killed {}
    try await output.finish()
  }

  @Test("the numbers are those of metrics.jsonl, also of a run that is killed and resumed", arguments: [nil, 9, 10, 18, 27])
  func metrics(killedAfter last: Int?) async throws {
    if let last { try await train(steps: 40, killedAfter: last) }
    try await train(steps: 40)
    try expectEqual(path, folder.path("m"))
    let reader = try EventFileReader(path.appending("train"))
    // A checkpoint comes every ten steps, and at the best validation.
    #expect(reader.starts.count == (last == nil ? 1 : 2) && reader.starts[0] == 0)
    #expect(Set(reader.rows(of: "weights/embedding.weight").map(\.step)).isSuperset(of: [7, 14, 21, 28, 35, 40]))
    #expect(try entries(of: path.appending("train")).count == (last == nil ? 1 : 2))
  }

  @Test("a line that is not finite, and the largest numbers", arguments: [Double.infinity, .greatestFiniteMagnitude, 0, 0x1p-1060])
  func extremes(perplexity: Double) throws {
    var line = try Metrics.line(step: .max)
    line.perplexity = perplexity
    line.tokens = 1 << 52
    line.learningRate = .leastNonzeroMagnitude
    var log = TensorBoardLog(in: path, after: 0)
    try log.append(line)
    try log.finish()
    let reader = try EventFileReader(path.appending("train"))
    #expect(reader.numbers(of: "perplexity") == [Double(Float(perplexity))] && reader.rows(of: "perplexity")[0].step == .max)
    #expect(reader.numbers(of: "tokens") == [0x1p52])
    #expect(reader.numbers(of: "learning_rate") == [Double(Float.leastNonzeroMagnitude)])
    #expect(!fileExists(path.appending("validation")))
  }

  @Test(
    "a sample is shown as it is",
    arguments: [
      "", "one line", "# no *heading*\n\n<script>alert(1)</script>\n- [x](javascript:y)\n", "a\r\nb\rc\n",
      "Größe 日本 \u{2028}\u{0}\u{85}\u{301}",
      String(repeating: "la ", count: 100_000),
    ])
  func samples(text: String) throws {
    var log = TensorBoardLog(in: path, after: 0)
    try log.append(sample: text, at: Self.report(step: 7))
    try log.finish()
    let rows = try EventFileReader(path.appending("train")).rows
    guard case .text(let found)? = rows.first?.value else { throw Errno.invalidArgument }
    #expect(rows.count == 1 && rows[0].step == 7 && rows[0].tag == "sample")
    // Markdown takes each of the three for the end of a line.
    let ends = ["\r\n", "\r", "\n"].map { Array($0.unicodeScalars) }
    #expect(found.hasPrefix("    "))
    var scalars = Array(found.unicodeScalars).dropFirst(4), plain = String.UnicodeScalarView()
    while !scalars.isEmpty {
      if let end = ends.first(where: { scalars.starts(with: $0) }) {
        plain.append(contentsOf: end)
        scalars = scalars.dropFirst(end.count)
        #expect(scalars.prefix(4).allSatisfy { $0 == " " } && scalars.count >= 4)
        scalars = scalars.dropFirst(4)
      } else if let scalar = scalars.popFirst() {
        plain.append(scalar)
      }
    }
    #expect(Array(plain) == Array(text.unicodeScalars))
  }

  private static func report(step: Int) -> StepReport {
    StepReport(step: step, totalSteps: 99, epoch: 0, tokens: 9, lossNats: 2, runningLossNats: 2, gradientNorm: 1)
  }

  @Test("rows after the rollback step are discarded", arguments: [0, 2])
  func goesBack(to step: Int) throws {
    var log = TensorBoardLog(in: path, after: 0)
    for step in 1...4 { try log.append(.line(step: step)) }
    try log.append(.line(step: 3, kind: .validation))
    try log.goBack(to: step)
    for step in step + 1...step + 2 { try log.append(.line(step: step)) }
    try log.finish()
    let reader = try EventFileReader(path.appending("train"))
    #expect(reader.rows(of: "loss_nats").map(\.step) == Array(1...step + 2))
    #expect(reader.written.filter { $0.tag == "loss_nats" }.count == 6)
    #expect(try EventFileReader(path.appending("validation")).rows.isEmpty)
    #expect(try EventFileReader(path.appending("validation")).written.isEmpty == false)
  }

  @Test("a validation that is still to be made replaces one of the same step", arguments: [false, true], [false, true])
  func dueValidation(isDue: Bool, isRollback: Bool) throws {
    var first = TensorBoardLog(in: path, after: 0)
    try first.append(.line(step: 2))
    for step in [2, 4] { try first.append(.line(step: step, kind: .validation)) }
    if isRollback {
      try first.goBack(to: 2, isValidationDue: isDue)
      if isDue { try first.append(.line(step: 2, kind: .validation)) }
      try first.finish()
    } else {
      try first.finish()
      var second = TensorBoardLog(in: path, after: 2, isValidationDue: isDue)
      try second.append(.line(step: isDue ? 2 : 3, kind: .validation))
      try second.finish()
    }
    let rows = try EventFileReader(path.appending("validation")).rows(of: "loss_nats").map(\.step)
    #expect(rows == (isRollback || isDue ? [2] : [2, 3]))
    #expect(try EventFileReader(path.appending("train")).rows(of: "loss_nats").map(\.step) == [2])
  }

  @Test("files that are there are left as they are, and a later one comes after them by name")
  func others() throws {
    let train = path.appending("train")
    try makeDirectories(train)
    let names = [
      "events.out.tfevents.1700000000.host.1", "events.out.tfevents.4000000000.host", "events.out.tfevents.9999999999.x",
      "events.out.tfevents.99999999999999999999", "events.out.tfevents.-5.x", "events.out.tfevents..", "events.out", "notes\n.txt",
    ]
    for name in names { try AtomicFile.write(Array(name.utf8), to: train.appending(name)) }
    for _ in 0..<3 {
      var log = TensorBoardLog(in: path, after: 0)
      try log.append(.line(step: 1))
      try log.finish()
    }
    for name in names { #expect(try Array(readFile(train.appending(name))) == Array(name.utf8)) }
    let made = try entries(of: train).map(\.string).filter { !names.contains($0) }.sorted()
    #expect(made.map { $0.prefix(30) } == (1...3).map { "events.out.tfevents.400000000\($0)" }, "\(made)")
  }

  @Test("the folder may have any name", arguments: ["a b\n\u{7}", "-x", "événements", "tfevents", String(repeating: "n", count: 255)])
  func names(name: String) throws {
    let path = path.appending(FilePath.Component(name) ?? "x")
    var log = TensorBoardLog(in: path, after: 0)
    try log.append(.line(step: 1))
    try log.finish()
    #expect(try EventFileReader(path.appending("train")).numbers(of: "loss_nats") == [2])
  }

  @Test(
    "on a disk that fails, each line is written once it can be",
    arguments: [FaultyCalls.Fault.once(.noSpace), .once(.ioError), .full, .halfWrite, .shortWrites])
  func faults(fault: FaultyCalls.Fault) throws {
    for call in 1...14 {
      let path = path.appending("\(call)")
      let faulty = FaultyCalls(fault, at: call)
      let isMended = Gate(), system = FileCalls.system, broken = faulty.calls
      var calls = broken
      calls.write = { (file, bytes) throws(Errno) in try isMended.isOpen ? system.write(file, bytes) : broken.write(file, bytes) }
      calls.sync = { (file) throws(Errno) in try isMended.isOpen ? system.sync(file) : broken.sync(file) }
      calls.openAppending = { (path) throws(Errno) in
        try isMended.isOpen ? system.openAppending(path) : broken.openAppending(path)
      }
      calls.makeDirectory = { (path) throws(Errno) in
        if isMended.isOpen { try system.makeDirectory(path) } else { try broken.makeDirectory(path) }
      }
      var log = TensorBoardLog(in: path, after: 0, calls: calls)
      var faults = 0
      for step in 1...6 {
        if step == 6 { isMended.open() }
        do { try log.append(.line(step: step)) } catch {
          faults += 1
          #expect(!"\(error)".isEmpty)
        }
      }
      try log.finish()
      if fault == .full, call < 6 { #expect(faults > 0) }
      #expect(try EventFileReader(path.appending("train")).rows(of: "loss_nats").map(\.step) == Array(1...6), "\(call)")
      if faults > 0 { #expect(faulty.isFired && fault != .shortWrites, "\(call)") }
    }
  }

  @Test func `while the folder cannot be made, histograms are left out and all else is kept`() throws {
    try AtomicFile.write([1], to: path)
    var log = TensorBoardLog(in: path, after: 0)
    #expect(throws: FileError.self) { try log.append(.line(step: 1)) }
    try log.append([], step: 1)
    #expect(throws: FileError.self) { try log.append(sample: "la", at: Self.report(step: 2)) }
    #expect(throws: FileError.self) { try log.finish() }
    #expect(try readFile(path) == [1])
    try removeTree(path)
    try log.finish()
    let rows = try EventFileReader(path.appending("train")).rows
    #expect(rows.filter { $0.tag == "loss_nats" || $0.tag == "sample" }.map(\.step) == [1, 2])
  }
}

/// Something that happens once.
private final class Gate: Sendable {
  private let state = Mutex(false)
  var isOpen: Bool { state.withLock { $0 } }
  func open() { state.withLock { $0 = true } }
}
