private import Foundation

/// How the learning rate changes in the course of a run: a factor of the rate that was set.
public struct LearningRateSchedule: Sendable, Hashable {
  /// The shape after the warm-up.
  public enum Kind: String, Sendable, Hashable, Codable, CaseIterable {
    /// The rate as it is.
    case constant
    /// Times ``decay`` every ``decayEvery`` epochs, after ``decayAfter`` of them.
    case step
    /// Times ``decay`` at each epoch after ``decayAfter`` of them.
    case exponential
    /// Half a cosine from the rate to zero at the last step (Loshchilov and Hutter, "SGDR", 2017).
    case cosine
    /// Times ``decay`` at each validation that is no better than the best before.
    case plateau
  }
  /// The shape.
  public var kind = Kind.constant
  /// Steps in which the rate rises in a straight line, before all else.
  public var warmupSteps = 0
  /// The factor of one decay; nil: 0.5 by step and plateau, 0.97 exponentially.
  public var decay: Float?
  /// Epochs before the first decay; nil: 10 exponentially, none by step.
  public var decayAfter: Int?
  /// Epochs from one decay by step to the next.
  public var decayEvery = 1

  /// The constant rate.
  public init() {}

  /// The factor for the step after so many.
  ///
  /// - Parameters:
  ///   - epoch: how often the corpus was gone through.
  ///   - plateaus: validations so far that were no better than the best before them.
  package func factor(step: Int, epoch: Int, totalSteps: Int, plateaus: Int) -> Float {
    let warmup = step < warmupSteps ? Float(step + 1) / Float(warmupSteps) : 1
    switch kind {
    case .constant: return warmup
    case .step: return warmup * pow(decay ?? 0.5, Float(max(0, epoch - (decayAfter ?? 0)) / decayEvery))
    case .exponential: return warmup * pow(decay ?? 0.97, Float(max(0, epoch + 1 - (decayAfter ?? 10))))
    case .cosine:
      let way = Double(max(0, step - warmupSteps)) / Double(max(1, totalSteps - warmupSteps))
      return warmup * Float(0.5 + 0.5 * cos(.pi * min(1, way)))
    case .plateau: return warmup * pow(decay ?? 0.5, Float(plateaus))
    }
  }
}
