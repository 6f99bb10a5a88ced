import Files
import Foundation
import Pages
import SystemPackage
import Testing

@Suite("Metrics as a stream") struct MetricsLogTests {
  @Test(
    "lines that are not rows are counted and ignored",
    arguments: [
      "{", "{}", "[1]", "null", "{\"step\":1}", "{\"kind\":\"train\"}", "{\"kind\":\"train\",\"step\":-1}",
      "{\"kind\":\"train\",\"step\":1.5}", "{\"kind\":\"train\",\"step\":\"1\"}", "{\"kind\":\"other\",\"step\":1}",
      "{\"kind\":\"train\",\"step\":9007199254740993}", "{\"kind\":\"train\",\"step\":1,}", "{\"kind\":\"train\",\"step\":1} x",
      "{\"kind\":\"train\",\"step\":1,\"a\":{}}", "{\"ki\\u006ed\":\"train\",\"step\":1}",
      "{\"kind\":\"train\",\"step\":99999999999999999999}",
      String(repeating: "x", count: 10_000),
    ])
  func unreadable(text: String) throws {
    let folder = try RunFolder(metrics: text + "\n" + line("train", step: 7, loss: "1.5"))
    let log = try folder.run().log
    #expect(log.rows == 1 && log.unreadable == 1 && log.lastStep == 7 && log.trainingNats == 1.5)
  }

  @Test(
    "values that are not finite are left out of curves",
    arguments: ["\"Infinity\"", "\"NaN\"", "\"-Infinity\"", "1e999", "null", "true", "nan", "0x10"])
  func notFinite(text: String) throws {
    let folder = try RunFolder(metrics: line("train", step: 1, loss: "2") + line("train", step: 2, loss: text))
    let log = try folder.run().log
    #expect(log.rows == 2 && log.notFinite == 1 && log[.trainingLoss].count == 1 && log[.gradientNorm].count == 2)
  }

  @Test func `a last line that is half written is passed over`() throws {
    let whole = line("train", step: 1, loss: "2")
    let folder = try RunFolder(metrics: whole + String(whole.dropLast(20)))
    let log = try folder.run().log
    #expect(log.rows == 1 && log.unreadable == 0)
  }

  @Test("lines are found wherever the pieces of the file end", arguments: [1 << 20, (1 << 20) - 1, (1 << 20) + 1, 3 << 20])
  func pieces(length: Int) throws {
    let row = line("train", step: 1, loss: "2")
    // A long line that is cut, so that the row after it crosses the end of a piece.
    let folder = try RunFolder(metrics: String(repeating: "y", count: length - row.utf8.count / 2) + "\n" + row + row)
    let log = try folder.run().log
    #expect(log.rows == 2 && log.unreadable == 1)
  }

  @Test func `validations are followed to the best`() throws {
    let losses = [
      ("train", 1, "5"), ("validation", 2, "4"), ("train", 3, "3"), ("validation", 4, "3.5"), ("train", 5, "2"),
      ("validation", 6, "3.5"), ("validation", 8, "3.9"), ("train", 9, "1"), ("validation", 10, "4.5"),
    ]
    let folder = try RunFolder(metrics: losses.map { line($0.0, step: $0.1, loss: $0.2) }.joined())
    let run = try folder.run()
    #expect(run.log.best == .init(step: 4, nats: 3.5, trainingNats: 3) && run.log.last?.nats == 4.5 && run.log.validationsSinceBest == 3)
    let sentences = Findings.sentences(of: run)
    #expect(sentences[0] == "Validation loss was lowest at step 4: 3.5000 nats (perplexity 33.12).")
    #expect(
      sentences[1].hasPrefix(
        "The model overfits from step 4 on: by step 10 validation loss rose to 4.5000 nats, while training loss fell from "
          + "3.0000 nats to 1.0000 nats."
      ))
  }

  @Test(
    "other endings are told too",
    arguments: [
      ([4.0, 3.5, 3.0], "That was the last validation"), ([4, 3.5, 3.52], "is within 1.0% of it."),
      ([4, 3.5, 3.9], "The one validation since"),
      ([4, 3.5, 3.9, 3.9], "the training loss did not fall"),
    ])
  func endings(losses: [Double], text: String) throws {
    let rows = losses.enumerated().map { line("validation", step: $0.offset + 1, loss: "\($0.element)") }
    let folder = try RunFolder(metrics: line("train", step: 0, loss: "5") + rows.joined())
    #expect(Findings.sentences(of: try folder.run()).contains { $0.contains(text) })
  }

  @Test func `the table in CSV has the numbers as they are written`() throws {
    let folder = try RunFolder(
      metrics: line("train", step: 1, loss: "2.5000000000000004") + "junk\n" + line("validation", step: 2, loss: "\"Infinity\""))
    let out = folder.path.appending("out.csv")
    let run = try folder.run(name: "=HYPERLINK(\"x\"),1")
    try AtomicFile.write(to: out) { try MetricsTable.write([run], to: &$0) }
    let lines = String(decoding: try readFile(out), as: UTF8.self).components(separatedBy: "\r\n")
    #expect(lines[0] == "model,kind,step,epoch,tokens,loss_nats,perplexity,tokens_per_second,gradient_norm,learning_rate,elapsed_seconds")
    #expect(lines[1] == "\"'=HYPERLINK(\"\"x\"\"),1\",train,1,0,10,2.5000000000000004,2,100.5,0.5,0.003,1")
    #expect(lines[2] == "\"'=HYPERLINK(\"\"x\"\"),1\",validation,2,0,20,Infinity,2,100.5,0.5,0.003,2" && lines.count == 4)
  }

  @Test("a cell that a spreadsheet would take for a formula is quoted", arguments: ["=1", "+1", "-1", "@a", "\tx", "\rx", "\nx"])
  func formulas(text: String) { #expect(MetricsTable.cell(text) == "\"'\(text)\"") }

  @Test(
    "other cells stay, quoted where they must be",
    arguments: [("m", "m"), ("a b", "a b"), ("a,b", "\"a,b\""), ("a\"b", "\"a\"\"b\""), ("", "")])
  func cells(text: String, cell: String) { #expect(MetricsTable.cell(text) == cell) }
}
