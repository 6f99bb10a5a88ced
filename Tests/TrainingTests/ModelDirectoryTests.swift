import Corpora
import Files
import Foundation
import Kernels
import LanguageModel
import Models
import SystemPackage
import Testing
import Training

@Suite("The model directory") struct ModelDirectoryTests {
  let folder: TemporaryFolder
  var path: FilePath { folder.path("model") }

  init() throws { folder = try TemporaryFolder() }

  private func loadingFault() -> String {
    message(of: #expect(throws: (any Error).self) { try ModelDirectory.load(path) })
  }

  private func bytes(_ name: String) throws -> [UInt8] { try readFile(path.appending(name)) }

  private func write(_ bytes: [UInt8], _ name: String) throws { try Data(bytes).write(to: URL(filePath: path.appending(name).string)) }

  private func edit(_ name: String, _ change: (String) -> String) throws {
    let text = String(decoding: try bytes(name), as: UTF8.self)
    let changed = change(text)
    try #require(changed != text)
    try write(Array(changed.utf8), name)
  }

  // MARK: - Round trip

  @Test func `a model comes back bit for bit`() throws {
    var model = try Model.small(seed: 1, step: 1_234)
    // Values that a text would lose.
    for (index, value) in [-0.0, .leastNonzeroMagnitude, .greatestFiniteMagnitude, 0.1, 1 / 3].enumerated() as EnumeratedSequence<[Float]> {
      model.weights.values[index] = value
    }
    try ModelDirectory.save(model, to: path)
    #expect(try ModelDirectory.load(path).isSame(as: model))
    #expect(try names(in: path) == ["config.json", "model.safetensors", "tokenizer.json"])
    // The library's own way in and out.
    try model.later().save(to: path.string)
    #expect(try Model(directory: path.string).isSame(as: model.later()))
  }

  @Test("tokenizers of every kind come back", arguments: Tokenization.allCases)
  func tokenizers(tokenization: Tokenization) throws {
    let corpus = try Corpus(
      text: "don't [Chorus] \"stop\"\né \u{1F469}\u{200D}\u{1F680} 日本\n",
      options: CorpusOptions(tokenization: tokenization, minimumCount: 1, validationFraction: 0))
    let configuration = smallConfiguration(steps: 1)
    let model = Model(
      weights: Weights(configuration.model(vocabularySize: corpus.tokenizer.vocabulary.count), seed: 1), tokenizer: corpus.tokenizer,
      configuration: configuration, step: 0)
    try ModelDirectory.save(model, to: path)
    #expect(try ModelDirectory.load(path).isSame(as: model))
  }

  @Test("a model that earlier versions would misread has a format that they refuse", arguments: ["capped_input", "output_sum"])
  func extended(key: String) throws {
    var model = try Model.small(seed: 1)
    model.configuration.layerCount = 2
    if key == "capped_input" { model.configuration.isInputCapped = true } else { model.configuration.sumsOutputs = true }
    model.weights = Weights(model.configuration.model(vocabularySize: model.tokenizer.vocabulary.count), seed: 3)
    try ModelDirectory.save(model, to: path)
    #expect(try ModelDirectory.load(path).isSame(as: model))
    let text = String(decoding: try bytes("config.json"), as: UTF8.self)
    #expect(text.contains("\"format\" : 3") && text.components(separatedBy: "\"\(key)\" : true").count == 3)
    for format in [1, 2] {
      try write(Array(text.replacing("\"format\" : 3", with: "\"format\" : \(format)").utf8), "config.json")
      #expect(loadingFault().contains("its format, its settings and its control tokens contradict one another"))
    }
    try write(Array(text.replacing("\"cell\" : \"lstm\"", with: "\"cell\" : \"gru\"").utf8), "config.json")
    #expect(loadingFault().contains("\"capped_input\" caps the input gates of an LSTM, but \"cell\" is gru") == (key == "capped_input"))
    // A model that they read as it is has the older format, and none of the keys in its sizes.
    try ModelDirectory.save(.small(seed: 1), to: path)
    let older = String(decoding: try bytes("config.json"), as: UTF8.self)
    #expect(older.contains("\"format\" : 1") && older.components(separatedBy: "\"\(key)\"").count == 2)
  }

  @Test("a checkpoint that earlier versions would misread has a format that they refuse", arguments: [false, true])
  func extendedCheckpoint(isCapped: Bool) async throws {
    var configuration = smallConfiguration(steps: 3)
    configuration.isInputCapped = isCapped
    let checkpoint = try await Trainer(corpus: corpus(randomText(words: 200, vocabulary: 9, seed: 2)), configuration: configuration)
      .checkpoint()
    let file = folder.path("run.safetensors")
    try checkpoint.write(to: file.string)
    #expect(try TrainingCheckpoint(contentsOf: file.string).isSame(as: checkpoint))
    #expect(try SafetensorsReader(file).header.metadata["version"] == (isCapped ? "3" : "1"))
  }

  @Test("tied weights come back, with the decoder's weight in the file or not", arguments: [6, 8])
  func tied(embedding: Int) throws {
    var model = try Model.small(seed: 1)
    model.configuration.embeddingSize = embedding
    model.configuration.isTied = true
    model.weights = Weights(model.configuration.model(vocabularySize: model.tokenizer.vocabulary.count), seed: 3)
    try ModelDirectory.save(model, to: path)
    #expect(try ModelDirectory.load(path).isSame(as: model))
    // A state_dict has it under both names.
    let file = try bytes("model.safetensors")
    let length = try SafetensorsHeader.headerLength(prefix: Array(file.prefix(8)), fileSize: file.count, path: "")
    let header = try SafetensorsHeader(json: Array(file[8..<8 + length]), dataOffset: 8 + length, fileSize: file.count, path: "")
    func elements(_ name: String) throws -> ArraySlice<UInt8> {
      let range = try #require(header.tensors.first { $0.name == name }).byteRange
      return file[header.dataOffset + range.lowerBound..<header.dataOffset + range.upperBound]
    }
    #expect(try elements("decoder.weight").elementsEqual(elements("embedding.weight")))
    let own = model.weights.layout.entries.map { SavedTensor($0.name, $0.shape, .buffer(model.weights.values, $0.range)) }
    try AtomicFile.write(to: path.appending("model.safetensors")) { try SavedTensor.write(own, metadata: ["step": "5"], to: &$0) }
    #expect(try ModelDirectory.load(path).isSame(as: model))
    // Another decoder than the embedding is no tied one.
    var other = file
    other[try elements("decoder.weight").startIndex] ^= 1
    try write(other, "model.safetensors")
    #expect(
      loadingFault() == "\(path)/model.safetensors: the tensor decoder.weight should be the same as embedding.weight, to which it is tied "
        + "but is other numbers; the file does not belong to this config.json.")
  }

  @Test func `a model from before there were tied weights comes back`() throws {
    let model = try Model.small(seed: 1)
    try ModelDirectory.save(model, to: path)
    try edit("config.json") {
      $0.replacing(/\n *"tied" : false,/, with: "").replacing(/"layers" : 1,\n *"tied" : false/, with: "\"layers\" : 1")
    }
    #expect(try !String(decoding: bytes("config.json"), as: UTF8.self).contains("tied"))
    #expect(try ModelDirectory.load(path).isSame(as: model))
  }

  @Test func `another model takes the place of one, whole`() throws {
    try ModelDirectory.save(.small(seed: 1), to: path)
    let other = try Model.small(seed: 2, words: "quite another song about quite another boat")
    try ModelDirectory.save(other, to: path)
    #expect(try ModelDirectory.load(path).isSame(as: other))
    #expect(try names(in: folder.path).allSatisfy { $0.hasPrefix("model/") })
  }

  @Test func `a second bias in the file is added to the first`() throws {
    let model = try Model.small(seed: 1)
    try ModelDirectory.save(model, to: path)
    var file = try bytes("model.safetensors")
    let length = try SafetensorsHeader.headerLength(prefix: Array(file.prefix(8)), fileSize: file.count, path: "")
    let header = try SafetensorsHeader(json: Array(file[8..<8 + length]), dataOffset: 8 + length, fileSize: file.count, path: "")
    let second = try #require(header.tensors.first { $0.name == "lstm.bias_hh_l0" })
    #expect(second.shape == [32])
    for element in 0..<32 {
      for byte in 0..<4 {
        let place = header.dataOffset + second.byteRange.lowerBound + 4 * element + byte
        #expect(file[place] == 0)
        file[place] = UInt8(truncatingIfNeeded: Float(element).bitPattern >> (8 * UInt32(byte)))
      }
    }
    try write(file, "model.safetensors")
    let loaded = try ModelDirectory.load(path)
    for entry in model.weights.layout.entries {
      for (offset, index) in entry.range.enumerated() {
        let added: Float = entry.parameter == .bias(layer: 0) ? Float(offset) : 0
        #expect(loaded.weights.values[index] == model.weights.values[index] + added)
      }
    }
  }

  // MARK: - What is no model

  @Test func `a folder that is missing, a file, and a folder without one of the files`() throws {
    #expect(loadingFault() == "\(path): no such model directory; check the path, or train a model first.")
    for name in ["config.json", "tokenizer.json", "model.safetensors"] {
      try ModelDirectory.save(.small(seed: 1), to: path)
      try removeTree(path.appending(name))
      #expect(loadingFault() == "\(path): not a whole model, \(name) is missing; give another directory or train again.")
    }
    try removeTree(path)
    try Data().write(to: URL(filePath: path.string))
    #expect(loadingFault() == "\(path): a model is a directory, but this is a file; give the directory that holds model.safetensors.")
  }

  @Test func `weights that were cut off anywhere`() throws {
    try ModelDirectory.save(.small(seed: 1), to: path)
    let whole = try bytes("model.safetensors")
    let file = path.appending("model.safetensors")
    for length in Set([0, 1, 7, 8, 9, 100, whole.count - 1, whole.count - 4] + Array(stride(from: 0, to: whole.count, by: 97))).sorted() {
      try write(Array(whole[..<length]), "model.safetensors")
      let message = loadingFault()
      #expect(message.hasPrefix("\(file): ") && message.hasSuffix("so save or copy it again."), "\(length) bytes: \(message)")
    }
    try write(Array(whole.prefix(5)), "model.safetensors")
    #expect(
      loadingFault()
        == "\(file): expected at least the 8 bytes that give the header's length, found 5; the file was not written or copied whole, "
        + "so save or copy it again.")
    try write(whole + [0], "model.safetensors")
    #expect(loadingFault().contains("found \(whole.count - 8 - Int(whole[0]) - Int(whole[1]) * 256 + 1)"))
    try write(whole, "model.safetensors")
    #expect(throws: Never.self) { try ModelDirectory.load(path) }
  }

  @Test func `a number in the weights that is none`() throws {
    let model = try Model.small(seed: 1)
    let place = model.weights.layout[.recurrentWeight(layer: 0)].range.lowerBound + 2
    for value in [Float.nan, .infinity] {
      var poisoned = model
      poisoned.weights.values[place] = value
      #expect(throws: ModelDirectoryError.notFinite(tensor: "lstm.weight_hh_l0")) { try ModelDirectory.save(poisoned, to: path) }
      #expect(!fileExists(path.appending("model.safetensors")))

      // Another program may have written it.
      var marked = model
      marked.weights.values[place] = 12_345.678
      try ModelDirectory.save(marked, to: path)
      var bytes = try readFile(path.appending("model.safetensors"))
      let mark = Float(12_345.678).bitPattern.bytes
      let found = try #require(bytes.indices.dropLast(3).first { Array(bytes[$0..<$0 + 4]) == mark })
      bytes.replaceSubrange(found..<found + 4, with: value.bitPattern.bytes)
      try write(bytes, "model.safetensors")
      #expect(
        loadingFault()
          == "\(path)/model.safetensors: the tensor lstm.weight_hh_l0 has a value that is not a finite number of 32 bits; "
          + "the file is damaged, use another copy.")
      try removeTree(path)
    }
  }

  @Test func `another version's model`() throws {
    try ModelDirectory.save(.small(seed: 1), to: path)
    try edit("config.json") { $0.replacingOccurrences(of: "\"format\" : 1", with: "\"format\" : 4") }
    func fault(_ format: Int) -> String {
      "\(path)/config.json: the model has format \(format), but this version reads formats up to 3; use the version that wrote it, or "
        + "train again."
    }
    #expect(loadingFault() == fault(4))
    // Of another format nothing else is known.
    try write(Array(#"{"format": 7}"#.utf8), "config.json")
    #expect(loadingFault() == fault(7))
  }

  @Test(
    "a config.json that is none",
    arguments: [
      ("", "it is not valid JSON or a number is out of range"),
      ("{", "it is not valid JSON or a number is out of range"),
      ("\u{0}\u{1}", "it is not valid JSON or a number is out of range"),
      (#"{"format": 1e99}"#, "it is not valid JSON or a number is out of range"),
      (String(repeating: "[", count: 5_000), "it is not valid JSON or a number is out of range"),
      ("{}", #"the key "format" is missing at its top level"#),
      ("[1]", "a value of another type than Dictionary<String, Any> stands at its top level"),
      ("null", "null stands in place of Dictionary<String, Any> at its top level"),
      (#"{"format": "1"}"#, #"a value of another type than Int stands at "format""#),
      (#"{"format": 1}"#, #"the key "model" is missing at its top level"#),
      (#"{"format": 1, "model": {"vocabulary": 3}}"#, #"the key "embedding" is missing at "model""#),
      (#"{"format": 1, "model": {"vocabulary": 3, "embedding": "x"}}"#, #"a value of another type than Int stands at "model.embedding""#),
    ])
  func malformed(json: String, fault: String) throws {
    try ModelDirectory.save(.small(seed: 1), to: path)
    try write(Array(json.utf8), "config.json")
    #expect(loadingFault() == "\(path)/config.json: not a model's configuration, \(fault); use an undamaged copy.")
  }

  @Test func `a config.json with sizes that cannot be, or those of another model`() throws {
    let file = "\(path)/config.json"
    func fault(_ old: String, _ new: String) throws -> String {
      try ModelDirectory.save(.small(seed: 1), to: path)
      defer { try? removeTree(path) }
      // The model's sizes come first in the file, in the order of the keys; the run's settings follow.
      try edit("config.json") { text in text.range(of: old).map { text.replacingCharacters(in: $0, with: new) } ?? text }
      return loadingFault()
    }
    #expect(
      try fault("\"hidden\" : 8", "\"hidden\" : 0")
        == "\(file): \"hidden\" must be from 1 to 1048576, but is 0; correct it, or use an undamaged copy.")
    #expect(
      try fault("\"layers\" : 1", "\"layers\" : 999999")
        == "\(file): \"layers\" must be from 1 to 64, but is 999999; correct it, or use an undamaged copy.")
    #expect(
      try fault("\"batch\" : 4", "\"batch\" : -4")
        == "\(file): \"batch\" must be at least 1, but is -4; correct it, or use an undamaged copy.")
    // Large sizes must be refused before there is memory for them.
    #expect(
      try fault("\"hidden\" : 8", "\"hidden\" : 30000")
        == "\(path)/model.safetensors: the tensor lstm.weight_ih_l0 should be F32 [120000, 6] but is F32 [32, 6]; "
        + "the file does not belong to this config.json.")
    #expect(
      try fault("\"layers\" : 1", "\"layers\" : 2")
        == "\(path)/model.safetensors: the tensor lstm.weight_ih_l1 should be F32 [32, 8] but is missing; "
        + "the file does not belong to this config.json.")
  }

  @Test func `files that do not belong together`() throws {
    let model = try Model.small(seed: 1), other = try Model.small(seed: 1, words: "fewer words")
    try ModelDirectory.save(model, to: path)
    try write(other.tokenizer.jsonData(), "tokenizer.json")
    let expected = model.tokenizer.vocabulary.count, found = other.tokenizer.vocabulary.count
    #expect(
      loadingFault()
        == "\(path): config.json is for \(expected) tokens but tokenizer.json has \(found); "
        + "the files do not belong together, use another copy.")
    try write(Array("{}".utf8), "tokenizer.json")
    #expect(
      loadingFault()
        == "\(path)/tokenizer.json: this is not a tokenizer that can be used (model is missing); "
        + "give the tokenizer.json of a model directory.")
  }

  @Test func `a place where no folder can be made`() throws {
    try Data().write(to: URL(filePath: path.string))
    let error = #expect(throws: FileError.self) { try ModelDirectory.save(.small(seed: 1), to: path.appending("below")) }
    #expect(error?.description == "\(path): a folder was expected and this is not one; give the path of a folder.")
  }
}

extension UInt32 {
  /// Little-endian.
  fileprivate var bytes: [UInt8] { (0..<4).map { UInt8(truncatingIfNeeded: self >> (8 * $0)) } }
}
