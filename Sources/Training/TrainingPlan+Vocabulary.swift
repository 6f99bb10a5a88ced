public import Corpora
private import LanguageModel

/// Measures a vocabulary that is too large for the model, and how much of the training text smaller ones would keep.
public struct VocabularyProportion: Sendable, Hashable {
  /// A smaller vocabulary of the same text.
  public struct Cut: Sendable, Hashable {
    /// The most tokens that the vocabulary may have, or how often a token must come.
    public var setting: Int
    /// The tokens that the vocabulary then has.
    public var tokens: Int
    /// The part of the training text that is then known, from 0 to 1.
    public var coverage: Double
  }

  /// The part of a step's multiplications that the decoder takes, from 0 to 1.
  public var decoderShare: Double
  /// The vocabulary of the most frequent tokens only.
  public var mostFrequent: Cut
  /// The vocabulary of the tokens that are frequent enough; nil for byte pairs, which cannot leave out rare ones.
  public var frequent: Cut?

  /// A vocabulary with more tokens than this may be out of proportion.
  public static let largestUsual = 50_000
  /// So is one whose decoder takes more than this part of a step.
  static let largestShare = 0.9
  /// The size of the smaller vocabulary that is shown: enough for nearly all of the text in songs.
  static let fewer = 20_000
}

extension TrainingPlan {
  /// Whether most of a step goes to the decoder of a large vocabulary, and what smaller ones would keep; nil if the sizes are in
  /// proportion.
  ///
  /// It counts the tokens of the training text, which reads a store once.
  ///
  /// - Throws: `CorpusError` if the store can no longer be read.
  public func vocabularyProportion() throws(CorpusError) -> VocabularyProportion? {
    let vocabulary = corpus.tokenizer.vocabulary, share = model.decoderShare
    guard vocabulary.count > VocabularyProportion.largestUsual, share > VocabularyProportion.largestShare else { return nil }
    let counts = try corpus.training.counts(vocabularySize: vocabulary.count)
    let unknown = Int(vocabulary.unknown)
    func cut(_ setting: Int, _ isKept: (Int) -> Bool) -> VocabularyProportion.Cut {
      let kept = counts.indices.filter { isKept($0) || $0 == unknown }
      let known = kept.reduce(0) { $0 + ($1 == unknown ? 0 : counts[$1]) }
      return .init(setting: setting, tokens: kept.count, coverage: Double(known) / Double(max(1, corpus.training.count)))
    }
    // Tokens are numbered by falling count, the special ones first.
    let mostFrequent = cut(VocabularyProportion.fewer) { $0 < VocabularyProportion.fewer }
    var frequent: VocabularyProportion.Cut?
    if corpus.tokenizer.tokenization != .bpe {
      let special = [Tokenizer.songToken, Tokenizer.newlineToken(corpus.tokenizer.tokenization)]
        .compactMap(vocabulary.id(of:)).map { Int($0) }
      // The least count that leaves no more than a usual number of tokens: that of the first one that is too many, and one more.
      let least = counts.sorted(by: >)[VocabularyProportion.largestUsual - 1] + 1
      frequent = cut(least) { counts[$0] >= least || special.contains($0) }
    }
    return VocabularyProportion(decoderShare: share, mostFrequent: mostFrequent, frequent: frequent)
  }
}

extension ModelConfiguration {
  /// The part of a step's multiplications that the decoder takes.
  ///
  /// Each weight and bias has one for a token forward and two backward, except the embedding, of which a token reads one row.
  var decoderShare: Double {
    let decoder = Double(vocabularySize) * Double(decoderInputSize + 1)
    let embedding = Double(isTied ? controlCount : inputCount) * Double(embeddingSize)
    return decoder / (Double(parameterCount) - embedding)
  }
}
