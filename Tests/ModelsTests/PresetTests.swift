import Foundation
import LanguageModel
import Models
import Testing

@Suite("Presets") struct PresetTests {
  /// RMSProp's squares start from zero, so a step at the end of the warm-up is η / √(1 - ρ^w) a weight at first, and H of them add up in an
  /// activation. Two tied layers diverged at 3.0 (512 units, 0.003, 300 steps) and 3.3 (1,024 units, 0.002, 500 steps), and learned at 2.1.
  @Test("the rate at the end of the warm-up is one that runs have borne", arguments: [Preset.small, .medium, .large])
  func rate(preset: Preset) throws {
    let configuration = preset.configuration
    let warmup = Double(configuration.schedule.warmupSteps), squares = Double(configuration.optimizer.rmsDecay)
    let step = Double(configuration.optimizer.learningRate) / (1 - pow(squares, warmup)).squareRoot()
    let largest = try #require(configuration.model(vocabularySize: 100).hiddenSizes.max())
    #expect(step * Double(largest) < 2.6)
  }

  @Test func `the preset melis is the authors' model of ten million weights`() {
    let configuration = Preset.melis.configuration, model = configuration.model(vocabularySize: 10_000)
    #expect(model.hiddenSizes == [1_194] && model.embeddingSize == 268 && model.isTied)
    // As many as a budget of ten million allows: they count 10,001 words.
    #expect((9_900_000...10_000_000).contains(model.parameterCount))
    #expect(configuration.optimizer.correctsBias && configuration.optimizer.averageDecay == 1)
    // The average begins before the run ends.
    #expect(configuration.averageStart ?? .max < configuration.steps ?? 0)
    #expect(configuration.averagePatience ?? .max < configuration.patience ?? 0)
  }
}
