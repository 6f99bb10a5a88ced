package import Files
private import Kernels
package import SystemPackage

extension Weights {
  /// The tensors of a file, in PyTorch's names and shapes: those of the layout, and a second bias of zeros a layer, since
  /// `torch.nn.LSTM` has two.
  private var tensors: [(name: String, shape: [Int], range: Range<Int>?)] {
    layout.entries.flatMap { entry in
      let tensor = [(name: entry.parameter.name, shape: entry.shape, range: Optional(entry.range))]
      guard case .bias(let layer) = entry.parameter else { return tensor }
      return tensor + [(name: Parameter.secondBiasName(layer: layer), shape: entry.shape, range: nil)]
    }
  }

  /// Writes a safetensors file.
  ///
  /// - Parameter metadata: text by key, for the file's header.
  package func write(to writer: inout FileWriter, metadata: [String: String]) throws(FileError) {
    try writer.write(SafetensorsHeader.encoded(metadata: metadata, tensors: tensors.map { ($0.name, $0.shape) }))
    for tensor in tensors {
      if let range = tensor.range {
        try unsafe values.withBytes(of: range) { bytes throws(FileError) in try unsafe writer.write(bytes) }
      } else {
        try writer.write([UInt8](repeating: 0, count: tensor.shape.reduce(4, *)))
      }
    }
  }

  /// Reads a safetensors file, which is not trusted: its tensors must be those of the configuration, with finite values.
  ///
  /// A second bias a layer is added to the first, which is what PyTorch does with it; it may be missing.
  ///
  /// - Returns: the weights and the header's metadata.
  /// - Throws: `FileError`, `SafetensorsError` or `ModelError`.
  package static func read(_ path: FilePath, configuration: ModelConfiguration) throws -> (weights: Weights, metadata: [String: String]) {
    let file = try RandomAccessFile(path)
    let length = try SafetensorsHeader.headerLength(prefix: file.read(8, at: 0), fileSize: file.size, path: path.string)
    let header = try SafetensorsHeader(
      json: file.read(length, at: 8), dataOffset: 8 + length, fileSize: file.size, path: path.string)
    let known = try header.checked(for: configuration, path: path.string)
    // Only now is it certain that the file is as large as the memory to be filled.
    var weights = Weights(zeros: configuration)
    for (tensor, entry) in known {
      let offset = header.dataOffset + tensor.byteRange.lowerBound
      if tensor.name == entry.parameter.name {
        try unsafe weights.values.withMutableBytes(of: entry.range) { bytes throws(FileError) in
          try unsafe file.read(into: bytes, at: offset)
        }
      }
    }
    for (tensor, entry) in known where tensor.name != entry.parameter.name {
      var second = FloatBuffer(count: entry.range.count)
      try unsafe second.withMutableBytes(of: 0..<entry.range.count) { bytes throws(FileError) in
        try unsafe file.read(into: bytes, at: header.dataOffset + tensor.byteRange.lowerBound)
      }
      for (offset, index) in entry.range.enumerated() where second[offset] != 0 { weights.values[index] += second[offset] }
    }
    for entry in weights.layout.entries where !weights.values.isFinite(in: entry.range) {
      throw ModelError.notFinite(path: path.string, tensor: entry.parameter.name)
    }
    return (weights, header.metadata)
  }
}

extension Parameter {
  /// The name of PyTorch's second bias of a layer.
  static func secondBiasName(layer: Int) -> String { "lstm.bias_hh_l\(layer)" }
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
      let name = entry.parameter.name
      guard let tensor = byName[name] else {
        throw .tensorMismatch(path: path, tensor: name, expected: "F32 \(entry.shape)", found: "missing")
      }
      known.append((tensor, entry))
      if case .bias(let layer) = entry.parameter, let second = byName[Parameter.secondBiasName(layer: layer)] {
        known.append((second, entry))
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
