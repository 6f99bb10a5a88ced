package import Training

/// How a rank reaches the others, with what a command needs besides.
package protocol ClusterCommunicator: Communicator {
  /// What it has sent and waited for so far.
  var traffic: Traffic { get }

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

/// What a rank has sent, and how long it had something under way.
package struct Traffic: Sendable, Hashable {
  /// The bytes that it has sent.
  package var bytes = 0
  /// The messages that it has sent.
  package var messages = 0
  /// For how many seconds something was under way.
  package var seconds = 0.0

  package init(bytes: Int = 0, messages: Int = 0, seconds: Double = 0) {
    self.bytes = bytes
    self.messages = messages
    self.seconds = seconds
  }
}
