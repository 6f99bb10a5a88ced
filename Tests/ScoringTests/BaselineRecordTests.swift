import Corpora
import Files
import Foundation
import Scoring
import SystemPackage
import Testing

@Suite("The n-gram models that a run keeps") struct BaselineRecordTests {
  private static let training: [TokenID] = (0..<400).map { (at: Int) -> TokenID in TokenID((at * at + at / 3) % 17) }
  private static let heldOut: [TokenID] = (0..<50).map { (at: Int) -> TokenID in TokenID((at * 7 + at / 5) % 17) }

  private static func folder() throws -> FilePath {
    let path = FilePath(FileManager.default.temporaryDirectory.path).appending("baselines-\(UUID().uuidString)")
    try makeDirectories(path)
    return path
  }

  @Test("the losses are the means of the models'", arguments: [2, 3, 5])
  func losses(order: Int) throws {
    let record = BaselineRecord(counting: Self.training, predicting: Self.heldOut, vocabularySize: 20, order: order, corpus: 255)
    #expect(record.losses.map(\.order) == [1, order] && record.heldOutTokens == 49 && record.trainingTokens == 400)
    for loss in record.losses {
      let model = KneserNeyModel(order: loss.order, tokens: Self.training, vocabularySize: 20)
      let nats: [Double] = (1..<50).map { (at: Int) -> Double in
        -log(model.probability(of: Self.heldOut[at], after: Array(Self.heldOut[..<at])))
      }
      let mean: Double = nats.reduce(0, +) / 49
      #expect(abs(loss.lossNats - mean) < 1e-12)
    }
  }

  @Test func `it is read as it was written, and belongs to one corpus`() throws {
    let folder = try Self.folder()
    defer { try? removeTree(folder) }
    #expect(try BaselineRecord(model: folder) == nil)
    let record = BaselineRecord(counting: Self.training, predicting: Self.heldOut, vocabularySize: 20, corpus: UInt64.max - 1)
    try record.write(model: folder)
    #expect(try BaselineRecord(model: folder) == record)
    #expect(record.isOf(corpus: UInt64.max - 1) && !record.isOf(corpus: .max))
  }

  static let good = #"{"format":1,"corpus":"ff","training_tokens":4,"held_out_tokens":2,"losses":[{"order":1,"loss_nats":3.5}]}"#

  @Test(
    "what is no record is refused",
    arguments: [
      ("{", ""), ("\"format\":1", "\"format\":2"), ("\"training_tokens\":4", "\"training_tokens\":-4"), ("3.5", "-3.5"), ("3.5", "1e999"),
      ("\"order\":1", "\"order\":0"), ("\"order\":1", "\"order\":9"), ("\"ff\"", "255"), ("\"held_out_tokens\":2", "\"held_out_tokens\":0"),
    ])
  func malformed(old: String, new: String) throws {
    let folder = try Self.folder()
    defer { try? removeTree(folder) }
    try AtomicFile.write(Array(Self.good.utf8), to: folder.appending("baselines.json"))
    #expect(try BaselineRecord(model: folder)?.losses == [BaselineRecord.Loss(order: 1, lossNats: 3.5)])
    try AtomicFile.write(Array(Self.good.replacing(old, with: new).utf8), to: folder.appending("baselines.json"))
    #expect(throws: (any Error).self) { try BaselineRecord(model: folder) }
  }
}
