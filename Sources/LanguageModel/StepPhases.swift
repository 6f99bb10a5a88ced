/// Where the time of a replica's step went, summed over the steps since it was last reset.
package struct StepPhases: Sendable {
  /// The first layer's projection of the distinct tokens, forward and backward.
  package var embed = Duration.zero
  /// All layers, forward.
  package var forward = Duration.zero
  /// All layers, backward through time, and the gradients of their weights.
  package var backward = Duration.zero

  package init() {}

  package static func + (a: StepPhases, b: StepPhases) -> StepPhases {
    var sum = a
    sum.embed += b.embed
    sum.forward += b.forward
    sum.backward += b.backward
    return sum
  }

  /// Adds the time that `body` takes to a phase.
  static func measure<Result>(_ phase: inout Duration, _ body: () -> Result) -> Result {
    let clock = ContinuousClock(), start = clock.now
    let result = body()
    phase += start.duration(to: clock.now)
    return result
  }
}
