private import Foundation

extension Double {
  /// With so many digits after the point.
  package func fixed(_ digits: Int) -> String { String(format: "%.\(digits)f", self) }

  /// A perplexity in few characters, whatever its size.
  package var shortened: String {
    if !isFinite || magnitude >= 1e6 { return String(format: "%.2g", self) }
    return self < 100 ? fixed(2) : self < 1_000 ? fixed(1) : Int(rounded()).grouped
  }

  /// Seconds as m:ss or h:mm:ss.
  package var asTime: String {
    guard isFinite, magnitude < 1e8 else { return "-:--" }
    let seconds = Int(rounded())
    let h = seconds / 3_600
    let m = seconds / 60 % 60
    let s = seconds % 60
    return h > 0 ? String(format: "%d:%02d:%02d", h, m, s) : String(format: "%d:%02d", m, s)
  }
}

extension Int {
  /// A number of bytes in few characters, in units of thousands.
  package var asBytes: String {
    let units = ["B", "kB", "MB", "GB", "TB"]
    var value = Double(self)
    var unit = 0
    while value >= 999.95, unit < units.count - 1 {
      value /= 1_000
      unit += 1
    }
    return unit == 0 ? "\(self) B" : "\(value.fixed(value < 99.95 ? 1 : 0)) \(units[unit])"
  }
}
