import Foundation
import Testing

@Suite("The command shapes songs") struct ShapeTests {
  private static func folder() async throws -> Folder {
    let folder = try Folder()
    try folder.writeSongs()
    let trained = try await Command.run(
      "train", "songs", "--model", "m", "--steps", "20", "--embedding", "12", "--hidden", "16", "--batch", "4", "--window", "8", "--quiet",
      "--min-count", "1", in: folder)
    #expect(trained.status == 0, "\(trained.errors)")
    return folder
  }

  @Test func `sections have their lines, a repeat is to the letter, and the seed decides`() async throws {
    let folder = try await Self.folder()
    let command = [
      "generate", "m", "--no-espeak", "--structure", "verse:3 chorus:2 verse:3 chorus:=", "--syllables", "5-9", "--seed", "4",
      "--candidates", "8",
    ]
    let song = try await Command.run(command, in: folder)
    #expect(song.status == 0, "\(song.errors)")
    let sections = song.output.trimmingCharacters(in: .newlines).components(separatedBy: "\n\n").map { section in
      section.split(separator: "\n").filter { !$0.hasPrefix("[") }
    }
    #expect(sections.map(\.count) == [3, 2, 3, 2] && sections[3] == sections[1], "\(song.output)")
    // The pronunciations are kept with the model, and a second call takes them, or makes them anew, where those that were set stay.
    #expect(folder.has("m/pronunciations.txt"))
    let again = command.filter { $0 != "--no-espeak" }
    #expect(try await Command.run(again, in: folder).output == song.output)
    #expect(try await Command.run(command, in: folder).output == song.output)
    #expect(try await Command.run("pronounce", "m", "--set", "river=R IH1 V ER0 Z IH0 AH0", in: folder).status == 0)
    #expect(try await Command.run(command, in: folder).status == 0)
    #expect(try await Command.run("pronounce", "m", "river", in: folder).output.contains("R IH1 V ER0 Z IH0 AH0"))
    try folder.write(song.output, to: "song.txt")
    let like = try await Command.run("generate", "m", "--like", "song.txt", "--seed", "5", in: folder)
    let lines = like.output.split(separator: "\n").filter { !$0.hasPrefix("[") }
    #expect(like.status == 0 && lines.count == 10, "\(like.output)\(like.errors)")
  }

  @Test(
    "a mistake is one sentence",
    arguments: [
      ["--structure", "verse"], ["--structure", "verse:4", "--rhyme", "ABCD"], ["--structure", "verse:4", "--syllables", "0"],
      ["--syllables", "8"], ["--rhyme", "AABB"], ["--like", "none.txt"], ["--like", "songs", "--structure", "verse:4"],
      ["--structure", "verse:4", "--candidates", "0"],
    ])
  func mistakes(flags: [String]) async throws {
    let folder = try await Self.folder()
    let result = try await Command.run(["generate", "m", "--no-espeak"] + flags, in: folder)
    #expect(result.status != 0 && result.output.isEmpty && result.errorLines.count == 1, "\(result.errors)")
  }
}
