private import Foundation

/// The number and rank of processes that were started together, read from the launcher's environment variables.
package struct Launch: Sendable, Hashable {
  /// How many there are.
  package let ranks: Int
  /// Which of them this is.
  package let rank: Int
  /// Who started them: `mpirun` or `srun`.
  package let starter: String

  /// - Parameter environment: of the process.
  /// - Returns: nil if the process was started by itself.
  package init?(_ environment: [String: String] = ProcessInfo.processInfo.environment) {
    if let count = environment["OMPI_COMM_WORLD_SIZE"].flatMap({ Int($0) }) {
      ranks = count
      rank = environment["OMPI_COMM_WORLD_RANK"].flatMap { Int($0) } ?? 0
      starter = "mpirun"
    } else if let count = environment["SLURM_STEP_NUM_TASKS"].flatMap({ Int($0) }),
      environment["PMIX_RANK"] != nil || environment["PMI_RANK"] != nil || environment["SLURM_PROCID"] != nil
    {
      ranks = count
      rank = environment["SLURM_PROCID"].flatMap { Int($0) } ?? 0
      starter = "srun"
    } else {
      return nil
    }
    if ranks < 2 { return nil }
  }

  /// Whether this build can train on several ranks.
  package static var isSupported: Bool {
    #if MPI
      true
    #else
      false
    #endif
  }

  /// Joins the other ranks, and returns how to reach them.
  ///
  /// - Parameter say: reports a failure; called on another thread, at most once, before the process ends.
  /// - Throws: ``Fault``.
  package func join(saying say: @escaping @Sendable (RankFailure) -> Void) throws(Fault) -> any ClusterCommunicator {
    #if MPI
      try MPICommunicator(self, say)
    #else
      throw .builtWithoutMPI
    #endif
  }

  /// Why a process cannot join the others.
  package enum Fault: Error, Hashable {
    /// This build has no MPI.
    case builtWithoutMPI
    /// MPI does not start.
    case noStart
    /// MPI finds another number of processes than were started.
    case otherCount(found: Int)
  }
}
