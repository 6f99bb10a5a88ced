import Foundation
import Testing

@Suite("The command: inspect, one step and the studies") struct InspectStudyTests {
  private static func folder() async throws -> Folder {
    let folder = try Folder()
    try folder.writeSongs()
    try folder.write("The river runs\nto the sea\n", to: "text.txt")
    let result = try await Command.run(
      "train", "songs", "--model", "m", "--hidden", "8", "--embedding", "8", "--batch", "2", "--window", "8", "--epochs", "1", "--layers",
      "2", "--quiet", in: folder)
    #expect(result.status == 0, "\(result.errors)")
    return folder
  }

  /// How many units are shown.
  private static func units(_ text: String) -> Int { text.split(separator: "\n").count { $0.hasPrefix("unit ") } }

  @Test func `a step is printed with its numbers, and only the layer and the units that are asked for`() async throws {
    let folder = try await Self.folder()
    let all = try await Command.run("inspect", "m", "--step", "3", "--text", "text.txt", in: folder)
    #expect(all.status == 0, "\(all.errors)")
    for part in [
      "Token 3 (of ",
      "Layer 0 (of 2), LSTM, 8 units", "Layer 1 (of 2)", "Forgotten: f keeps", "c' = f c + i g", "h' = o tanh(c')",
      "Most likely",
    ] {
      #expect(all.output.contains(part), "\(part)")
    }
    #expect(Self.units(all.output) == 10)
    let one = try await Command.run("inspect", "m", "--step", "3", "--text", "text.txt", "--layer", "1", "--top", "2", in: folder)
    #expect(one.status == 0 && Self.units(one.output) == 2 && !one.output.contains("Layer 0 (of"))
    #expect(all.output.hasSuffix(one.output.components(separatedBy: "Most likely")[1]))
  }

  @Test(
    "faults of a step",
    arguments: [
      ("--step 99999 --text text.txt", "--step 99999; choose one from 0 to "),
      ("--step 2 --text text.txt --layer 2", "no --layer 2; choose one from 0 to 1"),
      ("--step 2 --text nowhere", "nowhere: there is no such file or folder"), ("--step -1 --text text.txt", "--step must be at least 0"),
      ("--step 2 --text text.txt --units 0:1", "--units is for the states of a text"),
      ("--step 2", "--step needs a text"), ("--top 2 --text text.txt", "--top is for one time step"),
      ("--step 2 --text text.txt --output p.html", "leave out --output"),
    ])
  func stepFaults(arguments: String, message: String) async throws {
    let folder = try await Self.folder()
    let result = try await Command.run(["inspect", "m"] + arguments.split(separator: " ").map(String.init), in: folder)
    #expect(result.status != 0 && result.output.isEmpty && result.errorLines.count == 1)
    #expect(result.errors.contains(message), "\(result.errors)")
  }

  @Test func `recall prints a table and writes a page`() async throws {
    let folder = try Folder()
    let tiny = ["inspect", "--recall", "--steps", "3", "--hidden", "6", "--longest", "4", "--symbols", "3"]
    let one = try await Command.run(tiny + ["--output", "one.html"], in: folder)
    let two = try await Command.run(tiny + ["--output", "-"], in: folder)
    #expect(one.status == 0 && two.status == 0, "\(one.errors)\(two.errors)")
    #expect(one.output.contains("chance") && one.output.contains("33.3%"))
    #expect(try folder.text("one.html") == two.output)
  }

  @Test func `the flow of gradients is measured on songs and on a store`() async throws {
    let folder = try Folder()
    try folder.writeSongs()
    let prepared = try await Command.run("prepare", "songs", "--out", "s.store", "--tokens", "char", in: folder)
    #expect(prepared.status == 0, "\(prepared.errors)")
    let tiny = ["--steps", "3", "--hidden", "6", "--window", "6"]
    let songs = try await Command.run(["inspect", "--gradient-flow", "songs", "--output", "p.html"] + tiny, in: folder)
    let store = try await Command.run(["inspect", "--gradient-flow", "s.store"] + tiny, in: folder)
    #expect(songs.status == 0 && store.status == 0, "\(songs.errors)\(store.errors)")
    #expect(songs.output == store.output && songs.output.contains("LSTM before"))
    #expect(try folder.text("p.html").contains("How far back does the gradient reach?"))
    // The page is not written among the songs.
    let inside = try await Command.run(["inspect", "--gradient-flow", "songs", "--output", "songs/p.html"] + tiny, in: folder)
    #expect(inside.status != 0 && inside.errors.contains("choose another --output") && !folder.has("songs/p.html"))
  }

  @Test(
    "faults of a study",
    arguments: [
      ("--recall --gradient-flow songs", "are two studies"), ("--hidden 4", "--hidden is for a study"),
      ("--recall --window 3", "--window is for --gradient-flow"), ("--gradient-flow songs --symbols 3", "--symbols is for --recall"),
      ("--recall --symbols 1", "--symbols must be from 2 to 1000, but is 1"), ("m --recall", "leave out the model"),
      ("--gradient-flow nowhere", "nowhere: there is no such file or folder"),
      ("--recall --learning-rate 0", "--learning-rate must be above 0"), ("--recall --json", "--json is for the states of a text"),
      ("--gradient-flow songs --window 2000", "windows of this length need at least 64,001; name more songs, or choose a smaller --window"),
    ])
  func studyFaults(arguments: String, message: String) async throws {
    let folder = try Folder()
    try folder.writeSongs()
    let result = try await Command.run(["inspect"] + arguments.split(separator: " ").map(String.init), in: folder)
    #expect(result.status != 0 && result.output.isEmpty && result.errorLines.count == 1)
    #expect(result.errors.contains(message), "\(result.errors)")
  }
}
