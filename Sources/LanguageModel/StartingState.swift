/// Which state the lanes start the next window from.
package enum StartingState: Sendable {
  /// The initial state: zeros, or what is learned. A text starts from it, and so does an epoch.
  case initial
  /// The state after the last window.
  case afterLastWindow
  /// The state that the last window started from: that one was left out. After a save or a restore, the state that was saved or restored.
  case ofLastWindow
}
