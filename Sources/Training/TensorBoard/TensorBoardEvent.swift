internal import Basics
internal import Files

/// An event as TensorBoard reads it: a message of Protocol Buffers, in a record with checksums.
///
/// Source of the messages: `event.proto`, `summary.proto` and `tensor.proto` of TensorBoard; of the record: TensorFlow's article on
/// TFRecord. Numbers are Floats, `simple_value`, since TensorBoard's data server shows no doubles: each is the Float that is nearest to the
/// number in `metrics.jsonl`.
struct TensorBoardEvent {
  private var message = ProtobufBytes()

  /// The type of a tensor's elements, by its number in `types.proto`.
  private enum ElementType: Int {
    case double = 2
    case string = 7
  }

  /// - Parameters:
  ///   - time: seconds since 1970.
  ///   - step: steps taken.
  private init(time: Double, step: Int) {
    message.add(1, time)
    message.add(2, step)
  }

  // MARK: - Kinds of events

  /// What every file begins with. By this version TensorBoard knows that the file says by itself when a run goes back.
  static func version(time: Double) -> TensorBoardEvent {
    var event = TensorBoardEvent(time: time, step: 0)
    event.message.add(3, "brain.Event:2")
    return event
  }

  /// Makes TensorBoard forget what it has read of a step and those after it: a run begins there.
  static func start(time: Double, step: Int) -> TensorBoardEvent {
    var event = TensorBoardEvent(time: time, step: step)
    var session = ProtobufBytes()
    session.add(1, 1)
    event.message.add(7, session)
    return event
  }

  /// The numbers of a line of metrics, by their keys in `metrics.jsonl`.
  static func metrics(_ line: Metrics, time: Double) -> TensorBoardEvent {
    func number(_ tag: String, _ number: Double) -> ProtobufBytes {
      var value = ProtobufBytes()
      value.add(1, tag)
      value.add(2, Float(number))
      return value
    }
    let values = [
      number("loss_nats", line.lossNats), number("perplexity", line.perplexity), number("learning_rate", Double(line.learningRate)),
      number("gradient_norm", line.gradientNorm), number("tokens_per_second", line.tokensPerSecond), number("tokens", Double(line.tokens)),
      number("epoch", Double(line.epoch)), number("elapsed_seconds", line.elapsedSeconds),
    ]
    return summary(values, time: time, step: line.step)
  }

  /// A text, which is shown as it is.
  ///
  /// TensorBoard reads Markdown. In a block of code, whose lines begin with four spaces, lines are kept and no character has a meaning.
  static func text(_ tag: String, _ text: String, time: Double, step: Int) -> TensorBoardEvent {
    let bytes = Array(text.utf8), newline = UInt8(ascii: "\n"), carriageReturn = UInt8(ascii: "\r")
    var block = [UInt8](repeating: UInt8(ascii: " "), count: 4)
    for (index, byte) in bytes.enumerated() {
      block.append(byte)
      // Both together end one line.
      if byte == newline || byte == carriageReturn && (index + 1 == bytes.count || bytes[index + 1] != newline) {
        block += repeatElement(UInt8(ascii: " "), count: 4)
      }
    }
    return summary([value(tag, plugin: "text", tensor(.string, shape: [], block))], time: time, step: step)
  }

  /// Histograms: of each a tensor [30, 3] of buckets with lower bound, upper bound and count.
  static func histograms(_ histograms: [TensorHistogram], time: Double, step: Int) -> TensorBoardEvent {
    let values = histograms.map { histogram in
      let count = histogram.counts.count, width = (histogram.upper - histogram.lower) / Double(count)
      func edge(_ index: Int) -> Double { index == count ? histogram.upper : histogram.lower + Double(index) * width }
      let numbers = histogram.counts.enumerated().flatMap { [edge($0), edge($0 + 1), Double($1)] }
      return value(
        histogram.name, plugin: "histograms",
        tensor(.double, shape: [count, 3], numbers.flatMap { ProtobufBytes.littleEndian($0.bitPattern) }))
    }
    return summary(values, time: time, step: step)
  }

  // MARK: - Messages

  /// `Event` with a `Summary`.
  private static func summary(_ values: [ProtobufBytes], time: Double, step: Int) -> TensorBoardEvent {
    var event = TensorBoardEvent(time: time, step: step)
    var summary = ProtobufBytes()
    for value in values { summary.add(1, value) }
    event.message.add(5, summary)
    return event
  }

  /// `Summary.Value` with a tensor, and the plugin of TensorBoard that shows it.
  private static func value(_ tag: String, plugin: String, _ tensor: ProtobufBytes) -> ProtobufBytes {
    var data = ProtobufBytes()
    data.add(1, plugin)
    var metadata = ProtobufBytes()
    metadata.add(1, data)
    // `DATA_CLASS_TENSOR`.
    metadata.add(4, 2)
    var value = ProtobufBytes()
    value.add(1, tag)
    value.add(8, tensor)
    value.add(9, metadata)
    return value
  }

  /// `TensorProto`.
  ///
  /// - Parameter content: of strings the one string, or else the elements, little-endian.
  private static func tensor(_ type: ElementType, shape: [Int], _ content: [UInt8]) -> ProtobufBytes {
    var sizes = ProtobufBytes()
    for size in shape {
      var dimension = ProtobufBytes()
      dimension.add(1, size)
      sizes.add(2, dimension)
    }
    var tensor = ProtobufBytes()
    tensor.add(1, type.rawValue)
    tensor.add(2, sizes)
    tensor.add(type == .string ? 8 : 4, bytes: content)
    return tensor
  }

  // MARK: - The record

  /// The record of a file: length, its checksum, message, its checksum.
  var record: [UInt8] {
    let length = ProtobufBytes.littleEndian(UInt64(message.bytes.count))
    return length + Self.maskedChecksum(length) + message.bytes + Self.maskedChecksum(message.bytes)
  }

  /// The CRC-32C, rotated by 15 bits, plus a constant: a checksum of bytes that contain checksums would not be a good one.
  private static func maskedChecksum(_ bytes: [UInt8]) -> [UInt8] {
    let checksum = CRC32C.of(bytes)
    return ProtobufBytes.littleEndian((checksum >> 15 | checksum << 17) &+ 0xA282_EAD8)
  }
}
