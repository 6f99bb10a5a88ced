package import Training

/// A communicator that a command can also shut down and abort.
package protocol ClusterCommunicator: Communicator {
  /// Ends all ranks, since this one cannot continue.
  ///
  /// - Parameter sentence: the error; rank 0 reports it, or this rank if rank 0 does not answer.
  func end(because sentence: String) -> Never

  /// Waits until all ranks call this, and shuts MPI down.
  func leave() async
}
