import Files
import Foundation
import Interchange
import Kernels
import LanguageModel
import Models
import SystemPackage
import Testing

/// A message taken apart again: each field's number and content, in order.
private struct Fields {
  var numbers: [(field: Int, value: Int)] = []
  var contents: [(field: Int, bytes: [UInt8])] = []

  init(_ bytes: [UInt8]) {
    var index = 0
    func variableLength() -> Int {
      var value = 0, shift = 0
      while true {
        let byte = Int(bytes[index])
        index += 1
        value |= (byte & 0x7F) << shift
        if byte < 0x80 { return value }
        shift += 7
      }
    }
    while index < bytes.count {
      let tag = variableLength()
      if tag & 7 == 0 {
        numbers.append((tag >> 3, variableLength()))
      } else {
        let length = variableLength()
        contents.append((tag >> 3, Array(bytes[index..<index + length])))
        index += length
      }
    }
  }

  func text(_ field: Int) -> [String] { contents.filter { $0.field == field }.map { String(decoding: $0.bytes, as: UTF8.self) } }
  func messages(_ field: Int) -> [Fields] { contents.filter { $0.field == field }.map { Fields($0.bytes) } }
  /// What the nodes of a graph read.
  var allReads: [String] { messages(1).flatMap { $0.text(1) } }
  func values(_ field: Int) -> [Int] { numbers.filter { $0.field == field }.map(\.value) }
}

@Suite("ONNX files") struct ONNXTests {
  static func bytes(of message: ProtobufMessage) throws -> [UInt8] {
    let path = FilePath(NSTemporaryDirectory()).appending("refrain-\(UInt64.random(in: .min ... .max)).bin")
    defer { try? removeTree(path) }
    try AtomicFile.write(to: path) { try message.write(to: &$0) }
    let bytes = try readFile(path)
    #expect(bytes.count == message.byteCount)
    return bytes
  }

  @Test func `messages are encoded as the format's own examples are`() throws {
    // From https://protobuf.dev/programming-guides/encoding: a = 150; b = "testing"; c = the first message.
    var first = ProtobufMessage(), second = ProtobufMessage(), third = ProtobufMessage()
    first.add(1, 150)
    second.add(2, "testing")
    third.add(3, first)
    #expect(try Self.bytes(of: first) == [0x08, 0x96, 0x01])
    #expect(try Self.bytes(of: second) == [0x12, 0x07, 0x74, 0x65, 0x73, 0x74, 0x69, 0x6E, 0x67])
    #expect(try Self.bytes(of: third) == [0x1A, 0x03, 0x08, 0x96, 0x01])
    var tensor = ProtobufMessage()
    tensor.add(9, [SavedTensor("", [1], .floats([1])), SavedTensor("", [1], .floats([-2]))])
    tensor.add(16, 1 << 35)
    #expect(try Self.bytes(of: tensor) == [0x4A, 8, 0, 0, 0x80, 0x3F, 0, 0, 0, 0xC0, 0x80, 0x01, 0x80, 0x80, 0x80, 0x80, 0x80, 0x01])
  }

  @Test("the graph has a node a layer, and gates in ONNX's order", arguments: [1, 3], [false, true])
  func graph(layers: Int, isTied: Bool) throws {
    let weights = Weights(
      ModelConfiguration(vocabularySize: 11, embeddingSize: 3, hiddenSize: 2, layerCount: layers, isTied: isTied), seed: 5)
    let model = Fields(try Self.bytes(of: ONNXModel.message(weights, step: 42)))
    let graph = try #require(model.messages(7).first)
    let operations = graph.messages(1).map { $0.text(4)[0] }
    #expect(operations.count { $0 == "LSTM" } == layers && operations.contains("Split") == (layers > 1))
    #expect(graph.messages(11).map { $0.text(1)[0] } == ["tokens", "initial_h", "initial_c"])
    #expect(graph.messages(12).map { $0.text(1)[0] } == ["logits", "final_h", "final_c"])

    let tensors = Dictionary(uniqueKeysWithValues: graph.messages(5).map { ($0.text(8)[0], $0) })
    #expect(tensors["embedding.weight"]?.values(1) == [11, 3] && tensors["lstm.weight_ih_l0"]?.values(1) == [1, 8, 3])
    #expect((tensors["decoder.weight"] == nil) == isTied && tensors["projection.weight"]?.values(1) == (isTied ? [3, 2] : nil))
    for layer in 0..<layers {
      let raw = try #require(tensors["lstm.weight_hh_l\(layer)"]?.contents.last { $0.field == 9 }?.bytes)
      let values = (0..<raw.count / 4).map { index in
        Float(bitPattern: (0..<4).reduce(UInt32(0)) { $0 | UInt32(raw[4 * index + $1]) << (8 * UInt32($1)) })
      }
      let ours = weights.values[weights.layout[.recurrentWeight(layer: layer)].range]
      // Blocks of H x H: input, forget, cell, output here; input, output, forget, cell there.
      #expect(values == Array(ours[0..<4] + ours[12..<16] + ours[4..<12]))
    }
    // Every name that a node reads is an input, a tensor, or written by a node before it.
    var known = Set(graph.messages(11).flatMap { $0.text(1) } + tensors.keys + [""])
    for node in graph.messages(1) {
      #expect(known.isSuperset(of: node.text(1)))
      known.formUnion(node.text(2))
    }
    #expect(known.isSuperset(of: ["logits", "final_h", "final_c"]))
  }

  @Test func `a GRU's gates are z, r, h, and its candidate has two biases`() throws {
    var weights = Weights(ModelConfiguration(vocabularySize: 11, embeddingSize: 3, hiddenSize: 2, layerCount: 1, cell: .gru), seed: 5)
    let bias = weights.layout[.bias(layer: 0)].range
    for (place, index) in bias.enumerated() { weights.values[index] = Float(place) }
    let graph = try #require(Fields(try Self.bytes(of: ONNXModel.message(weights, step: 42))).messages(7).first)
    #expect(graph.messages(11).map { $0.text(1)[0] } == ["tokens", "initial_h"])
    let node = try #require(graph.messages(1).first { $0.text(4) == ["GRU"] })
    #expect(node.messages(5).map { $0.text(1)[0] } == ["hidden_size", "linear_before_reset"])
    let tensor = try #require(graph.messages(5).first { $0.text(8) == ["gru.bias_l0"] })
    let raw = try #require(tensor.contents.last { $0.field == 9 }?.bytes)
    let expected: [Float] = [2, 3, 0, 1, 4, 5, 0, 0, 0, 0, 6, 7]
    #expect(raw == expected.flatMap { value in (0..<4).map { UInt8(truncatingIfNeeded: value.bitPattern >> (8 * UInt32($0))) } })
  }

  /// The names that the nodes of a graph read and do not write, each checked to be there before the node.
  private static func check(_ graph: Fields, outer: Set<String> = []) {
    let inputs = graph.messages(11).flatMap { $0.text(1) }
    var known = outer.union(inputs).union(graph.messages(5).flatMap { $0.text(8) }).union([""])
    #expect(outer.isDisjoint(with: inputs), "a name of the body is one of the graph around it")
    for node in graph.messages(1) {
      #expect(known.isSuperset(of: node.text(1)), "\(node.text(1))")
      #expect(known.isDisjoint(with: node.text(2)), "\(node.text(2)) is written twice")
      for body in node.messages(5).flatMap({ $0.messages(6) }) { check(body, outer: known) }
      known.formUnion(node.text(2))
    }
    #expect(known.isSuperset(of: graph.messages(12).flatMap { $0.text(1) }))
  }

  @Test(
    "cells that ONNX does not have are made of primitive operators",
    arguments: [
      (RecurrentCell.lstm, true, false), (.lstm, true, true), (.lstm, false, true), (.gru, false, true), (.rnn, false, true),
    ], [[3, 3], [3, 4]])
  func primitives(kind: (cell: RecurrentCell, isCapped: Bool, isNormalized: Bool), hidden: [Int]) throws {
    var configuration = ModelConfiguration(vocabularySize: 11, embeddingSize: 3, hiddenSizes: hidden, cell: kind.cell)
    configuration.isInputCapped = kind.isCapped
    configuration.isNormalized = kind.isNormalized
    configuration.sumsOutputs = hidden[0] == hidden[1]
    let model = Fields(try Self.bytes(of: ONNXModel.message(Weights(configuration, seed: 5), step: 42)))
    let graph = try #require(model.messages(7).first), nodes = graph.messages(1)
    let operations = nodes.map { $0.text(4)[0] }
    #expect(operations.count { $0 == "Scan" } == 2 && !operations.contains(kind.cell.title))
    #expect(operations.contains("Sum") == configuration.sumsOutputs)
    Self.check(graph)
    let read = Set(nodes.flatMap { node in node.text(1) + node.messages(5).flatMap { $0.messages(6) }.flatMap(\.allReads) })
    #expect(read.isSuperset(of: graph.messages(5).flatMap { $0.text(8) }), "a tensor that nothing reads")
    for scan in nodes where scan.text(4) == ["Scan"] {
      let attributes = scan.messages(5)
      #expect(attributes.map { $0.text(1)[0] } == ["body", "num_scan_inputs"])
      let body = try #require(attributes[0].messages(6).first)
      let inside = body.messages(1).map { $0.text(4)[0] }
      #expect(inside.contains("Min") == kind.isCapped && inside.contains("ReduceMean") == kind.isNormalized)
      #expect(body.messages(11).count == scan.text(1).count && body.messages(12).count == scan.text(2).count)
    }
    let states = kind.cell == .lstm ? ["h", "c"] : ["h"]
    let names = states.flatMap { state in hidden[0] == hidden[1] ? ["_\(state)"] : ["_\(state)_0", "_\(state)_1"] }
    #expect(graph.messages(11).map { $0.text(1)[0] } == ["tokens"] + names.map { "initial" + $0 })
    #expect(graph.messages(12).map { $0.text(1)[0] } == ["logits"] + names.map { "final" + $0 })
  }

  @Test func `layers of different sizes have states of their own`() throws {
    let weights = Weights(ModelConfiguration(vocabularySize: 11, embeddingSize: 3, hiddenSizes: [2, 4]), seed: 5)
    let model = Fields(try Self.bytes(of: ONNXModel.message(weights, step: 42)))
    let graph = try #require(model.messages(7).first)
    #expect(graph.messages(11).map { $0.text(1)[0] } == ["tokens", "initial_h_0", "initial_h_1", "initial_c_0", "initial_c_1"])
    #expect(graph.messages(12).map { $0.text(1)[0] } == ["logits", "final_h_0", "final_h_1", "final_c_0", "final_c_1"])
    #expect(!graph.messages(1).contains { ["Split", "Concat"].contains($0.text(4)[0]) })
    let tensors = Dictionary(uniqueKeysWithValues: graph.messages(5).map { ($0.text(8)[0], $0) })
    #expect(tensors["lstm.weight_ih_l1"]?.values(1) == [1, 16, 2] && tensors["decoder.weight"]?.values(1) == [11, 4])
  }
}
