// The unsafe part of writing tensors: a buffer's memory as a span that lives for the length of a call. All its bytes are initialized.
internal import Kernels

extension SavedTensor {
  func withBytes<Result, Failure: Error>(_ body: (RawSpan) throws(Failure) -> Result) throws(Failure) -> Result {
    switch contents {
    case .buffer(let buffer, let range):
      try unsafe buffer.withBytes(of: range) { bytes throws(Failure) in try body(unsafe RawSpan(_unsafeBytes: bytes)) }
    case .floats(let elements): try unsafe body(elements.span.bytes)
    case .integers(let elements): try unsafe body(elements.span.bytes)
    case .bytes(let elements): try unsafe body(elements.span.bytes)
    }
  }
}
