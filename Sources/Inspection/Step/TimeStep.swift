package import Corpora
internal import Foundation
internal import Kernels
internal import LanguageModel
package import Models

/// What a model computes when it reads one token of a text: a time step of every layer, and what it expects next.
///
/// ```swift
/// let step = try TimeStep(12, of: text, model: model)
/// print(step.text(units: 5))
/// ```
/// The state is carried from the first token of the text. The numbers are those of evaluation: nothing is dropped.
package struct TimeStep: Sendable {
  /// A token that may come next.
  package struct Prediction: Sendable {
    package let token: TokenID
    package let probability: Double
  }

  /// The position of the token in the text, from 0.
  package let position: Int
  /// The tokens of the text.
  package let tokenCount: Int
  /// The token that is read, as written.
  package var token: String { unknownWord ?? name(tokenID) }
  private let unknownWord: String?
  private let tokenID: TokenID
  /// The end of what was read before.
  package let context: String
  package let layers: [LayerStep]
  /// The probability of every token of the vocabulary to come next.
  package let probabilities: [Double]
  /// The token that comes next in the text; nil at its end.
  package let next: TokenID?
  /// Whether the vocabulary lacks the token, so that `<unk>` is read in its place.
  package var isUnknown: Bool { unknownWord != nil }
  private let tokenizer: Tokenizer

  /// A token as it is written; of byte pairs that are a part of a character, their own notation.
  func name(_ token: TokenID) -> String {
    let own = tokenizer.vocabulary.tokens[Int(token)]
    guard tokenizer.tokenization == .bpe else { return own }
    let text = tokenizer.decode([token])
    return text.isEmpty || text.contains("\u{FFFD}") ? own : text
  }

  /// Tokens computed at once: memory only, not the result.
  private static let window = 64

  /// Reads a text up to one of its tokens. A model with conditions reads each song's control tokens too.
  ///
  /// - Parameter position: the position of the token, from 0.
  /// - Throws: `StudyError.stepOutsideText`.
  package init(_ position: Int, of text: EncodedSongs, model: Model) throws(StudyError) {
    guard text.tokens.indices.contains(position) else {
      throw .stepOutsideText(step: position, tokens: text.tokens.count)
    }
    let weights = model.weights, vocabulary = model.tokenizer.vocabulary.tokens
    var read = Array(text.tokens[...position])
    if let conditions = model.conditions {
      let (tokens, places) = text.controlled(by: conditions, firstControl: TokenID(vocabulary.count))
      read = Array(tokens[...places[position]])
    }
    let network = Network(weights.configuration, steps: min(Self.window, read.count), lanes: 1)
    let prepared = PreparedWeights(weights, forTraining: false, products: model.products)
    var layers: [LayerStep] = []
    var output: [Double] = []
    for start in stride(from: 0, to: read.count, by: Self.window) {
      let tokens = Array(read[start..<min(start + Self.window, read.count)])
      if start + tokens.count == read.count {
        var x = weights.matrix(.embedding).numbers(row: Int(tokens[tokens.count - 1]))
        network.observer = NetworkObserver(forward: { activations in
          layers.append(LayerStep(activations, weights: weights, x: x))
          x = layers[layers.count - 1].hidden
        })
      }
      network.startNextWindow(from: start == 0 ? .initial : .afterLastWindow)
      let shard = network.forward(
        inputs: tokens, targets: tokens.map { _ in ShardWindows.noTarget }, weights: prepared, isTraining: false)
      output = shard.output.numbers(row: tokens.count - 1)
    }
    self.position = position
    tokenCount = text.tokens.count
    tokenizer = model.tokenizer
    unknownWord = text.unknownWords[position]
    tokenID = text.tokens[position]
    context = model.tokenizer.decode(text.tokens[max(0, position - 40)..<position])
    self.layers = layers
    next = position + 1 < text.tokens.count ? text.tokens[position + 1] : nil
    let bias = weights.matrix(.decoderBias).numbers(row: 0)
    let logits = zip(weights.matrix(.decoderWeight).times(output), bias).map { $0 + $1 }
    let largest = logits.max() ?? 0
    let powers = logits.map { exp($0 - largest) }
    let sum = powers.reduce(0, +)
    probabilities = powers.map { $0 / sum }
  }

  /// The tokens that are most likely to come next, the likeliest first.
  package func predictions(_ count: Int) -> [Prediction] {
    probabilities.indices.sorted { (probabilities[$1], $0) < (probabilities[$0], $1) }.prefix(count).map {
      Prediction(token: TokenID($0), probability: probabilities[$0])
    }
  }
}
