import Cluster
import Testing

@Suite("Watching other ranks") struct RankWatchTests {
  private static let start = ContinuousClock.now

  /// A watch of rank 1 of 3, that has looked every half second until now.
  private static func watch(until seconds: Double, hearing: (Double) -> [Int]) -> (lost: Int?, at: Double) {
    var watch = RankWatch(rank: 1, ranks: 3, now: start), time = 0.0
    while time <= seconds {
      let now = start + .seconds(time)
      for peer in hearing(time) { watch.heard(from: peer, now: now) }
      if let lost = watch.lost(now: now) { return (lost, time) }
      time += 0.5
    }
    return (nil, seconds)
  }

  @Test func `a rank that is heard from is not lost`() {
    #expect(Self.watch(until: 60) { _ in [0, 2] }.lost == nil)
  }

  @Test("a silent rank is lost after five seconds, and not the rank itself", arguments: [0, 2])
  func silence(rank: Int) {
    let found = Self.watch(until: 60) { time in time > 10 ? [2 - rank] : [0, 2] }
    #expect(found.lost == rank && found.at == 15.5)
  }

  @Test func `a rank that was stopped itself does not blame the others`() {
    var watch = RankWatch(rank: 1, ranks: 3, now: Self.start)
    #expect(watch.lost(now: Self.start + .seconds(1)) == nil)
    // Stopped for a minute; then the others are heard, or not.
    #expect(watch.lost(now: Self.start + .seconds(61)) == nil)
    for time in 62...66 { #expect(watch.lost(now: Self.start + .seconds(time)) == nil) }
    watch.heard(from: 0, now: Self.start + .seconds(66))
    #expect(watch.lost(now: Self.start + .seconds(67.5)) == 2)
  }

  @Test func `a note is due once a second`() {
    var watch = RankWatch(rank: 0, ranks: 2, now: Self.start)
    let due = stride(from: 0.0, to: 5, by: 0.25).filter { watch.isNoteDue(now: Self.start + .seconds($0)) }
    #expect(due == [0, 1, 2, 3, 4])
  }
}

@Suite("Processes started together") struct LaunchTests {
  @Test(
    "the environment tells who started how many",
    arguments: [
      (["OMPI_COMM_WORLD_SIZE": "4", "OMPI_COMM_WORLD_RANK": "2"], "mpirun 2 of 4"),
      (["SLURM_STEP_NUM_TASKS": "8", "SLURM_PROCID": "7", "PMIX_RANK": "7"], "srun 7 of 8"),
      (["SLURM_STEP_NUM_TASKS": "1", "SLURM_PROCID": "0"], nil), (["OMPI_COMM_WORLD_SIZE": "1"], nil), (["SLURM_JOB_ID": "9"], nil),
      (["OMPI_COMM_WORLD_SIZE": "many"], nil), ([:], nil),
    ] as [([String: String], String?)])
  func launches(environment: [String: String], expected: String?) {
    #expect(Launch(environment).map { "\($0.starter) \($0.rank) of \($0.ranks)" } == expected)
  }
}
