private import Foundation
private import Kernels
internal import LanguageModel

/// What a ``NeuralCache`` remembers of one text: the decoder's inputs, and the token that followed each.
package struct CacheMemory: Sendable {
  /// The most similarities that are computed at once: 16 MiB.
  private static let mostSimilarities = 1 << 22

  /// How many positions count.
  package let size: Int
  /// D
  private let width: Int
  /// [rows, D], of which the first `tokens.count` are used.
  private var keys: FloatBuffer
  /// The token that followed.
  private var tokens: [Int32] = []

  /// - Precondition: both are positive.
  package init(size: Int, width: Int) {
    precondition(size > 0 && width > 0, "a cache has positions, and they have a length")
    self.size = size
    self.width = width
    keys = FloatBuffer(count: 0)
  }

  /// The number of positions that count for the next token.
  package var count: Int { min(size, tokens.count) }

  /// Remembers positions and what followed them.
  ///
  /// - Parameters:
  ///   - inputs: the decoder's inputs, [count, D].
  ///   - followers: the token after each; a position whose token is below 0 is not remembered.
  package mutating func append(_ inputs: [Float], followedBy followers: [Int32]) {
    precondition(inputs.count == followers.count * width, "each position has \(width) numbers")
    makeRoom(for: followers.count)
    for (index, token) in followers.enumerated() where token >= 0 {
      let start = tokens.count * width
      for offset in 0..<width { keys.storage[start + offset] = inputs[index * width + offset] }
      tokens.append(token)
    }
  }

  /// Removes positions that no longer count, and allocates more memory if there is still too little.
  private mutating func makeRoom(for more: Int) {
    if (tokens.count + more) * width <= keys.count {
      keys.makeUnique()
      return
    }
    let kept = count, first = tokens.count - kept
    // Twice as much as counts, so that it is rarely moved.
    let moved = FloatBuffer(count: (min(2 * size, max(2 * kept, 64)) + more) * width)
    moved.storage.copy(0..<kept * width, from: keys.storage, at: first * width)
    keys = moved
    tokens.removeFirst(first)
  }

  /// The probabilities that the cache gives to tokens of a window, each from the positions before it alone.
  ///
  /// - Parameters:
  ///   - inputs: the decoder's inputs, [count, D].
  ///   - targets: the tokens to predict, which also follow the positions of the window; below 0 there is none.
  ///   - flatnesses: values of θ.
  /// - Returns: for each θ the probability of each target; nil where there is no target, or nothing is remembered.
  package mutating func probabilities(_ inputs: [Float], targets: [Int32], flatnesses: [Double]) -> [[Double?]] {
    var result = flatnesses.map { _ in [Double?](repeating: nil, count: targets.count) }
    makeRoom(for: targets.count)
    var end = tokens.count
    // The window's own positions are among those that its later ones look back to.
    append(inputs, followedBy: targets)
    guard !tokens.isEmpty else { return result }
    let queries = FloatBuffer(inputs), remembered = matrix(keys.storage, rows: tokens.count).transposed
    // A few rows at a time, so that a large cache does not take the memory of the whole window's similarities.
    let rows = max(1, min(targets.count, Self.mostSimilarities / tokens.count))
    let similarities = Matrix(rows: rows, columns: tokens.count)
    for first in stride(from: 0, to: targets.count, by: rows) {
      let part = first..<min(first + rows, targets.count), block = similarities.block(rows: 0..<part.count)
      multiply(matrix(queries.storage, rows: targets.count).block(rows: part), remembered, into: block)
      for row in part where targets[row] >= 0 {
        let range = max(0, end - size)..<end
        end += 1
        if range.isEmpty { continue }
        let values = block.view.block(rows: row - first..<row - first + 1).columns(range).elements
        for (index, weights) in Self.weights(values, flatnesses: flatnesses).enumerated() {
          result[index][row] = Self.probability(of: targets[row], tokens[range], weights)
        }
      }
    }
    return result
  }

  /// The distribution over the tokens that are remembered, for one position.
  ///
  /// - Parameter input: the decoder's input, [D].
  /// - Returns: the probabilities of the tokens that have one, in the order in which they were first remembered; empty without a memory.
  package func distribution(_ input: [Float], flatness: Double) -> [(token: Int32, probability: Double)] {
    let range = tokens.count - count..<tokens.count
    guard !range.isEmpty else { return [] }
    let queries = FloatBuffer(input), similarities = Matrix(rows: 1, columns: range.count)
    multiply(matrix(queries.storage, rows: 1), matrix(keys.storage, rows: tokens.count).block(rows: range).transposed, into: similarities)
    let weights = Self.weights(similarities.view.elements, flatnesses: [flatness])[0]
    let sum = weights.reduce(0, +)
    var places: [Int32: Int] = [:]
    var result: [(token: Int32, probability: Double)] = []
    for (token, weight) in zip(tokens[range], weights) {
      if let place = places[token] {
        result[place].probability += weight / sum
      } else {
        places[token] = result.count
        result.append((token, weight / sum))
      }
    }
    return result
  }

  private func matrix(_ storage: FloatStorage, rows: Int) -> MatrixView {
    MatrixView(storage, MatrixShape(rows: rows, columns: width, order: .rowMajor, leadingDimension: width, offset: 0))
  }

  private static func probability(of target: Int32, _ tokens: ArraySlice<Int32>, _ weights: [Double]) -> Double {
    var sum = 0.0, found = 0.0
    for (token, weight) in zip(tokens, weights) {
      sum += weight
      if token == target { found += weight }
    }
    return found / sum
  }

  /// For each θ exp(θ s), divided by the largest of them.
  ///
  /// Where half of a θ comes earlier in the list, its values are squared: a fit tries many.
  private static func weights(_ similarities: [Float], flatnesses: [Double]) -> [[Double]] {
    let largest = Double(similarities.max() ?? 0)
    var result: [[Double]] = []
    for (index, flatness) in flatnesses.enumerated() {
      if let half = flatnesses[..<index].lastIndex(of: flatness / 2) {
        result.append(result[half].map { $0 * $0 })
      } else {
        result.append(similarities.map { exp(flatness * (Double($0) - largest)) })
      }
    }
    return result
  }
}
