import Kernels
import LanguageModel
import Testing

@Suite("Recurrent cells") struct RecurrentCellTests {
  @Test("the products of a time step take each row of Wh once", arguments: RecurrentCell.allCases)
  func products(cell: RecurrentCell) {
    #expect(cell.products.flatMap { $0.rows(units: 7) }.sorted() == Array(0..<7 * cell.gateCount))
    #expect(cell.partCount >= cell.gateCount)
  }

  @Test("the bias of a forget gate starts at a value of its own, and all others at 0", arguments: RecurrentCell.allCases)
  func forgetBias(cell: RecurrentCell) {
    let model = ModelConfiguration(vocabularySize: 5, embeddingSize: 3, hiddenSizes: [4, 2], cell: cell)
    let weights = Weights(model, seed: 1, forgetBias: 3)
    for (layer, units) in model.hiddenSizes.enumerated() {
      let gates = cell.gates.flatMap { Array(repeating: $0 == .forget ? Float(3) : 0, count: units) }
      let expected = gates + Array(repeating: 0, count: cell.partCount * units - gates.count)
      #expect(Array(weights.values[weights.layout[.bias(layer: layer)].range]) == expected)
    }
    #expect(cell.hasForgetGate == (cell == .lstm))
  }
}
