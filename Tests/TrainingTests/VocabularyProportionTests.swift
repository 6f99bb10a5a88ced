import Corpora
import LanguageModel
import Models
import Testing
import Training

@Suite("A vocabulary out of proportion") struct VocabularyProportionTests {
  /// 25,000 words that come twice, and 25,400 that come once.
  static let text =
    (0..<25_000).map { "w\($0) w\($0)" }.joined(separator: "\n") + "\n" + (25_000..<50_400).map { "w\($0)" }.joined(separator: " ")

  private func read(minimumCount: Int = 1, maximum: Int? = nil) throws -> Corpus {
    try Corpus(
      text: Self.text,
      options: CorpusOptions(
        tokenization: .whitespace, minimumCount: minimumCount, maximumVocabulary: maximum, validationFraction: 0))
  }

  private func plan(_ corpus: Corpus, layers: Int, hidden: Int) throws -> TrainingPlan {
    var configuration = smallConfiguration(steps: 1)
    configuration.layerCount = layers
    configuration.hiddenSizes = .all(hidden)
    return try TrainingPlan(corpus: corpus, configuration: configuration)
  }

  @Test func `what smaller vocabularies keep is what reading the text with them gives`() throws {
    let corpus = try read()
    let proportion = try #require(try plan(corpus, layers: 1, hidden: 16).vocabularyProportion())
    #expect(proportion.decoderShare > 0.9 && proportion.decoderShare < 1)
    func coverage(_ corpus: Corpus) -> Double { 1 - Double(corpus.trainingUnknownCount) / Double(corpus.training.count) }

    let fewer = try read(maximum: proportion.mostFrequent.setting)
    #expect(proportion.mostFrequent.tokens == fewer.tokenizer.vocabulary.count)
    #expect(abs(proportion.mostFrequent.coverage - coverage(fewer)) < 1e-12)

    let frequent = try #require(proportion.frequent)
    #expect(frequent.setting == 2)
    let rarer = try read(minimumCount: frequent.setting)
    #expect(frequent.tokens == rarer.tokenizer.vocabulary.count && frequent.tokens <= VocabularyProportion.largestUsual)
    #expect(abs(frequent.coverage - coverage(rarer)) < 1e-12)
  }

  /// A large model spends most of a step elsewhere, and a vocabulary of usual size needs no warning.
  @Test("there is no warning about sizes in proportion", arguments: [(nil, 4, 400), (50_000, 1, 16)] as [(Int?, Int, Int)])
  func inProportion(maximum: Int?, layers: Int, hidden: Int) throws {
    #expect(try plan(read(maximum: maximum), layers: layers, hidden: hidden).vocabularyProportion() == nil)
  }
}
