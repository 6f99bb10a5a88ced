import Foundation
import Testing

@Suite("Choosing rows by flags")
struct RowFlagsTests {
  private static func folder() throws -> Folder {
    let folder = try Folder()
    let words = ["boat", "river", "lamp", "harbour", "arrow"]
    var rows = "artist,title,language,lyric\n"
    for song in 0..<24 {
      for line in 0..<4 {
        rows += "A\(song / 6),T\(song % 6),\(song.isMultiple(of: 3) ? "de" : "en"),the \(words[(song + line) % 5]) sings \(song % 7)\n"
      }
    }
    try folder.write(rows, to: "songs.csv")
    try folder.write("language,lyric\nde,eins\nen,\nde,zwei\nen,NaN\nfr,un\n", to: "empty.csv")
    return folder
  }

  private static let flags = ["--group-by", "artist", "--group-by=title", "--where", "language!=de", "--where=artist~A"]

  @Test func `prepare shows what each condition left out, as text and as JSON`() async throws {
    let folder = try Self.folder()
    let shown = try await Command.run(["prepare", "songs.csv", "--stats"] + Self.flags, in: folder)
    #expect(shown.status == 0 && shown.output.contains("where language!=de  32 left out\n"), "\(shown.output)\(shown.errors)")
    #expect(shown.output.contains("where artist~A      0 left out\n") && shown.output.contains("joined rows         48\n"))
    #expect(shown.output.contains("songs               16: "))
    let json = try await Command.run(["prepare", "songs.csv", "--json"] + Self.flags, in: folder)
    #expect(
      json.output.contains(#""conditions":[{"condition":"language!=de","leftOut":32},{"condition":"artist~A","leftOut":0}]"#),
      "\(json.output)")
    let title = try await Command.run("prepare", "songs.csv", "--stats", "--group-by", "title", in: folder)
    #expect(title.errors.contains("rows of 18 songs of --group-by stand in several places"), "\(title.errors)")
  }

  @Test(
    "A condition that cannot be used is an error",
    arguments: [
      (
        ["--where", "genre=folk"],
        "error: songs.csv: no column or key is named genre, but songs are to be chosen or joined by it; there are artist"
      ),
      (
        ["--group-by", "id"], "error: songs.csv: no column or key is named id, but songs are to be chosen or joined by it; there are artist"
      ),
      (["--where", "language"], "error: The value 'language' is invalid for '--where <condition>'"),
      (["--where", "language=fr"], "error: songs.csv: none of its 96 rows meets the conditions; change them; see --where."),
      (
        ["empty.csv", "--where", "language=en"],
        "error: empty.csv: 3 of its 5 rows do not meet the conditions, and the others have no lyrics; change the conditions; see --where."
      ),
    ])
  func refused(flags: [String], message: String) async throws {
    let folder = try Self.folder()
    let result = try await Command.run(["prepare", "songs.csv", "--stats"] + flags, in: folder)
    #expect(result.status != 0 && result.errors.lowercased().contains(message.lowercased()), "\(result.errors)")
  }

  @Test func `training keeps the choice for a resumed run, and evaluate joins rows as the model's corpus`() async throws {
    let folder = try Self.folder()
    let sizes = [
      "--embedding", "4", "--hidden", "6", "--batch", "2", "--window", "5", "--steps", "4", "--min-count", "1", "--quiet",
    ]
    let trained = try await Command.run(
      ["train", "songs.csv", "--model", "m", "--shuffle-songs", "3"] + Self.flags + sizes, in: folder)
    #expect(trained.status == 0, "\(trained.errors)")
    let resumed = try await Command.run("train", "--model", "m", "--resume", "--steps", "6", in: folder)
    #expect(resumed.status == 0 && resumed.errors.contains("resumed at step 4"), "\(resumed.errors)")
    let all = try await Command.run("evaluate", "m", "songs.csv", "--songs", "--json", in: folder)
    let chosen = try await Command.run("evaluate", "m", "songs.csv", "--songs", "--json", "--where", "language!=de", in: folder)
    func songs(_ result: Command.Result) throws -> Int {
      #expect(result.status == 0 && result.errors.allSatisfy { _ in !result.errors.contains("warning: the texts") }, "\(result.errors)")
      let object = try #require(try JSONSerialization.jsonObject(with: Data(result.output.utf8)) as? [String: Any])
      return try #require(object["songs"] as? [Any]).count
    }
    #expect(try songs(all) == 24 && songs(chosen) == 16)
  }
}
