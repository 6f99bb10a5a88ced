private import Foundation
package import LanguageModel

/// About how many bytes training takes. In Double, since sizes that are asked for may be absurd.
package enum MemoryEstimate {
  /// Activations and their gradients of a network over this many positions, in `groups` parts, up to the decoder.
  private static func network(_ model: ModelConfiguration, positions: Double, groups: Double, gradients: Double) -> Double {
    let v = Double(model.inputCount)
    let e = Double(model.embeddingSize)
    let perUnit = Double(model.activationsPerUnit), gates = Double(model.cell.gateCount)
    let activations = positions * (model.hiddenSizes.reduce(0) { $0 + perUnit * Double($1) } + gradients * Double(model.widestHidden))
    let projection = min(positions, v * groups) * (gates * Double(model.hiddenSizes[0]) + (1 + gradients) * e)
    // What a tied decoder reads, where that is not the last layer's output.
    let output = model.hasProjection ? positions * e * (1 + gradients) : 0
    let sum = model.hasOutputSum ? positions * Double(model.outputSize) * (1 + gradients) : 0
    return 4 * (activations + projection + output + sum)
  }

  /// An evaluation: its networks and their decoder.
  package static func evaluation(_ model: ModelConfiguration, windowLength: Int, lanes: Int, shards: Int) -> Double {
    network(model, positions: Double(windowLength) * Double(lanes), groups: Double(shards), gradients: 0)
      + 4 * model.decoder.floatCount(model, steps: windowLength, lanes: lanes, forTraining: false)
  }

  /// Weights and `kept` buffers as long (RMSProp's, the average); the recurrent weights once more in both orientations; the gradients of
  /// the layers, of which a worker needs about two; what the decoder and the network take; and what the program and its libraries take by
  /// themselves.
  package static func training(
    _ model: ModelConfiguration, batchSize: Int, windowLength: Int, shards: Int, groups: Int = 1,
    kept: Int = OptimizerConfiguration().keptBuffers
  ) -> Double {
    let parameters = Double(model.parameterCount)
    let layers = Double(ParameterLayout(model).layerRange.count)
    let buffers = min(Double(shards), 2 * Double(Machine.usableCores) + log2(Double(max(1, shards))))
    let positions = Double(batchSize) * Double(windowLength)
    let recurrent = model.hiddenSizes.reduce(0) { $0 + 2 * Double(model.cell.gateCount) * Double($1) * Double($1) }
    let lanes = max(1, batchSize / max(1, groups))
    let decoder = Double(groups) * model.decoder.floatCount(model, steps: windowLength, lanes: lanes, forTraining: true)
    return 4 * (Double(1 + kept) * parameters + recurrent + buffers * layers + decoder)
      + network(model, positions: positions, groups: Double(shards), gradients: 1)
      + 40 * 1_048_576
  }

  /// - Throws: `ResourceError.memory` if the machine has less, or `.mappedMemory` if this process may have less.
  package static func check(bytes: Double) throws(ResourceError) {
    if bytes > Machine.usableMemory, Machine.memoryLimit != .process {
      throw .memory(
        neededMiB: mebibytes(bytes), availableMiB: Int(Machine.usableMemory / 1_048_576), limit: Machine.memoryLimit)
    }
    if !Machine.mayMap(bytes: bytes) {
      throw .mappedMemory(neededMiB: mebibytes(bytes), limitMiB: (Machine.limitOfMemory ?? 0) >> 20)
    }
  }

  package static func mebibytes(_ bytes: Double) -> Int { Int(min(1e18, (bytes / 1_048_576).rounded(.up))) }
}
