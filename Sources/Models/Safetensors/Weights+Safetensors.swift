package import Files
private import Kernels
package import LanguageModel
package import SystemPackage

extension Weights {
  /// Writes a safetensors file in PyTorch's names and shapes: the tensors of the layout; a second bias a layer, since PyTorch's modules
  /// have two: zeros, but for the candidate of a GRU, which needs it; and a tied decoder's weight once more under its own name, as a
  /// state_dict has it.
  ///
  /// - Parameter metadata: text by key, for the file's header.
  package func write(to writer: inout FileWriter, metadata: [String: String]) throws(FileError) {
    var tensors = layout.entries.flatMap { entry in
      guard case .bias(let layer) = entry.parameter else { return [SavedTensor(entry.name, entry.shape, .buffer(values, entry.range))] }
      let first = configuration.biasRange(entry.range, layer: layer), second = first.upperBound..<entry.range.upperBound
      let zeros = [Float](repeating: 0, count: first.count - second.count)
      return [
        SavedTensor(entry.name, [first.count], .buffer(values, first)),
        SavedTensor(configuration.secondBiasName(layer: layer), [first.count], .floats(zeros + values[second])),
      ]
    }
    if layout.isTied {
      let entry = layout[.decoderWeight]
      tensors.append(SavedTensor(Parameter.decoderWeight.name(in: configuration), entry.shape, .buffer(values, entry.range)))
    }
    try SavedTensor.write(tensors, metadata: configuration.metadata.merging(metadata) { $1 }, to: &writer)
  }

  /// Reads a safetensors file, which is not trusted: its tensors must be those of the configuration, with finite values.
  ///
  /// A second bias a layer is added to the first, which is what PyTorch does with it; it may be missing. So may a tied decoder's weight,
  /// which is the embedding if it is there.
  ///
  /// - Returns: the weights and the header's metadata.
  /// - Throws: `FileError`, `SafetensorsError` or `ModelError`.
  package static func read(_ path: FilePath, configuration: ModelConfiguration) throws -> (weights: Weights, metadata: [String: String]) {
    try read(RandomAccessFile(path), configuration: configuration)
  }

  /// Reads a safetensors file that is open.
  package static func read(
    _ file: RandomAccessFile, configuration: ModelConfiguration
  ) throws -> (weights: Weights, metadata: [String: String]) {
    let path = file.path
    let reader = try SafetensorsReader(file)
    let known = try reader.header.checked(for: configuration, path: path.string)
    // Only now is it certain that the file is as large as the memory to be filled.
    var weights = Weights(zeros: configuration)
    for (tensor, entry) in known {
      if case .bias(let layer) = entry.parameter {
        weights.addBias(try reader.floats(of: tensor), layer: layer, isSecond: tensor.name != entry.name)
      } else if tensor.name == entry.name {
        try reader.read(tensor, to: &weights.values, range: entry.range)
      }
    }
    for (tensor, entry) in known where tensor.name != entry.name && entry.parameter == .embedding {
      let second = try reader.floats(of: tensor)
      guard zip(entry.range, second).allSatisfy({ weights.values[$0].bitPattern == $1.bitPattern }) else {
        throw ModelError.tensorMismatch(
          path: path.string, tensor: tensor.name, expected: "the same as \(entry.name), to which it is tied", found: "other numbers")
      }
    }
    for entry in weights.layout.entries where !weights.values.isFinite(in: entry.range) {
      throw ModelError.notFinite(path: path.string, tensor: entry.name)
    }
    return (weights, reader.header.metadata)
  }
}

extension Weights {
  /// Adds one of PyTorch's two biases of a layer, [G H], to the layer's one, which is what PyTorch does with them. The candidate's part of
  /// a GRU's second one stays apart.
  package mutating func addBias(_ elements: [Float], layer: Int, isSecond: Bool) {
    let range = layout[.bias(layer: layer)].range, first = configuration.biasRange(range, layer: layer)
    precondition(elements.count == first.count, "a bias has \(first.count) elements, not \(elements.count)")
    let apart = isSecond ? range.upperBound - first.upperBound : 0
    for (place, element) in elements.enumerated() where element.bitPattern != 0 {
      let index = range.lowerBound + place + (place < first.count - apart ? 0 : apart)
      // 0 + -0 is 0, which is not what the file says.
      values[index] = values[index].bitPattern == 0 ? element : values[index] + element
    }
  }
}

extension ModelConfiguration {
  /// Those of a layer's biases that stand in PyTorch's first bias: [G H].
  fileprivate func biasRange(_ range: Range<Int>, layer: Int) -> Range<Int> {
    range.lowerBound..<range.lowerBound + cell.gateCount * hiddenSizes[layer]
  }

  /// The shape of a parameter's tensor in files: PyTorch's.
  package func fileShape(_ entry: ParameterLayout.Entry) -> [Int] {
    if case .bias(let layer) = entry.parameter { [cell.gateCount * hiddenSizes[layer]] } else { entry.shape }
  }

  /// The name of PyTorch's second bias of a layer.
  fileprivate func secondBiasName(layer: Int) -> String { name("bias_hh", layer: layer) }
}

extension SafetensorsHeader {
  /// Pairs every tensor with its place in the layout; each parameter must be there once, and nothing else.
  fileprivate func checked(
    for configuration: ModelConfiguration, path: String
  ) throws(ModelError) -> [(tensor: Tensor, entry: ParameterLayout.Entry)] {
    // The file's size is known to be the sum of its tensors' sizes; a configuration that wants more must not allocate it first.
    let byName = Dictionary(tensors.map { ($0.name, $0) }, uniquingKeysWith: { first, _ in first })
    var known: [(Tensor, ParameterLayout.Entry)] = []
    let layout = ParameterLayout(configuration)
    for entry in layout.entries {
      let name = entry.name
      guard let tensor = byName[name] else {
        throw .tensorMismatch(path: path, tensor: name, expected: "F32 \(configuration.fileShape(entry))", found: "missing")
      }
      known.append((tensor, entry))
      if case .bias(let layer) = entry.parameter, let second = byName[configuration.secondBiasName(layer: layer)] {
        known.append((second, entry))
      }
      if entry.parameter == .embedding, configuration.isTied, let decoder = byName[Parameter.decoderWeight.name(in: configuration)] {
        known.append((decoder, layout[.decoderWeight]))
      }
    }
    for (tensor, entry) in known {
      let shape = configuration.fileShape(entry)
      if tensor.dtype == "F32", tensor.shape == shape { continue }
      throw .tensorMismatch(path: path, tensor: tensor.name, expected: "F32 \(shape)", found: "\(tensor.dtype) \(tensor.shape)")
    }
    let names = Set(known.map(\.0.name))
    if let extra = tensors.first(where: { !names.contains($0.name) }) {
      throw .tensorMismatch(path: path, tensor: extra.name, expected: "absent", found: "\(extra.dtype) \(extra.shape)")
    }
    return known
  }
}
