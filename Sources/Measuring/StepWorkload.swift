internal import Training

/// A training step made ready, for a benchmark to take over and over.
public struct StepWorkload: Sendable {
  /// The phases that ``step()`` tells the times of.
  public static let phases = StepRig.phaseNames

  private let rig: Rig

  /// - Throws: what `StepBenchmark.run()` throws.
  public init(_ benchmark: StepBenchmark) async throws {
    var benchmark = benchmark
    benchmark.measuresBound = false
    rig = try await Rig(benchmark)
  }

  /// Takes a step; returns the milliseconds of each phase.
  public func step() async -> [Double] { await rig.step() }

  private actor Rig {
    private let rig: StepRig
    init(_ benchmark: StepBenchmark) async throws { rig = try await StepRig(benchmark) }
    func step() async -> [Double] { await rig.measurePhases() }
  }
}
