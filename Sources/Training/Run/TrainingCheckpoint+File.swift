internal import Basics
private import Corpora
package import Files
private import Foundation
private import Kernels
private import LanguageModel
internal import Models
package import SystemPackage

/// The file: a safetensors file of all tensors, whose header has the rest of the state as JSON, and a checksum for every part.
extension TrainingCheckpoint {
  /// The JSON. What later versions add comes as keys that may be missing.
  private struct State: Codable {
    var model: ModelConfiguration
    var training: TrainingConfiguration
    var corpus: CorpusIdentity
    var kernels: KernelSet
    var reading: ReadingRecord?
    var progress: TrainingProgress
    var updates: Int32
    /// How many updates there were before the average's first; nil while there is none.
    var averageStart: Int32?
    var run: RunRecord?

    private enum CodingKeys: String, CodingKey {
      case model, training, corpus, kernels, reading, progress, updates, averageStart = "average_start", run
    }

    /// The groups of tensors besides the weights that have their layout.
    var groups: [String] {
      let optimizer = training.optimizer
      return (optimizer.keepsSquares ? [TrainingCheckpoint.squares] : [])
        + (optimizer.keepsMeans && updates > 0 ? [TrainingCheckpoint.means] : [])
        + (optimizer.keepsMomenta && updates > 0 ? [TrainingCheckpoint.momenta] : [])
        + (averageStart == nil ? [] : [TrainingCheckpoint.average])
    }
  }

  private enum Key {
    static let kind = "format", version = "refrain.checkpoint", state = "state", checksums = "crc32c", stateChecksum = "state_crc32c"
  }

  /// Names, types and shapes: all that the file must have, and all that it may.
  private static func tensors(
    _ layout: ParameterLayout, _ state: State
  ) -> [(name: String, dtype: String, shape: [Int])] {
    let lanes = state.training.batchSize
    return ([weights] + state.groups).flatMap { group in layout.entries.map { (name($0, in: group), "F32", $0.shape) } }
      + [(rows, "I32", [layout[.embedding].shape[0]])]
      + state.model.hiddenSizes.enumerated().flatMap { layer, units in
        [(hidden(layer), "F32", [lanes, units])] + (state.model.cell.hasCellState ? [(cell(layer), "F32", [lanes, units])] : [])
      }
  }

  // The names that RMSProp gave them are those of other optimizers too.
  private static let weights = "weights", squares = "rmsprop.squares", means = "rmsprop.means", momenta = "rmsprop.momenta"
  private static let average = "average"
  private static func name(_ entry: ParameterLayout.Entry, in group: String) -> String { group + "." + entry.name }
  private static func hidden(_ layer: Int) -> String { "lanes.hidden_l\(layer)" }
  private static func cell(_ layer: Int) -> String { "lanes.cell_l\(layer)" }
  private static let rows = "rmsprop.last_update.embedding"
  private static let tokenizerName = "tokenizer.json", conditionsName = "conditions.json"

  // MARK: - Writing

  /// Writes the checkpoint to a file, whole or not at all.
  ///
  /// - Throws: an error whose description says what is wrong; `TrainingCheckpointError.notFinite` rather than a file with a NaN.
  public func write(to path: String) throws { try write(to: FilePath(path), run: nil) }

  package func write(to path: FilePath, run: RunRecord?, calls: FileCalls = .system) throws {
    let layout = optimizer.weights.layout
    let buffers = [
      (Self.weights, optimizer.weights.values), (Self.squares, configuration.optimizer.keepsSquares ? optimizer.squares : nil),
      (Self.means, optimizer.means), (Self.momenta, optimizer.momenta), (Self.average, optimizer.average?.values),
    ]
    let json = try tokenizer.fileData()
    var tensors: [SavedTensor] = []
    for (group, buffer) in buffers {
      guard let buffer else { continue }
      for entry in layout.entries {
        if !buffer.isFinite(in: entry.range) {
          throw TrainingCheckpointError.notFinite(
            path: path.string, part: group == Self.weights ? entry.name : Self.name(entry, in: group))
        }
        tensors.append(SavedTensor(Self.name(entry, in: group), entry.shape, .buffer(buffer, entry.range)))
      }
    }
    tensors.append(SavedTensor(Self.rows, [optimizer.lastUpdate.count], .integers(optimizer.lastUpdate)))
    for (layer, units) in optimizer.weights.configuration.hiddenSizes.enumerated() {
      let shape = [configuration.batchSize, units]
      tensors.append(SavedTensor(Self.hidden(layer), shape, .floats(lanes.hidden[layer])))
      if layer < lanes.cell.count { tensors.append(SavedTensor(Self.cell(layer), shape, .floats(lanes.cell[layer]))) }
    }
    tensors.append(SavedTensor(Self.tokenizerName, [json.count], .bytes(json)))
    if let json = try conditions?.fileData() { tensors.append(SavedTensor(Self.conditionsName, [json.count], .bytes(json))) }

    let encoder = JSONEncoder()
    encoder.outputFormatting = [.sortedKeys, .withoutEscapingSlashes]
    encoder.nonConformingFloatEncodingStrategy = .convertToString(positiveInfinity: "Infinity", negativeInfinity: "-Infinity", nan: "NaN")
    let state = State(
      model: optimizer.weights.configuration, training: configuration, corpus: corpus, kernels: kernels, reading: reading,
      progress: progress,
      updates: optimizer.updates, averageStart: optimizer.average?.start, run: run)
    let stateText = String(decoding: try encoder.encode(state), as: UTF8.self)
    let checksums = Dictionary(uniqueKeysWithValues: tensors.map { ($0.name, Self.hexadecimal($0.checksum)) })
    let checksumText = String(decoding: try encoder.encode(checksums), as: UTF8.self)
    let metadata = [
      Key.kind: Key.version, "version": "\(FormatVersion.format(of: state.model, isConditioned: conditions != nil))",
      Key.state: stateText, Key.checksums: checksumText,
      Key.stateChecksum: Self.checksum(stateText, checksumText),
    ]
    try run?.checkSize()
    try AtomicFile.write(to: path, calls: calls) { try SavedTensor.write(tensors, metadata: metadata, to: &$0) }
  }

  private static func checksum(_ state: String, _ checksums: String) -> String {
    hexadecimal(CRC32C.of(Array(state.utf8) + Array(checksums.utf8)))
  }

  private static func hexadecimal(_ value: UInt32) -> String { String(format: "%08x", value) }

  // MARK: - Reading

  /// Reads a checkpoint from a file, which is not trusted.
  ///
  /// - Throws: an error whose description says what is wrong.
  public init(contentsOf path: String) throws { self = try Self.read(FilePath(path)).checkpoint }

  /// - Throws: `FileError`, `SafetensorsError`, `TrainingCheckpointError` or `CorpusError`.
  package static func read(_ path: FilePath) throws -> (checkpoint: TrainingCheckpoint, run: RunRecord?) {
    let reader = try SafetensorsReader(path)
    let (state, checksums) = try state(reader.header.metadata, path: path.string)
    let layout = ParameterLayout(state.model)
    let isConditioned = state.training.condition != nil
    let found = try matched(reader.header, tensors(layout, state), isConditioned: isConditioned, path: path.string)
    // Only now is it certain that the file is as large as the memory to be filled.
    func tensor(_ name: String) throws -> SafetensorsHeader.Tensor {
      guard let tensor = found[name] else { throw TrainingCheckpointError.malformed(path: path.string, fault: "\(name) is missing") }
      return tensor
    }
    func checked(_ name: String, _ tensor: SavedTensor) throws {
      guard checksums[name] == hexadecimal(tensor.checksum) else { throw TrainingCheckpointError.damaged(path: path.string, part: name) }
    }
    func fill(_ buffer: inout FloatBuffer, _ group: String) throws {
      for entry in layout.entries {
        let name = name(entry, in: group)
        try reader.read(tensor(name), to: &buffer, range: entry.range)
        try checked(name, SavedTensor(name, entry.shape, .buffer(buffer, entry.range)))
        if !buffer.isFinite(in: entry.range) { throw TrainingCheckpointError.notFinite(path: path.string, part: name) }
      }
    }
    func floats(_ name: String) throws -> [Float] {
      let tensor = try tensor(name), floats = try reader.floats(of: tensor)
      try checked(name, SavedTensor(name, tensor.shape, .floats(floats)))
      if !floats.allSatisfy(\.isFinite) { throw TrainingCheckpointError.notFinite(path: path.string, part: name) }
      return floats
    }

    let json = try reader.bytes(of: tensor(tokenizerName))
    try checked(tokenizerName, SavedTensor(tokenizerName, [json.count], .bytes(json)))
    let tokenizer = try Tokenizer(json: json, path: path.string)
    guard tokenizer.vocabulary.count == state.model.vocabularySize else {
      throw TrainingCheckpointError.malformed(path: path.string, fault: "its vocabulary has another size than its model")
    }
    var conditions: ControlVocabulary?
    if isConditioned {
      let json = try reader.bytes(of: tensor(conditionsName))
      try checked(conditionsName, SavedTensor(conditionsName, [json.count], .bytes(json)))
      conditions = try Self.conditions(of: state, json, path: path.string)
    }
    var weights = Weights(zeros: state.model)
    try fill(&weights.values, Self.weights)
    func buffer(_ group: String) throws -> FloatBuffer? {
      guard state.groups.contains(group) else { return nil }
      var buffer = FloatBuffer(count: layout.count)
      try fill(&buffer, group)
      return buffer
    }
    let squares = try buffer(Self.squares) ?? FloatBuffer(count: layout.count)
    let means = try buffer(Self.means)
    let momenta = try buffer(Self.momenta)
    let average = try buffer(Self.average)
    let lastUpdate = try reader.integers(of: tensor(rows))
    try checked(rows, SavedTensor(rows, [lastUpdate.count], .integers(lastUpdate)))
    guard lastUpdate.allSatisfy({ (0...state.updates).contains($0) }) else {
      throw TrainingCheckpointError.malformed(path: path.string, fault: "an update is later than the last")
    }
    let layers = 0..<state.model.layerCount
    let lanes = LaneState(
      hidden: try layers.map { try floats(hidden($0)) },
      cell: try (state.model.cell.hasCellState ? layers : 0..<0).map { try floats(cell($0)) })
    let checkpoint = TrainingCheckpoint(
      configuration: state.training, tokenizer: tokenizer, conditions: conditions, corpus: state.corpus, kernels: state.kernels,
      reading: state.reading,
      progress: state.progress,
      optimizer: OptimizerState(
        weights: weights, squares: squares, means: means, momenta: momenta,
        average: average.map { .init(values: $0, start: state.averageStart ?? 0) }, updates: state.updates, lastUpdate: lastUpdate),
      lanes: lanes)
    return (checkpoint, state.run)
  }

  /// Reads what the header tells, without the tensors.
  ///
  /// - Throws: `FileError`, `SafetensorsError`, `TrainingCheckpointError` or `CorpusError`.
  package static func summary(_ path: FilePath) throws -> CheckpointSummary {
    let (state, _) = try state(SafetensorsReader(path).header.metadata, path: path.string)
    return CheckpointSummary(
      configuration: state.training, model: state.model, corpus: state.corpus, kernels: state.kernels, reading: state.reading,
      run: state.run, progress: state.progress)
  }

  private static func state(_ metadata: [String: String], path: String) throws -> (State, checksums: [String: String]) {
    guard metadata[Key.kind] == Key.version else {
      throw TrainingCheckpointError.malformed(path: path, fault: "it is another kind of file")
    }
    guard let version = metadata["version"].flatMap({ Int($0) }) else {
      throw TrainingCheckpointError.malformed(path: path, fault: "it has no version")
    }
    guard FormatVersion.readable.contains(version) else {
      throw TrainingCheckpointError.otherFormat(path: path, expected: FormatVersion.readable.upperBound, found: version)
    }
    guard let stateText = metadata[Key.state], let checksumText = metadata[Key.checksums] else {
      throw TrainingCheckpointError.malformed(path: path, fault: "it has no state")
    }
    guard metadata[Key.stateChecksum] == checksum(stateText, checksumText) else {
      throw TrainingCheckpointError.damaged(path: path, part: "the header")
    }
    do {
      let decoder = JSONDecoder()
      decoder.nonConformingFloatDecodingStrategy = .convertFromString(
        positiveInfinity: "Infinity", negativeInfinity: "-Infinity", nan: "NaN")
      let state = try decoder.decode(State.self, from: Data(stateText.utf8))
      let checksums = try decoder.decode([String: String].self, from: Data(checksumText.utf8))
      try state.model.validate()
      try state.training.validate()
      try state.reading?.check()
      try ReadingRecord(options: .init(), revision: state.corpus.readingRevision ?? 1).check()
      try state.progress.check(path: path)
      // There is at most one update a step, and counting on must not overflow.
      guard state.updates >= 0, Int(state.updates) <= min(state.progress.step, 1 << 30),
        state.model
          == state.training.model(vocabularySize: state.model.vocabularySize, controlCount: state.model.controlCount),
        version == FormatVersion.format(of: state.model, isConditioned: state.training.condition != nil),
        (state.model.controlCount > 0) == (state.training.condition != nil),
        state.averageStart.map({ (0...state.updates).contains($0) && state.training.optimizer.averageDecay > 0 }) ?? true
      else {
        throw TrainingCheckpointError.malformed(path: path, fault: "its settings contradict one another")
      }
      return (state, checksums)
    } catch let error as DecodingError {
      throw TrainingCheckpointError.malformed(path: path, fault: error.sentence)
    } catch let error as any SentenceError where error is ModelError || error is SettingError || error is CorpusError {
      throw TrainingCheckpointError.malformed(path: path, fault: error.description.withoutAdvice)
    }
  }

  /// Reads the conditions, which must be those of the settings.
  private static func conditions(of state: State, _ json: [UInt8], path: String) throws -> ControlVocabulary {
    let conditions: ControlVocabulary
    do throws(ConditionError) {
      conditions = try ControlVocabulary(json: json, path: path)
    } catch {
      throw TrainingCheckpointError.malformed(path: path, fault: error.description.withoutAdvice)
    }
    guard conditions.tokenCount == state.model.controlCount, conditions.columns.map(\.name) == state.training.condition?.names else {
      throw TrainingCheckpointError.malformed(path: path, fault: "its conditions are not those of its settings")
    }
    return conditions
  }

  /// The header's tensors by name, if they are those that are expected, the tokenizer and, with them, the conditions.
  private static func matched(
    _ header: SafetensorsHeader, _ expected: [(name: String, dtype: String, shape: [Int])], isConditioned: Bool, path: String
  ) throws -> [String: SafetensorsHeader.Tensor] {
    let found = Dictionary(header.tensors.map { ($0.name, $0) }, uniquingKeysWith: { first, _ in first })
    func mismatch(_ name: String, _ expected: String) -> TrainingCheckpointError {
      .tensorMismatch(
        path: path, tensor: name, expected: expected, found: found[name].map { "\($0.dtype) \($0.shape.prefix(4))" } ?? "missing")
    }
    for (name, dtype, shape) in expected where found[name]?.dtype != dtype || found[name]?.shape != shape {
      throw mismatch(name, "\(dtype) \(shape)")
    }
    let files = [(tokenizerName, Tokenizer.largestFile)] + (isConditioned ? [(conditionsName, ControlVocabulary.largestFile)] : [])
    for (name, limit) in files {
      guard let file = found[name], file.dtype == "U8", file.byteRange.count <= limit else {
        throw mismatch(name, "U8 of at most \(limit) bytes")
      }
    }
    let names = Set(expected.map(\.name) + files.map(\.0))
    if let extra = header.tensors.first(where: { !names.contains($0.name) }) { throw mismatch(extra.name, "absent") }
    return found
  }
}
