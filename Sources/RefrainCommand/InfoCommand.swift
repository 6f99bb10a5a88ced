internal import ArgumentParser
internal import Basics
internal import Files
internal import Foundation
internal import Refrain
internal import SystemPackage

struct InfoCommand: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "info", abstract: "Show the machine and the kernels that training runs on, or what a model or a prepared store holds.")

  @Argument(
    help: ArgumentHelp("A model directory or a prepared store to describe instead of the machine.", valueName: "model-or-store"))
  var path: String?
  @Flag(help: "Print one JSON object.")
  var json = false

  struct Report: Encodable {
    var cores = Machine.usableCores
    var coresLimit = AvailableProcessors.current.limit.name
    var memoryBytes = Int(Machine.usableMemory)
    var memoryLimit = Machine.memoryLimit
    var openblasVersion = Machine.openBLASVersion
    var openblasKernels = Machine.openBLASKernels
    var openblasThreads = Machine.openBLASThreads
    var vectorKernels = Machine.vectorKernels
    var selfTest = Machine.passesSelfTest ? "passed" : "failed"
    /// True if products run one at a time, or else absent.
    var serializedProducts: Bool? = Machine.serializesProducts ? true : nil
    /// The kernel sets that got products wrong; absent if there are none.
    var faultyKernels: [String]? = Machine.openBLASKernelsFaulty.isEmpty ? nil : Machine.openBLASKernelsFaulty
    var cacheFolder = CorpusFlags.usualCache
    /// Absent if the folder cannot be read.
    var cacheBytes: Int?

    enum CodingKeys: String, CodingKey {
      case cores, coresLimit = "cores_limit", memoryBytes = "memory_bytes", memoryLimit = "memory_limit"
      case openblasVersion = "openblas_version", openblasKernels = "openblas_kernels", openblasThreads = "openblas_threads"
      case vectorKernels = "vector_kernels", selfTest = "self_test", cacheFolder = "cache_folder", cacheBytes = "cache_bytes"
      case serializedProducts = "serialized_products", faultyKernels = "faulty_kernels"
    }
  }

  func run() throws {
    if let path, FileKind(of: FilePath(path)) == .folder {
      let info = try ModelInfo(path: path)
      return try json ? Terminal.write(Terminal.json(info) + "\n") : Terminal.show(info.text)
    }
    if let path { return try show(StoreInfo(path: path, corpus: Corpus(store: path))) }
    let cache = CorpusCache(folder: CorpusFlags.usualCache).usage()
    let report = Report(cacheBytes: cache?.bytes)
    Machine.warnOfKernels()
    if json {
      try Terminal.write(Terminal.json(report) + "\n")
      return
    }
    let threads = report.serializedProducts == nil ? "" : ", one product at a time since this build cannot run them side by side"
    let replaced = Machine.openBLASKernelsReplaced.map { " (chosen in place of \($0))" } ?? ""
    let size = cache.map { "\($0.bytes.asBytes) in \($0.stores.counted("store"))" } ?? "unknown, since the folder cannot be read,"
    try Terminal.write(
      """
      cores           \(report.cores) \(AvailableProcessors.current.limit.text)
      memory          \(report.memoryBytes.asBytes) \(report.memoryLimit.text)
      OpenBLAS        \(report.openblasVersion), \(report.openblasKernels) kernels\(replaced), \(Machine.openBLASThreading), \
      \(report.openblasThreads) thread a product\(threads)
      vector kernels  \(report.vectorKernels)
      self-test       \(report.selfTest) (products agree with plain loops, and are the same side by side)
      cache           \(size) in \(report.cacheFolder)

      """)
  }
}

extension AvailableProcessors.Limit {
  /// The value in JSON.
  fileprivate var name: String {
    switch self {
    case .machine: "machine"
    case .affinity: "affinity"
    case .quota: "quota"
    }
  }

  /// What decided the number of cores, for people to read.
  fileprivate var text: String {
    switch self {
    case .machine: "(all of the machine)"
    case .affinity: "(the affinity mask of this process leaves out others)"
    case .quota(let cpus): "(the control group of this process has a quota of \(cpus.fixed(1)) CPUs)"
    }
  }
}

extension MemoryLimit {
  /// What decided the memory, for people to read.
  fileprivate var text: String {
    switch self {
    case .machine: "(all of the machine)"
    case .controlGroup: "(the limit of this process's control group)"
    case .process: "(the limit of this process: `ulimit -v` or `ulimit -d`)"
    }
  }
}

extension InfoCommand {
  private func show(_ info: StoreInfo) throws {
    try json ? Terminal.write(Terminal.json(info) + "\n") : Terminal.show(info.text)
  }
}

/// What `info` shows of a prepared store.
private struct StoreInfo: Encodable {
  var path: String
  var tokens: String
  var vocabulary: Int
  var songs: CorpusReport.Parts
  var tokenCounts: CorpusReport.Parts
  var readingRevision: Int
  /// What is kept with the songs, and how many have a value; empty if there is nothing.
  var kept: [SongCatalog.Column]

  enum CodingKeys: String, CodingKey {
    case path, tokens, vocabulary, songs, tokenCounts = "token_counts", readingRevision = "reading_revision", kept
  }

  init(path: String, corpus: Corpus) {
    self.path = path
    tokens = corpus.tokenizer.tokenization.rawValue
    vocabulary = corpus.tokenizer.vocabulary.count
    songs = corpus.report.songs
    tokenCounts = corpus.report.tokens
    readingRevision = corpus.readingRevision
    // A kept column that is also the title or the artist would be listed twice.
    kept = (corpus.catalog?.columns ?? []).reduce(into: []) { columns, column in
      if !columns.contains(where: { $0.name == column.name }) { columns.append(column) }
    }
  }

  var text: String {
    func parts(_ numbers: CorpusReport.Parts, _ unit: String) -> String {
      "\(numbers.total.counted(unit)): training \(numbers.training.grouped), validation \(numbers.validation.grouped), "
        + "test \(numbers.test.grouped)"
    }
    let columns = kept.map { "\($0.name) (\($0.songs.counted("song")))" }
    return """
      store       \(path)
      songs       \(parts(songs, "song"))
      tokens      \(parts(tokenCounts, "token"))
      vocabulary  \(vocabulary.grouped) (tokens: \(tokens), reading revision \(readingRevision))
      kept        \(columns.isEmpty ? "nothing" : columns.joined(separator: ", "))

      """
  }
}

extension Machine {
  /// Warns on standard error of kernels that were asked for and cannot be used, and of kernels that get products wrong.
  static func warnOfKernels() {
    if let choice = openBLASKernelsIgnored {
      Terminal.warn(
        "OpenBLAS \(openBLASVersion) has no OPENBLAS_CORETYPE=\(choice) kernels for this CPU; \(openBLASKernels) kernels are used.")
    }
    let faulty = openBLASKernelsFaulty
    if !faulty.isEmpty, passesSelfTest {
      Terminal.warn(
        "OpenBLAS \(openBLASVersion) gets matrix products wrong on this CPU with \(faulty.joined(separator: ", ")) kernels; "
          + "\(openBLASKernels) kernels are used instead. Install another version of OpenBLAS.")
    }
  }
}
