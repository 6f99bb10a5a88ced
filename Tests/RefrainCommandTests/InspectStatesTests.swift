import Foundation
import Testing

@Suite("The command: states of a text") struct InspectStatesTests {
  private static func folder(_ flags: [String] = []) async throws -> Folder {
    let folder = try Folder()
    try folder.writeSongs()
    try folder.write("The river runs\nand the moon is on the river\n\nso it runs\n", to: "text.txt")
    let result = try await Command.run(
      ["train", "songs", "--model", "m", "--hidden", "12", "--layers", "2", "--embedding", "8", "--batch", "2", "--window", "8"]
        + ["--epochs", "1", "--quiet"] + flags, in: folder)
    #expect(result.status == 0, "\(result.errors)")
    return folder
  }

  private static func object(_ text: String) throws -> [String: Any] {
    try #require(try JSONSerialization.jsonObject(with: Data(text.utf8)) as? [String: Any])
  }

  @Test(
    "a page, a table and files for other programs",
    arguments: [["--tokens", "word"], ["--tokens", "char", "--cell", "gru"], ["--cell", "rnn"]])
  func page(flags: [String]) async throws {
    let folder = try await Self.folder(flags)
    let table = try await Command.run(
      "inspect", "m", "--text", "text.txt", "--output", "page.html", "--units", "1:3,0:11", "--export", "s.npy", in: folder)
    let told = table.errors.split(separator: "\n")
    #expect(table.status == 0 && told.allSatisfy { $0.hasPrefix("warning: the vocabulary lacks ") }, "\(table.errors)")
    #expect(told.count == (flags.contains("char") ? 0 : 1))
    #expect(table.output.contains("rhyme position") && table.output.contains("layer 1"))
    let page = try folder.text("page.html")
    #expect(page.contains("<title>m reads text.txt</title>") && page.contains("<option>1:3, ") && page.contains(">0:11</th>"))
    #expect(try folder.data("s.npy").starts(with: [0x93, 0x4E]))
    // The same page to standard output, and the same states by a pipe.
    let again = try await Command.run("inspect", "m", "--text", "text.txt", "--output", "-", "--units", "1:3,0:11", in: folder)
    #expect(again.status == 0 && again.output == page)
    let json = try await Command.run("inspect", "m", "--text", "text.txt", "--json", "--export", "s.safetensors", in: folder)
    let report = try Self.object(json.output)
    #expect(report["tokens"] as? Int ?? 0 > 10 && (report["features"] as? [String: Any])?.count == 8)
    #expect((report["saturation"] as? [[String: Any]])?.isEmpty == false && (report["units"] as? [[String: Any]])?.isEmpty == false)
  }

  @Test func `places with the same units are found, from the cache the second time`() async throws {
    let folder = try await Self.folder()
    func search(_ flags: String...) async throws -> Command.Result {
      let result = try await Command.run(
        ["inspect", "m", "--text", "text.txt", "--like", "2:4", "--threshold", "0.005"] + flags, in: folder)
      #expect(result.status == 0, "\(result.errors)")
      return result
    }
    let first = try await search("--in", "songs", "--cache", "c", "--json")
    let second = try await search("--in", "songs", "--cache", "c", "--json", "-t", "1")
    let uncached = try await search("--in", "songs", "--no-cache", "--json", "-t", "3")
    #expect(first.output == second.output && first.output == uncached.output)
    #expect(first.errors.contains(" read in ") && second.errors.contains("were read from c/") && !uncached.errors.contains(".states"))
    let report = try Self.object(first.output)
    let places = try #require(report["places"] as? [[String: Any]]), units = try #require(report["units"] as? [[String: Any]])
    #expect(!places.isEmpty && places.count <= 20 && !units.isEmpty)
    #expect(places.compactMap { $0["units"] as? Int } == places.compactMap { $0["units"] as? Int }.sorted(by: >))
    let table = try await search("--in", "songs", "--cache", "c").output
    #expect(table.contains("[[") && table.split(separator: "\n").count == places.count + 2)
    // A store is searched like the files that it was prepared from.
    let prepared = try await Command.run("prepare", "songs", "--out", "s.store", "--validation-fraction", "0", in: folder)
    #expect(prepared.status == 0, "\(prepared.errors)")
    let store = try Self.object(try await search("--in", "s.store", "--no-cache", "--json").output)
    #expect((store["places"] as? [[String: Any]])?.isEmpty == false)
  }

  @Test(
    "NumPy and safetensors read the states", .enabled(if: Python.isNamed || Python.has(["numpy", "safetensors"])),
    arguments: ["word", "char", "bpe"])
  func python(tokens: String) async throws {
    let folder = try await Self.folder(["--tokens", tokens])
    var lines: [String] = []
    for name in ["s.safetensors", "s.npy"] {
      let result = try await Command.run("inspect", "m", "--text", "text.txt", "--export", name, "--json", in: folder)
      #expect(result.status == 0, "\(result.errors)")
      lines.append(result.output)
    }
    let script = InterchangePythonTests.tests.appending(path: "Interchange/read_states.py").path
    let run = try Python.run([script] + ["s.safetensors", "s.npy"].map { folder.url.appending(path: $0).path })
    let found = run.output.split(whereSeparator: \.isWhitespace).compactMap { Double($0) }
    try #require(run.status == 0 && found.count == 3, "\(run.output)")
    #expect(found[0] == Double(try #require(try Self.object(lines[0])["tokens"] as? Int)) && found[1] == 12)
    // A few ulps of numbers up to 1.
    #expect(found[2] < 1e-6)
  }

  @Test(
    "what cannot be is refused in one line",
    arguments: [
      ("--units 2:0 --output p.html", "error: --units names layer 2, but the model's layers are 0 to 1; choose one of them."),
      ("--units 0:12 --output p.html", "error: --units names unit 12 of layer 0, but its units are 0 to 11; choose one of them."),
      ("--units 0:1", "error: --units chooses what a page shows; give the page with --output. See 'refrain inspect --help'."),
      ("--units 0-1", "error: The value '0-1' is invalid for '--units <layer:unit,...>'. See 'refrain inspect --help'."),
      ("--export a.txt", "error: a.txt: --export takes a name that ends in .safetensors or .npy; choose such a name."),
      ("--export -", "error: --export must name a file. See 'refrain inspect --help'."),
      (
        "--output m/model.safetensors",
        "error: m/model.safetensors: this file is part of the model; choose another --output."
      ),
      ("--output text.txt", "error: text.txt: these are the songs that are read; choose another --output."),
      ("--output a --export a", "error: --export and --output name one file; give each its own. See 'refrain inspect --help'."),
      ("--in songs", "error: --in names the songs to search with --like, which is not given. See 'refrain inspect --help'."),
      ("--like 1:2", "error: Missing --in: the songs to search with --like. See 'refrain inspect --help'."),
      (
        "--like 3:2 --in songs --no-cache",
        """
        error: --like 3:2 is no span of the text, which has 18 tokens: the start must be at least 0 and less than the end, and the end at \
        most 18; choose another span.
        """
      ),
      (
        "--like 2:4 --in songs --threshold 0.999 --no-cache",
        """
        error: no unit has an absolute hidden state above 0.999 at every token of --like 2:4; choose another span or a lower --threshold.
        """
      ),
    ])
  func refused(flags: String, message: String) async throws {
    let folder = try await Self.folder()
    let result = try await Command.run(
      ["inspect", "m", "--text", "text.txt"] + flags.split(separator: " ").map(String.init), in: folder)
    #expect(result.status != 0 && result.output.isEmpty)
    #expect(result.errorLines == [Substring(message)])
  }
}
