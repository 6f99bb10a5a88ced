import Basics
import Corpora
import Files
import Foundation
import Interchange
import Kernels
import LanguageModel
import Models
import SystemPackage
import Testing
import Training

@Suite("AWD-LSTM and fastai") final class AWDImportTests {
  private let folder = FilePath(NSTemporaryDirectory()).appending("refrain-\(UInt64.random(in: .min ... .max))")
  private let (rows, embedding, hidden) = (7, 3, [5, 4, 3])

  init() throws { try makeDirectories(folder) }
  deinit { try? removeTree(folder) }

  private func write(_ tensors: [SavedTensor], metadata: [String: String] = [:]) throws -> String {
    let path = folder.appending("model.safetensors")
    try AtomicFile.write(to: path) { try SavedTensor.write(tensors, metadata: metadata, to: &$0) }
    return path.string
  }

  private func imported(_ tensors: [SavedTensor]) throws -> Model {
    let list = folder.appending("words")
    try AtomicFile.write(Array("<unk>\n<eos>\na\nb\nc\nd\ne\n".utf8), to: list)
    return try Model(importing: write(tensors), tokens: .list(path: list.string, tokenization: .whitespace))
  }

  private func tensor(_ name: String, _ shape: [Int], seed: UInt64) -> SavedTensor {
    var generator = SeededGenerator(seed: seed)
    return SavedTensor(name, shape, .floats((0..<shape.reduce(1, *)).map { _ in 2 * generator.uniform() - 1 }))
  }

  private func floats(_ tensor: SavedTensor) -> [Float] {
    if case .floats(let values) = tensor.contents { values } else { [] }
  }

  /// How a program names the tensors of a model.
  enum Naming: String, CaseIterable, Sendable {
    case salesforce, fastai, fastaiWithCopies, earlyFastai, dataParallel, compiled, plain, encoderAlone

    var encoder: String {
      switch self {
      case .fastai, .fastaiWithCopies, .earlyFastai: "0.encoder.weight"
      case .dataParallel: "module.encoder.weight"
      case .compiled: "_orig_mod.0.encoder.weight"
      case .salesforce, .plain, .encoderAlone: "encoder.weight"
      }
    }

    var decoder: String? {
      switch self {
      case .fastai, .fastaiWithCopies, .earlyFastai: "1.decoder"
      case .dataParallel: "module.decoder"
      case .compiled: "_orig_mod.1.decoder"
      case .salesforce, .plain: "decoder"
      case .encoderAlone: nil
      }
    }

    /// A second name of the embedding.
    var copy: String? {
      switch self {
      case .fastai, .fastaiWithCopies: "0.encoder_dp.emb.weight"
      case .compiled: "_orig_mod.0.encoder_dp.emb.weight"
      case .earlyFastai: "0.encoder_with_dropout.embed.weight"
      case .encoderAlone: "encoder_dp.emb.weight"
      case .salesforce, .dataParallel, .plain: nil
      }
    }

    func layer(_ number: Int, _ kind: String) -> String {
      switch self {
      case .salesforce: "rnns.\(number).module.\(kind)" + (kind.hasPrefix("weight_hh") ? "_raw" : "")
      case .earlyFastai: "0.rnns.\(number).module.\(kind)" + (kind.hasPrefix("weight_hh") ? "_raw" : "")
      case .dataParallel: "module.rnns.\(number).module.\(kind)" + (kind.hasPrefix("weight_hh") ? "_raw" : "")
      case .fastai, .fastaiWithCopies: kind.hasPrefix("weight_hh") ? "0.rnns.\(number).\(kind)_raw" : "0.rnns.\(number).module.\(kind)"
      case .compiled: "_orig_mod.0.rnns.\(number).\(kind.hasPrefix("weight_hh") ? kind + "_raw" : "module." + kind)"
      case .encoderAlone: "rnns.\(number).\(kind.hasPrefix("weight_hh") ? kind + "_raw" : "module." + kind)"
      case .plain: "rnns.\(number).\(kind)"
      }
    }

    /// The name of a copy that weight dropout has changed.
    func dropped(_ number: Int) -> String? {
      switch self {
      case .fastaiWithCopies: "0.rnns.\(number).module.weight_hh_l0"
      case .salesforce: "rnns.\(number).module.weight_hh_l0"
      default: nil
      }
    }
  }

  private func tensors(_ naming: Naming) -> [SavedTensor] {
    let encoder = tensor(naming.encoder, [rows, embedding], seed: 1)
    var result = [encoder]
    if let copy = naming.copy { result.append(SavedTensor(copy, encoder.shape, encoder.contents)) }
    // From the last layer on, so that the order in the file is no help.
    for number in hidden.indices.reversed() {
      let seed = UInt64(10 * number), input = number == 0 ? embedding : hidden[number - 1]
      if let name = naming.dropped(number) { result.append(tensor(name, [4 * hidden[number], hidden[number]], seed: 99)) }
      result += [
        tensor(naming.layer(number, "weight_hh_l0"), [4 * hidden[number], hidden[number]], seed: seed + 11),
        tensor(naming.layer(number, "weight_ih_l0"), [4 * hidden[number], input], seed: seed + 12),
        tensor(naming.layer(number, "bias_ih_l0"), [4 * hidden[number]], seed: seed + 13),
        tensor(naming.layer(number, "bias_hh_l0"), [4 * hidden[number]], seed: seed + 14),
      ]
    }
    if let decoder = naming.decoder {
      result += [SavedTensor(decoder + ".weight", encoder.shape, encoder.contents), tensor(decoder + ".bias", [rows], seed: 2)]
    }
    return result
  }

  @Test("the layers are numbered by their place in the list, and the true weights are read", arguments: Naming.allCases)
  func names(naming: Naming) throws {
    let model = try imported(tensors(naming))
    #expect(
      model.configuration.hiddenSizes == .each(hidden) && model.configuration.embeddingSize == embedding && model.configuration.isTied)
    let layout = model.weights.layout
    func values(_ parameter: Parameter) -> [Float] { Array(model.weights.values[layout[parameter].range]) }
    #expect(values(.embedding) == floats(tensor("", [rows, embedding], seed: 1)))
    for (number, size) in hidden.enumerated() {
      let seed = UInt64(10 * number), input = number == 0 ? embedding : hidden[number - 1]
      #expect(values(.recurrentWeight(layer: number)) == floats(tensor("", [4 * size, size], seed: seed + 11)))
      #expect(values(.inputWeight(layer: number)) == floats(tensor("", [4 * size, input], seed: seed + 12)))
      let biases = [13, 14].map { floats(tensor("", [4 * size], seed: seed + $0)) }
      #expect(values(.bias(layer: number)) == zip(biases[0], biases[1]).map { $0 + $1 })
    }
    let bias = naming.decoder == nil ? [Float](repeating: 0, count: rows) : floats(tensor("", [rows], seed: 2))
    #expect(values(.decoderBias) == bias)
  }

  @Test func `a decoder with weights of its own is not tied`() throws {
    let tensors = tensors(.fastai).map { $0.name == "1.decoder.weight" ? tensor($0.name, [rows, embedding], seed: 5) : $0 }
    let model = try imported(tensors)
    #expect(!model.configuration.isTied)
    #expect(Array(model.weights.values[model.weights.layout[.embedding].range]) == floats(tensor("", [rows, embedding], seed: 1)))
    #expect(Array(model.weights.values[model.weights.layout[.decoderWeight].range]) == floats(tensor("", [rows, embedding], seed: 5)))
  }

  /// What is done to fastai's tensors, and what is said of them.
  static let faults: [(change: @Sendable (AWDImportTests, inout [SavedTensor]) -> Void, message: String)] = [
    (
      { test, tensors in tensors = tensors.map { $0.name.contains("encoder_dp") ? test.tensor($0.name, $0.shape, seed: 9) : $0 } },
      """
      the tensor 0.encoder_dp.emb.weight should be the same as 0.encoder.weight, of which embedding dropout keeps a copy, but is of \
      other numbers;
      """
    ),
    (
      { test, tensors in tensors = tensors.map { $0.name.contains("encoder_dp") ? test.tensor($0.name, [3, 7], seed: 1) : $0 } },
      "the same as 0.encoder.weight, of which embedding dropout keeps a copy, but is F32 [3, 7];"
    ),
    (
      { test, tensors in tensors.append(test.tensor("0.rnns.1.module.weight_hh_l0_raw", [16, 4], seed: 9)) },
      "are the same tensor of one layer; remove the one that the model does not use."
    ),
    ({ _, tensors in tensors.removeAll { $0.name == "0.rnns.1.weight_hh_l0_raw" } }, "the tensor 0.rnns.1.weight_hh_l0 is missing;"),
    (
      { test, tensors in tensors.append(test.tensor("2.rnns.0.module.weight_ih_l0", [16, 4], seed: 9)) },
      "the tensor 2.rnns.0.module.weight_ih_l0 is of a second recurrent network,"
    ),
    (
      { test, tensors in tensors.append(test.tensor("0.rnns.0.weight_hh_l0_reverse_raw", [16, 4], seed: 9)) },
      "the tensor 0.rnns.0.weight_hh_l0_reverse_raw is of a network in two directions,"
    ),
  ]

  @Test("what does not fit is refused in one sentence", arguments: faults.indices)
  func refused(index: Int) throws {
    var tensors = tensors(.fastai)
    Self.faults[index].change(self, &tensors)
    let error = #expect(throws: InterchangeError.self) { try imported(tensors) }
    #expect(error?.description.contains(Self.faults[index].message) == true, "\(String(describing: error))")
  }

  @Test(
    "QRNN layers are refused by name",
    arguments: [
      "rnns.0.linear.module.weight_raw", "0.rnns.0.layers.0.linear.weight_raw", "0.rnns.1.layers.0.linear.module.weight",
      "qrnn.layers.0.linear.weight", "module.rnns.0.linear.weight",
    ])
  func quasiRecurrent(name: String) throws {
    let tensors = [tensor("encoder.weight", [rows, embedding], seed: 1), tensor(name, [9, 6], seed: 2)]
    let path = folder.appending("model.safetensors").string
    #expect(throws: InterchangeError.unsupported(path: path, tensor: name, what: "a quasi-recurrent network (QRNN)")) {
      try imported(tensors)
    }
    // A linear layer alone is not one.
    #expect(throws: InterchangeError.noLayers(path: path)) { try imported([tensor("head.linear.weight", [9, 6], seed: 2)]) }
  }

  /// The local header of an archive's first file, and its name.
  static func archive(_ name: String) -> [UInt8] {
    [0x50, 0x4B, 3, 4, 0, 0, 8, 8] + [UInt8](repeating: 0, count: 18) + [UInt8(name.utf8.count), 0, 0, 0] + Array(name.utf8)
  }

  @Test(
    "files of Python's pickle are recognised by their bytes",
    arguments: [
      (archive("model/data.pkl"), "found a file of torch.save, which"),
      (
        [0x80, 2, 0x8A, 0x0A, 0x6C, 0xFC, 0x9C, 0x46, 0xF9, 0x20, 0x6A, 0xA8, 0x50, 0x19, 0x2E],
        "found a file of torch.save in the format from before PyTorch 1.6,"
      ),
      ([0x80, 4, 0x95, 0x10, 0, 0, 0, 0, 0, 0, 0, 0x7D], "found a Python pickle,"),
      (archive("weights.npy"), "check that this is a safetensors file."),
      (Array("GGUF\u{3}\0\0\0\u{1}\0".utf8), "check that this is a safetensors file."),
    ], ["model.pth", "model.safetensors"])
  func pickles(file: (bytes: [UInt8], message: String), name: String) throws {
    let path = folder.appending(name)
    try AtomicFile.write(file.bytes + [UInt8](repeating: 7, count: 100), to: path)
    let error = #expect(throws: (any Error).self) { try Model(importing: path.string) }
    let text = error.map { "\($0)" } ?? ""
    #expect(text.hasPrefix(path.string + ": ") && text.contains(file.message) && !text.contains("\n"), "\(text)")
    if text.contains("torch.save") {
      #expect(text.contains("torch.load(\"\(path.string)\", map_location=\"cpu\", weights_only=True)"))
      #expect(
        text.hasSuffix("save_file({name: tensor.contiguous().clone() for name, tensor in state.items()}, \"\(folder)/model.safetensors\")"))
    }
  }

  @Test("a safetensors file whose length begins as a pickle does is read", arguments: [UInt8(4), 5])
  func lengthOfPickle(second: UInt8) throws {
    let path = try write(tensors(.plain)), file = try RandomAccessFile(FilePath(path))
    let bytes = try file.readAll(limit: 1 << 20)
    let length = Int(bytes[0]) | Int(bytes[1]) << 8, wanted = Int(second) << 8 | 0x80
    try #require(length <= wanted)
    let header = bytes[8..<8 + length] + [UInt8](repeating: 0x20, count: wanted - length)
    try AtomicFile.write([0x80, second, 0, 0, 0, 0, 0, 0] + header + bytes[(8 + length)...], to: FilePath(path))
    #expect(throws: InterchangeError.noVocabulary(path: path)) { try Model(importing: path) }
  }
}
