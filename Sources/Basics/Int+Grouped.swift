extension Int {
  /// With a comma between thousands, for people to read.
  package var grouped: String {
    let digits = Array(String(magnitude))
    let text = digits.indices.map { ($0 > 0 && (digits.count - $0) % 3 == 0 ? "," : "") + String(digits[$0]) }.joined()
    return (self < 0 ? "-" : "") + text
  }

  /// "1 step" or "2 steps".
  package func counted(_ one: String, _ many: String? = nil) -> String { "\(grouped) \(self == 1 ? one : many ?? one + "s")" }
}
