import Testing

@Suite("The command import") struct ImportTests {
  @Test(
    "tokens that cannot be are refused",
    arguments: [
      (
        ["--vocabulary", "words.txt", "--tokens", "bpe"],
        "--tokens bpe needs the merges of its byte pairs, which a list does not have; give --tokenizer in place of --vocabulary."
      ), (["--tokens", "char"], "--tokens says how the words of --vocabulary are cut, which is not given."),
      (["--tokenizer", "t.json", "--tokens", "char"], "--tokens says how the words of --vocabulary are cut, which is not given."),
    ])
  func refused(arguments: [String], message: String) async throws {
    let folder = try Folder()
    let result = try await Command.run(["import", "theirs.safetensors", "--model", "m"] + arguments, in: folder)
    #expect(result.status != 0 && result.errorLines == ["error: \(message) See 'refrain import --help'."], "\(result.errors)")
  }

  @Test("a name that a run would take for its own folder is refused", arguments: ["m.unfinished", "m.unfinished/"])
  func unfinished(name: String) async throws {
    let folder = try Folder()
    for arguments in [["import", "theirs.safetensors"], ["train", "songs"]] {
      let result = try await Command.run(arguments + ["--model", name], in: folder)
      #expect(result.status != 0 && result.errorLines.count == 1 && !folder.has("m.unfinished"))
      #expect(result.errors.contains("--model \(name): folders with such names are for runs that replace a model"), "\(result.errors)")
    }
  }
}
