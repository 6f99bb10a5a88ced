package import Files
private import Kernels
package import SystemPackage

extension Weights {
  /// Writes a safetensors file in PyTorch's names and shapes: the tensors of the layout, a second bias of zeros a layer, since
  /// `torch.nn.LSTM` has two, and a tied decoder's weight once more under its own name, as a state_dict has it.
  ///
  /// - Parameter metadata: text by key, for the file's header.
  package func write(to writer: inout FileWriter, metadata: [String: String]) throws(FileError) {
    var tensors = layout.entries.flatMap { entry in
      let tensor = SavedTensor(entry.name, entry.shape, .buffer(values, entry.range))
      guard case .bias(let layer) = entry.parameter else { return [tensor] }
      let zeros = [Float](repeating: 0, count: entry.range.count)
      return [tensor, SavedTensor(configuration.secondBiasName(layer: layer), entry.shape, .floats(zeros))]
    }
    if layout.isTied {
      let entry = layout[.decoderWeight]
      tensors.append(SavedTensor(Parameter.decoderWeight.name(in: configuration), entry.shape, .buffer(values, entry.range)))
    }
    try SavedTensor.write(tensors, metadata: metadata, to: &writer)
  }

  /// Reads a safetensors file, which is not trusted: its tensors must be those of the configuration, with finite values.
  ///
  /// A second bias a layer is added to the first, which is what PyTorch does with it; it may be missing. So may a tied decoder's weight,
  /// which is the embedding if it is there.
  ///
  /// - Returns: the weights and the header's metadata.
  /// - Throws: `FileError`, `SafetensorsError` or `ModelError`.
  package static func read(_ path: FilePath, configuration: ModelConfiguration) throws -> (weights: Weights, metadata: [String: String]) {
    let reader = try SafetensorsReader(path)
    let known = try reader.header.checked(for: configuration, path: path.string)
    // Only now is it certain that the file is as large as the memory to be filled.
    var weights = Weights(zeros: configuration)
    for (tensor, entry) in known where tensor.name == entry.name {
      try reader.read(tensor, to: &weights.values, range: entry.range)
    }
    for (tensor, entry) in known where tensor.name != entry.name {
      let second = try reader.floats(of: tensor)
      if tensor.name == Parameter.decoderWeight.name(in: configuration) {
        guard zip(entry.range, second).allSatisfy({ weights.values[$0].bitPattern == $1.bitPattern }) else {
          throw ModelError.tensorMismatch(
            path: path.string, tensor: tensor.name,
            expected: "the same as \(Parameter.embedding.name(in: configuration)), to which it is tied",
            found: "other numbers")
        }
        continue
      }
      for (index, value) in zip(entry.range, second) where value != 0 { weights.values[index] += value }
    }
    for entry in weights.layout.entries where !weights.values.isFinite(in: entry.range) {
      throw ModelError.notFinite(path: path.string, tensor: entry.name)
    }
    return (weights, reader.header.metadata)
  }
}

extension ModelConfiguration {
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
    for entry in ParameterLayout(configuration).entries {
      let name = entry.name
      guard let tensor = byName[name] else {
        throw .tensorMismatch(path: path, tensor: name, expected: "F32 \(entry.shape)", found: "missing")
      }
      known.append((tensor, entry))
      if case .bias(let layer) = entry.parameter, let second = byName[configuration.secondBiasName(layer: layer)] {
        known.append((second, entry))
      }
      if entry.parameter == .embedding, configuration.isTied, let decoder = byName[Parameter.decoderWeight.name(in: configuration)] {
        known.append((decoder, entry))
      }
    }
    for (tensor, entry) in known where tensor.dtype != "F32" || tensor.shape != entry.shape {
      throw .tensorMismatch(
        path: path, tensor: tensor.name, expected: "F32 \(entry.shape)", found: "\(tensor.dtype) \(tensor.shape)")
    }
    let names = Set(known.map(\.0.name))
    if let extra = tensors.first(where: { !names.contains($0.name) }) {
      throw .tensorMismatch(path: path, tensor: extra.name, expected: "absent", found: "\(extra.dtype) \(extra.shape)")
    }
    return known
  }
}
