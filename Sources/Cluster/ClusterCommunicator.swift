package import Training

/// How a rank reaches the others, with what a command needs besides.
package protocol ClusterCommunicator: Communicator {
  /// Ends all ranks, since this one cannot continue.
  ///
  /// - Parameter sentence: the error; rank 0 reports it, or this rank if rank 0 does not answer.
  func end(because sentence: String) -> Never

  /// Checks soon whether all other ranks are alive, and ends this rank with a report if one is not.
  ///
  /// When a rank dies, mpirun sends the others a signal, and kills them a second later.
  func checkOthers()

  /// Waits until all ranks call this, and shuts MPI down.
  func leave() async
}
