import Foundation
import Testing

@Suite("Titles, artists and kept columns") struct SongDetailsCommandTests {
  private func folder() throws -> Folder {
    let folder = try Folder()
    var table = "title,artist,album,lyrics\n"
    for number in 0..<20 { table += "Title \(number),Ann,\(number < 5 ? "Tides" : ""),\"the river \(number)\nla la boat\"\n" }
    try folder.write(table, to: "songs.csv")
    return folder
  }

  @Test func `prepare --show prints what is known of a song, and info what a store keeps`() async throws {
    let folder = try folder()
    let shown = try await Command.run("prepare", "songs.csv", "--show", "1", "--out", "s.store", "--keep", "album", "--quiet", in: folder)
    #expect(shown.status == 0, "\(shown.errors)")
    #expect(shown.output == "songs.csv:2: Title 0 by Ann, album: Tides\nthe river 0\nla la boat\n\n", "\(shown.output)")
    let info = try await Command.run("info", "s.store", in: folder)
    let kept = "kept        title (20 songs), artist (20 songs), album (5 songs)\n"
    #expect(info.status == 0 && info.output.contains(kept), "\(info.output)")
    #expect(info.output.contains("songs       20 songs: training ") && info.output.contains("store       s.store\n"), "\(info.output)")
    let json = try await Command.run("info", "s.store", "--json", in: folder)
    let object = try #require(try JSONSerialization.jsonObject(with: Data(json.output.utf8)) as? [String: Any])
    let columns = try #require(object["kept"] as? [[String: Any]])
    #expect(columns.map { $0["name"] as? String } == ["title", "artist", "album"] && columns.map { $0["songs"] as? Int } == [20, 20, 5])
    #expect((object["songs"] as? [String: Int])?["training"] ?? 0 > 10 && object["tokens"] as? String == "word")
    let again = ["--keep", "title", "--keep", "artist", "--keep", "album", "--out", "t.store", "--quiet"]
    #expect(try await Command.run(["prepare", "songs.csv"] + again, in: folder).status == 0)
    let twice = try await Command.run("info", "t.store", in: folder)
    #expect(twice.status == 0 && twice.output.contains(kept), "\(twice.output)")
    try folder.write("la la\n\n\noh oh\n", to: "plain.txt")
    _ = try await Command.run("prepare", "plain.txt", "--min-count", "1", "--validation-fraction", "0", "--out", "p.store", in: folder)
    let plain = try await Command.run("info", "p.store", in: folder)
    #expect(plain.status == 0 && plain.output.contains("kept        nothing\n"), "\(plain.output) \(plain.errors)")
  }

  @Test(
    "A column that is not there, and --keep with a store, are errors",
    arguments: [
      (
        ["prepare", "songs.csv", "--keep", "mood", "--out", "t.store"],
        "error: No song has a value in a column or key named mood, which is to be kept with the songs; correct the name, or leave it out."
      ),
      (
        ["train", "s.store", "--model", "m", "--keep", "album"],
        "error: s.store: --keep was settled when this store was prepared; leave it out, or prepare the store again with it."
      ),
      (["info", "songs.csv"], "error: songs.csv: this is not a whole store (it does not begin as a store does); prepare it again."),
    ])
  func refused(arguments: [String], message: String) async throws {
    let folder = try folder()
    _ = try await Command.run("prepare", "songs.csv", "--out", "s.store", in: folder)
    let run = try await Command.run(arguments, in: folder)
    #expect(run.status != 0 && run.output.isEmpty && run.errors.contains(message), "\(run.errors)")
    #expect(!FileManager.default.fileExists(atPath: folder.url.appending(path: "t.store").path))
  }

  @Test func `a run that is resumed keeps the columns that it began with`() async throws {
    let folder = try folder()
    let sizes = ["--steps", "2", "--batch", "2", "--window", "4", "--hidden", "8", "--embedding", "8", "--quiet"]
    let first = try await Command.run(["train", "songs.csv", "--model", "m", "--keep", "album"] + sizes, in: folder)
    #expect(first.status == 0, "\(first.errors)")
    let again = try await Command.run(["train", "--model", "m", "--resume", "--steps", "4", "--quiet"], in: folder)
    #expect(again.status == 0, "\(again.errors)")
  }
}
