import Foundation
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

  @Test(
    "a file of torch.save is recognised, whatever its name, and the error says how to convert it", arguments: ["m.pth", "m.safetensors"])
  func torchFile(name: String) async throws {
    let folder = try Folder()
    let header: [UInt8] = [0x50, 0x4B, 3, 4, 0, 0, 8, 8] + [UInt8](repeating: 0, count: 18) + [10, 0, 0, 0]
    try folder.write(Data(header + Array("m/data.pkl".utf8) + [0x80, 2, 0x7D]), to: name)
    let result = try await Command.run("import", name, "--model", "m", in: folder)
    #expect(result.status == 1 && result.output.isEmpty && result.errorLines.count == 1 && !folder.has("m"), "\(result.errors)")
    #expect(result.errors.hasPrefix("error: \(name): expected a safetensors file, found a file of torch.save, which is not read"))
    #expect(result.errors.contains("torch.load(\"\(name)\", map_location=\"cpu\", weights_only=True)"))
    #expect(result.errors.hasSuffix("\"m.safetensors\")\n"))
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
