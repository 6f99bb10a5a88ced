import Foundation
import Testing

@Suite("The songs that prepare read") struct SongOutputTests {
  @Test func `--text writes a text that is the same corpus when it is read again`() async throws {
    let folder = try Folder()
    try folder.writeSongs()
    let first = try await Command.run("prepare", "songs", "--tags", "drop", "--out", "a.store", "--text", "all.txt", in: folder)
    #expect(first.status == 0 && first.output.isEmpty, "\(first.errors)")
    #expect(first.errors.contains("wrote 12 songs to all.txt; read them with --separator '<|endoftext|>'\n"), "\(first.errors)")
    let again = try await Command.run(
      "prepare", "all.txt", "--tags", "drop", "--separator", "<|endoftext|>", "--out", "b.store", in: folder)
    #expect(again.status == 0, "\(again.errors)")
    // The tokens and the vocabulary; the songs of the folder have their files' names as titles, which come after them.
    func tokens(_ store: String) throws -> Data {
      let data = try folder.data(store)
      let place = 256 + 3 * 64
      #expect(data[place..<place + 10] == Data("vocabulary".utf8))
      func number(_ place: Int) -> Int { (0..<8).reduce(0) { $0 | Int(data[place + $1]) << (8 * $1) } }
      return data[4_096..<number(place + 32) + number(place + 40)]
    }
    #expect(try tokens("a.store") == tokens("b.store"))
    // Without a store, and to standard output.
    let alone = try await Command.run("prepare", "songs", "--tags", "drop", "--text", "-", "--quiet", in: folder)
    #expect(try alone.status == 0 && alone.errors.isEmpty && alone.output == folder.text("all.txt"))
    // A store that is up to date has no texts: the files are read again.
    try FileManager.default.removeItem(at: folder.url.appending(path: "all.txt"))
    let upToDate = try await Command.run("prepare", "songs", "--tags", "drop", "--out", "a.store", "--text", "all.txt", in: folder)
    #expect(try upToDate.status == 0 && folder.text("all.txt") == alone.output && upToDate.errors.contains("a.store is up to date"))
  }

  @Test func `--show prints the first songs and where they were found`() async throws {
    let folder = try Folder()
    try folder.write("The  river\n[Chorus]\nla la\n\n\nanother song\n\n\nthe last", to: "s.txt")
    let shown = try await Command.run("prepare", "s.txt", "--show", "2", in: folder)
    #expect(shown.status == 0 && shown.output == "s.txt:1\nThe  river\n[Chorus]\nla la\n\ns.txt:6\nanother song\n\n", "\(shown.output)")
    let all = try await Command.run("prepare", "s.txt", "--show", "9", "--stats", in: folder)
    #expect(all.status == 0 && all.output.contains("s.txt:9\nthe last\n\n") && all.output.contains("songs"))
  }

  @Test(
    "What cannot be is one error, and nothing is written",
    arguments: [
      (["songs", "--text", ""], "--text is empty; it must name a file."),
      (["songs", "--show", "0"], "--show must be at least 1, but is 0."),
      (["songs", "--text", "-", "--json"], "--json and --text both write to standard output; leave one of them out."),
      (["songs", "--show", "1", "--json"], "--json and --show both write to standard output; leave one of them out."),
      (["songs", "--text", "-", "--stats"], "--text - and --stats both write to standard output; give --text a file."),
      (
        ["songs", "--text", "songs/all.txt"],
        "songs/all.txt: this file is inside the corpus folder songs and would be read with it; choose another --text."
      ),
      (["songs/river.txt", "--text", "songs/river.txt"], "songs/river.txt: these are the songs that are read; choose another --text."),
      (
        ["songs", "--text", "all.csv"],
        "all.csv: --text writes plain text, and a name that ends in .csv may be read as another format; let it end in .txt."
      ),
      (
        ["s.store", "--text", "all.txt"],
        "s.store: this store holds tokens and no texts; give --text or --show the files that it was made of."
      ),
      (["songs", "--text", "missing/all.txt"], "missing"),
    ])
  func refused(arguments: [String], message: String) async throws {
    let folder = try Folder()
    try folder.writeSongs()
    let prepared = try await Command.run("prepare", "songs", "--out", "s.store", in: folder)
    #expect(prepared.status == 0)
    let river = try folder.data("songs/river.txt")
    let refused = try await Command.run(["prepare"] + arguments, in: folder)
    #expect(refused.status != 0 && refused.output.isEmpty && refused.errorLines.count == 1, "\(refused.errors)")
    #expect(refused.errors.contains(message), "\(refused.errors)")
    #expect(try folder.data("songs/river.txt") == river)
    #expect(try FileManager.default.contentsOfDirectory(atPath: folder.url.path).sorted() == ["s.store", "songs"])
  }
}
