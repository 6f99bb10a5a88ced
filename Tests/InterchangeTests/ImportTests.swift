import Basics
import Corpora
import Files
import Foundation
import Interchange
import Kernels
import LanguageModel
import Models
import Scoring
import SystemPackage
import Testing
import Training

/// A folder that is gone when the test is over.
private final class Folder {
  let path = FilePath(NSTemporaryDirectory()).appending("refrain-\(UInt64.random(in: .min ... .max))")

  init() throws { try makeDirectories(path) }
  deinit { try? removeTree(path) }

  func file(_ name: String) -> FilePath { path.appending(name) }

  func write(_ tensors: [SavedTensor], to name: String = "model.safetensors", metadata: [String: String] = [:]) throws -> String {
    try AtomicFile.write(to: file(name)) { try SavedTensor.write(tensors, metadata: metadata, to: &$0) }
    return file(name).string
  }

  func write(_ text: String, to name: String) throws -> String {
    try AtomicFile.write(Array(text.utf8), to: file(name))
    return file(name).string
  }
}

private let (v, e, h) = (7, 3, 4)
private let listed = "<unk>\n<eos>\na\nb\nc\nd\ne\n"

private func tensor(_ name: String, _ shape: [Int], seed: UInt64 = 1) -> SavedTensor {
  var generator = SeededGenerator(seed: seed &+ UInt64(name.utf8.reduce(0) { $0 &* 31 &+ Int($1) } & 0xFFFF))
  return SavedTensor(name, shape, .floats((0..<shape.reduce(1, *)).map { _ in 2 * generator.uniform() - 1 }))
}

private func floats(_ tensor: SavedTensor) -> [Float] {
  if case .floats(let values) = tensor.contents { values } else { [] }
}

/// The tensors of a model of two layers under other names than ours.
private func tensors(embedding: Int = e, biases: [String] = ["bias_ih", "bias_hh"]) -> [SavedTensor] {
  var tensors = [tensor("encoder.weight", [v, embedding])]
  for layer in 0..<2 {
    tensors.append(tensor("net.rnn.weight_ih_l\(layer)", [4 * h, layer == 0 ? embedding : h]))
    tensors.append(tensor("net.rnn.weight_hh_l\(layer)", [4 * h, h]))
    tensors += biases.map { tensor("net.rnn.\($0)_l\(layer)", [4 * h]) }
  }
  return tensors + [tensor("out.weight", [v, h]), tensor("out.bias", [v])]
}

@Suite("Taking models in") struct ImportTests {
  @Test("two biases are added, one is enough, and none are zeros", arguments: [["bias_ih", "bias_hh"], ["bias_ih"], ["bias_hh"], []])
  func biases(names: [String]) throws {
    let folder = try Folder()
    let tensors = tensors(biases: names)
    let model = try Model(
      importing: folder.write(tensors, metadata: ["step": "12"]),
      tokens: .list(path: folder.write(listed, to: "words"), tokenization: .whitespace))
    let found = Dictionary(uniqueKeysWithValues: tensors.map { ($0.name, floats($0)) })
    for entry in model.weights.layout.entries {
      let parts: [String] =
        switch entry.parameter {
        case .embedding: ["encoder.weight"]
        case .inputWeight(let layer): ["net.rnn.weight_ih_l\(layer)"]
        case .recurrentWeight(let layer): ["net.rnn.weight_hh_l\(layer)"]
        case .bias(let layer): names.map { "net.rnn.\($0)_l\(layer)" }
        case .projection: []
        case .decoderWeight: ["out.weight"]
        case .decoderBias: ["out.bias"]
        case .inputGain, .recurrentGain, .cellGain, .cellBias, .initialHidden, .initialCell: []
        }
      let expected = parts.reduce([Float](repeating: 0, count: entry.range.count)) { sum, name in
        zip(sum, found[name] ?? []).map { $0 + $1 }
      }
      #expect(model.weights.values[entry.range] == expected, "\(entry.name)")
    }
    #expect(model.step == 12 && model.configuration.hiddenSizes == .all(h) && model.configuration.layerCount == 2)
    #expect(
      model.tokenizer.vocabulary.tokens == ["<unk>", "<eos>", "a", "b", "c", "d", "e"] && model.tokenizer.tokenization == .whitespace)
  }

  @Test func `layers of different sizes are a list of modules`() throws {
    let folder = try Folder()
    let list = TokenSource.list(path: try folder.write(listed, to: "words"), tokenization: .whitespace)
    func layer(_ number: Int, _ input: Int, _ hidden: Int) -> [SavedTensor] {
      [tensor("lstm.\(number).weight_ih_l0", [4 * hidden, input]), tensor("lstm.\(number).weight_hh_l0", [4 * hidden, hidden])]
    }
    let outer = [tensor("encoder.weight", [v, e]), tensor("out.weight", [v, 5])]
    let model = try Model(importing: folder.write(outer + layer(1, h, 5) + layer(0, e, h)), tokens: list)
    #expect(model.configuration.hiddenSizes == .each([h, 5]) && model.configuration.layerCount == 2)
    #expect(model.weights.values[model.weights.layout[.recurrentWeight(layer: 1)].range] == floats(layer(1, h, 5)[1]))
    let error = #expect(throws: InterchangeError.self) {
      try Model(importing: folder.write(outer + layer(0, e, h) + layer(2, h, 5)), tokens: list)
    }
    #expect(error == .missing(path: folder.file("model.safetensors").string, tensor: "lstm.1.weight_ih_l0"))
    // The whole way: what is exported comes back.
    try model.export(to: folder.file("ours").string, format: .safetensors)
    #expect(try Model(importing: folder.file("ours").string).weights.values.isBitwiseEqual(to: model.weights.values))
  }

  @Test("what tensors do not show is read from the header", arguments: [(true, false), (false, true), (true, true)])
  func header(isCapped: Bool, isSum: Bool) throws {
    let folder = try Folder()
    let list = TokenSource.list(path: try folder.write(listed, to: "words"), tokenization: .whitespace)
    var sizes = ModelConfiguration(vocabularySize: v, embeddingSize: e, hiddenSizes: [h, h])
    sizes.isInputCapped = isCapped
    sizes.sumsOutputs = isSum
    let weights = Weights(sizes, seed: 3)
    try AtomicFile.write(to: folder.file("model.safetensors")) { try weights.write(to: &$0, metadata: ["step": "12"]) }
    let model = try Model(importing: folder.file("model.safetensors").string, tokens: list)
    #expect(model.weights.configuration == sizes && model.step == 12)
    #expect(model.configuration.isInputCapped == isCapped && model.configuration.sumsOutputs == isSum)
    #expect(model.weights.values.isBitwiseEqual(to: weights.values))
  }

  @Test func `a header that contradicts the tensors is refused`() throws {
    let folder = try Folder()
    let list = TokenSource.list(path: try folder.write(listed, to: "words"), tokenization: .whitespace)
    let gru = Weights(ModelConfiguration(vocabularySize: v, embeddingSize: e, hiddenSizes: [h], cell: .gru), seed: 3)
    try AtomicFile.write(to: folder.file("model.safetensors")) { try gru.write(to: &$0, metadata: ["capped_input": "true"]) }
    #expect(throws: ModelError.cappedInput(cell: "gru")) {
      try Model(importing: folder.file("model.safetensors").string, tokens: list)
    }
  }

  @Test("a GRU needs both biases of its candidate, a plain cell their sum", arguments: [RecurrentCell.gru, .rnn])
  func cells(cell: RecurrentCell) throws {
    let folder = try Folder(), gates = cell == .gru ? 3 : 1
    let list = TokenSource.list(path: try folder.write(listed, to: "words"), tokenization: .whitespace)
    let tensors = [
      tensor("encoder.weight", [v, e]), tensor("net.weight_ih_l0", [gates * h, e]), tensor("net.weight_hh_l0", [gates * h, h]),
      tensor("net.bias_ih_l0", [gates * h]), tensor("net.bias_hh_l0", [gates * h], seed: 9), tensor("out.weight", [v, h]),
    ]
    let model = try Model(importing: folder.write(tensors), tokens: list)
    #expect(model.configuration.cell == cell && model.weights.configuration.cell == cell)
    let first = floats(tensors[3]), second = floats(tensors[4]), sums = zip(first, second).map(+)
    let bias = model.weights.values[model.weights.layout[.bias(layer: 0)].range]
    #expect(bias == (cell == .gru ? Array(sums[..<(2 * h)] + first[(2 * h)...] + second[(2 * h)...]) : sums))
    #expect(model.weights.values[model.weights.layout[.inputWeight(layer: 0)].range] == floats(tensors[1]))
    // The whole way, also through a model directory.
    try model.export(to: folder.file("ours").string, format: .safetensors)
    #expect(try Model(importing: folder.file("ours").string).weights.values.isBitwiseEqual(to: model.weights.values))
    try model.save(to: folder.file("m").string)
    let loaded = try Model(directory: folder.file("m").string)
    #expect(loaded.weights.values.isBitwiseEqual(to: model.weights.values) && loaded.weights.configuration == model.weights.configuration)
  }

  @Test("a learned initial state is refused in one sentence", arguments: ExportFormat.allCases)
  func learnedState(format: ExportFormat) throws {
    let folder = try Folder()
    let list = TokenSource.list(path: try folder.write(listed, to: "words"), tokenization: .whitespace)
    var model = try Model(importing: folder.write(tensors()), tokens: list)
    var configuration = model.weights.configuration
    configuration.isInitialStateLearned = true
    model.weights = Weights(configuration, seed: 1)
    let error = #expect(throws: InterchangeError.self) { try model.export(to: folder.file("out").string, format: format) }
    #expect(error?.description.hasPrefix("the model has a learned initial state, which") == true)
    #expect(!fileExists(folder.file("out")))
  }

  @Test("layer normalisation goes out to safetensors and comes back", arguments: RecurrentCell.allCases)
  func normalization(cell: RecurrentCell) throws {
    let folder = try Folder()
    let list = TokenSource.list(path: try folder.write(listed, to: "words"), tokenization: .whitespace)
    var model = try Model(importing: folder.write(tensors()), tokens: list)
    var sizes = ModelConfiguration(vocabularySize: v, embeddingSize: e, hiddenSizes: [h, 5], cell: cell)
    sizes.isNormalized = true
    model.weights = Weights(sizes, seed: 3)
    for entry in model.weights.layout.entries { model.weights.add([0.25], to: entry.range.lowerBound..<entry.range.lowerBound + 1) }
    let path = folder.file("ours")
    try model.export(to: path.string, format: .safetensors)
    let back = try Model(importing: path.string)
    #expect(back.weights.configuration == sizes && back.configuration.isNormalized)
    #expect(back.weights.values.isBitwiseEqual(to: model.weights.values))
  }

  @Test("what PyTorch's modules do not compute is refused by name", arguments: [(true, false), (false, true), (true, true)])
  func beyondPyTorch(isCapped: Bool, isSum: Bool) throws {
    let folder = try Folder()
    let list = TokenSource.list(path: try folder.write(listed, to: "words"), tokenization: .whitespace)
    var model = try Model(importing: folder.write(tensors()), tokens: list)
    var sizes = ModelConfiguration(vocabularySize: v, embeddingSize: e, hiddenSizes: [h, h])
    sizes.isInputCapped = isCapped
    sizes.sumsOutputs = isSum
    model.weights = Weights(sizes, seed: 3)
    let error = #expect(throws: InterchangeError.self) { try model.export(to: folder.file("out").string, format: .safetensors) }
    let parts = [isCapped ? "capped input gates" : nil, isSum ? "a sum of the layers' outputs" : nil].compactMap(\.self)
    #expect(
      error?.description
        == "the model has \(parts.joined(separator: " and ")), which nn.LSTM of PyTorch does not compute; use \"format\": onnx.")
    #expect(!fileExists(folder.file("out")))
    try model.export(to: folder.file("out").string, format: .onnx)
  }

  @Test("gains of a layer must all be there, and be those of its cells", arguments: [RecurrentCell.lstm, .rnn])
  func gains(cell: RecurrentCell) throws {
    let folder = try Folder(), rows = cell == .lstm ? 4 * h : h
    let list = TokenSource.list(path: try folder.write(listed, to: "words"), tokenization: .whitespace)
    let plain = [
      tensor("encoder.weight", [v, e]), tensor("net.weight_ih_l0", [rows, e]), tensor("net.weight_hh_l0", [rows, h]),
      tensor("out.weight", [v, h]),
    ]
    func imported(_ more: [SavedTensor]) throws -> Model { try Model(importing: folder.write(plain + more), tokens: list) }
    let path = folder.file("model.safetensors").string
    let one = tensor("net.gain_hh_l0", [rows])
    if cell == .lstm {
      let missing = #expect(throws: InterchangeError.self) { try imported([one]) }
      #expect(missing == .missing(path: path, tensor: "lstm.gain_ih_l0"))
    } else {
      let extra = #expect(throws: InterchangeError.self) { try imported([one, tensor("net.gain_ih_l0", [rows])]) }
      #expect(extra == .extra(path: path, tensor: "net.gain_hh_l0"))
      let short = #expect(throws: InterchangeError.self) { try imported([tensor("net.gain_ih_l0", [rows - 1])]) }
      #expect(short == .mismatch(path: path, tensor: "net.gain_ih_l0", expected: "F32 [\(rows)]", found: "F32 [\(rows - 1)]"))
    }
  }

  @Test func `one matrix is embedding and decoder, and a bias may be missing`() throws {
    let folder = try Folder()
    let tied = tensors(embedding: h).filter { !$0.name.hasPrefix("out.") }
    let list = TokenSource.list(path: try folder.write(listed, to: "words"), tokenization: .whitespace)
    let model = try Model(importing: folder.write(tied), tokens: list)
    let layout = model.weights.layout
    #expect(model.weights.values[layout[.embedding].range] == model.weights.values[layout[.decoderWeight].range])
    #expect(model.weights.values[layout[.decoderBias].range].allSatisfy { $0 == 0 })
    #expect(model.configuration.isTied && model.weights.configuration.isTied)
    // As PyTorch's state_dict has it: the same under two names.
    let twice = try Model(
      importing: folder.write(tied + [SavedTensor("out.weight", [v, h], .floats(floats(tied[0])))]), tokens: list)
    #expect(twice.weights.configuration == model.weights.configuration && twice.weights.values.isBitwiseEqual(to: model.weights.values))
  }

  @Test("a projection stands before a decoder that is the embedding", arguments: [false, true])
  func projection(isTwice: Bool) throws {
    let folder = try Folder()
    var tied = tensors().filter { $0.name != "out.weight" } + [tensor("between.weight", [e, h])]
    if isTwice { tied.append(SavedTensor("out.weight", [v, e], .floats(floats(tied[0])))) }
    let list = TokenSource.list(path: try folder.write(listed, to: "words"), tokenization: .whitespace)
    let model = try Model(importing: folder.write(tied), tokens: list)
    let layout = model.weights.layout
    #expect(layout.isTied && model.configuration.isTied)
    #expect(model.weights.values[layout[.embedding].range] == floats(tied[0]))
    #expect(model.weights.values[layout[.projection].range] == floats(tensor("between.weight", [e, h])))
    #expect(model.weights.values[layout[.decoderBias].range] == floats(tensor("out.bias", [v])))
  }

  @Test func `of two matrices of one shape, the name tells, or the caller`() throws {
    let folder = try Folder()
    let list = TokenSource.list(path: try folder.write(listed, to: "words"), tokenization: .whitespace)
    let plain = try Model(importing: folder.write(tensors(embedding: h)), tokens: list)
    let turned = try Model(importing: folder.write(tensors(embedding: h)), tokens: list, embedding: "out.weight")
    let layout = plain.weights.layout
    #expect(plain.weights.values[layout[.embedding].range] == turned.weights.values[layout[.decoderWeight].range])
    #expect(plain.weights.values[layout[.decoderWeight].range] == turned.weights.values[layout[.embedding].range])
  }

  @Test("other element types", arguments: ["F16", "BF16", "F64"])
  func types(dtype: String) throws {
    let folder = try Folder()
    // 1.5, -0.25 and 2 in each type, over and over.
    let values: [Float] = [1.5, -0.25, 2]
    let words: [UInt64] =
      switch dtype {
      case "F16": [0x3E00, 0xB400, 0x4000]
      case "BF16": [0x3FC0, 0xBE80, 0x4000]
      default: values.map { Double($0).bitPattern }
      }
    let size = dtype == "F64" ? 8 : 2
    let shapes = tensors().map { ($0.name, dtype, $0.shape) }
    var bytes = SafetensorsHeader.encoded(metadata: [:], tensors: shapes)
    for (_, _, shape) in shapes {
      for index in 0..<shape.reduce(1, *) { bytes += (0..<size).map { UInt8(truncatingIfNeeded: words[index % 3] >> UInt64(8 * $0)) } }
    }
    try AtomicFile.write(bytes, to: folder.file("model.safetensors"))
    let list = TokenSource.list(path: try folder.write(listed, to: "words"), tokenization: .whitespace)
    let model = try Model(importing: folder.file("model.safetensors").string, tokens: list)
    let range = model.weights.layout[.recurrentWeight(layer: 1)].range
    #expect(model.weights.values[range] == (0..<4 * h * h).map { values[$0 % 3] })
    // Two biases, each of these.
    #expect(model.weights.values[model.weights.layout[.bias(layer: 0)].range.lowerBound] == 3)
  }

  /// What is done to the tensors, and what is said of them.
  static let faults: [(String, @Sendable (inout [SavedTensor]) -> Void, String)] = [
    (
      "no LSTM", { $0.removeAll { $0.name.contains("rnn") } },
      "expected the tensors of an LSTM, a GRU or an RNN, such as lstm.weight_ih_l0, found none"
    ),
    ("a layer lacks a matrix", { $0.removeAll { $0.name.hasSuffix("weight_hh_l1") } }, "the tensor net.rnn.weight_hh_l1 is missing"),
    ("a layer is left out", { $0.append(tensor("net.rnn.weight_ih_l3", [4 * h, h])) }, "the tensor net.rnn.weight_ih_l2 is missing"),
    (
      "a layer of other cells",
      { tensors in tensors = tensors.map { $0.name.hasSuffix("_l1") ? tensor($0.name, [3 * h] + $0.shape.dropFirst()) : $0 } },
      "_l1 should be F32 [16"
    ),
    ("two directions", { $0.append(tensor("net.rnn.weight_ih_l0_reverse", [4 * h, e])) }, "is of a network in two directions"),
    ("a projection", { $0.append(tensor("net.rnn.weight_hr_l0", [2, h])) }, "is of a network with a projection (proj_size)"),
    ("two networks", { $0.append(tensor("other.weight_ih_l0", [4 * h, e])) }, "is of a second recurrent network"),
    ("another matrix", { $0.append(tensor("projection.weight", [v, 9])) }, "is no part of an embedding, recurrent layers and a decoder"),
    (
      "a decoder of its own behind a projection",
      { tensors in
        tensors = tensors.map { $0.name == "out.weight" ? tensor($0.name, [v, e]) : $0 } + [tensor("between.weight", [e, h])]
      }, "the tensor between.weight is no part of"
    ),
    ("another vector", { $0.append(tensor("norm.weight", [h])) }, "the tensor norm.weight is no part of"),
    ("no decoder", { $0.removeAll { $0.name == "out.weight" } }, "the tensor decoder.weight is missing"),
    (
      "a bias of another size", { tensors in tensors = tensors.map { $0.name.hasSuffix("bias_hh_l1") ? tensor($0.name, [4]) : $0 } },
      "the tensor net.rnn.bias_hh_l1 should be F32 [16] but is F32 [4]"
    ),
    (
      "whole numbers",
      { tensors in
        tensors = tensors.map {
          $0.name == "out.weight" ? SavedTensor($0.name, [v, h], .integers([Int32](repeating: 1, count: v * h))) : $0
        }
      }, "the tensor out.weight should be F32 [7, 4] but is I32 [7, 4]"
    ),
    (
      "no number",
      { tensors in
        tensors = tensors.map { $0.name == "out.bias" ? SavedTensor($0.name, [v], .floats([Float](repeating: .nan, count: v))) : $0 }
      }, "the tensor out.bias has a value that is not a finite number"
    ),
    (
      "an input of another width",
      { tensors in tensors = tensors.map { $0.name.hasSuffix("weight_ih_l0") ? tensor($0.name, [4 * h, e + 2]) : $0 } },
      "the tensor encoder.weight should be of 5 columns, as the first layer's input has, but is F32 [7, 3]"
    ),
    (
      "a decoder of other rows", { tensors in tensors = tensors.map { $0.name == "out.weight" ? tensor($0.name, [v + 1, h]) : $0 } },
      "the tensor out.weight should be of 7 rows, as the embedding encoder.weight has, but is F32 [8, 4]"
    ),
    (
      "a decoder's bias of another size", { tensors in tensors = tensors.map { $0.name == "out.bias" ? tensor($0.name, [v + 1]) : $0 } },
      "the tensor out.bias should be F32 [7], the decoder's bias, but is F32 [8]"
    ),
    (
      "vast and empty",
      { tensors in tensors = tensors.map { $0.name.hasSuffix("weight_hh_l0") ? SavedTensor($0.name, [0, 1 << 61], .floats([])) : $0 } },
      "of size"
    ),
  ]

  @Test("what is no such model is refused in one sentence", arguments: faults.indices)
  func refused(index: Int) throws {
    let folder = try Folder()
    let (_, change, message) = Self.faults[index]
    var tensors = tensors()
    change(&tensors)
    let path = try folder.write(tensors)
    let list = TokenSource.list(path: try folder.write(listed, to: "words"), tokenization: .whitespace)
    let error = #expect(throws: (any Error).self) { try Model(importing: path, tokens: list) }
    let text = error.map { "\($0)" } ?? ""
    #expect(text.hasPrefix(path + ": ") && text.contains(message), "\(text)")
  }

  @Test(
    "an embedding that is named must be one",
    arguments: [
      ("out.bias", "F32 [7]"), ("net.rnn.weight_hh_l0", "F32 [16, 4] of the recurrent layers"),
      ("none", "there is no tensor none, but encoder.weight and out.weight; name one of these with \"embedding_tensor\"."),
    ])
  func named(name: String, message: String) throws {
    let folder = try Folder()
    let path = try folder.write(tensors())
    let list = TokenSource.list(path: try folder.write(listed, to: "words"), tokenization: .whitespace)
    let error = #expect(throws: InterchangeError.self) { try Model(importing: path, tokens: list, embedding: name) }
    #expect(error?.description.contains("tensor \(name)") == true && error?.description.contains(message) == true)
  }

  @Test(
    "lists of tokens",
    arguments: [
      ("<unk>\n<eos>\na\nb\nc\nd\n", "the embedding has 7 rows but there are 6 tokens"),
      ("<unk>\n<eos>\na\nb\n\nd\ne\n", "line 5 is empty"), ("<unk>\n<eos>\na\nb\na\nd\ne\n", "lines 3 and 5 are the same token"),
      ("x\n<eos>\na\nb\nc\nd\ne\n", "<unk> is missing, which stands for all words that are not listed"), ("", "<unk> is missing"),
    ])
  func lists(text: String, message: String) throws {
    let folder = try Folder()
    let path = try folder.write(tensors())
    let list = TokenSource.list(path: try folder.write(text, to: "words"), tokenization: .whitespace)
    let error = #expect(throws: InterchangeError.self) { try Model(importing: path, tokens: list) }
    #expect(error?.description.contains(message) == true, "\(String(describing: error))")
  }

  @Test func `a list for words has <song>, and line ends as they can be written`() throws {
    let folder = try Folder()
    let path = try folder.write(tensors())
    let model = try Model(
      importing: path,
      tokens: .list(path: folder.write("<unk>\r\n<song>\r\n\\n\r\nthe\r\na\\\\n\r\n\\t\r\n\\x", to: "words"), tokenization: .word))
    #expect(model.tokenizer.vocabulary.tokens == ["<unk>", "<song>", "\n", "the", "a\\n", "\t", "\\x"])
    let list = TokenSource.list(path: try folder.write(listed, to: "words"), tokenization: .word)
    let error = #expect(throws: InterchangeError.self) { try Model(importing: path, tokens: list) }
    #expect(error?.description.contains("<song> is missing") == true)
  }

  @Test("what was exported comes back bit for bit, with its tokens", arguments: [5, 6], [false, true])
  func exported(embedding: Int, isTied: Bool) throws {
    let folder = try Folder()
    let corpus = try Corpus(text: "the river \"runs\"\nunder the bridge", options: CorpusOptions(minimumCount: 1, validationFraction: 0))
    var configuration = TrainingConfiguration()
    configuration.embeddingSize = embedding
    configuration.hiddenSizes = 6
    configuration.layerCount = 2
    configuration.isTied = isTied
    let weights = Weights(configuration.model(vocabularySize: corpus.tokenizer.vocabulary.count), seed: 4)
    let model = Model(weights: weights, tokenizer: corpus.tokenizer, configuration: configuration, step: 7)
    let path = folder.file("out.safetensors").string
    try model.export(to: path, format: .safetensors)
    let back = try Model(importing: path)
    #expect(back.weights.values.isBitwiseEqual(to: weights.values) && back.weights.configuration == weights.configuration)
    #expect(back.tokenizer == model.tokenizer && back.step == 7)
    // Without its tokens it must be told them.
    let bare = try folder.write(tensors(), to: "bare.safetensors")
    #expect(throws: InterchangeError.noVocabulary(path: bare)) { try Model(importing: bare) }
  }
}
