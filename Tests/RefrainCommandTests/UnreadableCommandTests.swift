import Foundation
import Testing

/// The command never leaves out a part of a corpus without a word.
@Suite("The command: unreadable sources") struct UnreadableCommandTests {
  let folder: Folder

  init() throws {
    folder = try Folder()
    try folder.writeSongs()
  }

  /// Makes a song that opens and gives EIO when it is read, as on a failing disk: the memory of the process at address 0.
  private func makeFailing(_ name: String) throws {
    try FileManager.default.createSymbolicLink(atPath: folder.url.path + "/" + name, withDestinationPath: "/proc/self/mem")
  }

  /// Makes half of a compressed song.
  private func makeCutOff(_ name: String) async throws {
    var generator = SystemRandomNumberGenerator()
    try folder.write((0..<2_000).map { _ in "a line \(UInt32.random(in: 0...9_999, using: &generator))\n" }.joined(), to: name)
    let packed = try await Command.run(executable: "/usr/bin/env", ["gzip", name], in: folder)
    try #require(packed.status == 0)
    let whole = try folder.data(name + ".gz")
    try folder.write(whole.prefix(whole.count / 2), to: name + ".gz")
  }

  static let advice = "; pass --skip-unreadable to continue with what can be read."

  @Test(
    "a corpus that cannot be read whole ends train and prepare, and a model that is there stays",
    arguments: ["folder", "named", "gz", "cache"])
  func refused(place: String) async throws {
    let train = ["train", "songs", "--model", "m", "--quiet"] + WorkflowTests.tiny
    let first = try await Command.run(train, in: folder)
    #expect(first.status == 0 && first.errors.isEmpty)
    let model = try folder.data("m/model.safetensors")
    var corpora = ["songs"]
    var fault = "songs/bad.txt: could not read it (Input/output error); check the path and the disk"
    switch place {
    case "folder": try makeFailing("songs/bad.txt")
    case "named":
      try makeFailing("bad.txt")
      corpora.append("bad.txt")
      fault = fault.replacing("songs/", with: "")
    case "cache":
      // Enough to be kept in the cache.
      _ = try await Command.run("prepare", "--synthetic", "34MB", "--types", "2000", "--out", "songs/large.txt", "--quiet", in: folder)
      try makeFailing("songs/bad.txt")
    default:
      try await makeCutOff("cut.txt")
      corpora.append("cut.txt.gz")
      fault = "cut.txt.gz: gzip could not read it to its end; the file is damaged or cut off: fetch it again"
    }
    let again = ["train"] + corpora + ["--model", "m", "--overwrite"] + WorkflowTests.tiny
    for command in [again, ["prepare"] + corpora + ["--out", "s.store"]] {
      let refused = try await Command.run(command + ["--quiet"], in: folder)
      #expect(refused.status == 1 && refused.errors == "error: \(fault)\(Self.advice)\n", "\(command[0])")
    }
    #expect(try folder.data("m/model.safetensors") == model && !folder.has("s.store") && !folder.has("m.unfinished"))
    if place == "cache" { return }
    // The warning is shown with --quiet too.
    for command in [again, ["prepare"] + corpora + ["--out", "s.store"], ["prepare"] + corpora + ["--stats"]] {
      let skipped = try await Command.run(command + ["--quiet", "--skip-unreadable"], in: folder)
      #expect(skipped.status == 0 && skipped.errors == "warning: \(fault).\n", "\(command[0]): \(skipped.errors)")
    }
  }

  @Test("held-out songs that cannot be read whole are an error", arguments: ["--validation", "--test"])
  func heldOut(flag: String) async throws {
    try makeFailing("bad.txt")
    let refused = try await Command.run(["train", "songs", flag, "bad.txt", "--model", "m", "--quiet"] + WorkflowTests.tiny, in: folder)
    let message = "error: bad.txt: could not read it (Input/output error); check the path and the disk" + Self.advice
    #expect(refused.status == 1 && refused.errorLines.map(String.init) == [message] && !folder.has("m"))
  }

  @Test func `evaluate reads its songs and those of its baseline whole or not at all`() async throws {
    let first = try await Command.run(["train", "songs", "--model", "m", "--quiet"] + WorkflowTests.tiny, in: folder)
    #expect(first.status == 0)
    try folder.write("the river and the lantern\n", to: "held/out.txt")
    try makeFailing("held/bad.txt")
    try await makeCutOff("cut.txt")
    for arguments in ["held", "held/bad.txt", "cut.txt.gz", "held/out.txt --baseline held", "held/out.txt --baseline cut.txt.gz"] {
      let result = try await Command.run(["evaluate", "m"] + arguments.split(separator: " ").map(String.init), in: folder)
      #expect(result.status == 1 && result.output.isEmpty && result.errorLines.count == 1, "\(arguments): \(result.errors)")
    }
  }

  @Test("warnings of unusable records are shown with --quiet too, and again by a run that reads the cache")
  func records() async throws {
    try folder.write("artist,text\nA,a song of words\nB\nC,another song\n", to: "songs.csv")
    let warning = "warning: songs.csv: line 3: this record cannot be used: it has 1 fields and the header 2; correct it or leave it out.\n"
    let prepare = ["prepare", "songs.csv", "--out", "s.store", "--validation-fraction", "0", "--quiet"]
    for _ in 1...2 { #expect(try await Command.run(prepare, in: folder).errors == warning) }
    _ = try await Command.run("prepare", "--synthetic", "34MB", "--types", "2000", "--out", "large.txt", "--quiet", in: folder)
    let train =
      ["train", "songs.csv", "large.txt", "--validation", "songs", "--max-vocabulary", "300", "--model", "m", "--overwrite", "--quiet"]
      + WorkflowTests.tiny
    for _ in 1...2 { #expect(try await Command.run(train, in: folder).errors == warning) }
  }

  @Test("a model inside its corpus is refused", arguments: ["songs", "songs/m", "./songs/new/../m", "link/m", "songs/new/deep/m"])
  func modelInside(model: String) async throws {
    try FileManager.default.createSymbolicLink(atPath: folder.url.path + "/link", withDestinationPath: "songs")
    let before = try FileManager.default.subpathsOfDirectory(atPath: folder.url.path).sorted()
    for arguments in [["songs"], ["songs/river.txt", "--validation", "songs"]] {
      let result = try await Command.run(["train"] + arguments + ["--model", model] + WorkflowTests.tiny, in: folder)
      #expect(
        result.errors
          == """
          error: \(model): the model directory is inside the corpus folder songs; choose a --model outside of it, or move the \
          directory.\n
          """
      )
      #expect(result.status == 1)
    }
    #expect(try FileManager.default.subpathsOfDirectory(atPath: folder.url.path).sorted() == before)
  }

  @Test func `the songs beside a model's files are read, and those files are not`() async throws {
    let train = ["train", "songs", "--model", "m", "--sample-every", "10", "--quiet"] + WorkflowTests.tiny
    let first = try await Command.run(train, in: folder)
    #expect(first.status == 0 && folder.has("m/samples.txt"))
    try FileManager.default.moveItem(atPath: folder.url.path + "/m", toPath: folder.url.path + "/songs/m")
    try folder.write("a song that lies beside the model\n", to: "songs/m/beside.txt")
    let report = try await Command.run("prepare", "songs", "--stats", "--json", in: folder)
    let found = try #require(try JSONSerialization.jsonObject(with: Data(report.output.utf8)) as? [String: Any])
    #expect(found["sources"] as? Int == 13)
    #expect((found["removed"] as? [String: Int])?.values.allSatisfy { $0 == 0 } == true)
  }
}
