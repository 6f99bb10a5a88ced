/// What a rank has sent to others, and for how long.
package struct Traffic: Sendable, Hashable {
  /// The bytes that it has sent.
  package var bytes = 0
  /// The messages that it has sent.
  package var messages = 0
  /// For how many seconds a message was under way, from or to this rank.
  package var seconds = 0.0

  package init(bytes: Int = 0, messages: Int = 0, seconds: Double = 0) {
    self.bytes = bytes
    self.messages = messages
    self.seconds = seconds
  }

  package static func - (one: Traffic, other: Traffic) -> Traffic {
    Traffic(bytes: one.bytes - other.bytes, messages: one.messages - other.messages, seconds: one.seconds - other.seconds)
  }
}
