import Corpora
import Files
import Foundation
import Inspection
import Kernels
import LanguageModel
import Models
import SystemPackage
import Testing

@Suite("States of a text") struct StatesTests {
  /// The plain LSTM of the article BackPropagation in Double: gates i, f, g, o, then c and h, of one layer.
  private struct PlainLSTM {
    let weights: Weights
    let layer: Int
    let units: Int
    var h: [Double]
    var c: [Double]

    init(_ weights: Weights, layer: Int) {
      self.weights = weights
      self.layer = layer
      units = weights.configuration.hiddenSizes[layer]
      h = [Double](repeating: 0, count: units)
      c = h
    }

    private func dot(_ parameter: Parameter, _ row: Int, _ x: [Double]) -> Double {
      let first = weights.layout[parameter].range.lowerBound + row * x.count
      return x.indices.reduce(0) { $0 + Double(weights.values[first + $1]) * x[$1] }
    }

    /// Returns i, f, g, o, c and h, each of all units.
    mutating func step(_ x: [Double]) -> [[Double]] {
      let before = h
      let bias = weights.layout[.bias(layer: layer)].range.lowerBound
      func z(_ row: Int) -> Double {
        dot(.inputWeight(layer: layer), row, x) + dot(.recurrentWeight(layer: layer), row, before) + Double(weights.values[bias + row])
      }
      func sigmoid(_ value: Double) -> Double { 1 / (1 + exp(-value)) }
      let i = (0..<units).map { sigmoid(z($0)) }, f = (0..<units).map { sigmoid(z(units + $0)) }
      let g = (0..<units).map { tanh(z(2 * units + $0)) }, o = (0..<units).map { sigmoid(z(3 * units + $0)) }
      for unit in 0..<units {
        c[unit] = f[unit] * c[unit] + i[unit] * g[unit]
        h[unit] = o[unit] * tanh(c[unit])
      }
      return [i, f, g, o, c, h]
    }
  }

  @Test("they are those of the formulas", arguments: [Tokenization.word, .char, .bpe])
  func formulas(tokenization: Tokenization) throws {
    let model = try makeModel(tokenization: tokenization)
    let text = try inspected(by: model), states = try model.states(of: text)
    #expect(
      states.count == text.tokens.count
        && states.quantities.map(\.name) == ["input_gate", "forget_gate", "candidate", "output_gate", "cell", "hidden"])
    var layers = [0, 1].map { PlainLSTM(model.weights, layer: $0) }
    let embedding = model.weights.layout[.embedding].range.lowerBound
    for (position, token) in text.tokens.enumerated() {
      var x = (0..<4).map { Double(model.weights.values[embedding + 4 * Int(token) + $0]) }
      for number in layers.indices {
        let found = layers[number].step(x)
        for (quantity, values) in found.enumerated() {
          for (unit, value) in values.enumerated() {
            let state = Double(states.value(quantity, UnitPlace(layer: number, unit: unit), token: position))
            // The gates of a few time steps are within some hundred ulps of 1.
            #expect(abs(state - value) < 1e-4 * max(1, abs(value)), "token \(position), layer \(number), quantity \(quantity)")
          }
        }
        x = found[5]
      }
    }
  }

  @Test("a model with conditions reads the control tokens of each song", arguments: ["Ann", "Bo", "Cy"])
  func conditions(artist: String) throws {
    let folder = FilePath(NSTemporaryDirectory()).appending("inspect-\(UUID().uuidString)")
    try makeDirectories(folder)
    defer { try? removeTree(folder) }
    let table = (0..<12).map { "\($0 % 2 == 0 ? "Ann" : "Bo"),the river \($0) runs\n" }.joined()
    try AtomicFile.write(Array("artist,lyrics\n\(table)".utf8), to: folder.appending("songs.csv"))
    var options = CorpusOptions(minimumCount: 1, validationFraction: 0)
    options.keepColumns(of: ["artist"])
    let corpus = try Corpus(reading: [folder.appending("songs.csv").string], options: options)
    let controls = try ControlVocabulary(columns: ["artist"], of: corpus)
    var configuration = ModelConfiguration(
      vocabularySize: corpus.tokenizer.vocabulary.count, embeddingSize: 4, hiddenSizes: [7, 5])
    configuration.controlCount = controls.tokenCount
    let model = Model(
      weights: Weights(configuration, seed: 3, range: 1), tokenizer: corpus.tokenizer, configuration: TrainingConfiguration(), step: 1,
      conditions: controls)
    let songs = ["the river runs", "runs"].map { Song(text: $0, details: SongDetails(artist: artist, columns: ["artist": artist])) }
    let encoded = EncodedSongs(of: songs, tokenizer: model.tokenizer)
    let states = try model.states(of: InspectedText(encoded, model: model), window: 2)
    #expect(states.count == encoded.tokens.count)
    let read = encoded.controlled(by: controls, firstControl: TokenID(corpus.tokenizer.vocabulary.count))
    #expect(read.tokens.count == encoded.tokens.count + 2)
    var layer = PlainLSTM(model.weights, layer: 0)
    let embedding = model.weights.layout[.embedding].range.lowerBound
    for (place, token) in read.tokens.enumerated() {
      let found = layer.step((0..<4).map { Double(model.weights.values[embedding + 4 * Int(token) + $0]) })
      guard let position = read.places.firstIndex(of: place) else { continue }
      for (unit, value) in found[5].enumerated() {
        #expect(abs(Double(states.value(5, UnitPlace(layer: 0, unit: unit), token: position)) - value) < 1e-5)
      }
    }
  }

  @Test("windows of any length give the same values", arguments: RecurrentCell.allCases, [1, 3, 7, 1_000])
  func windows(cell: RecurrentCell, window: Int) throws {
    let model = try makeModel(cell, scale: 2), text = try inspected(by: model)
    let states = try model.states(of: text, window: window), other = try model.states(of: text, window: 16)
    #expect(states.quantities == RecordedStates.quantities(of: cell) && states.layers.map(\.units) == [7, 5])
    for (one, two) in zip(states.layers, other.layers) {
      for (first, second) in zip(one.values, two.values) {
        #expect(first.count == text.tokens.count * one.units && Set(first).count > 10)
        #expect(zip(first, second).allSatisfy { abs($0 - $1) < 1e-5 })
      }
    }
  }

  @Test("a text that is too long is refused with what fits", arguments: [1, 10, 30])
  func limit(tokens: Int) throws {
    let model = try makeModel(), text = try inspected(by: model)
    let bytes = RecordedStates.bytesPerToken(model.weights.configuration)
    #expect(bytes == 4 * 6 * 12)
    #expect(throws: InspectionError.textTooLong(tokens: text.tokens.count, most: tokens, mebibytes: 0)) {
      _ = try model.states(of: text, mostBytes: tokens * bytes)
    }
    #expect(try model.states(of: text, mostBytes: text.tokens.count * bytes).count == text.tokens.count)
  }

  @Test("the pieces of a song are its text", arguments: [Tokenization.word, .char, .bpe])
  func pieces(tokenization: Tokenization) throws {
    let model = try makeModel(tokenization: tokenization), text = try inspected(by: model)
    let songs = try SongReader().songs(in: Array(sampleText.utf8), source: "text")
    #expect(text.songs.count == 2 && songs.count == 2)
    for (range, song) in zip(text.songs, songs) { #expect(text.pieces[range].joined() == song.text) }
    #expect(text.tokens.indices.filter { !text.isText($0) }.count == 3)
  }

  @Test func `a word that the vocabulary lacks is shown as it was written`() throws {
    let model = try makeModel(), text = try inspected("the zebra\nand the zebu", by: model)
    #expect(text.pieces.joined() == "the zebra\nand the zebu")
    #expect(text.tokens.contains(model.tokenizer.vocabulary.unknown))
  }

  @Test("units are checked", arguments: [(-1, 0), (2, 0), (0, 7), (1, 5)])
  func unknownUnits(layer: Int, unit: Int) {
    let error = #expect(throws: InspectionError.self) {
      try UnitPlace.check([UnitPlace(layer: 0, unit: 6), UnitPlace(layer: layer, unit: unit)], hiddenSizes: [7, 5], most: 2)
    }
    #expect(error?.description.contains(layer == 0 ? "0 to 6" : layer == 1 ? "0 to 4" : "0 to 1") == true)
    #expect(throws: InspectionError.tooManyUnits(given: 2, most: 1)) {
      try UnitPlace.check([UnitPlace(layer: 0, unit: 0), UnitPlace(layer: 0, unit: 1)], hiddenSizes: [7, 5], most: 1)
    }
  }

  // MARK: - Export

  @Test("a safetensors file has all states, and .npy the last hidden ones", arguments: RecurrentCell.allCases)
  func export(cell: RecurrentCell) throws {
    let model = try makeModel(cell), text = try inspected(by: model), states = try model.states(of: text)
    let folder = FilePath(NSTemporaryDirectory()).appending("inspect-\(UUID().uuidString)")
    try makeDirectories(folder)
    defer { try? removeTree(folder) }
    let path = folder.appending("s.safetensors")
    try StatesExport(path: path.string).write(states, tokens: text.tokens, to: path)
    let reader = try SafetensorsReader(path)
    let names = states.quantities.map(\.name)
    #expect(Set(reader.header.tensors.map(\.name)) == Set(["tokens"] + names.flatMap { ["layer0.\($0)", "layer1.\($0)"] }))
    for tensor in reader.header.tensors {
      if tensor.name == "tokens" {
        #expect(tensor.dtype == "I32" && tensor.shape == [text.tokens.count])
        continue
      }
      let parts = tensor.name.split(separator: "."), layer = try #require(Int(parts[0].dropFirst(5)))
      let quantity = try #require(names.firstIndex(of: String(parts[1])))
      #expect(tensor.shape == [states.count, [7, 5][layer]])
      #expect(try reader.floats(of: tensor) == states.layers[layer].values[quantity])
    }
    let array = folder.appending("s.npy")
    try StatesExport(path: array.string).write(states, tokens: text.tokens, to: array)
    let bytes = try readFile(array)
    #expect(Array(bytes[..<8]) == [0x93, 0x4E, 0x55, 0x4D, 0x50, 0x59, 1, 0])
    let length = 10 + Int(bytes[8]) + 256 * Int(bytes[9])
    #expect(length % 64 == 0 && bytes[length - 1] == 10)
    let header = String(decoding: bytes[10..<length], as: UTF8.self)
    #expect(header.hasPrefix("{'descr': '<f4', 'fortran_order': False, 'shape': (\(states.count), 5), }"))
    let last = try #require(states.layers.last?.values.last)
    #expect(Array(bytes[length...]) == last.flatMap { value in (0..<4).map { UInt8(truncatingIfNeeded: value.bitPattern >> ($0 * 8)) } })
  }

  @Test("other endings are refused", arguments: ["s", "s.txt", "npy", ".npy", "s.npz", "s.npy.gz", ""])
  func endings(name: String) {
    #expect(throws: InspectionError.unknownFormat(path: name)) { _ = try StatesExport(path: name) }
  }
}
