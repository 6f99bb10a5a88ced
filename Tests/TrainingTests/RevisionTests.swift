import Basics
import Corpora
import Files
import Foundation
import LanguageModel
import Models
import SystemPackage
import Testing
import Training

/// What a run records of the rules and kernels that made it.
@Suite("Revisions") struct RevisionTests {
  @Test("Kernels are the same if everything that both files record is the same")
  func kernels() throws {
    let old = try JSONDecoder().decode(KernelSet.self, from: Data(#"{"openblas":"Haswell","vector":"avx2+fma"}"#.utf8))
    #expect(old.openblasVersion == nil && old.arithmetic == nil)
    var now = old
    now.openblasVersion = "0.3.21"
    now.arithmetic = 1
    #expect(now.isSame(as: old) && old.isSame(as: now))
    var other = now
    other.openblasVersion = "0.3.30"
    #expect(!other.isSame(as: now) && other.isSame(as: old))
    other = now
    other.arithmetic = 2
    #expect(!other.isSame(as: now) && !other.isSame(as: old))
    other = now
    other.vector = "avx512f"
    #expect(!other.isSame(as: old))
    // Files that do not say what computed the products are of the packed kernel.
    other = now
    other.products = .packed
    #expect(other.isSame(as: now) && now.isSame(as: other))
    other.products = .openblas
    #expect(!other.isSame(as: now) && !now.isSame(as: other))
    #expect(!KernelSet.current(products: .openblas).isSame(as: .current))
    let text = String(decoding: try JSONEncoder().encode(KernelSet.current), as: UTF8.self)
    #expect(text.contains(#""arithmetic":\#(KernelSet.currentArithmetic)"#) && text.contains(#""openblas_version":""#))
  }

  /// A corpus as an older version would have stored it: the songs are given, the header says revision 1.
  private func oldCorpus(_ text: String, _ options: CorpusOptions, in folder: TemporaryFolder) throws -> Corpus {
    let source = folder.path("songs.txt"), store = folder.path("s.store")
    try AtomicFile.write(Array(text.utf8), to: source)
    try Corpus.prepare([source.string], options: options, to: store.string)
    var bytes = try readFile(store)
    for byte in 0..<8 { bytes[8 + 8 * 23 + byte] = 0 }
    let sum = xxh64(bytes.span.extracting(0..<4_088))
    for byte in 0..<8 { bytes[4_088 + byte] = UInt8(truncatingIfNeeded: sum >> (8 * UInt64(byte))) }
    try AtomicFile.write(bytes, to: store)
    return try Corpus(store: store.string)
  }

  @Test func `If new rules give a run's corpus other tokens, the error says that the rules have changed, not the corpus`() async throws {
    let folder = try TemporaryFolder()
    let options = CorpusOptions(tokenization: .whitespace, validationFraction: 0)
    let text = randomText(words: 200, vocabulary: 9, seed: 1)
    let old = try oldCorpus(text, options, in: folder)
    #expect(old.readingRevision == 1)
    let configuration = smallConfiguration(steps: 5)
    let saved = try await Trainer(corpus: old, configuration: configuration).checkpoint()
    func resume(_ text: String) async throws {
      _ = try await Trainer(TrainingPlan(corpus: Corpus(text: text, options: options), configuration: configuration), resuming: saved)
    }
    let error = await #expect(throws: TrainingCheckpointError.self) { try await resume(text + "w1 w2 w3\n") }
    #expect(error == .readingChanged(revision: Corpus.currentReadingRevision, checkpointRevision: 1) && error?.isOfCorpus == true)
    // Rules that read this corpus as before change nothing.
    try await resume(text)
  }
}
