package import Corpora
internal import Files
internal import Models
package import SystemPackage

/// A file format in which states are written for other programs.
package enum StatesExport: String, Sendable {
  /// `layer0.input_gate`, ..., `layer0.cell`, `layer0.hidden`, F32 [tokens, H] for each layer, and `tokens`, I32 [tokens].
  case safetensors
  /// The hidden state of the last layer, little-endian Float32 [tokens, H].
  case npy

  /// The format that the ending of a file's name says.
  ///
  /// - Throws: `InspectionError.unknownFormat` for any other.
  package init(path: String) throws(InspectionError) {
    guard let format = FilePath(path).extension.flatMap({ Self(rawValue: $0.lowercased()) }) else { throw .unknownFormat(path: path) }
    self = format
  }

  /// Writes the states, whole or not at all.
  ///
  /// - Throws: `FileError`.
  package func write(_ states: RecordedStates, tokens: [TokenID], to path: FilePath) throws {
    switch self {
    case .safetensors:
      var tensors = states.layers.enumerated().flatMap { number, layer in
        zip(states.quantities, layer.values).map { quantity, values in
          SavedTensor("layer\(number).\(quantity.name)", [states.count, layer.units], .floats(values))
        }
      }
      tensors.append(SavedTensor("tokens", [tokens.count], .integers(tokens)))
      try AtomicFile.write(to: path) { try SavedTensor.write(tensors, metadata: ["format": "pt"], to: &$0) }
    case .npy:
      guard let layer = states.layers.last, let index = states.quantities.firstIndex(of: .hidden) else {
        preconditionFailure("a model has a layer, and every cell a hidden state")
      }
      let tensor = SavedTensor("hidden", [states.count, layer.units], .floats(layer.values[index]))
      try AtomicFile.write(to: path) { writer in
        try writer.write(Self.header(rows: states.count, columns: layer.units))
        try tensor.write(to: &writer)
      }
    }
  }

  /// The header of a .npy file, version 1.0.
  ///
  /// Source: "NEP 1: A Simple File Format for NumPy Arrays", 2007.
  private static func header(rows: Int, columns: Int) -> [UInt8] {
    var text = "{'descr': '<f4', 'fortran_order': False, 'shape': (\(rows), \(columns)), }"
    // Magic, version and length take ten bytes; the data begin at a multiple of 64.
    text += String(repeating: " ", count: (64 - (10 + text.utf8.count + 1) % 64) % 64) + "\n"
    return [0x93] + Array("NUMPY".utf8) + [1, 0, UInt8(text.utf8.count & 255), UInt8(text.utf8.count >> 8)] + Array(text.utf8)
  }
}
