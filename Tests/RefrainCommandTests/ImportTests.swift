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
}
