package import Corpora
private import Foundation

/// Measured runs, and what they say of runs between them.
package struct SizeTable: Sendable {
  /// The corpora of one kind of tokens, those with the fewest tokens first.
  private let corpora: [MeasuredCorpus]

  /// The shortest epochs for which a size has an estimate, as a share of those of its shortest run.
  private static let shortest = 0.8

  /// - Precondition: there is a corpus with runs on tokens of the kind.
  package init(_ corpora: [MeasuredCorpus], of tokenization: Tokenization) {
    let kind = tokenization == .whitespace ? .word : tokenization
    self.corpora = corpora.filter { ($0.tokenization == .whitespace ? .word : $0.tokenization) == kind && !$0.runs.isEmpty }
      .sorted { $0.trainingTokens < $1.trainingTokens }
    precondition(!self.corpora.isEmpty, "no run was measured on tokens of this kind")
  }

  /// The tokens of the smallest corpus.
  package var smallestTokens: Int { corpora[0].trainingTokens }

  /// What the table says of a model.
  package struct Estimate {
    /// How far its loss is below that of the n-gram model, in nats a token; nil if no run of the size was as short.
    package var gain: Double?
    /// The run of the size on the nearest corpus whose epochs are the nearest.
    package var run: MeasuredRun
    /// The corpus of the run.
    package var corpus: MeasuredCorpus
    /// The epochs that give this gain: fewer than there is time for if longer runs did not end lower.
    package var epochs: Double
  }

  /// The sizes that were measured on the corpus nearest to one with this number of tokens, smallest first.
  package func sizes(tokens: Int) -> [Int] { Set(neighbours(tokens)[0].corpus.runs.map(\.hidden)).sorted() }

  /// The epochs by which a run on a corpus is compared with measured ones.
  ///
  /// A corpus that is larger than all measured ones counts as one of the largest: its tokens are new for longer, but how much that gains
  /// was not measured.
  ///
  /// - Parameters:
  ///   - tokensRead: the tokens of all steps.
  ///   - tokens: the tokens of the corpus.
  package func epochs(tokensRead: Double, of tokens: Int) -> Double {
    tokensRead / Double(min(tokens, corpora.last?.trainingTokens ?? tokens))
  }

  /// Estimates of models, each of a size and a number of epochs: the gains of the runs of the size, interpolated over the logarithm of the
  /// epochs, and over the logarithm of the tokens between two measured corpora.
  ///
  /// Two corpora are used only if both have a gain for each model that the nearest one has a gain for, since gains on different corpora do
  /// not compare. Where a shorter run ended as low, within 0.005 nats, the estimate is of the shorter one: a small corpus is learned by
  /// heart in long runs. So no estimate has more epochs than the longest measured run.
  ///
  /// - Parameters:
  ///   - models: sizes of ``sizes(tokens:)``, with their ``epochs(tokensRead:of:)``.
  ///   - tokens: the tokens of the corpus.
  package func estimates(_ models: [(hidden: Int, epochs: Double)], tokens: Int) -> [Estimate] {
    let neighbours = neighbours(tokens), near = neighbours[0]
    let best = models.map { Self.best(near.corpus, $0.hidden, $0.epochs) }, gains = best.map { $0?.gain }
    var blended: [Double?]?
    if neighbours.count == 2 {
      let far = neighbours[1], others = models.map { Self.best(far.corpus, $0.hidden, $0.epochs)?.gain }
      let pairs = zip(gains, others)
      if pairs.allSatisfy({ $0 == nil || $1 != nil }) {
        blended = pairs.map { own, other in own.flatMap { own in other.map { near.weight * own + far.weight * $0 } } }
      }
    }
    return models.indices.map { index in
      let model = models[index], epochs = best[index]?.epochs ?? model.epochs
      return Estimate(
        gain: (blended ?? gains)[index], run: Self.nearestRun(near.corpus, model.hidden, epochs), corpus: near.corpus, epochs: epochs)
    }
  }

  /// The one or two measured corpora next to one with this number of tokens, the nearer first, with weights that sum to 1.
  private func neighbours(_ tokens: Int) -> [(corpus: MeasuredCorpus, weight: Double)] {
    guard let above = corpora.first(where: { $0.trainingTokens > tokens }) else { return [(corpora[corpora.count - 1], 1)] }
    guard let below = corpora.last(where: { $0.trainingTokens <= tokens }) else { return [(above, 1)] }
    let share = log(Double(tokens) / Double(below.trainingTokens)) / log(Double(above.trainingTokens) / Double(below.trainingTokens))
    let pair = [(corpus: below, weight: 1 - share), (corpus: above, weight: share)]
    return share > 0.5 ? pair.reversed() : pair
  }

  /// The runs of a size, shortest first.
  private static func runs(_ corpus: MeasuredCorpus, _ hidden: Int) -> [MeasuredRun] {
    corpus.runs.filter { $0.hidden == hidden }.sorted { $0.steps < $1.steps }
  }

  /// The greatest gain within a number of epochs, and the epochs that give it; nil if no run of the size was as short.
  private static func best(_ corpus: MeasuredCorpus, _ hidden: Int, _ epochs: Double) -> (gain: Double, epochs: Double)? {
    guard let whole = gain(corpus, hidden, epochs) else { return nil }
    let shorter = runs(corpus, hidden).map { (gain: corpus.gain(of: $0), epochs: corpus.epochs(of: $0)) }.filter { $0.epochs < epochs }
    let lengths = shorter + [(gain: whole, epochs: epochs)], most = lengths.map(\.gain).max() ?? whole
    return lengths.first { $0.gain >= most - sameLoss }
  }

  /// Losses that differ by less, in nats a token, count as the same.
  private static let sameLoss = 0.005

  private static func gain(_ corpus: MeasuredCorpus, _ hidden: Int, _ epochs: Double) -> Double? {
    let runs = runs(corpus, hidden)
    guard let first = runs.first, let last = runs.last, epochs >= shortest * corpus.epochs(of: first) else { return nil }
    guard let next = runs.firstIndex(where: { corpus.epochs(of: $0) > epochs }) else { return corpus.gain(of: last) }
    if next == 0 { return corpus.gain(of: first) }
    let before = runs[next - 1], after = runs[next]
    let share = log(epochs / corpus.epochs(of: before)) / log(corpus.epochs(of: after) / corpus.epochs(of: before))
    return (1 - share) * corpus.gain(of: before) + share * corpus.gain(of: after)
  }

  private static func nearestRun(_ corpus: MeasuredCorpus, _ hidden: Int, _ epochs: Double) -> MeasuredRun {
    let runs = runs(corpus, hidden)
    let distances = runs.map { abs(log(corpus.epochs(of: $0) / max(epochs, 1e-9))) }
    guard let nearest = distances.indices.min(by: { distances[$0] < distances[$1] }) else {
      preconditionFailure("the size was not measured on the nearest corpus")
    }
    return runs[nearest]
  }
}
