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
}
