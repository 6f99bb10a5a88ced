internal import ArgumentParser

/// A number of bytes as people write it: "200MB", "1.5GB" or "4096". Units are powers of 1,000.
struct ByteCount: ExpressibleByArgument {
  let bytes: Int

  init?(argument: String) {
    let digits = argument.prefix { $0.isASCII && ($0.isNumber || $0 == ".") }
    let scales: [String: Double] = ["": 1, "b": 1, "kb": 1e3, "k": 1e3, "mb": 1e6, "m": 1e6, "gb": 1e9, "g": 1e9, "tb": 1e12]
    guard let number = Double(digits), let scale = scales[argument.dropFirst(digits.count).lowercased()],
      let bytes = Int(exactly: (number * scale).rounded())
    else { return nil }
    self.bytes = bytes
  }
}
