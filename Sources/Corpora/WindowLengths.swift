internal import Basics
private import Foundation

/// The lengths of the windows of an epoch, drawn as in AWD-LSTM: a function of seed, epoch and number of the window alone.
///
/// A window has the base length T with probability 0.95, else T/2. Its length is then drawn from a normal distribution around that with a
/// standard deviation of 5, rounded, at least 5 (or T, if that is less) and at most T + 20. So epoch after epoch cuts the text in other
/// places. Source: Merity, Keskar and Socher, "Regularizing and optimizing LSTM language models", 2018, which has no upper limit; here it
/// limits the memory.
package struct WindowLengths: Sendable, Hashable {
  /// T.
  package let base: Int
  package let seed: UInt64

  /// - Precondition: the base is at least 1.
  package init(base: Int, seed: UInt64) {
    precondition(base >= 1, "a window has at least one time step")
    self.base = base
    self.seed = seed
  }

  /// The probability of a halved base.
  private static let halvedShare = 0.05
  /// The standard deviation of a length.
  private static let deviation = 5.0
  /// The stream of the first epoch; the weights and the samples have others.
  private static let firstStream: UInt64 = 0x7769_6e64_6f77_7300

  /// The least time steps that are drawn. The last window of an epoch may have fewer.
  package var least: Int { min(5, base) }
  /// The most time steps that a window has: T + 20, four deviations.
  package var most: Int { base > .max - 20 ? .max : base + 20 }

  /// The lengths of an epoch's windows, one after the other, without end.
  package func draws(ofEpoch epoch: Int) -> Draws { Draws(lengths: self, epoch: epoch) }

  /// See ``draws(ofEpoch:)``.
  package struct Draws: Sequence, IteratorProtocol {
    private let lengths: WindowLengths
    private var generator: SeededGenerator

    fileprivate init(lengths: WindowLengths, epoch: Int) {
      self.lengths = lengths
      generator = SeededGenerator(seed: lengths.seed, stream: WindowLengths.firstStream &+ UInt64(epoch))
    }

    /// Takes three numbers of the generator, whatever the length is.
    package mutating func next() -> Int? {
      let mean = Double(lengths.base) * (generator.uniformDouble() < WindowLengths.halvedShare ? 0.5 : 1)
      // Box and Muller, "A note on the generation of random normal deviates", 1958; the logarithm is of a number in (0, 1].
      let radius = (-2 * log(1 - generator.uniformDouble())).squareRoot(), angle = 2 * Double.pi * generator.uniformDouble()
      let length = (mean + WindowLengths.deviation * radius * cos(angle)).rounded()
      return Int(Swift.min(Swift.max(length, Double(lengths.least)), Double(lengths.most)))
    }
  }

  /// Where the windows of an epoch begin in a lane of this length, and where the last one ends, which takes what is left of the lane.
  func bounds(ofEpoch epoch: Int, laneLength: Int) -> [Int] {
    var bounds = [0], place = 0
    for length in draws(ofEpoch: epoch) {
      // Not a sum, which could overflow.
      if length >= laneLength - place { break }
      place += length
      bounds.append(place)
    }
    bounds.append(laneLength)
    return bounds
  }

  /// How many windows an epoch has.
  func count(ofEpoch epoch: Int, laneLength: Int) -> Int {
    var place = 0, count = 1
    for length in draws(ofEpoch: epoch) {
      if length >= laneLength - place { break }
      place += length
      count += 1
    }
    return count
  }
}
