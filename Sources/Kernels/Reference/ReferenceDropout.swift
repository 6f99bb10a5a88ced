/// The readable twin of ``Dropout``.
package enum ReferenceDropout {
  package static func element(_ index: Int, probability: Float, key: UInt64) -> Float {
    var x = UInt32(truncatingIfNeeded: index) &+ UInt32(truncatingIfNeeded: key)
    x ^= x >> 16
    x = x &* 0x7feb_352d
    x ^= (x >> 15) ^ UInt32(key >> 32)
    x = x &* 0x846c_a68b
    x ^= x >> 16
    x = x &* 0x7feb_352d
    x ^= x >> 15
    return Double(x) < (Double(probability) * 0x1p32).rounded() ? 0 : 1 / (1 - probability)
  }
}
